"""Records by source and key, or by feed, key and role."""

import pyarrow as pa

from transforms.matching.named import named, rows_of, verdicts

RECORDS = pa.table({"source": ["a", "b", "a"], "record_key": ["1", "1", "2"]})


COLUMNS = ("left_source", "left_key", "right_source", "right_key", "verdict")


def _decided(*rows: tuple[str, str, str]) -> pa.Table:
    """Decisions about records written like a1."""
    texts = ((*one, *other, verdict) for one, other, verdict in rows)
    return pa.Table.from_pylist([dict(zip(COLUMNS, text, strict=True)) for text in texts])


def test_records_are_found_by_source_and_key() -> None:
    for column in (RECORDS["source"], RECORDS["source"].dictionary_encode()):
        records = RECORDS.set_column(0, "source", column)
        assert rows_of(pa.array(["a", "b", "b"]), pa.array(["2", "1", "2"]), records).tolist() == [2, 1, -1]


def test_decisions_are_told_by_rows_each_once() -> None:
    found = verdicts(named(RECORDS), _decided(("b1", "a1", "same"), ("a1", "b1", "same"), ("a2", "a1", "different")))
    assert (found.same.tolist(), found.different.tolist()) == ([[0], [1]], [[0], [2]])


def test_decisions_about_nobody_or_oneself_and_those_undone_say_nothing() -> None:
    about = _decided(("a1", "b2", "same"), ("a1", "a1", "same"), ("a1", "b1", "different"))
    for none in (None, about.slice(0, 0), about.slice(0, 2), about.append_column("undone_at", [["", "", "today"]])):
        found = verdicts(named(RECORDS), none)
        assert (found.same.shape, found.different.shape) == ((2, 0), (2, 0))


def test_a_name_may_have_a_role_too() -> None:
    mentions = pa.table({"feed": ["a", "b", "a"], "key": ["1", "1", "1"], "role": ["x", "x", "y"]})
    named_as = (("left", 2), ("right", 1))
    left, right = ({f"{s}_{part}": value for part, value in mentions.to_pylist()[row].items()} for s, row in named_as)
    decided = pa.Table.from_pylist([left | right | {"verdict": "same"}])
    found = verdicts({part: mentions[part] for part in mentions.column_names}, decided)
    assert found.same.tolist() == [[1], [2]]
