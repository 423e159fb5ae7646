"""Readings of characters, against the package they were taken from."""

import pypinyin
import pytest
from pypinyin.pinyin_dict import pinyin_dict

from transforms.clean.syllables import syllable, syllables


def test_every_tenth_character_reads_as_the_package_says() -> None:
    for code in list(pinyin_dict)[::10]:
        assert syllable(chr(code)) == pypinyin.lazy_pinyin(chr(code))[0], hex(code)


@pytest.mark.parametrize("character", ["A", "·", "\U0003ffff", "□"])
def test_what_has_no_reading_is_its_own(character: str) -> None:
    assert syllable(character) == character


def test_a_row_for_each_syllable() -> None:
    known = syllables()
    assert known.spelt[known.of[ord("张")]] == "zhang"
    assert known.row["zhang"] == known.of[ord("张")]
    assert known.of[ord("A")] == 0
