"""Ids for life: what people may rely on when clusters change from one run to the next."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from transforms.matching.persons import by_first, keep_ids

NONE = pa.schema(
    {
        "feed": pa.string(),
        "record_key": pa.string(),
        "role": pa.string(),
        "person_id": pa.string(),
        "number": pa.int64(),
    }
).empty_table()


def clusters(groups: dict[str, int]) -> pa.Table:
    """Mentions by record key, each with the number of its cluster."""
    keys = list(groups)
    return pa.table(
        {
            "feed": pa.array(["f"] * len(keys), pa.string()),
            "record_key": pa.array(keys, pa.string()),
            "role": pa.array(["person"] * len(keys), pa.string()),
            "cluster": pa.array(list(groups.values()), pa.int64()),
        }
    )


def before(ids: dict[str, str]) -> pa.Table:
    """Mentions by record key, each with its id; an id's number is the one in its name."""
    table = clusters(dict.fromkeys(ids, 0)).drop_columns(["cluster"])
    table = table.append_column("person_id", pa.array(list(ids.values()), pa.string()))
    return table.append_column("number", pa.array([int(i[1:]) for i in ids.values()], pa.int64()))


def named(previous: dict[str, str], groups: dict[str, int]) -> dict[str, str]:
    found = keep_ids(before(previous) if previous else NONE, clusters(groups))
    return dict(zip(found["record_key"].to_pylist(), found["person_id"].to_pylist(), strict=True))


def test_everybody_is_new_at_first() -> None:
    assert named({}, {"a": 7, "b": 7, "c": 3}) == {"a": "+0", "b": "+0", "c": "+1"}


def test_what_did_not_change_keeps_its_id_whatever_the_clusters_are_called() -> None:
    assert named({"a": "P1", "b": "P1", "c": "P2"}, {"a": 90, "b": 90, "c": 1}) == {"a": "P1", "b": "P1", "c": "P2"}


def test_a_newcomer_takes_the_id_of_those_it_joins() -> None:
    assert named({"a": "P1", "b": "P2"}, {"a": 0, "b": 1, "c": 1})["c"] == "P2"


def test_a_merger_keeps_the_older_id_even_when_it_is_the_smaller_part() -> None:
    found = named({"a": "P1", "b": "P2", "c": "P2"}, {"a": 0, "b": 0, "c": 0})
    assert set(found.values()) == {"P1"}


def test_a_split_leaves_the_id_with_the_larger_part_and_names_the_other_new() -> None:
    found = named({"a": "P1", "b": "P1", "c": "P1"}, {"a": 0, "b": 1, "c": 1})
    assert (found["b"], found["c"]) == ("P1", "P1")
    assert found["a"].startswith("+")


def test_an_even_split_leaves_the_id_with_the_first_mention() -> None:
    assert named({"b": "P1", "a": "P1"}, {"a": 0, "b": 1})["a"] == "P1"


def test_part_of_one_joining_another_takes_nothing_along() -> None:
    found = named({"a": "P1", "b": "P1", "c": "P1", "d": "P2"}, {"a": 0, "b": 0, "c": 1, "d": 1})
    assert found == {"a": "P1", "b": "P1", "c": "P2", "d": "P2"}


KEYS = [f"k{i:02d}" for i in range(14)]
PARTITION = st.dictionaries(st.sampled_from(KEYS), st.integers(0, 4), min_size=1)


@given(PARTITION, PARTITION, st.randoms())
def test_ids_and_clusters_are_one_to_one_and_order_does_not_matter(
    old: dict[str, int], new: dict[str, int], shuffle: object
) -> None:
    previous = {k: f"P{c}" for k, c in old.items()}
    found = named(previous, new)
    pairs = {(found[k], new[k]) for k in new}
    assert len({i for i, _ in pairs}) == len({c for _, c in pairs}) == len(pairs)
    again = sorted(new.items(), key=lambda kv: shuffle.random())  # type: ignore[attr-defined]
    assert named(dict(reversed(previous.items())), dict(again)) == found


@given(PARTITION)
def test_running_again_changes_nothing(groups: dict[str, int]) -> None:
    first = named({}, groups)
    ids = {k: "P" + label[1:] for k, label in first.items()}
    assert named(ids, groups) == ids


@given(st.lists(st.integers(-1, 6) | st.integers(10**9, 10**9 + 2), max_size=20))
def test_clusters_are_numbered_as_they_come(labels: list[int]) -> None:
    """Whether their labels are close together or not."""
    first = list(dict.fromkeys(labels))
    assert by_first(np.array(labels, np.int64)).tolist() == [first.index(label) for label in labels]
