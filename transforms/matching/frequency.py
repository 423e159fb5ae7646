"""Agreement on a common value proves little: the chance of it, from the very value that two entities share."""

import numpy as np

from transforms.matching.compare import Compared
from transforms.matching.counts import Counts
from transforms.matching.kernels import Ints
from transforms.matching.state import Bits

NAMESAKES = 20  # so many entities of one name, and blocking no longer brings all of them together


def frequent(field: str, u: Bits, outside: Bits, c: Counts, compared: Compared) -> Bits:
    """`u`, log2 of the chance that strangers agree so, with the frequency of the value that agrees where one is known.

    `outside` is how many people no register knows for each that one does; `c` counts the entities by value.
    """
    level, people = compared.levels[field], float(c.people)
    if field == "name":
        return _names(u, outside, c, compared)

    def others(count: Ints, row: Ints, least: float) -> Bits:
        # a pair that agrees is itself two of the entities that hold the value
        share: Bits = np.log2(np.maximum(np.append(count, 2)[row] - 2, 0) + least) - np.log2(people)
        return share

    if field == "place":
        for at, count in ((5, c.door), (4, c.near), (3, c.area), (2, c.town)):
            u = np.where(level == at, np.minimum(others(count, compared.place, 0.2), 0.0), u)
        return u
    if field == "phone":
        return np.where(level == 3, others(c.phone, compared.phone, 0.1), u)
    if field == "born" and len(c.born):
        row = np.minimum(np.searchsorted(c.born, compared.born), len(c.born) - 1)
        usual = np.log2(np.maximum(c.births[row] - 2, 0) + 1e-9) - np.log2(people)
        return np.where(level == 4, np.maximum(u, usual), u)
    return u


def _names(u: Bits, outside: Bits, c: Counts, compared: Compared) -> Bits:
    """How many namesakes are in the way, as a share of the people.

    Where one side is known by a number, its known namesakes are rivals of their own (cluster) and not counted twice,
    unless they are too many to have been brought together. Two entities without numbers may each be any of the known
    namesakes. Entities without numbers count as people so far as people lack numbers. On top come those whom no
    register knows, as common as the parts of the name make them.
    """
    level, name = compared.levels["name"], compared.name
    people = float(c.people)
    parts = np.append(c.family, 0)[name] / people * np.append(c.given, 0)[name]
    for at, total, known, least in (
        (9, c.exact, c.known_exact, 0.02),
        (8, c.shape, c.known_shape, 0.05),
        (7, c.sound, c.known_sound, 0.1),
    ):
        every, sure = np.append(total, 2)[name], np.append(known, 1)[name]
        rest = (1 - c.numbered) * np.maximum(every - sure - np.where(compared.loose, 2, 1), 0)
        counted = np.where(compared.loose | (every > NAMESAKES), np.maximum(sure - 1, 0), 0)
        share = np.log2(counted + rest + outside * parts + least) - np.log2(people)
        u = np.where(level == at, np.minimum(share, 0.0), u)
    for level_of, count in ((3, c.given), (2, c.family)):
        share = np.log2(np.maximum(np.append(count, 2)[name] - 2, 0) + 0.5) - np.log2(people)
        u = np.where(level == level_of, np.minimum(share, 0.0), u)
    return u
