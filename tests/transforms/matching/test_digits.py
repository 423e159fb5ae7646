"""Numbers packed a column at a time, against one digit after the other."""

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from transforms.matching.digits import born_and_sex, number_table, phones

NUMBERS = st.lists(
    st.from_regex(r"[0-9]{17}[0-9X]", fullmatch=True)
    | st.from_regex(r"[0-9]{3,6}[*]{1,12}[0-9X]{2,4}", fullmatch=True)
    | st.text(min_size=1, max_size=25),
    max_size=8,
)


def laid_out(text: str) -> str:
    """A mask of another length than 18, stretched."""
    if "*" not in text or len(text) == 18:
        return text
    head, tail = text[: text.index("*")], text[text.rindex("*") + 1 :]
    return head + "*" * (18 - len(head) - len(tail)) + tail


@settings(deadline=None)
@given(NUMBERS)
@example(["99010119800101001X", "990101****0011", "9901011980010100１１", "é" * 9, "1" * 30])
def test_every_digit_is_in_its_place(numbers: list[str]) -> None:
    table = number_table(numbers, np.ones(len(numbers), bool))
    code = {**{str(d): d for d in range(10)}, "X": 10, "*": 15}
    for row, number in enumerate(numbers):
        digits = [code.get(c, 14) for c in laid_out(number)[:19]]
        assert table.length[row] == len(digits)
        digits += [0] * (19 - len(digits))
        assert table.digits[row].tolist() == digits
        assert int(table.head[row]) == sum(d << 4 * i for i, d in enumerate(digits[:9]))
        assert int(table.tail[row]) == sum(d << 4 * i for i, d in enumerate(digits[9:]))


def test_birth_and_sex_are_read_from_valid_numbers_alone() -> None:
    numbers = ["990101198005170011", "990101198005170020", "990101198005170028", "990101********0011", "123"]
    valid = np.array([True, True, False, True, True])
    born, sex = born_and_sex(number_table(numbers, valid), valid)
    assert born.tolist() == [19800517 * 4 + 3] * 2 + [-1] * 3
    assert sex.tolist() == [1, 2, 0, 0, 0]


@settings(deadline=None)
@given(st.lists(st.text("0123456789 -+转é", max_size=24) | st.text("012", min_size=15, max_size=20)))
@example(["1" * 20, "2" + "1" * 19, "0" * 17, "0" * 18, "12345", "12-34-56", "123456", "0123456"])
def test_a_phone_is_its_digits_of_which_the_last_sixteen_are_compared(texts: list[str]) -> None:
    same, words = phones(texts)
    digits = ["".join(c for c in t if c in "0123456789") for t in texts]
    assert words.tolist() == [int(d[-16:] or "0", 16) for d in digits]
    assert [bool(s) for s in same.tolist()] == [len(d) > 5 for d in digits]
    known = {(d, s) for d, s in zip(digits, same.tolist(), strict=True) if s}
    assert len(known) == len({d for d, _ in known}) == len({s for _, s in known})
