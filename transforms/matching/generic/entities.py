"""What is known of each entity, field by field, as flat arrays: what the loops that weigh entities read.

All fields stand one after the other, those first that cost little to compare and soon tell strangers apart, and a value
has one number through all of them.
"""

import numpy as np
from numpy.typing import NDArray

from transforms.matching.generic import bags as loops
from transforms.matching.generic.bags import ANY, FACTS, Bags, Book
from transforms.matching.generic.compare import NAMES, compare
from transforms.matching.generic.entity_loops import BIRTH, NUMBER
from transforms.matching.generic.level_loops import Values
from transforms.matching.generic.seen import Seen, put
from transforms.matching.generic.values import Bits, Column, Ints, Records
from transforms.matching.generic.weigh import Weigher, names

# kinds by what it costs to compare two values and how soon that tells strangers apart
CHEAP = ("birth_date", "number", "sex", "category", "door", "phone", "postcode", "house_number", "amount", "given_name",
         "surname", "place", "street", "text", "name", "address")  # fmt: skip
MOVES = frozenset({"phone", "address", "house_number", "street", "postcode", "text", "amount"})
CERTAIN = {"birth_date": BIRTH, "number": NUMBER}  # what may rule a merger out
MISSED = 30_000  # pairs of values that kernels compare together
FIRST, MOST = 1 << 16, 1 << 23  # places for levels that were seen, at first and at most


def in_order(records: Records) -> list[Column]:
    """The columns as a book has them."""
    return sorted(records.columns.values(), key=lambda column: CHEAP.index(column.kind))


def book(records: Records, weighers: dict[str, Weigher]) -> Book:
    """Of every value and level of `records` what it is worth, and of every record its values."""
    columns = in_order(records)
    how = [weighers[c.name] for c in columns]
    start = np.cumsum([0, *(len(c.text) for c in columns)])
    parts, whole = names({c.name: c.kind for c in columns})
    return Book(
        start=start,
        field=np.repeat(np.arange(len(columns)), np.diff(start)),
        records=by_record(records),
        top=np.array([len(NAMES[c.kind]) - 1 for c in columns]),
        moves=np.array([c.kind in MOVES for c in columns]),
        certain=np.array([CERTAIN.get(c.kind, 0) for c in columns]),
        group=np.array([1 if c.name in parts else 2 if c.name in whole else 0 for c in columns]),
        way=np.array([c.way for c in columns]),
        level=np.stack([[_level(w.level, w.share), _level(w.level_near, w.share)] for w in how]),
        same=_both([w.share * w.same for w in how], [w.share * w.same_near for w in how]),
        chance=_both([np.exp2(-w.same) for w in how], [np.exp2(-w.same_near) for w in how]),
        share=np.array([w.share for w in how]),
        wordy=np.array([len(w.words) > 0 for w in how]),
        values=_values(columns, how),
        word=_both([w.share * w.word for w in how], [w.share * w.word_near for w in how]),
    )  # fmt: skip


def by_record(records: Records) -> Ints:
    """(records, fields): the number of each value through all fields, -1 for none."""
    columns, before = in_order(records), 0
    found = np.empty((records.size, len(columns)), np.int64)
    for at, column in enumerate(columns):
        found[:, at] = np.where(column.code < 0, -1, column.code + before)
        before += len(column.text)
    return found


def _level(bits: Bits, share: float) -> Bits:
    return share * np.append(bits, np.zeros(8 - len(bits)))


def _both(far: list[Bits], near: list[Bits]) -> Bits:
    """(values, 2): against strangers and against neighbours."""
    return np.ascontiguousarray(np.stack([np.concatenate(far), np.concatenate(near)], axis=1))


def _values(columns: list[Column], how: list[Weigher]) -> Values:
    """The values of all columns, words numbered through all that have bits for them."""
    letters, length, packed = (np.concatenate([getattr(c, part) for c in columns])
                               for part in ("letters", "length", "packed"))  # fmt: skip
    before = np.cumsum([0, *(len(w.word) for w in how)]).tolist()
    words = [np.where(c.words < 0, -1, c.words + at) for c, at in zip(columns, before, strict=False)]
    of = [c.values for c in columns]
    ends = np.cumsum([0, *(len(v.word) for v in of)]).tolist()
    span = np.concatenate([v.span + at for v, at in zip(of, ends, strict=False)])
    word, weight = (np.concatenate([getattr(v, part) for v in of]) for part in ("word", "weight"))
    return Values(letters, length, packed, np.concatenate(words), span, word, weight)


def gather(book: Book, number: Ints, size: int) -> Bags:
    """The values of entities `number` (a record's; negative: of no interest), which are numbered below `size`."""
    rows = np.flatnonzero(number >= 0)
    values, many, fields = book.records[rows], len(book.field), len(book.start) - 1
    code = (number[rows, None] * many + values)[values >= 0]
    code.sort()
    slots = size * fields
    bags = Bags(np.zeros(slots + 1, np.int64), np.empty(len(code), np.int64), np.empty(len(code)),
                np.zeros((slots, FACTS)))  # fmt: skip
    loops.fill(book, code, bags)
    some = bags.facts[:, ANY : ANY + 2]
    share = np.tile(book.share, size)[:, None]
    some[:] = share * np.maximum(-np.log2(np.maximum(some, 1e-12)), 0.0)
    return bags


class Compared:
    """Levels of pairs of values that kernels compared already: values meet again and again as entities grow."""

    def __init__(self, records: Records, book: Book) -> None:
        self.columns, self.start, self.values = in_order(records), book.start, len(book.field)
        self.seen, self.many = _room(FIRST), 0

    def ready(self) -> Seen:
        """What was seen, with room for MISSED pairs of values more."""
        if 2 * (self.many + MISSED) > len(self.seen.key):
            old = self.seen
            if 2 * len(old.key) > MOST:  # begin again
                self.seen, self.many = _room(len(old.key)), 0
            else:
                self.seen = _room(2 * len(old.key))
                put(self.seen, old.key, old.level)
        return self.seen

    def learn(self, missed: NDArray[np.uint64]) -> None:
        """Compare the pairs of values that are `missed` (see seen.named)."""
        codes = np.sort(missed)
        x, y = (part.astype(np.int64) for part in np.divmod(codes - np.uint64(1), np.uint64(self.values)))
        cuts = np.searchsorted(x, self.start)
        found = np.empty(len(codes), np.uint8)
        for at, column in enumerate(self.columns):
            some = slice(cuts[at], cuts[at + 1])
            found[some] = compare(column, x[some] - self.start[at], y[some] - self.start[at])
        put(self.seen, codes, found)
        self.many += len(codes)


def _room(size: int) -> Seen:
    return Seen(np.zeros(size, np.uint64), np.zeros(size, np.uint8))
