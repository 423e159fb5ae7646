"""What the registers themselves say of a pair: who is usually entered in them, and how often the same person is."""

import numpy as np

from transforms.matching.kernels import Ints
from transforms.matching.model import Model
from transforms.matching.sets import combine
from transforms.matching.state import Bits, Pairs, State

FIRST, DECADES = 185, 24  # decades of birth from 1850 on


def typical(model: Model, state: State, pairs: Pairs) -> Bits:
    """How typical the one's birth and sex are of the registers in which the other, who gives none, is entered."""
    total = np.zeros(len(pairs.a))
    labels = [f"{feed} {role}" for feed, role in state.nodes.sources]
    ages = np.zeros((len(labels), DECADES))
    sexes = np.zeros((len(labels), 3))
    for row, label in enumerate(labels):
        for decade, bits in model.ages.get(label, {}).items():
            ages[row, min(max(int(decade) - FIRST, 0), DECADES - 1)] = bits
        for sex, bits in model.sexes.get(label, {}).items():
            sexes[row, int(sex)] = bits
    facts = state.facts
    for sets, table, to_column in ((facts.born, ages, _decade), (facts.sex, sexes, _itself)):
        for one, other in ((pairs.a, pairs.b), (pairs.b, pairs.a)):
            rows = np.flatnonzero((sets.many(one) == 0) & (sets.many(other) > 0))
            combos = combine(facts.source, one[rows], other[rows], sets)
            worst = np.full(len(rows), 9.0)
            np.minimum.at(worst, combos.pair, table[combos.left, to_column(combos.right)])
            total[rows] += np.where(worst < 9, worst, 0)
    return total


def _decade(born: Ints) -> Ints:
    decade: Ints = np.clip((born >> 2) // 100000 - FIRST, 0, DECADES - 1)
    return decade


def _itself(sex: Ints) -> Ints:
    return sex


def repeats(model: Model, state: State, pairs: Pairs) -> Bits:
    """A register that lists a person once speaks against two of its entries being one, as loudly as it usually does."""
    weight = np.array([model.repeat.get(f"{feed} {role}", 0.0) for feed, role in state.nodes.sources])
    combos = combine(state.facts.source, pairs.a, pairs.b)
    total = np.zeros(len(pairs.a))
    same = combos.left == combos.right
    np.add.at(total, combos.pair[same], weight[combos.left[same]])
    return np.maximum(total, -12.0)
