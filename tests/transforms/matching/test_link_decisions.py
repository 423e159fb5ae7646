"""Whatever people decide, in whatever words it comes, is so in the end: nothing else about a run is as certain."""

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from transforms.matching.link import link
from transforms.matching.model import shipped
from transforms.matching.world import Options

MANY = 8
NAMES = ("唐志远", "苗青荷", "欧阳海")
# of each mention its number (3: none), name, and the feed that wrote it
PEOPLE = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 1)), min_size=MANY, max_size=MANY)
SAID = st.lists(st.tuples(st.integers(0, MANY - 1), st.integers(0, MANY - 1), st.booleans()), max_size=6)
ONE_NUMBER = [(0, 0, 0)] * 3 + [(1, 1, 1)] * 3 + [(3, 2, 0)] * 2

# two of the feed that names everybody once, whose numbers a decision about others makes one person's
TWO_NUMBERS = [(0, 0, 0), (0, 0, 1), (1, 1, 1), (1, 1, 0)] + [(3, 2, 1)] * 4


def agreed(said: list[tuple[int, int, bool]]) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """The pairs that are the same, and of those that are different the ones that this leaves room for."""
    group = list(range(MANY))
    same = [(a, b) for a, b, is_same in said if is_same and a != b]
    for a, b in same:
        group = [group[a] if g == group[b] else g for g in group]
    return same, [(a, b) for a, b, is_same in said if not is_same and group[a] != group[b]]


@settings(max_examples=60, deadline=None)
@example(ONE_NUMBER, [(0, 3, True), (1, 3, False)], frozenset(), 0)
@example(ONE_NUMBER, [(0, 3, True), (2, 5, False), (6, 7, True), (6, 1, False)], frozenset("a"), 1)
@example(TWO_NUMBERS, [(1, 2, True)], frozenset("a"), 0)
@given(PEOPLE, SAID, st.sampled_from([frozenset[str](), frozenset("a")]), st.integers(0, 99))
def test_every_decision_holds_in_any_order(
    write: Any, people: list[tuple[int, int, int]], said: list[tuple[int, int, bool]], unique: frozenset[str], seed: int
) -> None:
    rows = [
        write.mention("ab"[feed], str(i), NAMES[name], **write.day(date(1980, 1, 1 + name)),
                      **(write.number(date(1980, 1, 1 + name), 601 + number) if number < 3 else {}))
        for i, (number, name, feed) in enumerate(people)
    ]  # fmt: skip
    same, different = agreed(said)
    pairs = [(a, b, "same") for a, b in same] + [(a, b, "different") for a, b in different]
    decided = pa.Table.from_pylist([
        {f"{side}_{part}": rows[i][column] for side, i in (("left", a), ("right", b))
         for part, column in (("feed", "feed"), ("key", "record_key"), ("role", "role"))} | {"verdict": verdict}
        for a, b, verdict in pairs
    ])  # fmt: skip
    found = []
    for order in (np.arange(MANY), np.random.default_rng(seed).permutation(MANY)):
        table = pa.Table.from_pylist([rows[i] for i in order], schema=write.SCHEMA)
        members = link(table, shipped(), decided if pairs else None, Options(unique=unique)).members
        found.append(dict(zip(members["record_key"].to_pylist(), members["cluster"].to_pylist(), strict=True)))
    assert found[0] == found[1]
    cluster = [found[0][str(i)] for i in range(MANY)]
    assert all(cluster[a] == cluster[b] for a, b in same)
    assert all(cluster[a] != cluster[b] for a, b in different)
    told = {i for pair in same for i in pair}
    alone = [cluster[i] for i in range(MANY) if rows[i]["feed"] in unique and i not in told]
    assert len(set(alone)) == len(alone), "a feed that names everybody once"
