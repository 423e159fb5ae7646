"""Identity numbers and telephones as words of BCD nibbles, a whole column of distinct values at a time."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from transforms.matching.compiled import compiled
from transforms.matching.hashing import Ints, Words
from transforms.matching.kernels import DAY, NumberTable
from transforms.matching.octets import Layout, layout, stepped

WIDTH, HEAD, PHONE = 19, 9, 16
OTHER, MASKED = 14, 15
_CODE = np.full(256, OTHER, np.uint8)
_CODE[np.frombuffer(b"0123456789X*", np.uint8)] = [*range(11), MASKED]
Digits = NDArray[np.uint8]


def number_table(numbers: Any, trusted: NDArray[np.bool_]) -> NumberTable:
    """Pack identity numbers (an Arrow array or list of distinct texts, none null).

    A masked one of another length is laid out as 18 with its two visible ends in place.
    """
    laid = layout(numbers)
    count = len(laid.offsets) - 1
    head, tail = np.zeros((2, count), np.uint64)
    size, odd = np.zeros((2, count), np.uint8)
    table = NumberTable(head, tail, size, trusted.copy(), np.zeros((count, WIDTH), np.uint8))
    _pack(laid, table[:3], table.digits, odd)
    for row in np.flatnonzero(odd):
        text = _laid_out(laid.data[laid.offsets[row] : laid.offsets[row + 1]].tobytes().decode())
        digits = [int(_CODE[ord(c)]) if ord(c) < 256 else OTHER for c in text[:WIDTH]]
        table.digits[row], table.length[row] = digits + [0] * (WIDTH - len(digits)), len(digits)
        table.head[row] = sum(d << 4 * i for i, d in enumerate(digits[:HEAD]))
        table.tail[row] = sum(d << 4 * i for i, d in enumerate(digits[HEAD:]))
    return table


@compiled
def _pack(laid: Layout, out: tuple[Words, Words, Digits], digits: Digits, odd: Digits) -> None:
    """Fill in a NumberTable. What is `odd` is not as simple: a longer character than a byte is OTHER once for each of
    its bytes; a mask may have to be stretched."""
    for row in range(len(odd)):
        at = np.int64(laid.offsets[row])
        size = min(int(laid.offsets[row + 1] - at), WIDTH)
        head, tail, other, masked = np.uint64(0), np.uint64(0), False, False
        for i in range(size):
            digit = _CODE[laid.data[at + i]]
            digits[row, i] = digit
            other |= digit == OTHER
            masked |= digit == MASKED
            if i < HEAD:
                head |= np.uint64(digit) << np.uint64(4 * i)
            else:
                tail |= np.uint64(digit) << np.uint64(4 * (i - HEAD))
        out[0][row], out[1][row], out[2][row] = head, tail, size
        odd[row] = other or (masked and size != 18)


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


def phones(texts: Any) -> tuple[Words, Words]:
    """Of each telephone a word that is the same for the same digits, 0 for fewer than six; and its last sixteen digits
    as nibbles, the last lowest. Whatever else is in the texts (Arrow array or list, none null) is no digit."""
    laid = layout(texts)
    same, word = np.zeros((2, len(laid.offsets) - 1), np.uint64)
    _dial(laid, same, word)
    return same, word


@compiled
def _dial(laid: Layout, same: Words, word: Words) -> None:
    for row in range(len(word)):
        count, total, earlier = np.uint64(0), np.uint64(0), np.uint64(0)
        for at in range(laid.offsets[row], laid.offsets[row + 1]):
            digit = np.uint64(laid.data[at]) - np.uint64(ord("0"))
            if digit < np.uint64(10):  # what is below 0 is very large
                count += np.uint64(1)
                earlier = stepped(earlier ^ total >> np.uint64(60)) if count > np.uint64(PHONE) else earlier
                total = total << np.uint64(4) | digit
        word[row] = total
        if count >= np.uint64(6):
            same[row] = stepped(stepped(total ^ earlier) ^ count)
