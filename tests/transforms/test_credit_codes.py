import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.clean.credit_codes import ALPHABET, clean_credit_code, is_registration_number

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "vectors.json").read_text(encoding="utf-8"))
GOOD = "91360299MA35ABCD4M"


@pytest.mark.parametrize("case", VECTORS["uscc"], ids=lambda case: case["in"])
def test_published_vectors(case: dict[str, Any]) -> None:
    assert clean_credit_code(case["in"]) == (case["in"], None if case["ok"] else "credit_code_invalid")


@pytest.mark.parametrize("case", VECTORS["gs15"], ids=lambda case: case["in"])
def test_registration_numbers(case: dict[str, str]) -> None:
    assert is_registration_number(case["in"])
    assert not is_registration_number(case["in"][:-1] + str((int(case["in"][-1]) + 1) % 10))
    assert clean_credit_code(case["in"]) == (case["in"], None)


@pytest.mark.parametrize(
    "raw", [GOOD.lower(), f" {GOOD}", "９１３６０２９９ＭＡ３５ＡＢＣＤ４Ｍ", "91360299-MA35ABCD4M", f"'{GOOD}"]
)
def test_widths_case_and_spaces_do_not_matter(raw: str) -> None:
    assert clean_credit_code(raw) == (GOOD, None)


def test_letters_outside_the_alphabet_are_mended_only_when_the_code_then_checks() -> None:
    assert clean_credit_code("9136O299MA35ABCD4M") == (GOOD, None)
    assert clean_credit_code("9136O299MA35ABCD4K") == ("9136O299MA35ABCD4K", "credit_code_invalid")


@pytest.mark.parametrize("raw", [None, "", "无", "-", "000000000000000000"])
def test_placeholders_are_absent(raw: str | None) -> None:
    assert clean_credit_code(raw) == (None, None)


@settings(deadline=None)
@given(st.integers(0, 17), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_found(at: int, character: str) -> None:
    wrong = GOOD[:at] + character + GOOD[at + 1 :]
    assert clean_credit_code(wrong) == (wrong, None if wrong == GOOD else "credit_code_invalid")
