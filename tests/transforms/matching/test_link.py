"""Properties of the whole: order-free, constraints kept, decisions obeyed, ids that stay, accuracy that bears dirt."""

import json
from collections import defaultdict
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.linkage.county import Dirt, county
from benchmarks.linkage.measure import accuracy
from benchmarks.linkage.people import labels
from transforms.matching.counts import Counts, Scopes
from transforms.matching.kernels import Ints
from transforms.matching.link import Linked, link
from transforms.matching.model import Model, shipped
from transforms.matching.persons import keep_ids
from transforms.matching.values import Nodes, Values
from transforms.matching.world import Known, Options

MENTION = ["feed", "record_key", "role"]


def run(table: pa.Table, model: Model | None = None, decisions: pa.Table | None = None, **options: Any) -> Linked:
    return link(table, model, decisions, Options(**options))


@pytest.fixture(scope="module")
def known(background: pa.Table) -> Linked:
    """The county as it is linked on its own."""
    return run(background)


def decision(left: tuple[str, str, str], right: tuple[str, str, str], verdict: str, **more: Any) -> dict[str, Any]:
    sides = {
        f"{s}_{c}": v
        for s, side in (("left", left), ("right", right))
        for c, v in zip(("feed", "key", "role"), side, strict=True)
    }
    return {**sides, "verdict": verdict, **more}


def shuffled(table: pa.Table, seed: int) -> pa.Table:
    return table.take(pa.array(np.random.default_rng(seed).permutation(table.num_rows)))


def test_the_order_of_mentions_changes_nothing(background: pa.Table, known: Linked) -> None:
    one, other = known, run(shuffled(background, 7))
    assert one.members.equals(other.members)
    assert one.pairs.equals(other.pairs)
    assert one.model == other.model


def test_every_mention_is_a_member_once_and_says_how(background: pa.Table, known: Linked) -> None:
    found = known
    assert found.members.num_rows == background.num_rows
    assert found.members.group_by(MENTION).aggregate([]).num_rows == background.num_rows
    for row in found.members.to_pylist():
        assert row["method"] in ("alone", "spine", "pair", "kin")
        assert (row["score"] is None) == (row["method"] == "alone")
        assert row["score"] is None or 0 < row["score"] <= 1
    assert found.report["mentions"] == background.num_rows
    assert sum(found.report["methods"].values()) == background.num_rows


def own(row: dict[str, Any]) -> bool:
    """Whether the birth written beside a number is the one in it: a child's number under a parent's name is not."""
    return row["born_on"] is None or f"{row['born_on']:%Y%m%d}" == row["id_number"][6:14]


@settings(max_examples=5, deadline=None)
@example(seed=0, noise=3.0, missing=3.0)
@given(st.integers(0, 10_000), st.floats(1, 6), st.floats(1, 6))
def test_what_cannot_be_one_person_never_is(seed: int, noise: float, missing: float) -> None:
    mentions, _ = county(120, seed, Dirt(noise, missing))
    found = run(mentions)
    cluster = {tuple(r[c] for c in MENTION): r["cluster"] for r in found.members.to_pylist()}
    conflicts = {(r["right_feed"], r["right_key"], r["right_role"]) for r in found.conflicts.to_pylist()}
    people: dict[int, list[dict[str, Any]]] = defaultdict(list)
    records: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in mentions.to_pylist():
        name = tuple(row[c] for c in MENTION)
        records[name[:2]].append(cluster[name])
        if name not in conflicts:
            people[cluster[name]].append(row)
    for roles in records.values():
        assert len(set(roles)) == len(roles), "two roles of one record"
    for rows in people.values():
        numbers = sorted({r["id_number"] for r in rows if r["id_status"] == "valid" and own(r)})
        assert all(sum(x != y for x, y in zip(numbers[0], n, strict=True)) <= 2 for n in numbers[1:]), "two numbers"


@pytest.mark.parametrize(("dirt", "precision", "recall"), [(Dirt(), 0.998, 0.985), (Dirt(4.0, 8.0), 0.995, 0.93)])
def test_accuracy_bears_dirt(dirt: Dirt, precision: float, recall: float) -> None:
    mentions, truth = county(1500, 31, dirt)
    got = accuracy(labels(mentions, run(mentions)), truth.to_numpy())
    assert got.precision > precision
    assert got.recall > recall


def test_a_higher_demand_merges_less_and_never_otherwise(background: pa.Table) -> None:
    people = [run(background, accept=accept).report["people"] for accept in (0.6, 0.99)]
    assert people == sorted(people)


def test_a_trained_model_scores_without_training(background: pa.Table, known: Linked) -> None:
    trained = known
    again = run(background, Model.from_json(trained.model.to_json()))
    assert again.model.trained == trained.model.trained
    assert again.members.select([*MENTION, "cluster"]).equals(trained.members.select([*MENTION, "cluster"]))


