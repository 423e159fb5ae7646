"""Texts of many words, such as titles and what products are called: the rarer a word, the more it says.

Two shops write the same title in other words and another order; what they share is what tells it from all others. Texts
are vectors of their words, weighted by how few records have each (Spaerck Jones 1972), and alike by their cosine. Han
characters stand in for words two by two.
"""

import re
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bits = NDArray[np.float64]

MANY_WORDS = 3.0  # on average; a value of one or two words is its own key
_HAN = re.compile("[\u3400-\u9fff]{2,}")


class Tokens(NamedTuple):
    """The distinct words of each value, from ``span[v, 0]`` to ``span[v, 1]``, ascending, weights of length 1 in all.

    rarest: (values, 3) of those that more than one record has, the rarest first, -1 for none.
    """

    span: Ints
    word: Ints
    weight: Bits
    rarest: Ints


def are_models(names: list[str]) -> bool:
    """Have most `names` a number in them? Then they are not of people or firms, but of what these make."""
    return 2 * sum(any(map(str.isdigit, name)) for name in names) > len(names)


def nothing(values: int) -> Tokens:
    """Of values that are no titles."""
    none = np.zeros(0, np.int64)
    return Tokens(np.zeros((values, 2), np.int64), none, np.zeros(0), np.full((values, 3), -1))


def tokens(texts: list[str], held: Ints, sure: bool = False) -> Tokens | None:
    """The words of `texts`, which so many records have; None where most are of few words, unless it is `sure` that
    these are titles."""
    if not texts:
        return nothing(0) if sure else None
    split = words(texts)
    if not sure and len(split.flatten()) < MANY_WORDS * len(texts):
        return None
    encoded = split.flatten().dictionary_encode()
    return weighed(pc.list_parent_indices(split).to_numpy().astype(np.int64), encoded.indices.to_numpy(), held)


def words(texts: list[str]) -> pa.ListArray:
    """The words of each text."""
    return pc.split_pattern(pa.array([_apart(t) for t in texts], pa.string()), " ")


def weighed(row: Ints, word: NDArray[Any], held: Ints) -> Tokens:
    """That value `row` has a `word` (numbers from 0 on), for each word that it has; so many records have each value."""
    size, values = int(word.max(initial=0)) + 1, len(held)
    code = np.unique(row * size + word)
    row, word = code // size, code % size
    holding = np.bincount(word, weights=held[row], minlength=size)
    bits = np.log2(np.maximum(held.sum(), 1) / np.maximum(holding, 1))[word]
    norm = np.sqrt(np.bincount(row, weights=bits**2, minlength=values))
    many = np.bincount(row, minlength=values)
    ends = np.cumsum(many)
    span = np.ascontiguousarray(np.stack([ends - many, ends], axis=1))
    weight = bits / np.maximum(norm, 1e-9)[row]
    return Tokens(span, word, weight, _rarest(values, row, word, holding))


def _apart(text: str) -> str:
    """`text` with every two neighbouring Han characters as a word."""
    if text.isascii():
        return text
    return _HAN.sub(lambda run: " ".join(a + b for a, b in zip(run[0], run[0][1:], strict=False)), text)


def _rarest(values: int, row: Ints, word: Ints, holding: NDArray[Any]) -> Ints:
    """See Tokens.rarest."""
    some = np.flatnonzero(holding[word] > 1)
    order = some[np.lexsort((word[some], holding[word[some]], row[some]))]
    many = np.bincount(row[order], minlength=values)
    rank = np.arange(len(order)) - np.repeat(np.cumsum(many) - many, many)
    found = np.full((values, 3), -1)
    first = order[rank < 3]
    found[row[first], rank[rank < 3]] = word[first]
    return found
