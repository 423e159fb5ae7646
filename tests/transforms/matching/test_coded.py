"""Columns as integers and distinct values."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.matching.coded import Texts, coded, codes, firsts, of_words, renumbered

TEXTS = st.lists(st.none() | st.sampled_from(["a", "b", "", "张"]), max_size=15)


@settings(deadline=None)
@given(TEXTS, TEXTS, st.booleans())
def test_ids_stand_for_their_values_in_any_encoding(one: list[str | None], two: list[str | None], plain: bool) -> None:
    chunks = [pa.array(t, pa.string()) for t in (one, two)]
    column = pa.chunked_array([c if plain else c.dictionary_encode() for c in chunks])
    ids, values = codes(column)
    texts = [*values.to_pylist(), None]
    assert [texts[i] for i in ids] == one + two


@settings(deadline=None)
@given(st.lists(st.integers(-1, 6), min_size=1, max_size=20))
def test_numbered_by_first_appearance(given_ids: list[int]) -> None:
    row, old = renumbered(np.array(given_ids, np.int32))
    seen = list(dict.fromkeys(i for i in given_ids if i >= 0))
    assert old.tolist() == seen
    assert row.tolist() == [seen.index(i) if i >= 0 else -1 for i in given_ids]
    assert firsts(row, len(seen)).tolist() == [given_ids.index(i) for i in seen]
    assert of_words(np.array(given_ids, np.int64).astype(np.uint64) + np.uint64(1)).tolist() == row.tolist()


def test_answers_may_be_null_and_equal() -> None:
    column = coded(np.array([0, 1, 2, -1, 0], np.int32), pa.array(["x", None, "x"]))
    assert column.to_pylist() == ["x", None, "x", None, "x"]
    assert column.dictionary.to_pylist() == ["x"]


def test_texts_are_a_sequence_of_str() -> None:
    texts = Texts(pa.array(["a", "b"]))
    assert (list(texts), texts[np.int64(1)], len(texts)) == (["a", "b"], "b", 2)
    assert texts == Texts(pa.array(["a", "b"]))
    assert list(texts[1:]) == ["b"]
