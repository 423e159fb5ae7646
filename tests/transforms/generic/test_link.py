"""What whoever links tables relies on: right, the same whatever the order, never against a constraint."""

import random
from collections import Counter
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from contracts.errors import Stop
from tests.latin import KINDS
from transforms.matching.generic import prepared
from transforms.matching.generic.explain import explain, kept
from transforms.matching.generic.link import Linked, link
from transforms.matching.generic.model import from_json
from transforms.matching.generic.prepared import Wanted, prepare

Make = Callable[[int, int, int], tuple[pa.Table, list[int]]]


def _groups(linked: Linked) -> set[frozenset[tuple[str, str]]]:
    groups: dict[int, set[tuple[str, str]]] = {}
    for row in linked.members.to_pylist():
        groups.setdefault(row["entity_id"], set()).add((row["source"], row["record_key"]))
    return {frozenset(g) for g in groups.values()}


def _f1(linked: Linked, table: pa.Table, whose: list[int]) -> float:
    keys = zip(table["source"].to_pylist(), table["record_key"].to_pylist(), strict=True)
    truth = dict(zip(keys, whose, strict=True))
    rows = [(r["entity_id"], truth[r["source"], r["record_key"]]) for r in linked.members.to_pylist()]
    pairs = lambda parts: sum(n * (n - 1) / 2 for n in Counter(parts).values())  # noqa: E731
    both = pairs(rows)
    return float(2 * both / (pairs(r[0] for r in rows) + pairs(r[1] for r in rows)))


def test_records_of_one_person_are_found_without_labels(make: Make, wanted: Wanted) -> None:
    """Slips of the pen in an eighth of the values, a twelfth missing."""
    table, whose = make(400, 3, 1)
    linked = link(table, wanted)
    assert _f1(linked, table, whose) > 0.985
    assert linked.report["expected_precision"] > 0.99
    rows = linked.report["thresholds"]
    assert [r["threshold"] for r in rows] == sorted(r["threshold"] for r in rows)
    assert all(a["expected_precision"] <= b["expected_precision"] for a, b in zip(rows, rows[1:], strict=False))
    assert all(a["expected_recall"] >= b["expected_recall"] for a, b in zip(rows, rows[1:], strict=False))
    assert {r["threshold"]: r["entities"] for r in rows}[0.5] == linked.report["entities"]
    assert linked.members.num_rows == table.num_rows
    assert all(0 <= row["recall"] <= 1 and row["pairs"] > 0 for row in linked.report["rules"])


def test_the_order_of_rows_does_not_matter(make: Make, wanted: Wanted) -> None:
    """Same members, same numbers, same pairs."""
    table, _ = make(150, 3, 2)
    first = link(table, wanted)
    shuffled = table.take(pa.array(random.Random(5).sample(range(table.num_rows), table.num_rows)))
    again = link(shuffled, wanted)
    assert again.members.equals(first.members)
    assert again.pairs.equals(first.pairs)
    assert again.model == first.model


def test_a_model_is_used_again(make: Make, wanted: Wanted) -> None:
    """It survives its file, and scores without training: on the same records with the same result."""
    table, whose = make(200, 3, 3)
    first = link(table, wanted)
    again = link(table, wanted, from_json(first.model.to_json()))
    assert _groups(again) == _groups(first)
    other, theirs = make(120, 2, 4)
    assert _f1(link(other, wanted, first.model), other, theirs) > 0.95
    with pytest.raises(Stop, match="other fields"):
        link(table, Wanted({"surname": "surname"}, []), first.model)


