"""Frequencies outlive the run they were counted in: any other run finds them under the same values."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from benchmarks.linkage.county import county
from transforms.matching.counts import Counts, Scopes, counts, scopes
from transforms.matching.counts_kept import Kept, kept, recalled
from transforms.matching.sets import facts
from transforms.matching.spine import spine
from transforms.matching.values import Nodes, Values, encode

Run = tuple[Nodes, Values, Scopes, Counts]


def counted(mentions: pa.Table) -> Run:
    nodes, values = encode(mentions)
    based = spine(nodes, values, np.zeros(nodes.size, bool))
    places = scopes(values.places)
    return nodes, values, places, counts(facts(nodes, values, based.entity, based.borrowed), values, places)


def keys(nodes: Nodes) -> list[tuple[str, ...]]:
    return list(zip(*nodes.named(np.arange(nodes.size)).to_pydict().values(), strict=True))


@pytest.fixture(scope="module")
def mentions() -> pa.Table:
    return county(400, 8)[0]


@pytest.fixture(scope="module")
def whole(mentions: pa.Table) -> Run:
    return counted(mentions)


@pytest.fixture(scope="module")
def memory(whole: Run) -> Kept:
    return kept(whole[3], whole[1], whole[2])


def test_the_run_itself_gets_back_what_it_counted(whole: Run, memory: Kept) -> None:
    _, values, _, wanted = whole
    found = recalled(memory, values, scopes(values.places))
    for field in Counts._fields:
        assert np.array_equal(getattr(found, field), getattr(wanted, field)), field


def test_a_part_of_the_run_finds_the_frequencies_of_the_whole(mentions: pa.Table, whole: Run, memory: Kept) -> None:
    part = mentions.slice(0, mentions.num_rows // 5)
    nodes, values = encode(part)
    found = recalled(memory, values, scopes(values.places))
    by_mention = {key: row for row, key in enumerate(keys(whole[0]))}
    rows = np.array([by_mention[key] for key in keys(nodes)])
    for ids, fields in (
        ("name", ("exact", "shape", "sound", "known_exact", "known_shape", "known_sound", "family", "given")),
        ("phone", ("phone", "crowded")),
        ("place", ("door", "near", "area", "town")),
    ):
        mine, theirs = getattr(nodes, ids), getattr(whole[0], ids)[rows]
        has = mine >= 0
        for field in fields:
            assert np.array_equal(getattr(found, field)[mine[has]], getattr(whole[3], field)[theirs[has]]), field
    assert (found.people, found.numbered) == (whole[3].people, whole[3].numbered)


def test_what_was_never_seen_counts_nothing(write: Any, memory: Kept) -> None:
    rows = [write.mention("z", "1", "欧阳不凡", phone="19900000000", town="无人镇", village="空谷")]
    _, values = encode(pa.Table.from_pylist(rows, schema=write.SCHEMA))
    found = recalled(memory, values, scopes(values.places))
    assert (found.exact.tolist(), found.phone.tolist(), found.area.tolist()) == ([0], [0], [0])


def test_an_empty_memory_is_no_trouble(whole: Run) -> None:
    empty = {field: (np.zeros(0, np.uint64), np.zeros(0, np.int64)) for field in Counts._fields}
    found = recalled(Kept(2, 0.0, empty), whole[1], whole[2])
    assert not found.shape.any()
    assert len(found.shape) == len(whole[1].shape)
