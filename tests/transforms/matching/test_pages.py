"""Columns in the encodings of Parquet, against what the format says of one value after the other."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.matching.pages import packed, plain, width

TEXTS = st.lists(st.text("a值b𠀀", max_size=12), max_size=20)


def _plain(texts: list[str]) -> bytes:
    octets = [text.encode() for text in texts]
    return b"".join(len(each).to_bytes(4, "little") + each for each in octets)


@settings(deadline=None)
@given(texts=TEXTS, first=st.integers(0, 5), seed=st.integers(0, 100))
def test_texts_stand_behind_their_lengths(texts: list[str], first: int, seed: int) -> None:
    """All of an array, a part of one, and some rows in any order."""
    array, part = pa.array(texts, pa.string()), texts[first:]
    assert plain(array).tobytes() == _plain(texts)
    assert plain(array.slice(first)).tobytes() == _plain(part)
    rows = np.random.default_rng(seed).integers(0, max(len(part), 1), 2 * len(part)).astype(np.int32)
    assert plain(array.slice(first), rows).tobytes() == _plain([part[row] for row in rows])


@settings(deadline=None)
@given(codes=st.lists(st.integers(0, 5000), max_size=40))
def test_integers_take_as_few_bits_as_the_largest_needs(codes: list[int]) -> None:
    bits = width(max(codes, default=0) + 1)
    word = sum(code << bits * at for at, code in enumerate(codes))
    assert packed(np.array(codes, np.int64), bits).tobytes() == word.to_bytes(-(-len(codes) // 8) * bits, "little")
    assert bits == max(1, max(codes, default=0).bit_length())