def test_a_model_is_used_on_records_of_which_one_key_says_as_much_as_another(make: Make, wanted: Wanted) -> None:
    """Born in five different years, they would be found by these alone; the model's rules, and a config's, hold."""
    table, _ = make(5, 1, 6)
    years = pa.array([f"{1950 + at}-02-03" for at in range(5)])
    table = table.set_column(table.schema.get_field_index("born"), "born", years)
    rules = (("born.year", "surname"), ("born.year_month",))
    model = link(make(100, 3, 3)[0], wanted).model._replace(rules=rules)
    assert link(table, wanted, model).report["entities"] == 5
    assert link(table, wanted._replace(rules=rules)).model.rules == rules
    pair = tuple((row["source"], row["record_key"]) for row in table.slice(0, 2).to_pylist())
    assert explain(table, wanted, model, (pair[0], pair[1]))["rules"] == []
    with pytest.raises(Stop, match="born.hour"):
        link(table, wanted, model._replace(rules=(("born.hour",),)))


TITLES = ["a red chair of oak", "the green table of old pine", "oak", "pine", "the lamp"]


@pytest.mark.parametrize(("titles", "other"), [(TITLES[:2], TITLES[2:]), (TITLES[2:], TITLES[:2])])
def test_what_a_text_is_taken_for_is_the_models(titles: list[str], other: list[str]) -> None:
    """A later table of shorter or longer texts is compared as those were that it was trained on."""
    wanted = Wanted({"note": "text", "colour": "category"}, [])
    tables = [
        pa.table({"source": ["a"] * 20, "record_key": [f"{i}" for i in range(20)], "note": (texts * 10)[:20],
                  "colour": ["red", "green"] * 10})
        for texts in (titles, other)
    ]  # fmt: skip
    model = from_json(link(tables[0], wanted).model.to_json())
    assert model.titles == (("note",) if titles == TITLES[:2] else ())
    column = prepare(tables[1], wanted, model).records.columns["note"]
    assert (column.titles is not None) == (titles == TITLES[:2])
    assert (prepare(tables[1], wanted).records.columns["note"].titles is None) == (other == TITLES[2:])


@pytest.mark.parametrize("empty", ["note", *KINDS])
def test_a_field_without_a_value_teaches_nothing_but_a_model_does_without_it(make: Make, empty: str) -> None:
    table = make(40, 2, 3)[0].append_column("note", pa.array(TITLES[:2] * 40))
    wanted = Wanted({**KINDS, "note": "text"}, [])
    model = link(table, wanted).model
    at = table.schema.get_field_index(empty)
    nothing = table.set_column(at, empty, pa.nulls(table.num_rows, pa.string()))
    with pytest.raises(Stop, match=f"field {empty}: no record has a value"):
        link(nothing, wanted)
    assert link(nothing, wanted, model).members.num_rows == table.num_rows


@pytest.mark.parametrize("chinese", [True, False])
def test_addresses_are_taken_apart_as_the_model_had_them(make: Make, wanted: Wanted, chinese: bool) -> None:
    table = make(30, 2, 3)[0]
    wanted = wanted._replace(kinds=wanted.kinds | {"home": "address"})
    where = ["平安镇红旗村3组1号", "和平镇红旗村5组2号"], ["12 High Street"]
    mostly = [
        table.append_column("home", pa.array(([*most, *most, *few] * 60)[:60])) for most, few in (where, where[::-1])
    ]
    one, other = mostly if chinese else mostly[::-1]
    model = link(one, wanted).model
    assert ("home_town" in model.kinds) == chinese
    assert link(other, wanted, model).members.num_rows == table.num_rows


@pytest.mark.parametrize("copies", [2, 4])
def test_a_unique_source_has_every_entity_once(make: Make, wanted: Wanted, copies: int) -> None:
    """Even where two of its records are alike to the letter."""
    table, _ = make(60, copies, 6)
    doubled = table.slice(0, 20)
    again = [f"again-{k}" for k in doubled["record_key"].to_pylist()]
    table = pa.concat_tables([table, doubled.set_column(1, "record_key", pa.array(again))])
    sources = sorted(set(table["source"].to_pylist()))
    for group in _groups(link(table, wanted._replace(unique=sources))):
        assert max(Counter(source for source, _ in group).values()) == 1


