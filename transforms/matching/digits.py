"""Identity numbers and telephones as words of BCD nibbles, a whole column of distinct values at a time."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from transforms.matching.hashing import Ints, Words, layout
from transforms.matching.kernels import DAY, NumberTable

WIDTH, PHONE = 19, 16
OTHER, MASKED = 14, 15
_CODE = np.full(256, OTHER, np.uint8)
_CODE[np.frombuffer(b"0123456789X*", np.uint8)] = [*range(11), MASKED]
Digits = NDArray[np.uint8]


def number_table(numbers: Any, trusted: NDArray[np.bool_]) -> NumberTable:
    """Pack identity numbers (an Arrow array or list of distinct texts, none null).

    A masked one of another length is laid out as 18 with its two visible ends in place.
    """
    data, start, length = layout(numbers)
    digits = np.zeros((len(length), WIDTH), np.uint8)
    for at in range(WIDTH):
        rows = slice(None) if len(length) and at < length.min() else np.flatnonzero(length > at)
        digits[rows, at] = _CODE[data[start[rows] + at]]
    size = np.minimum(length, WIDTH).astype(np.uint8)
    # a longer character than a byte is OTHER once for each of its bytes; a mask may have to be stretched
    odd = (digits == OTHER).any(axis=1) | ((digits == MASKED).any(axis=1) & (size != 18))
    for row in np.flatnonzero(odd):
        text = _laid_out(bytes(data[start[row] : start[row] + length[row]]).decode())
        digits[row], size[row] = 0, min(WIDTH, len(text))
        digits[row, : size[row]] = [_CODE[ord(c)] if ord(c) < 256 else OTHER for c in text[:WIDTH]]
    return NumberTable(_packed(digits[:, :9]), _packed(digits[:, 9:]), size, trusted.copy(), digits)


def _packed(digits: Digits) -> Words:
    word = np.zeros(len(digits), np.uint64)
    for at in range(digits.shape[1]):
        word |= digits[:, at].astype(np.uint64) << np.uint64(4 * at)
    return word


def _laid_out(text: str) -> str:
    if "*" not in text or len(text) == 18:
        return text
    head, tail = text.split("*", 1)[0], text.rsplit("*", 1)[1]
    return head + "*" * max(0, 18 - len(head) - len(tail)) + tail


def born_and_sex(table: NumberTable, valid: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """The birth (kernels.birth_levels) and the sex (1, 2) inside the `valid` numbers of 18; -1 and 0 elsewhere."""
    digits = table.digits
    told = valid & (table.length == 18) & (digits[:, 6:17] < 10).all(axis=1)
    date = np.zeros(len(digits), np.int64)
    for at in range(6, 14):
        date = date * 10 + digits[:, at]
    return np.where(told, date * 4 + DAY, -1), np.where(told, 2 - digits[:, 16] % 2, 0).astype(np.int64)


def bcd(phones: Any) -> Words:
    """The last sixteen digits of each text of digits as nibbles, the last digit lowest."""
    data, start, length = layout(phones)
    word = np.zeros(len(length), np.uint64)
    for back in range(PHONE):
        rows = slice(None) if len(length) and back < length.min() else np.flatnonzero(length > back)
        digit = data[start[rows] + length[rows] - 1 - back] - ord("0")
        word[rows] |= digit.astype(np.uint64) << np.uint64(4 * back)
    return word
