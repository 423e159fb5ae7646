"""How common values are, kept from one run for another: by hash of the value instead of by its row in a table.

A batch, or a part of a population, is weighed by the frequencies of the whole: 张伟 is no rarer for being looked at
among a thousand people.
"""

from typing import NamedTuple

import numpy as np

from transforms.matching.compiled import compiled
from transforms.matching.counts import Counts, Scopes
from transforms.matching.kernels import Ints, Words
from transforms.matching.stable import name_words, phone_words, place_words
from transforms.matching.values import Values


class Kept(NamedTuple):
    """`tables` has for every field of Counts that goes by value (births: "births") hashes, ascending, and counts."""

    people: int
    numbered: float
    tables: dict[str, tuple[Words, Ints]]


def kept(counts: Counts, values: Values, places: Scopes) -> Kept:
    """What `counts` says, by hash of the value; values that nobody holds are left out."""
    tables: dict[str, tuple[Words, Ints]] = {"births": (counts.born.astype(np.uint64), counts.births)}
    for field, words in _words(values, places).items():
        count = getattr(counts, field)
        rows = np.flatnonzero((words != 0) & (count > 0))
        some = words[rows]
        order = np.argsort(some)  # of several with one hash, which are one value, any will do
        some = some[order]
        first = np.flatnonzero(np.append(True, some[1:] != some[:-1])[: len(some)])
        tables[field] = (some[first], count[rows[order[first]]])
    return Kept(counts.people, counts.numbered, tables)


def recalled(kept: Kept, values: Values, places: Scopes) -> Counts:
    """Counts in the rows of other `values`; 0 for a value that was not there."""
    found: dict[str, Ints] = {}
    for field, words in _words(values, places).items():
        hashes, count = kept.tables[field]
        found[field] = _at(hashes, count, words)
    born, births = kept.tables["births"]
    return Counts(people=kept.people, numbered=kept.numbered, born=born.astype(np.int64), births=births, **found)


def _at(hashes: Words, count: Ints, words: Words) -> Ints:
    """The count of each of `words`, 0 where it is not among `hashes`; these may be long and are not copied."""
    if not len(hashes):
        return np.zeros(len(words), np.int64)
    at = places(hashes, words)
    return np.where((at >= 0) & (words != 0), count[at], 0).astype(np.int64)


def places(hashes: Words, words: Words, shift: int = 0) -> Ints:
    """Where each of `words` is among `hashes`, which are ascending, -1 where it is not. With `shift` so many of the
    lowest bits are not looked at, and it is the first that is alike in the others."""
    found = np.empty(len(words), np.int64)
    _place(np.ascontiguousarray(hashes), np.ascontiguousarray(words), shift, found)
    return found


@compiled
def _place(hashes: Words, words: Words, shift: int, found: Ints) -> None:
    """Hashes lie evenly, so each is looked for from where it should be on, in steps that double, then halve."""
    size, bits = len(hashes), np.uint64(shift)
    for row in range(len(words)):
        word, step = words[row] >> bits, 8
        low = np.int64((words[row] >> np.uint64(32)) * np.uint64(size) >> np.uint64(32))
        high = low
        while low > 0 and hashes[low - 1] >> bits >= word:
            high, low, step = low, max(low - step, np.int64(0)), 2 * step
        while high < size and hashes[high] >> bits < word:
            low, high, step = high + 1, min(high + step, np.int64(size)), 2 * step
        while low < high:
            middle = (low + high) // 2
            if hashes[middle] >> bits < word:
                low = middle + 1
            else:
                high = middle
        found[row] = low if low < size and hashes[low] >> bits == word else -1


def _words(values: Values, places: Scopes) -> dict[str, Words]:
    """For each field of Counts the hash of the value in each row of its table; 0 for none."""
    names, phones = name_words(values), phone_words(values)
    by_name = {"exact": names.exact, "shape": names.shape, "sound": names.sound}
    return {
        **by_name,
        **{f"known_{field}": words for field, words in by_name.items()},
        "family": names.surname,
        "given": names.given,
        "phone": phones,
        "crowded": phones,
        **place_words(values, places)._asdict(),
    }