def test_nobody_matches_somebody_else_better_than_themselves(make: Make, wanted: Wanted) -> None:
    """For each of the pairs that were kept."""
    table, _ = make(80, 3, 7)
    linked = link(table, wanted)
    rows = linked.pairs.to_pylist()[:40]
    assert rows
    for row in rows:
        left, right = (row["left_source"], row["left_key"]), (row["right_source"], row["right_key"])
        between = explain(table, wanted, linked.model, (left, right))
        assert between == explain(table, wanted, linked.model, (right, left))
        assert between["odds"] <= explain(table, wanted, linked.model, (left, left))["odds"] + 0.01
        assert between["odds"] == pytest.approx(row["odds"], abs=0.02)


def test_evidence_adds_up(make: Make, wanted: Wanted) -> None:
    """Against strangers alone: the prior and the fields' bits are the odds, but for what neighbours take off."""
    table, _ = make(80, 3, 8)
    linked = link(table, wanted)
    row = linked.pairs.to_pylist()[0]
    told = explain(table, wanted, linked.model, ((row["left_source"], row["left_key"]),
                                                 (row["right_source"], row["right_key"])))  # fmt: skip
    whole = told["prior"] + sum(f["strangers"] for f in told["fields"].values())
    assert told["odds"] <= whole + 0.1
    assert told["rules"] == row["rules"].split()


def test_the_rules_of_the_config_are_obeyed(make: Make, wanted: Wanted) -> None:
    """No others are used; an unknown key names those there are; one that explodes is refused."""
    table, _ = make(100, 3, 9)
    linked = link(table, wanted._replace(rules=(("surname", "born.year"), ("number",))))
    assert {w for r in linked.pairs["rules"].to_pylist() for w in r.split()} <= {"surname+born.year", "number"}
    with pytest.raises(Stop, match="born.decade"):
        link(table, wanted._replace(rules=(("born.decade",),)))


