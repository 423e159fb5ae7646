"""Cleaning by kind, whatever the way a value was written."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.matching.generic.values import CLEANERS, PLAIN, birth, encode, number, phone, plain, sex


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1981-03-09", "19810309"), ("19810309", "19810309"), ("1981/3/9", "19810309"), ("09.03.1981", "19810309"),
        ("03/09/1981", "19810309"), ("25/03/1981", "19810325"), ("9 Mar 1981", "19810309"), ("Mar 9, 1981", "19810309"),
        ("1981", "19810000"), ("1981-03", "19810300"), ("1981-03-09T00:00:00", "19810309"), ("19b1-03-09", "19b10309"),
        ("", ""),
    ],
)  # fmt: skip
def test_births_are_read_however_written(written: str, read: str) -> None:
    """Year, month and day, 0 where unknown."""
    assert birth(written) == read


def test_words_numbers_and_sexes_are_folded() -> None:
    """Case, width, accents and signs do not matter."""
    assert plain("  Ōtani-SMITH, ") == "otani smith"
    assert plain("大田（村）") == "大田 村"
    assert number("12-34 ab") == "1234ab"
    assert phone("+86 130-0000-0000") == "13000000000"
    assert {sex(s) for s in ("M", "male", "男")} == {"1"}


def test_placeholders_are_missing() -> None:
    """They say nothing for or against."""
    table = pa.table({"source": ["s"] * 4, "f": ["Unknown", " ", "不详", "x"]})
    assert encode(table, {"f": "text"}, []).columns["f"].code.tolist() == [-1, -1, -1, 0]


def test_legal_forms_are_set_aside() -> None:
    """Of organisations only."""
    table = pa.table({"source": ["s"] * 3, "f": ["Moorau Mills Ltd.", "moorau mills", "大田粮油有限公司"]})
    assert encode(table, {"f": "name"}, [], "organisation").columns["f"].text.tolist() == ["moorau mills", "大田粮油"]
    assert len(encode(table, {"f": "name"}, [], "person").columns["f"].text) == 3


def test_a_first_of_january_that_is_everywhere_means_the_year() -> None:
    """Where registers fill in the day; one that is born on it among many others stays."""
    days = [f"19{i:02d}-{1 + i % 12:02d}-{2 + i % 27:02d}" for i in range(96)]
    for many, known in ((1, "19500101"), (9, "19500000")):
        births = [*days, *["1950-01-01"] * many]
        table = pa.table({"source": ["s"] * len(births), "born": births})
        column = encode(table, {"born": "birth_date"}, []).columns["born"]
        assert {column.text[c] for c in column.code[96:]} == {known}
        assert column.held.sum() == len(births)
        assert [column.text[c] for c in column.code[:96]] == [d.replace("-", "") for d in days]


@pytest.mark.parametrize("kind", [*CLEANERS, "text"])
@settings(max_examples=40, deadline=None)
@given(texts=st.lists(st.text("aB_ -./é王1230*T", max_size=11) | st.dates().map(str), max_size=20))
def test_all_at_once_are_cleaned_as_one_by_one(kind: str, texts: list[str]) -> None:
    cleaner = CLEANERS.get(kind, PLAIN)
    assert cleaner.all(pa.array(texts, pa.string())) == [cleaner.one(t) for t in texts]
