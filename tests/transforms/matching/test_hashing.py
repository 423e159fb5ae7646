"""Hashes are for ever: against a plain version, and against figures that must never change."""

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.matching.hashing import beginnings, text_hash

TEXTS = st.lists(st.none() | st.text(max_size=30) | st.text("ab", min_size=500, max_size=600), max_size=12)
MASK = (1 << 64) - 1


def plain(text: str | None) -> int:
    """One text, byte by byte, up to the length where another hash takes over."""

    def step(total: int) -> int:
        total = total * 0x9E3779B97F4A7C15 & MASK
        total = (total ^ total >> 29) * 0xBF58476D1CE4E5B9 & MASK
        return total ^ total >> 32

    if text is None:
        return 0
    raw = text.encode()
    total = step(len(raw) + 1)
    for at in range(0, len(raw), 8):
        total = step(total ^ int.from_bytes(raw[at : at + 8], "little"))
    return total


@settings(deadline=None)
@given(TEXTS)
def test_a_column_hashes_as_its_texts_do_one_by_one(texts: list[str | None]) -> None:
    hashed = text_hash(texts).tolist()
    short = [i for i, t in enumerate(texts) if t is None or len(t.encode()) <= 512]
    assert [hashed[i] for i in short] == [plain(texts[i]) for i in short]
    assert len(set(hashed)) == len(set(texts))


@settings(deadline=None)
@given(TEXTS)
def test_slices_chunks_and_widths_make_no_difference(texts: list[str | None]) -> None:
    array = pa.array(["before", *texts], pa.string())[1:]
    wanted = text_hash(texts).tolist()
    assert text_hash(array).tolist() == wanted
    assert text_hash(array.cast(pa.large_string())).tolist() == wanted
    assert text_hash(pa.chunked_array([array[:3], array[3:]], pa.string())).tolist() == wanted


def test_figures_that_later_batches_rely_on() -> None:
    assert text_hash([None, "", "a", "张伟", "12345678", "123456789", "x" * 600]).tolist() == [
        0,
        14555800124870461561,
        10811701477527483297,
        15039560165801929420,
        11206784932974818711,
        14474035074823262782,
        4556693586855357462,
    ]


@settings(deadline=None)
@given(st.lists(st.text(max_size=12)))
def test_beginnings_sort_as_the_texts(texts: list[str]) -> None:
    words, whole = beginnings(texts)
    ranks = list(zip(*(w.tolist() for w in words), strict=True))
    assert whole == all(len(t.encode()) <= 24 for t in texts)
    for one, first in zip(texts, ranks, strict=True):
        for other, second in zip(texts, ranks, strict=True):
            a, b = (t.encode()[:24].ljust(24, b"\0") for t in (one, other))
            assert (a < b) == (first < second)
