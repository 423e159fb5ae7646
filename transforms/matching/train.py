"""Learning what agreement is worth from the data in hand, without labels.

Three things are known before anything is linked: mentions under one valid number that agree are one person (m, with
EM for those that are not), members of one household with different numbers are relatives (f), and two entities drawn
at random are strangers (u). Each estimate starts from the shipped model, as if that had been seen `weight` times.
All of it is learned from samples: a million people are no more instructive than a hundred thousand.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from transforms.matching import kernels
from transforms.matching.compare import Tables, compare, tables
from transforms.matching.compare_loops import numbers_of
from transforms.matching.em import blend, em, histogram
from transforms.matching.hashing import mix
from transforms.matching.kernels import Flags, Ints, Levels
from transforms.matching.kin import Ties
from transforms.matching.level_loops import ASK
from transforms.matching.model import Model
from transforms.matching.packed import packed_numbers
from transforms.matching.registers import coverage, repeats, typical
from transforms.matching.sample import Sample, drawn, known, of_entities, shuffled, some
from transforms.matching.sets import Facts
from transforms.matching.spine import Spine
from transforms.matching.train_loops import Agreed, Heard, agreed
from transforms.matching.train_loops import Values as Compared
from transforms.matching.values import Nodes, Values

LEARNED = ("name", "born", "year", "sex", "phone", "place")
PAIRS = 200_000  # at most so many are compared for each estimate
PEOPLE = 100_000  # and so many people looked at
UNSURE = 25  # rounds of EM on one field alone, which can't tell mistakes from strangers: left to itself it finds none


class Matches(NamedTuple):
    """m by field, the share of matches among the `pairs` it was learned from, and the rounds that took."""

    m: dict[str, tuple[float, ...]]
    share: float
    pairs: int
    rounds: int


def train(model: Model, nodes: Nodes, values: Values, spine: Spine, links: Ties) -> Model:
    """A model fitted to these mentions, starting from `model`; `links` are the relations between mentions.

    What says the same in the same register is one mention however often it is there: else copies would teach that
    nobody's values ever change, and that strangers share them.
    """
    trusted = np.append(values.number_status == 0, False)[nodes.number] & ~spine.borrowed
    entities = np.flatnonzero((spine.entity == np.arange(nodes.size)) & _first(nodes))
    compared = tables(values)
    matches = _matches(model, nodes, values, spine, compared)
    numbers, many = _numbers(model, nodes, values)
    chosen = some(spine.entity, of_entities(entities, PEOPLE))
    about = known(nodes, values, chosen, spine.borrowed)
    strangers = levels_of(about, compared, *_random(chosen.size))
    relatives = _relatives(nodes, values, spine, trusted, compared)
    u = {f: blend(model.u[f], strangers[f], np.ones(len(strangers[f]))) for f in LEARNED}
    f = {x: blend(model.f[x], relatives[x], np.ones(len(relatives[x]))) for x in LEARNED}
    ages, sexes = typical(nodes, spine, chosen, about)
    overall, covers = coverage(model, nodes, spine, trusted)
    seen = {"matches": matches.pairs, "share": round(matches.share, 4), "rounds": matches.rounds}
    seen |= {"numbers": many, "relatives": len(relatives["name"])}
    return replace(
        model.with_tables(m={**matches.m, "number": numbers}, u=u, f=f),
        repeat=repeats(nodes, spine, links),
        ages=ages,
        sexes=sexes,
        coverage=overall,
        covers=covers,
        trained={"start": model.version, "mentions": nodes.size, "entities": len(entities), **seen},
    )


def levels_of(about: Facts, compared: Tables, a: Ints, b: Ints) -> dict[str, Levels]:
    """The levels of LEARNED of entities `a` and `b`, row by row."""
    many, packed = len(a), compared.packed
    found = Agreed(*(np.empty(many, np.uint8) for _ in LEARNED))
    heard = Heard(about.name, about.born, about.sex, about.phone, about.place)
    agreed(Compared(packed.names, packed.phones, packed.places), heard, a, b, found)
    asked = np.flatnonzero(found.name == ASK)
    if len(asked):  # of long names the texts tell
        found.name[asked] = compare(about, compared, a[asked], b[asked]).levels["name"]
    return found._asdict()


def _matches(model: Model, nodes: Nodes, values: Values, spine: Spine, compared: Tables) -> Matches:
    """m by leaving one mention of each numbered person out, without its number, and comparing it to the rest.

    Those that carry a number and disagree with its owner's name are compared to the owner, for EM to judge: leaving
    them out, no name would ever be written wrong. Mentions are weighted so that registers count as they do among the
    mentions without a number, which are the ones left to be recognised.
    """
    people, out, lent = _leave_out(nodes, spine)
    taken = np.flatnonzero(np.bincount(people.entity[out], minlength=people.size) > 0)
    if not len(taken) + len(lent.rows):
        return Matches({f: model.m[f] for f in LEARNED}, 0.0, 0, 0)
    # of person e the rest is 2 e and what is left out 2 e + 1; mentions under a lent number come after them
    at = 2 * people.size + np.arange(len(lent.rows))
    parts = Sample(
        np.append(people.rows, lent.rows), np.append(2 * people.entity + out, at), 2 * people.size + len(lent.rows)
    )
    number = np.where(np.append(out, np.ones(len(lent.rows), bool)), -1, nodes.number[parts.rows])
    about = known(nodes, values, parts, spine.borrowed, number)
    levels = levels_of(about, compared, np.append(2 * taken + 1, at), np.append(2 * taken, 2 * lent.entity))
    one = np.zeros(people.size, np.int64)
    one[people.entity[out]] = nodes.source[people.rows[out]]
    source = np.append(one[taken], nodes.source[lent.rows])
    alone = np.flatnonzero((nodes.number < 0) & _first(nodes))
    loose = np.bincount(nodes.source[alone], minlength=len(nodes.sources)) + 1.0
    usual = np.bincount(source, minlength=len(nodes.sources)) + 1.0
    weight = np.clip((loose / loose.sum()) / (usual / usual.sum()), 0.1, 10.0)[source]
    fitted = em(histogram(levels, LEARNED, weight), LEARNED, model, 0.98)
    return Matches(fitted.m, fitted.share, len(source), fitted.rounds)


def _first(nodes: Nodes) -> Flags:
    """Which mentions no other says before them."""
    found: Flags = nodes.alike == np.arange(nodes.size)
    return found


def _leave_out(nodes: Nodes, spine: Spine) -> tuple[Sample, Flags, Sample]:
    """A sample of numbered people, which of its mentions are left out, and mentions under a lent number of theirs.

    One record key of each person that has several goes, with all its versions and copies, or the mention would be
    compared to itself of last month. The entities of the third are those the numbers belong to.
    """
    rows = np.flatnonzero(spine.owner >= 0)
    numbered = spine.grouped & (spine.entity == np.arange(nodes.size))
    numbered[spine.owner[rows]] = True
    people = some(spine.entity, of_entities(np.flatnonzero(numbered), PEOPLE))
    number = np.full(nodes.size, -1)
    number[people.rows] = people.entity
    word = mix([nodes.key[nodes.alike[people.rows]]])
    low, high = np.full(people.size, ~np.uint64(0)), np.zeros(people.size, np.uint64)
    np.minimum.at(low, people.entity, word)
    np.maximum.at(high, people.entity, word)
    out = (word == low[people.entity]) & (low != high)[people.entity]
    lent = rows[number[spine.owner[rows]] >= 0]
    return people, out, Sample(lent, number[spine.owner[lent]], people.size)


def _numbers(model: Model, nodes: Nodes, values: Values) -> tuple[tuple[float, ...], int]:
    """m of the number: mentions of one name and birth, written, in different registers, compared by number."""
    has = (nodes.name >= 0) & (nodes.number >= 0) & (nodes.born >= 0) & (nodes.born & 3 == kernels.DAY)
    rows = np.flatnonzero(has)
    rows = rows[np.flatnonzero(values.number_status[nodes.number[rows]] < 2)]
    code = mix([values.shape[nodes.name[rows]], nodes.born[rows]])
    few = drawn(code, 2 * PAIRS)
    order, same = shuffled(code[few], rows := rows[few])
    rows = rows[order]
    next_to = np.flatnonzero(same)
    a, b = rows[next_to], rows[next_to + 1]
    other = nodes.source[a] != nodes.source[b]
    a, b = nodes.number[a[other]], nodes.number[b[other]]
    levels = np.empty(len(a), np.uint8)
    numbers_of(packed_numbers(values.numbers._replace(trusted=values.number_status == 0)), a, b, levels)
    fields = ("number",)
    fitted = em(histogram({"number": levels}, fields, np.ones(len(levels))), fields, model, 0.97, rounds=UNSURE)
    return fitted.m["number"], len(levels)


def _random(size: int) -> tuple[Ints, Ints]:
    """Pairs of different entities below `size` that only their order decides: the same random draw every time."""
    if size < 2:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    serial = np.arange(min(2 * PAIRS, size * 50))  # agreement is rare among strangers
    a = serial % size
    b = (mix([serial]) % np.uint64(size)).astype(np.int64)
    return a[a != b], b[a != b]


def _relatives(nodes: Nodes, values: Values, spine: Spine, trusted: Flags, compared: Tables) -> dict[str, Levels]:
    """Levels of entities of one household that have different trusted numbers: neighbours in the household's order."""
    numbered = np.zeros(nodes.size, bool)
    numbered[spine.entity[trusted]] = True
    rows = np.flatnonzero((nodes.household >= 0) & numbered[spine.entity])
    rows = rows[drawn(mix([nodes.household[rows]]), 2 * PAIRS)]
    order, same = shuffled(nodes.household[rows].astype(np.uint64), rows)
    rows = rows[order]
    a, b = spine.entity[rows[:-1]], spine.entity[rows[1:]]
    other = same & (a != b)
    code = np.unique(np.minimum(a, b)[other] * nodes.size + np.maximum(a, b)[other])
    code = code[drawn(mix([code]), PAIRS)]
    a, b = code // nodes.size, code % nodes.size
    wanted = np.unique(np.append(a, b))
    chosen = some(spine.entity, wanted)
    about = known(nodes, values, chosen, spine.borrowed)
    return levels_of(about, compared, np.searchsorted(wanted, a), np.searchsorted(wanted, b))
