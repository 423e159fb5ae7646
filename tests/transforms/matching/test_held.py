"""Sets that grow as entities merge, against dictionaries and against facts gathered from scratch."""

from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.matching.entity_rows import COVERED, HIGH, REGISTERS
from transforms.matching.held import Held
from transforms.matching.holdings import Attributes, Holdings, attributes, holdings, imagined, unite
from transforms.matching.kernels import DAY
from transforms.matching.sets import Facts, facts, gather
from transforms.matching.values import encode

SIZE = 8
HELD = st.lists(st.tuples(st.integers(0, SIZE - 1), st.integers(0, 5)), max_size=30)
MERGERS = st.lists(st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)), max_size=10)


def listed(held: Held) -> list[list[int]]:
    row, value = held.each(np.arange(len(held.count)))
    return [value[row == e].tolist() for e in range(len(held.count))]


@given(HELD, MERGERS, st.booleans())
def test_sets_grow_as_dictionaries_do(rows: list[tuple[int, int]], mergers: list[tuple[int, int]], even: bool) -> None:
    table = np.array(rows, np.int64).reshape(-1, 2)
    held = Held.of(gather(table[:, 0], table[:, 1], SIZE))
    plain = [sorted({v for o, v in rows if o == e}) for e in range(SIZE)]
    for a, b in mergers:
        if a != b:
            plain[a], plain[b] = sorted({*plain[a], *plain[b]}), []
            held.unite(np.array([a]), np.array([b]))
    assert listed(held) == plain
    assert held.first.tolist() == [v[0] if v else -1 for v in plain]
    assert np.diff(held.sets().start).tolist() == [len(v) for v in plain]
    assert held.sets().values.tolist() == [v for each in plain for v in each]


@given(HELD)
def test_of_births_a_year_alone_gives_way_to_a_date(rows: list[tuple[int, int]]) -> None:
    """The lowest two bits of a date are DAY: of the values here one is."""

    def dated(values: list[int]) -> list[int]:
        return [v for v in values if v & 3 == DAY] or values

    own = [dated(sorted({v for o, v in rows if o == e})) for e in range(SIZE)]
    table = np.array([(e, v) for e in range(SIZE) for v in own[e]], np.int64).reshape(-1, 2)
    held = Held.of(gather(table[:, 0], table[:, 1], SIZE))
    wanted = [dated(sorted({*own[a], *own[b]})) for a, b in ((0, 2), (1, 3))]
    held.unite(np.array([0, 1]), np.array([2, 3]), dated=True)
    assert listed(held) == [*wanted, [], [], *own[4:]]


def grown(known: Holdings) -> dict[str, list[list[int]]]:
    return {name: listed(held) for name, held in zip(Attributes._fields, known.held, strict=True)}


def in_rows(known: Holdings) -> Any:
    """What is written in the row of each entity (entity_rows): there is room besides."""
    octets, reals = known.rows.octets, known.rows.reals
    registers = octets[:, REGISTERS : REGISTERS + known.registers.shape[1]]
    return np.concatenate([known.rows.lanes[:, : HIGH + 1], reals[:, [COVERED]], registers], axis=1)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 59), st.integers(0, 59)), max_size=12))
def test_what_is_known_of_the_merged_is_what_their_mentions_say(
    background: pa.Table, mergers: list[tuple[int, int]]
) -> None:
    nodes, values = encode(background.slice(0, 60))
    borrowed, entity = np.zeros(60, bool), np.arange(60)
    coverage = np.linspace(0.5, 0.9, len(nodes.sources))

    def gathered(size: int) -> Facts:
        return facts(nodes, values, entity, borrowed, size)

    known = holdings(gathered(60), coverage)
    for one, other in mergers:
        low, high = sorted((int(entity[one]), int(entity[other])))
        if low != high:
            unite(known, np.array([low]), np.array([high]))
            entity[entity == high] = low
    living = np.unique(entity)
    a, b = living[: len(living) // 2], living[len(living) // 2 :][: len(living) // 2]
    thought = imagined(known, a, b)
    unite(known, a, b)
    entity = np.where(np.isin(entity, b), a[np.searchsorted(b, entity) % len(b)], entity)
    assert all(grown(thought)[name] == [sets[one] for one in a] for name, sets in grown(known).items())
    for name in ("registers", "year", "covered", "low", "high"):
        assert np.array_equal(getattr(thought, name), getattr(known, name)[a]), name
    assert np.array_equal(in_rows(thought), in_rows(known)[a])
    fresh = holdings(gathered(60), coverage)
    assert grown(known) == grown(fresh)
    living = np.unique(entity)
    for name in ("registers", "year", "covered"):
        assert np.array_equal(getattr(known, name)[living], getattr(fresh, name)[living]), name
    assert np.array_equal(in_rows(known)[living], in_rows(fresh)[living])


def test_sets_of_facts_are_not_touched_when_they_grow(background: pa.Table) -> None:
    nodes, values = encode(background.slice(0, 30))
    gathered = facts(nodes, values, np.arange(30), np.zeros(30, bool))
    before: dict[str, Any] = {n: getattr(gathered, n).values.copy() for n in Attributes._fields}
    held = attributes(gathered)
    for each in held:
        each.unite(np.arange(15), np.arange(15, 30))
    assert all(np.array_equal(before[n], getattr(gathered, n).values) for n in before)


def test_an_entity_is_in_the_registers_of_its_mentions(background: pa.Table) -> None:
    nodes, values = encode(background.slice(0, 200))
    entity = np.arange(200) // 3
    coverage = np.linspace(0.9, 0.5, len(nodes.sources))
    known = holdings(facts(nodes, values, entity, np.zeros(200, bool), 67), coverage)
    for one in range(67):
        sources = {*nodes.source[entity == one].tolist()}
        bits = np.unpackbits(known.registers[one], bitorder="little")
        assert {*np.flatnonzero(bits).tolist()} == sources
        by_number = known.held.trusted.count[one] > 0
        assert known.covered[one] == (1.0 if by_number else max(coverage[s] for s in sources))
