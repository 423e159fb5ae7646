"""Fields that say the same twice must not be believed twice: a full name beside its parts, one column under two names.

A whole name or text whose every word stands in other fields of the same record is silent: it blocks, but gives no
evidence. Parts of a name stay: that the rarer part agrees is more than that some word does. Fields
that repeat each other in part share one voice: the bits of each are divided by one plus the sum of its correlations
with the others (the design effect of Kish 1965). A correlation counts as far as it is there both among matches and
among strangers. Only among strangers, it comes from neighbours (a postcode and a place), whom the model has already,
unless no field could tell them apart; only among matches, from records of more and less care, which tells nothing of
who they are about.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from transforms.matching.generic.model import OWN, Model, weights
from transforms.matching.generic.values import Levels, Records
from transforms.matching.generic.weigh import names

WORDY = frozenset({"name", "given_name", "surname", "text"})
WHOLE = frozenset({"name", "text"})
REPEATS, ENOUGH = 0.9, 1000  # the share of records in which a field must repeat others; records looked at
SLIGHT, PAIRS = 0.1, 200  # correlations below are taken for none; pairs that are needed to see one


def silent(records: Records) -> dict[str, list[str]]:
    """Fields of words that other fields of the same records say as well, the longest first; by field, those others:
    what it has all words of, or they of it."""
    columns = {n: c for n, c in records.columns.items() if c.kind in WORDY}
    length = {n: float(c.length[c.code[c.code >= 0]].mean()) for n, c in columns.items()}
    rows = np.random.default_rng(records.size).permutation(records.size)[: 4 * ENOUGH]
    said = {n: [set(c.text[code].split()) if code >= 0 else set() for code in c.code[rows]] for n, c in columns.items()}
    found: dict[str, list[str]] = {}
    for name in sorted((n for n in columns if columns[n].kind in WHOLE), key=lambda n: (-length[n], n)):
        others = [said[n] for n in columns if n != name and n not in found]
        if _within(said[name], [set().union(*rest) for rest in zip(*others, strict=True)]):
            rest = (n for n in columns if n != name)
            found[name] = [n for n in rest if _within(said[n], said[name]) or _within(said[name], said[n])]
    return found


def _within(words: list[set[str]], others: list[set[str]]) -> bool:
    """Do `others` have all of the `words`, record by record, nearly always where there are any?"""
    full = [mine <= rest for mine, rest in zip(words, others, strict=False) if mine][:ENOUGH]
    return bool(full) and float(np.mean(full)) >= REPEATS


def shares(model: Model, matches: dict[str, Levels], strangers: dict[str, Levels]) -> dict[str, float]:
    """What part of its bits each field may give, from the levels of likely matches and of random pairs."""
    readings = [f for group in names(model.kinds) for f in group]  # weigh.total has seen to them
    fields = [f for f in model.kinds if model.share.get(f, 1.0) > 0 and f not in readings]
    if any(kind in OWN for kind in model.kinds.values()):
        together = np.minimum(*(_correlations(model, fields, seen) for seen in (matches, strangers)))
    else:
        together = _correlations(model, fields, _unlike(model, fields, strangers))
    together = np.maximum(together, 0.0)
    together[together < SLIGHT] = 0.0
    voice = 1 / (1 + together.sum(axis=1))
    return model.share | {f: round(float(v), 4) for f, v in zip(fields, voice, strict=True) if v < 1}


def _unlike(model: Model, fields: list[str], seen: dict[str, Levels]) -> dict[str, Levels]:
    """Random pairs without those that are one entity by accident, as some are in a small table: all agrees in them."""
    bits = np.sum([weights(model.m[f], model.u[f])[seen[f]] for f in fields], axis=0)
    some = bits + np.log2(model.prior) < 0
    return {f: seen[f][some] for f in fields}


def _correlations(model: Model, fields: list[str], seen: dict[str, Levels]) -> NDArray[np.float64]:
    """Pearson's correlation of the fields' bits, over pairs where neither is missing; 0 on the diagonal."""
    worth: dict[str, Any] = {f: weights(model.m[f], model.u[f])[seen[f]] for f in fields}
    found = np.zeros((len(fields), len(fields)))
    for i, one in enumerate(fields):
        for j, two in enumerate(fields[:i]):
            known = (seen[one] > 0) & (seen[two] > 0)
            if np.count_nonzero(known) >= PAIRS:
                x, y = worth[one][known], worth[two][known]
                spread = x.std() * y.std()
                found[i, j] = found[j, i] = ((x - x.mean()) * (y - y.mean())).mean() / spread if spread > 0 else 0.0
    return found
