"""Agreement on a common value proves little: the chance of it, from the very value that two entities share."""

from typing import Any, NamedTuple

import numpy as np

from transforms.matching.compare import Compared
from transforms.matching.counts import CROWD, Counts
from transforms.matching.holdings import Bits
from transforms.matching.kernels import DAY, Flags, Ints

NAMESAKES = 20  # so many entities of one name, and blocking no longer brings all of them together
ALIKE = ((7, 0.1), (8, 0.05), (9, 0.02))  # levels of kernels.NAME with namesakes, and how many unseen ones to allow for
PLACES = ((2, "town"), (3, "area"), (4, "near"), (5, "door"))
EVERY, SURE, PARTS, SHARED = 0, 3, 6, 7  # columns of Frequency.names


class Frequency(NamedTuple):
    """log2 of the share of people who have a value, by the row of its table, worked out once for each value.

    A row of `names`: from EVERY on how many entities share the name as ALIKE says, from SURE on how many of them have a
    number, at PARTS how common its parts make it, from SHARED on the shares of those whose level is 2 or 3.
    """

    people: float
    numbered: float
    names: Bits  # (names, 9)
    place: Bits  # (addresses, 4): by level, in the order of PLACES
    phone: Bits
    crowded: Flags  # by phone: it identifies nobody
    births: Bits  # by the days (see `day`) from `since` on; empty where nobody's is known
    since: int

    @property
    def parts(self) -> Bits:
        """By name: how many of all people its parts alone would give it to."""
        return self.names[:, PARTS]


def frequencies(c: Counts) -> Frequency:
    """Shares from counts of entities; a pair that agrees is itself two of the entities that hold a value."""
    people = float(c.people)

    def others(count: Ints, least: float) -> Bits:
        share: Bits = np.log2(np.maximum(count - 2, 0) + least) - np.log2(people)
        return share

    names = np.empty((len(c.exact), 9))
    counted = (c.sound, c.shape, c.exact, c.known_sound, c.known_shape, c.known_exact, c.family / people * c.given)
    for column, of_all in enumerate(counted):
        names[:, column] = of_all
    for column, of_part in enumerate((c.family, c.given), SHARED):
        names[:, column] = np.minimum(others(of_part, 0.5), 0.0)
    place = np.empty((len(c.town), len(PLACES)))
    for column, (_, name) in enumerate(PLACES):
        place[:, column] = np.minimum(others(getattr(c, name), 0.2), 0.0)
    births, since = _by_day(c.born, c.births)
    return Frequency(
        people=people,
        numbered=float(c.numbered),
        names=names,
        place=place,
        phone=others(c.phone, 0.1),
        crowded=c.crowded > CROWD,
        births=others(births, 1e-9),
        since=since,
    )


def day(born: Any) -> Any:
    """The number of a day: of later births (kernels.birth_levels) a higher one, and only some days are not there."""
    date = born >> 2
    month, year = date // 100 % 100, date // 10000
    return (year * 12 + month - 1) * 32 + date % 100


def _by_day(born: Ints, count: Ints) -> tuple[Ints, int]:
    """How many are born on each day from the first on, and which that is; of a day that is not known as on the next."""
    if not len(born):
        return count, 0
    since = int(day(born[0]))
    month, days = np.divmod(np.arange(since, int(day(born[-1])) + 1), 32)
    dates = (month // 12 * 10000 + (month % 12 + 1) * 100 + days) * 4 + DAY
    return count[np.minimum(np.searchsorted(born, dates), len(born) - 1)], since


def frequent(field: str, u: Bits, cover: Bits, known: Frequency, compared: Compared) -> None:
    """Put the frequency of the value that agrees into `u`, log2 of the chance that strangers agree so, where known.

    `cover` is the chance that a person is known to another register.
    """
    level = compared.levels[field]
    if field == "name":
        _names(u, cover, known, compared)
    elif field == "place":
        rows = np.flatnonzero(level >= PLACES[0][0])
        u[rows] = known.place[compared.place[rows], level[rows] - PLACES[0][0]]
    elif field == "phone":
        rows = np.flatnonzero(level == 3)
        u[rows] = known.phone[compared.phone[rows]]
    elif field == "born" and len(known.births):
        rows = np.flatnonzero(level == 4)
        at = np.clip(day(compared.born[rows]) - known.since, 0, len(known.births) - 1)
        u[rows] = np.maximum(u[rows], known.births[at])


def _names(u: Bits, cover: Bits, known: Frequency, compared: Compared) -> None:
    """How many namesakes are in the way, as a share of the people.

    Where one side is known by a number, its known namesakes are rivals of their own (cluster) and not counted twice,
    unless they are too many to have been brought together. Two entities without numbers may each be any of the known
    namesakes. Entities without numbers count as people so far as people lack numbers. On top come those whom no
    register knows, as common as the parts of the name make them.
    """
    level = compared.levels["name"]
    rows = np.flatnonzero(level >= ALIKE[0][0])
    way, name, loose = level[rows] - ALIKE[0][0], compared.name[rows], compared.loose[rows]
    every, sure = known.names[name, EVERY + way], known.names[name, SURE + way]
    rest = (1 - known.numbered) * np.maximum(every - sure - np.where(loose, 2, 1), 0)
    counted = np.where(loose | (every > NAMESAKES), np.maximum(sure - 1, 0), 0)
    outside = (1 / cover[rows] - 1) * known.parts[name]
    least = np.array([amount for _, amount in ALIKE])[way]
    u[rows] = np.minimum(np.log2(counted + rest + outside + least) - np.log2(known.people), 0.0)
    rows = np.flatnonzero((level == 2) | (level == 3))
    u[rows] = known.names[compared.name[rows], SHARED + level[rows] - 2]
