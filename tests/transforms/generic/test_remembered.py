"""Values that are kept and met again say what they said when they were encoded."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from transforms.matching.generic.compare import NAMES, compare
from transforms.matching.generic.keys import PARTS, Key, keys
from transforms.matching.generic.remembered import field, numbered, numbered_among, together
from transforms.matching.generic.values import LIKE_NOTHING, Records, Taken, encode

CELLS = st.sampled_from(["", "unknown", "Ann Lee", "lee ann", "ann", "Li", "王伟", "王伟民", "1961-01-01", "1961-03-09",
                         "19610309", "AB1 2CD", "ab1 3cd", "12", "12a", "4711081", "a red chair of oak",
                         "chair red oak"])  # fmt: skip
KINDS = sorted(NAMES)
TEXTS = st.lists(CELLS, min_size=1, max_size=8)


def encoded(texts: list[str], kind: str, taken: Taken = LIKE_NOTHING) -> Records:
    table = pa.table({"source": ["a"] * len(texts), "f": pa.array(texts, pa.string())})
    return encode(table, {"f": kind}, [], "person", taken)


@given(TEXTS, TEXTS, st.sampled_from(KINDS), st.booleans())
@example([""], [""], "text", True)
@example(["a red chair of oak"], ["chair red oak"], "name", True)
def test_values_of_two_batches_are_like_those_of_one(one: list[str], other: list[str], kind: str, title: bool) -> None:
    taken = Taken(("f",) if title else (), ())
    names = [Key("f", part).name for part in PARTS[kind]]
    first, then = (encoded(texts, kind, taken) for texts in (one, other))
    held = {"f": np.arange(len(first.columns["f"].text))}
    number, values = numbered(first, held, names)
    more, fresh = numbered_among(values, then, names)
    value = np.hstack([number, more])[0]
    known = field("f", kind, together([values["f"], fresh["f"]]), value)
    whole = encoded(one + other, kind, taken)
    (column,) = whole.columns.values()
    assert [known.column.text[v] if v >= 0 else None for v in value] == [
        column.text[v] if v >= 0 else None for v in column.code
    ]
    assert known.held[number[0][number[0] >= 0]].tolist() == held["f"][first.columns["f"].code[number[0] >= 0]].tolist()
    a, b = (grid.ravel() for grid in np.meshgrid(np.arange(len(value)), np.arange(len(value))))
    levels = compare(known.column, value[a].astype(np.int64), value[b].astype(np.int64))
    assert levels.tolist() == compare(column, column.code[a], column.code[b]).tolist()
    for name, key in keys(whole, names).items():
        if name not in names:  # rare words, of which equally rare ones may be in another order
            continue
        kept = known.keys[name][value]
        assert ((kept[a] == kept[b]) == (key[a] == key[b])).all()
        assert ((kept < 0) == (key < 0)).all()


def test_titles_meet_by_a_word_that_the_run_saw_once() -> None:
    """Of such a word nothing was looked up until another record has it."""
    taken = Taken(("f",))
    number, values = numbered(
        encoded(["red chair m12", "red table"], "text", taken), {"f": np.ones(2, np.int64)}, ["f"]
    )
    before = field("f", "text", values["f"], number[0])
    more, fresh = numbered_among(values, encoded(["lamp m12"], "text", taken), ["f"])
    value = np.hstack([number, more])[0]
    after = field("f", "text", together([values["f"], fresh["f"]]), value)
    assert [before.keys["f.rarest"][v] for v in number[0]] == [before.keys["f.rarest"][number[0][0]]] * 2  # red
    chair, table, lamp = (after.keys["f.rarest"][v] for v in value)
    assert lamp == chair >= 0
    assert table not in (-1, lamp)


def test_births_are_taken_as_the_run_took_them() -> None:
    often = encoded(["1961-01-01", "1961-03-09"], "birth_date")
    _, values = numbered(often, {"f": np.ones(2, np.int64)}, ["f"])
    known = field("f", "birth_date", values["f"], np.arange(2, dtype=np.int32))
    assert known.column.years
    assert sorted(known.column.text) == ["19610000", "19610309"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_field_without_a_value_is_met_by_one_with_some(kind: str) -> None:
    _, values = numbered(encoded([""], kind), {"f": np.zeros(0, np.int64)}, ["f"])
    number, fresh = numbered_among(values, encoded(["12", "AB1 34"], kind), ["f"])
    assert sorted(number[0].tolist()) == [0, 1]
    assert len(field("f", kind, together([values["f"], fresh["f"]]), number[0]).column.text) == 2
