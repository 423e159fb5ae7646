"""How a Chinese character is read: one toneless syllable of Hanyu Pinyin each, the commonest where there are several.

syllables.txt has a line for each syllable with the characters that are read so. It was taken from pypinyin (MIT,
(c) mozillazg and contributors), which a test holds it against: that package loads its dictionary of phrases first, half
a second that a command would wait for, and names are no phrases.
"""

import pkgutil
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Syllables(NamedTuple):
    """`of` gives for a code point the row of `spelt` that is its reading, 0 (an empty text) where there is none."""

    of: NDArray[np.uint16]
    spelt: list[str]
    row: dict[str, int]


@cache
def syllables() -> Syllables:
    """All readings, loaded once. Raises FileNotFoundError when the program is not installed whole."""
    raw = pkgutil.get_data("transforms.clean", "syllables.txt")
    if raw is None:
        raise FileNotFoundError("transforms/clean/syllables.txt")
    lines = [line.partition(" ") for line in raw.decode().splitlines()]
    spelt = ["", *(syllable for syllable, _, _ in lines)]
    characters = np.frombuffer("".join(c for _, _, c in lines).encode("utf-32-le"), np.uint32)
    of = np.zeros(int(characters.max()) + 1, np.uint16)
    of[characters] = np.repeat(np.arange(1, len(spelt), dtype=np.uint16), [len(c) for _, _, c in lines])
    return Syllables(of, spelt, {syllable: i for i, syllable in enumerate(spelt)})


def syllable(character: str) -> str:
    """The reading of one character; a character that has none is its own."""
    known = syllables()
    at = ord(character)
    return (known.spelt[known.of[at]] if at < len(known.of) else "") or character
