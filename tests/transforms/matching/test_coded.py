"""Columns as integers and distinct values."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.matching.coded import Texts, coded, codes, mixed, of_words, renumbered

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
    assert of_words(np.array(given_ids, np.int64).astype(np.uint64) + np.uint64(1)).tolist() == row.tolist()


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-1, 3), st.integers(-1, 3)), max_size=20))
def test_rows_of_several_columns_have_one_word(rows: list[tuple[int, int]]) -> None:
    """Another for each combination, 0 where nothing is known."""
    columns = [np.array([r[i] for r in rows], np.int32) for i in (0, 1)]
    words = mixed(columns)
    assert len(set(zip(rows, words.tolist(), strict=True))) == len(set(rows)) == len(set(words.tolist()))
    assert all((row == (-1, -1)) == (word == 0) for row, word in zip(rows, words.tolist(), strict=True))


def test_other_values_than_texts_are_numbered_too() -> None:
    column = pa.chunked_array([pa.array([7, None]), pa.array([8, 7])])
    for each in (column, column.dictionary_encode()):
        ids, values = codes(each)
        assert [[*values.to_pylist(), None][i] for i in ids] == [7, None, 8, 7]


def test_answers_may_be_null_and_equal() -> None:
    column = coded(np.array([0, 1, 2, -1, 0], np.int32), pa.array(["x", None, "x"]))
    assert column.to_pylist() == ["x", None, "x", None, "x"]
    assert column.dictionary.to_pylist() == ["x"]


def test_texts_are_a_sequence_of_str() -> None:
    texts = Texts(pa.array(["a", "b"]))
    assert (list(texts), texts[np.int64(1)], len(texts)) == (["a", "b"], "b", 2)
    assert texts == Texts(pa.array(["a", "b"]))
    assert list(texts[1:]) == ["b"]


def test_columns_of_no_rows_have_no_values() -> None:
    for kind in (pa.string(), pa.int8(), pa.date32(), pa.dictionary(pa.int32(), pa.string())):
        for column in (pa.array([], kind), pa.chunked_array([], kind)):
            assert [len(part) for part in codes(column)] == [0, 0]
