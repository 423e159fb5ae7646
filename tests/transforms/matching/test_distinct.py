"""Distinct values by hash tables, against dictionaries."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.matching.distinct import column_of, distinct, numbered, taken

TEXTS = st.lists(st.none() | st.sampled_from(["", "a", "b", "12345678", "123456789", "张"]), max_size=9)
ARRAYS = st.lists(st.tuples(TEXTS, st.booleans()), max_size=5)


@settings(deadline=None)
@given(ARRAYS, st.integers(0, 2))
def test_texts_of_several_arrays_are_numbered_as_they_appear(
    arrays: list[tuple[list[str | None], bool]], cut: int
) -> None:
    """Plain, dictionary-encoded and sliced ones."""
    built = [pa.array(texts, pa.string()) for texts, _ in arrays]
    built = [a.dictionary_encode() if coded else a for a, (_, coded) in zip(built, arrays, strict=True)]
    built = [a[cut:] for a in built]
    ids, texts = distinct(built)
    rows = [text for a in built for text in a.to_pylist()]
    assert column_of(ids, texts).to_pylist() == rows
    assert len(set(texts.to_pylist())) == len(texts)
    if not any(coded for _, coded in arrays):
        assert texts.to_pylist() == list(dict.fromkeys(text for text in rows if text is not None))


def test_more_than_a_table_holds_are_numbered_in_larger_ones() -> None:
    words = np.random.default_rng(1).integers(0, 60_000, 200_000).astype(np.uint64)
    ids, first = numbered(words)
    wanted: dict[int, int] = {}
    assert ids.tolist() == [wanted.setdefault(w, len(wanted)) if w else -1 for w in words.tolist()]
    assert words[first].tolist() == list(wanted)


@settings(deadline=None)
@given(st.lists(st.none() | st.integers(0, 3), max_size=20), st.integers(0, 9))
def test_integers_stand_for_values(given_ids: list[int | None], cut: int) -> None:
    array = pa.array(given_ids, pa.int32())[cut:]
    assert taken(array).tolist() == [-1 if i is None else i for i in given_ids[cut:]]
    values = np.array([5, 6, -1, 8], np.int32)
    assert taken(array, values).tolist() == [-1 if i is None else values[i] for i in given_ids[cut:]]
    assert taken(pa.nulls(3, pa.int8()), values[:0].copy()).tolist() == [-1] * 3
