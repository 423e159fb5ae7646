from collections import defaultdict
from itertools import combinations
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import Stop
from quality.linkage import pairwise


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
