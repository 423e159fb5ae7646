"""Names and numbers packed into words for the kernels: each distinct value once."""

import numpy as np
from numpy.typing import NDArray

from transforms.matching.kernels import NumberTable, Words
from transforms.matching.name_kernels import NameTable


def name_table(shapes: list[str], sounds: list[str], family: list[int]) -> NameTable:
    """Pack folded names and their syllables (joined by spaces) into words of four 16-bit lanes."""
    short = np.array(
        [
            1 <= len(s) <= 4 and not s.isascii() and len(s) == len(p.split())
            for s, p in zip(shapes, sounds, strict=True)
        ],
        bool,
    )
    return NameTable(
        shape=_lanes([list(s) if ok else [] for s, ok in zip(shapes, short, strict=True)]),
        sound=_lanes([p.split() if ok else [] for p, ok in zip(sounds, short, strict=True)]),
        length=np.array([len(s) if ok else 0 for s, ok in zip(shapes, short, strict=True)], np.uint8),
        family=np.array([f if ok else 0 for f, ok in zip(family, short, strict=True)], np.uint8),
        short=short,
    )


def _lanes(rows: list[list[str]]) -> Words:
    """Each row's up to four symbols as 16-bit ids, the first lowest. Ids follow the symbols' order, so runs agree."""
    known = {symbol: i for i, symbol in enumerate(sorted({s for row in rows for s in row}), start=1)}
    packed = (sum((known[s] & 0xFFFF) << (16 * at) for at, s in enumerate(row)) for row in rows)
    return np.fromiter(packed, np.uint64, len(rows))


def number_table(numbers: list[str], trusted: NDArray[np.bool_]) -> NumberTable:
    """Pack identity numbers; a masked one of another length is laid out as 18 with its two visible ends in place."""
    laid = [_laid_out(n) if "*" in n else n for n in numbers]
    code = {**{str(d): d for d in range(10)}, "X": 10, "*": 15}
    digits = np.zeros((len(laid), 19), np.uint8)
    for row, text in enumerate(laid):
        digits[row, : min(19, len(text))] = [code.get(c, 14) for c in text[:19]]
    shifts = 4 * np.arange(10, dtype=np.uint64)
    wide = digits.astype(np.uint64)
    head = (wide[:, :9] << shifts[:9]).sum(axis=1, dtype=np.uint64)
    tail = (wide[:, 9:] << shifts).sum(axis=1, dtype=np.uint64)
    length = np.array([min(19, len(t)) for t in laid], np.uint8)
    return NumberTable(head, tail, length, trusted.copy(), digits)


def _laid_out(masked: str) -> str:
    head, tail = masked.split("*", 1)[0], masked.rsplit("*", 1)[1]
    return masked if len(masked) == 18 else head + "*" * max(0, 18 - len(head) - len(tail)) + tail


def bcd(phones: list[str]) -> Words:
    return np.array([int(p[-16:], 16) for p in phones], np.uint64)