def test_decisions_are_obeyed_and_can_be_undone(background: pa.Table, write: Any) -> None:
    rows = [
        write.mention("a", "1", "唐志远", **write.number(), **write.RURAL),
        write.mention("b", "2", "唐志远", **write.number(), **write.RURAL),
        write.mention("c", "3", "苗青荷", **write.day(date(1980, 1, 1))),
    ]
    table = pa.concat_tables([background, pa.Table.from_pylist(rows, schema=write.SCHEMA)])
    one, two, three = (tuple(r[c] for c in MENTION) for r in rows)
    different, same = decision(one, two, "different"), decision(two, three, "same")

    def clusters(*decided: dict[str, Any]) -> list[int]:
        ids = write.groups(
            run(table, decisions=pa.Table.from_pylist(list(decided)) if decided else None), ["1", "2", "3"]
        )
        return [ids[f"{key} person"] for key in "123"]

    first, second, third = clusters(different, same)
    assert first != second == third
    undone = [{**d, "undone_at": date(2026, 1, 1)} for d in (different, same)]
    first, second, third = clusters(*undone)
    assert first == second != third


def test_a_decision_holds_however_much_speaks_against_it(background: pa.Table, write: Any) -> None:
    same = [
        write.mention(feed, "1", "唐志远", sex="1", **write.day(write.BORN), **write.RURAL, phone="13900000001")
        for feed in "abc"
    ]
    table = pa.concat_tables([background, pa.Table.from_pylist(same, schema=write.SCHEMA)])
    kept = pa.Table.from_pylist([decision(("a", "1", "person"), ("b", "1", "person"), "different")])
    rows = {r["feed"]: r["cluster"] for r in run(table, decisions=kept).members.to_pylist() if r["record_key"] == "1"}
    assert rows["a"] != rows["b"]


def test_a_decision_about_nobody_is_no_error(background: pa.Table, known: Linked) -> None:
    lost = pa.Table.from_pylist([decision(("gone", "1", "person"), ("gone", "2", "person"), "same")])
    assert run(background, decisions=lost).members.equals(known.members)


def test_versions_of_one_record_are_one_person_even_when_much_changed(
    background: pa.Table, known: Linked, write: Any
) -> None:
    rows = [
        write.mention("a", "1", "唐志远", phone="13900000001", **write.RURAL),
        write.mention("a", "1", "唐志远", phone="13900000002", **write.FLAT),
    ]
    found = run(pa.concat_tables([background, pa.Table.from_pylist(rows, schema=write.SCHEMA)]))
    assert len([r for r in found.members.to_pylist() if r["record_key"] == "1"]) == 1
    assert found.report["people"] == known.report["people"] + 1


