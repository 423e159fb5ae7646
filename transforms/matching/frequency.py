"""Agreement on a common value proves little: the chance of it, from the very value that two entities share."""

from typing import NamedTuple

import numpy as np

from transforms.matching.compare import Compared
from transforms.matching.counts import CROWD, Counts
from transforms.matching.holdings import Bits
from transforms.matching.kernels import Flags, Ints

NAMESAKES = 20  # so many entities of one name, and blocking no longer brings all of them together
ALIKE = ((7, 0.1), (8, 0.05), (9, 0.02))  # levels of kernels.NAME with namesakes, and how many unseen ones to allow for
PARTS = ((2, "town"), (3, "area"), (4, "near"), (5, "door"))


class Frequency(NamedTuple):
    """log2 of the share of people who have a value, by the row of its table, worked out once for each value."""

    people: float
    numbered: float
    place: dict[int, Bits]  # by level
    phone: Bits
    crowded: Flags  # by phone: it identifies nobody
    born: Ints
    births: Bits
    every: Bits  # (3, names): entities that share the name as ALIKE says
    sure: Bits  # (3, names): those of them with a number
    parts: Bits  # by name: how common its parts make it
    name: dict[int, Bits]  # by level


def frequencies(c: Counts) -> Frequency:
    """Shares from counts of entities; a pair that agrees is itself two of the entities that hold a value."""
    people = float(c.people)

    def others(count: Ints, least: float) -> Bits:
        share: Bits = np.log2(np.maximum(count - 2, 0) + least) - np.log2(people)
        return share

    return Frequency(
        people=people,
        numbered=c.numbered,
        place={level: np.minimum(others(getattr(c, name), 0.2), 0.0) for level, name in PARTS},
        phone=others(c.phone, 0.1),
        crowded=c.crowded > CROWD,
        born=c.born,
        births=others(c.births, 1e-9),
        every=np.stack([c.sound, c.shape, c.exact]).astype(np.float64),
        sure=np.stack([c.known_sound, c.known_shape, c.known_exact]).astype(np.float64),
        parts=c.family / people * c.given,
        name={level: np.minimum(others(count, 0.5), 0.0) for level, count in ((2, c.family), (3, c.given))},
    )


def frequent(field: str, u: Bits, cover: Bits, known: Frequency, compared: Compared) -> None:
    """Put the frequency of the value that agrees into `u`, log2 of the chance that strangers agree so, where known.

    `cover` is the chance that a person is known to another register.
    """
    level = compared.levels[field]
    if field == "name":
        _names(u, cover, known, compared)
    elif field == "place":
        for one, share in known.place.items():
            rows = np.flatnonzero(level == one)
            u[rows] = share[compared.place[rows]]
    elif field == "phone":
        rows = np.flatnonzero(level == 3)
        u[rows] = known.phone[compared.phone[rows]]
    elif field == "born" and len(known.born):
        rows = np.flatnonzero(level == 4)
        at = np.minimum(np.searchsorted(known.born, compared.born[rows]), len(known.born) - 1)
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
    every, sure = known.every[way, name], known.sure[way, name]
    rest = (1 - known.numbered) * np.maximum(every - sure - np.where(loose, 2, 1), 0)
    counted = np.where(loose | (every > NAMESAKES), np.maximum(sure - 1, 0), 0)
    outside = (1 / cover[rows] - 1) * known.parts[name]
    least = np.array([amount for _, amount in ALIKE])[way]
    u[rows] = np.minimum(np.log2(counted + rest + outside + least) - np.log2(known.people), 0.0)
    for at, share in known.name.items():
        rows = np.flatnonzero(level == at)
        u[rows] = share[compared.name[rows]]