def test_a_rule_that_explodes_is_named(make: Make, wanted: Wanted, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the number of its pairs."""
    table, _ = make(100, 3, 9)
    monkeypatch.setattr(prepared, "MOST", 50.0)
    monkeypatch.setattr(prepared, "MOST_PER_RECORD", 0.1)
    with pytest.raises(Stop, match="town"):
        link(table, wanted._replace(rules=(("town",),)))


def test_what_cannot_be_linked_is_named(make: Make, wanted: Wanted) -> None:
    """No records, a field without a value, a key that is there twice."""
    table, _ = make(20, 2, 10)
    with pytest.raises(Stop, match="not one record"):
        link(table.slice(0, 0), wanted)
    with pytest.raises(Stop, match="field town"):
        link(table.set_column(5, "town", pa.nulls(table.num_rows, pa.string())), wanted)
    with pytest.raises(Stop, match="more than once"):
        link(pa.concat_tables([table, table]), wanted)


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_very_few_records_are_linked_too(wanted: Wanted, rows: int) -> None:
    """Nothing to learn from is no error."""
    row = ["wilma", "harleyton", "1970-02-03", "ashby", "1234567"]
    columns = {n: [v] * rows for n, v in zip(wanted.kinds, row, strict=True)}
    table = pa.table({"source": ["a"] * rows, "record_key": [str(i) for i in range(rows)], **columns})
    assert link(table, wanted).members.num_rows == rows


def test_twins_are_two_people() -> None:
    """Families at one address, some with twins: relatives are not taken for strangers who agree by chance."""
    rng = np.random.default_rng(3)
    letters = "bcdfghklmnprst"
    name = lambda k: "".join(f"{rng.choice(list(letters))}{rng.choice(list('aeiou'))}" for _ in range(k))  # noqa: E731
    firsts, rows = [name(2) for _ in range(80)], []
    for house in range(250):
        surname, street, town = name(3), name(4), name(2)
        born = [f"{rng.integers(1940, 2015)}-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}" for _ in range(4)]
        born[1] = born[0] if house % 20 == 0 else born[1]
        for member, given in enumerate(rng.choice(firsts, 4, replace=False)):
            for source in "ab":
                written = name(2) if rng.random() < 0.04 else given
                rows.append((source, f"{house}-{member}", written, surname, born[member], street, town))
    fields = ["given", "surname", "born", "street", "town"]
    table = pa.table(
        {n: list(c) for n, c in zip(["source", "record_key", *fields], zip(*rows, strict=True), strict=True)}
    )
    kinds = dict(zip(fields, ["given_name", "surname", "birth_date", "street", "place"], strict=True))
    linked = link(table, Wanted(kinds, []))
    groups = _groups(linked)
    mixed = sum(len({key for _, key in g}) > 1 for g in groups)
    assert mixed <= 10
    assert sum(len(g) == 2 for g in groups) > 900


def test_a_kept_pair_is_explained_by_its_pattern_alone(make: Make, wanted: Wanted) -> None:
    """Levels, odds and rules are those of the records; only the rarity of the values is in the odds alone."""
    table, _ = make(80, 3, 11)
    linked = link(table, wanted)
    model = from_json(linked.model.to_json())
    states = set(linked.pairs["state"].to_pylist())
    assert "merged" in states <= {"merged", "grey", "refused"}
    for row in linked.pairs.to_pylist()[:30]:
        told = kept(model, row["pattern"], row["odds"], row["rules"])
        pair = (row["left_source"], row["left_key"]), (row["right_source"], row["right_key"])
        whole = explain(table, wanted, model, pair)
        assert {f: v["level"] for f, v in told["fields"].items()} == {f: v["level"] for f, v in whole["fields"].items()}
        assert told["rules"] == whole["rules"]
        assert told["odds"] == pytest.approx(whole["odds"], abs=0.02)


TOY = (
    ("robert", "allen", "1971-05-24", "london"),
    ("rob", "allen", "1971-05-24", "london"),
    ("grace", "kelly", "1997-04-26", "hull"),
    ("grace", "kelly", "1997-04-26", "hull"),
    ("logan", "ferguson", "1969-02-09", "leeds"),
    ("logan", "fergusen", "1969-02-09", "leeds"),
    ("julia", "taylor", "2015-10-29", "hull"),
    ("oliver", "green", "1984-03-01", "london"),
    ("olivia", "green", "1986-07-11", "london"),
    ("thomas", "shaw", "1990-12-12", "york"),
    ("tom", "shaw", "1990-12-12", "york"),
)


def _table(rows: list[tuple[str, ...]], fields: tuple[str, ...]) -> pa.Table:
    keys = {"source": ["t"] * len(rows), "record_key": [f"r{n:05d}" for n in range(len(rows))]}
    return pa.table({**keys, **dict(zip(fields, map(list, zip(*rows, strict=True)), strict=True))})


def test_a_table_of_a_dozen_rows_is_not_too_small_to_be_believed() -> None:
    kinds = {"given": "given_name", "surname": "surname", "born": "birth_date", "town": "place"}
    table = _table(list(TOY), tuple(kinds))
    assert _f1(link(table, Wanted(kinds, [])), table, [0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 6]) == 1.0


def test_of_a_single_column_what_is_written_alike_is_one_unless_somebody_decided() -> None:
    """Every name 600 times: no block holds them all."""
    names = ["anna lee", "bo fox", "cy young"]
    rows = [(names[n % 3],) for n in range(1800)]
    table, wanted = _table(rows, ("name",)), Wanted({"name": "name"}, [])
    assert _f1(link(table, wanted), table, [n % 3 for n in range(1800)]) == 1.0
    two = {"left_source": ["t"], "left_key": ["r00000"], "right_source": ["t"], "right_key": ["r00003"]}
    groups = _groups(link(table, wanted, decisions=pa.table({**two, "verdict": ["different"]})))
    assert sorted(map(len, groups)) == [1, 1, 598, 600, 600]


def test_two_tables_that_repeat_nobody_are_not_joined_in_themselves_by_their_only_column() -> None:
    table = _table([("anna lee",), ("anna lee",), ("bo fox",)], ("name",))
    assert len(_groups(link(table, Wanted({"name": "name"}, ["t"])))) == 3
