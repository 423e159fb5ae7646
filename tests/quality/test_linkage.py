from collections import defaultdict
from itertools import combinations
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import Stop
from contracts.mentions import MENTION
from quality.linkage import clusters, pairwise
from quality.tables import schema


def table(column: str, values: dict[int, Any]) -> pa.Table:
    """Mentions 0, 1, 2... of one feed, each with a value of `column`."""
    columns: dict[str, Any] = {
        "feed": pa.array(["a"] * len(values), pa.string()),
        "record_key": pa.array([str(k) for k in values], pa.string()),
        column: pa.array(list(values.values()), pa.int64()),
    }
    return pa.table(columns)


def plain(found: dict[int, int | None], truth: dict[int, int]) -> tuple[Any, ...]:
    """The same by listing every pair and every mention."""
    cluster = {k: found[k] if found.get(k) is not None else f"alone {k}" for k in truth}
    pairs = list(combinations(truth, 2))
    same = {p for p in pairs if truth[p[0]] == truth[p[1]]}
    said = {p for p in pairs if cluster[p[0]] == cluster[p[1]]}
    held, labelled = defaultdict(set), defaultdict(set)
    for k, person in truth.items():
        held[cluster[k]].add(k)
        labelled[person].add(k)
    precise = [len(held[cluster[k]] & labelled[truth[k]]) / len(held[cluster[k]]) for k in truth]
    complete = [len(held[cluster[k]] & labelled[truth[k]]) / len(labelled[truth[k]]) for k in truth]
    return len(same), len(said), len(same & said), sum(precise) / len(truth), sum(complete) / len(truth)


@settings(max_examples=25, deadline=None)
@given(
    found=st.dictionaries(st.integers(0, 14), st.one_of(st.none(), st.integers(0, 4))),
    truth=st.dictionaries(st.integers(0, 14), st.integers(0, 4), min_size=1),
)
def test_counting_cells_agrees_with_listing_pairs(found: dict[int, int | None], truth: dict[int, int]) -> None:
    got = pairwise(table("cluster", found), table("person", truth))
    same, said, both, precise, complete = plain(found, truth)

    assert (got.true_pairs, got.predicted_pairs, got.correct_pairs) == (same, said, both)
    assert got.bcubed_precision == pytest.approx(precise)
    assert got.bcubed_recall == pytest.approx(complete)
    assert got.unlinked == sum(found.get(k) is None for k in truth)
    assert got.unlabelled == len(set(found) - set(truth))


def test_a_hand_worked_example() -> None:
    got = pairwise(table("cluster", {1: 1, 2: 1, 3: 1, 4: 2, 5: 2}), table("person", {1: 7, 2: 7, 3: 8, 4: 8, 5: 8}))

    assert (got.mentions, got.persons, got.true_pairs, got.predicted_pairs, got.correct_pairs) == (5, 2, 4, 4, 2)
    assert (got.precision, got.recall, got.f1) == (0.5, 0.5, 0.5)
    assert got.bcubed_precision == pytest.approx((4 / 3 + 1 / 3 + 2) / 5)
    assert got.bcubed_recall == pytest.approx((2 + 1 / 3 + 4 / 3) / 5)


def test_putting_everybody_together_finds_all_and_is_precise_about_nobody() -> None:
    got = pairwise(table("cluster", dict.fromkeys(range(6), 1)), table("person", {k: k for k in range(6)}))

    assert (got.precision, got.recall, got.f1) == (0.0, 1.0, 0.0)


def test_a_mention_in_no_cluster_is_a_missed_link_not_a_free_pass() -> None:
    got = pairwise(table("cluster", {1: 1}), table("person", {1: 7, 2: 7}))

    assert (got.unlinked, got.recall, got.precision) == (1, 0.0, 1.0)


def test_millions_of_pairs_are_counted_exactly() -> None:
    many = dict.fromkeys(range(40_000), 1)
    got = pairwise(table("cluster", many), table("person", many))

    assert got.correct_pairs == got.true_pairs == 40_000 * 39_999 // 2


def test_keys_are_whatever_the_labels_are_keyed_by() -> None:
    members = pa.table({"source": ["a", "b"], "id": [1, 1], "entity_id": ["x", "y"]})
    truth = pa.table({"source": ["a", "b"], "id": [1, 1], "person": ["p", "p"]})

    assert pairwise(members, truth, by="entity_id").recall == 0.0


def test_labels_that_do_not_fit_are_refused() -> None:
    good = table("person", {1: 1, 2: 2})
    with pytest.raises(Stop, match="columns missing"):
        pairwise(table("cluster", {1: 1}).drop(["feed"]), good)
    with pytest.raises(Stop, match="columns missing"):
        pairwise(table("cluster", {1: 1}), good.drop(["person"]))
    with pytest.raises(Stop, match="truth: 1 keys occur more than once"):
        pairwise(table("cluster", {1: 1}), pa.concat_tables([good, good.slice(0, 1)]))


def mentions(*rows: dict[str, Any]) -> pa.Table:
    plain_row = {"role": "person", "id_status": "missing"}
    return pa.Table.from_pylist([plain_row | r for r in rows], schema=schema({"feed": "string"} | MENTION))


def members(*rows: tuple[str, str, int | None]) -> pa.Table:
    return pa.Table.from_pylist(
        [{"feed": f, "record_key": k, "role": "person", "cluster": c} for f, k, c in rows],
        schema=schema({"feed": "string", "record_key": "string", "role": "string", "cluster": "int64"}),
    )


def test_the_shape_of_a_clustering_and_its_alarms() -> None:
    from datetime import date

    valid = {"id_status": "valid"}
    said = mentions(
        {"feed": "a", "record_key": "1", "id_number": "990101199001011232", "sex": "1", **valid},
        {"feed": "b", "record_key": "1", "id_number": "990101199002021230", "sex": "2", **valid},
        {"feed": "b", "record_key": "2", "id_number": "990101199001010000", "id_status": "invalid"},
        {"feed": "a", "record_key": "2", "born_on": date(1990, 1, 1), "born_precision": "year"},
        {"feed": "b", "record_key": "3", "born_on": date(1990, 3, 5), "born_precision": "day"},
        {"feed": "c", "record_key": "1"},
    )
    got = clusters(
        members(("a", "1", 1), ("b", "1", 1), ("b", "2", 1), ("a", "2", 2), ("b", "3", 2), ("c", "1", None)), said
    )

    assert (got.mentions, got.clusters, got.largest, got.sizes) == (5, 2, 3, {2: 1, 3: 1})
    assert (got.many_numbers, got.many_births, got.many_sexes) == (1, 0, 1)
    assert got.linked == {"a": 1.0, "b": 1.0, "c": 0.0}


def test_very_large_clusters_are_counted_together() -> None:
    found = members(*(("a", str(n), 1) for n in range(25)), *(("a", str(n), 2) for n in range(30, 40)), ("a", "99", 3))

    assert clusters(found, mentions()).sizes == {1: 1, 10: 2}
    assert clusters(found, mentions()).largest == 25
    assert clusters(found, mentions()).linked == {"a": 0.0}


def test_nothing_recognised_yet() -> None:
    got = clusters(members(), mentions())

    assert (got.mentions, got.clusters, got.largest, got.sizes, got.linked) == (0, 0, 0, {}, {})