def test_ids_stay_when_a_month_is_added() -> None:
    mentions, truth = county(900, 5)
    order = np.argsort(np.random.default_rng(2).random(mentions.num_rows))
    early = mentions.take(pa.array(order[: mentions.num_rows * 4 // 5]))
    nothing = pa.schema([(c, pa.string()) for c in (*MENTION, "person_id")] + [("number", pa.int64())]).empty_table()
    first = keep_ids(nothing, run(early).members)
    numbers = pa.array([int(i[1:]) for i in first["person_id"].to_pylist()], pa.int64())
    before = first.select([*MENTION, "person_id"]).append_column("number", numbers)
    after = keep_ids(before, run(mentions).members)
    was = {tuple(r[c] for c in MENTION): r["person_id"] for r in before.to_pylist()}
    now = {tuple(r[c] for c in MENTION): r["person_id"] for r in after.to_pylist()}
    changed = [name for name in was if was[name] != now[name]]
    person = dict(zip(zip(*(mentions[c].to_pylist() for c in MENTION), strict=True), truth.to_pylist(), strict=True))
    older = {person[n]: was[n] for n in sorted(was, key=lambda n: int(was[n][1:]), reverse=True)}
    merged = [name for name in changed if now[name] == older[person[name]]]
    assert len(changed) - len(merged) <= 2, "ids changed for another reason than that two turned out to be one"
    assert keep_ids(before, run(shuffled(early, 3)).members)["person_id"].equals(before["person_id"])


def test_grey_pairs_say_in_bits_what_speaks_for_and_against_and_quote_nobody(background: pa.Table) -> None:
    mentions, _ = county(700, 12, Dirt(3.0, 5.0))
    found = run(mentions)
    secrets = {v for c in ("name", "id_number", "phone") for v in mentions[c].to_pylist() if v}
    assert found.pairs.num_rows
    scores = found.pairs["score"].to_pylist()
    assert scores == sorted(scores, reverse=True)
    for row in found.pairs.to_pylist():
        evidence = json.loads(row["evidence"])
        assert evidence["model"] == found.model.version
        assert evidence["rules"]
        assert all({"level", "strangers", "relatives"} == set(field) for field in evidence["fields"].values())
        assert not [s for s in secrets if s in row["evidence"]]


def test_what_a_bigger_run_knows_is_begun_with(background: pa.Table, known: Linked, write: Any) -> None:
    cluster = {tuple(r[c] for c in MENTION): r["cluster"] for r in known.members.to_pylist()}
    rows = [write.mention("a", key, "唐志远", **write.number(), **write.RURAL) for key in "12"]
    table = pa.concat_tables([background, pa.Table.from_pylist(rows, schema=write.SCHEMA)])

    def start(nodes: Nodes) -> Ints:
        names = zip(*(nodes.index[c].to_pylist() for c in MENTION), strict=True)
        given = [777_777 if n == ("a", "1", "person") else cluster.get(n, -1) for n in names]
        return np.array(given, np.int64)

    def again(left: tuple[str, str, str], right: tuple[str, str, str]) -> dict[tuple[str, ...], int]:
        apart = pa.Table.from_pylist([decision(left, right, "different")])
        found = link(table, known.model, apart, known=Known(start=start))
        return {tuple(r[c] for c in MENTION): r["cluster"] for r in found.members.to_pylist()}

    one, two = (tuple(r[c] for c in MENTION) for r in rows)
    groups = defaultdict(list)
    for name, label in cluster.items():
        groups[label].append(name)
    left, right = next(members for members in groups.values() if len(members) == 2)
    got = again(left, right)
    assert got[one] == got[two], "the spine brings the second to the first's group"
    assert got[left] != got[right], "a decision holds"
    assert all(len({got[n] for n in members}) == 1 for members in groups.values() if members != [left, right])


def test_who_is_there_already_is_not_joined_by_a_second_of_a_feed_that_names_everybody_once(
    background: pa.Table, known: Linked, write: Any
) -> None:
    """The number brings it to a group whose first of that feed gives none."""
    rows = [
        write.mention("b", "1", "唐志远", **write.number(), **write.RURAL),
        write.mention("a", "1", "唐志远", **write.RURAL),
        write.mention("a", "2", "唐志远", **write.number(), **write.RURAL),
    ]
    table = pa.concat_tables([background, pa.Table.from_pylist(rows, schema=write.SCHEMA)])

    def start(nodes: Nodes) -> Ints:
        names = zip(nodes.index["feed"].to_pylist(), nodes.index["record_key"].to_pylist(), strict=True)
        return np.array([0 if name in {("b", "1"), ("a", "1")} else -1 for name in names], np.int64)

    def together(unique: frozenset[str]) -> list[bool]:
        found = link(table, known.model, options=Options(unique=unique), known=Known(start=start)).members.to_pylist()
        cluster = {(r["feed"], r["record_key"]): r["cluster"] for r in found}
        return [cluster["b", "1"] == cluster["a", key] for key in "12"]

    assert together(frozenset()) == [True, True]
    assert together(frozenset("a")) == [True, False]


def test_given_frequencies_stand_in_for_those_of_the_mentions(background: pa.Table, known: Linked) -> None:
    def crowded(values: Values, places: Scopes) -> Counts:
        size, none = len(values.shape), np.zeros(0, np.int64)
        names, places_, phones = (np.full(n, 9_000) for n in (size, len(places.door), len(values.phones)))
        return Counts(10_000, 0.5, *[names] * 8, *[phones] * 2, *[places_] * 4, none, none)

    found = link(background, known.model, known=Known(counts=crowded))
    assert found.report["people"] > known.report["people"], "where every name is common, few are recognised"


def test_people_of_whom_nobody_gives_a_name_are_told_by_what_they_give(write: Any) -> None:
    """A part of the people that a batch concerns may be such."""
    same = {**write.day(date(1980, 3, 4)), **write.RURAL, "sex": "1", "phone": "13900000001"}
    rows = [write.mention(feed, "1", None, **same) for feed in "ab"]
    rows += [write.mention("a", str(i), None, **write.day(date(1960 + i, 1, 1)), sex="2") for i in range(2, 40)]
    found = run(pa.Table.from_pylist(rows, schema=write.SCHEMA), model=shipped())
    assert found.report["people"] == len(rows) - 1


def test_nothing_and_one_mention_are_no_error(write: Any) -> None:
    empty = run(pa.Table.from_pylist([], schema=write.SCHEMA))
    assert empty.members.num_rows == 0
    one = run(pa.Table.from_pylist([write.mention("a", "1", None)], schema=write.SCHEMA))
    assert one.members["method"].to_pylist() == ["alone"]
