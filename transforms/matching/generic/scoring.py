"""How likely two entities are one, by all that is known of both."""

from typing import NamedTuple

import numpy as np

from transforms.matching.generic import entity_loops
from transforms.matching.generic.bags import MANY, Bags, Book
from transforms.matching.generic.entities import MISSED, Compared, book, by_record, gather, in_order
from transforms.matching.generic.entity_loops import HEARD, STATE, SUM, Odds, Work
from transforms.matching.generic.model import Model
from transforms.matching.generic.patterns import Pairs
from transforms.matching.generic.values import Bits, Ints, Records
from transforms.matching.generic.weigh import Weigher, odds

FAINT = -6.0  # odds in bits below which nothing is hoped for: one in sixty
NEVER = -60.0  # odds in bits of what cannot be
AT_ONCE = 100_000  # pairs of entities that are scored together


class Setting(NamedTuple):
    """All that scoring needs, and the bar: `accept` for each merger, `precision` expected of all.

    `different`: records, of shape (2, n), that somebody decided are never one. `lone`: the share of records that are
    nobody else's, where single records are held against it (see cluster.relative).
    """

    records: Records
    book: Book
    compared: Compared
    model: Model
    accept: float
    precision: float
    different: Ints = np.zeros((2, 0), np.int64)
    lone: float = 1.0

    @property
    def bar(self) -> float:
        """The least odds of a merger, in bits."""
        return float(np.log2(self.accept / (1 - self.accept)))


def setting(records: Records, weighers: dict[str, Weigher], model: Model, bar: tuple[float, float]) -> Setting:
    """What scoring needs; `bar`: accept and precision."""
    worth = book(records, weighers)
    return Setting(records, worth, Compared(records, worth), model, *bar)


def moved(setting: Setting, records: Records) -> Setting:
    """The same for other `records` of the same values."""
    return setting._replace(records=records, book=setting.book._replace(records=by_record(records)))


def score(setting: Setting, entity: Ints, a: Ints, b: Ints) -> Bits:
    """Odds in bits that entities `a` and `b` are one, `entity` being that of each record; NEVER for what is hopeless.

    Hopeless is what would stay below FAINT, and below the bar, if every field not yet looked at agreed as well as the
    values allow: the fields that cost least to compare go first, and most pairs need no other.
    """
    number = np.full(setting.records.size, -1, np.int64)
    ends = np.unique(np.concatenate([a, b]))
    number[ends] = np.arange(len(ends))
    bags = gather(setting.book, number[entity], len(ends))
    parts = (slice(at, at + AT_ONCE) for at in range(0, len(a), AT_ONCE))
    found = [_weighed(setting, bags, number[a[part]], number[b[part]]) for part in parts]
    return np.concatenate([np.zeros(0), *found])


def weighted(records: Records, weighers: dict[str, Weigher], pairs: Pairs) -> tuple[Bits, Bits]:
    """Bits for `pairs` of records, against strangers and against neighbours, without the prior."""
    return weighed(records, book(records, weighers), pairs)


def weighed(records: Records, worth: Book, pairs: Pairs) -> tuple[Bits, Bits]:
    """The same by a book of the `records`."""
    fields = list(records.columns)
    place = np.array([fields.index(column.name) for column in in_order(records)])
    to = np.zeros((2, len(pairs.a)))
    paired = entity_loops.Paired(pairs.a, pairs.b, pairs.pattern)
    entity_loops.weigh_records(worth, place, paired, to)
    return to[0], to[1]


def _weighed(setting: Setting, bags: Bags, a: Ints, b: Ints) -> Bits:
    """Odds for entities of `bags`: what values were not compared before is, and the loop goes on with them."""
    model, size = setting.model, len(a)
    far = max(1 - model.prior - model.near, 1e-9)
    prior, far, near = (float(np.log2(share)) for share in (model.prior, far, model.near))
    hope = Odds(prior, far, near, min(FAINT, setting.bar) - 0.01)
    work = Work(a, b, np.zeros(size, np.int64), np.empty((size, STATE)), np.empty(MISSED, np.uint64),
                np.zeros(1, np.int64), np.zeros(MANY * MANY, np.int64), np.zeros(MANY), np.zeros(2))  # fmt: skip
    while True:
        entity_loops.weigh(setting.book, bags, setting.compared.ready(), hope, work)
        if not work.many[0]:
            break
        setting.compared.learn(work.missed[: work.many[0]])
        work.many[0] = 0
    found = np.full(size, NEVER)
    done = np.flatnonzero(work.turn >= 0)
    found[done] = np.round(odds(model, *_total(work.state[done])), 6)
    return found


def _total(state: Bits) -> tuple[Bits, Bits]:
    """See weigh.total: the mean of two readings of a name, or the one that says something."""
    parts, whole = state[:, HEARD] > 0, state[:, HEARD + 1] > 0
    portion = np.where(~parts, 0.0, np.where(~whole, 1.0, 0.5))
    said = (state[:, SUM + side :: 2][:, :3] for side in range(2))
    far, near = (rest + portion * one + (1 - portion) * other for rest, one, other in (each.T for each in said))
    return far, near
