import pytest

from transforms.clean.text import fold_spaces, has_unknown_glyph, is_placeholder, narrow, tidy


def test_invisible_characters_and_outer_spaces_go() -> None:
    assert tidy("\ufeff\u202d 甲\u200b山\u202c\u3000") == "甲山"
    assert tidy(None) == tidy("") == tidy(" \t") == ""


def test_widths_are_folded() -> None:
    assert narrow("ＡＢ１２　ⅹ") == "AB12 x"


def test_spaces_stay_only_between_latin_words() -> None:
    assert fold_spaces("昌南市 涌泉镇\n大田村") == "昌南市涌泉镇大田村"
    assert fold_spaces("John   Smith 甲") == "John Smith甲"


@pytest.mark.parametrize("text", ["", "无", "不详", "NULL", "-", "—", "待补录"])
def test_words_for_nothing(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize("text", ["0", "无锡", "甲", "空山"])
def test_words_that_look_like_nothing(text: str) -> None:
    assert not is_placeholder(text)


def test_glyphs_nobody_can_read() -> None:
    assert all(has_unknown_glyph(f"甲{c}") for c in "\ue000\ufffd□\u2ff0\U000f0000")
    assert not any(has_unknown_glyph(f"甲{c}") for c in "䶮\U0002cc56a·")
