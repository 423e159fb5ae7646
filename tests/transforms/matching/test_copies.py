"""Copies of a record are one person and change nobody else; a common name alone is no copy of another."""

from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.linkage.county import county
from transforms.matching import kin
from transforms.matching.link import Linked, link
from transforms.matching.model import Model, shipped
from transforms.matching.spine import spine
from transforms.matching.train import LEARNED, train
from transforms.matching.values import encode
from transforms.matching.world import Options

Groups = set[frozenset[tuple[str, str, str]]]


@cache
def people() -> pa.Table:
    return county(300, seed=20)[0]


def fitted(mentions: pa.Table) -> Model:
    nodes, values = encode(mentions)
    return train(shipped(), nodes, values, spine(nodes, values, np.zeros(nodes.size, bool)), kin.ties(nodes))


@cache
def learned() -> Model:
    return fitted(people())


@cache
def telling() -> list[int]:
    """Mentions that give no number, but a name, a day of birth, and a house or a telephone."""
    rows = people().to_pylist()
    placed = [i for i, row in enumerate(rows) if row["name"] and (row["house_no"] or row["room"] or row["phone"])]
    return [i for i in placed if rows[i]["id_status"] == "missing" and rows[i]["born_precision"] == "day"]


def with_copies(row: int, times: int) -> pa.Table:
    """The people, one of them so many times more under other keys."""
    some = pa.concat_tables([people().slice(row, 1)] * times)
    keys = pa.array([f"~{i}" for i in range(times)], pa.string())
    return pa.concat_tables([people(), some.set_column(some.column_names.index("record_key"), "record_key", keys)])


def groups(found: Linked) -> Groups:
    by: dict[int, set[tuple[str, str, str]]] = {}
    for row in found.members.to_pylist():
        by.setdefault(row["cluster"], set()).add((row["feed"], row["record_key"], row["role"]))
    return {frozenset(group) for group in by.values()}


@cache
def without() -> Groups:
    return groups(link(people(), learned()))


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(telling()), st.integers(1, 499))
def test_copies_are_who_the_record_is_and_change_nobody_else(row: int, times: int) -> None:
    found = groups(link(with_copies(row, times), learned()))
    own = people().slice(row, 1).to_pylist()[0]
    feed, key, role = own["feed"], own["record_key"], own["role"]
    assert {frozenset(m for m in group if m[1][0] != "~") for group in found} == without()
    whole = next(group for group in found if (feed, key, role) in group)
    assert {(feed, f"~{i}", role) for i in range(times)} <= whole


def test_a_register_that_comes_twice_teaches_the_same() -> None:
    whole = people()
    again = whole.set_column(1, "record_key", pa.array([f"{key}~" for key in whole["record_key"].to_pylist()]))
    twice = fitted(pa.concat_tables([whole, again]))
    for field in LEARNED:
        assert twice.u[field] == learned().u[field]
        assert twice.m[field] == pytest.approx(learned().m[field], abs=0.03)  # other mentions are left out


def test_a_name_alone_is_nobody_however_often_it_is_written(write: Any, background: pa.Table) -> None:
    rows = [write.mention("visits", f"v{i}", "张伟") for i in range(100)]
    found = link(pa.concat_tables([background, pa.Table.from_pylist(rows, schema=write.SCHEMA)]), None)
    assert len(set(write.groups(found, [f"v{i}" for i in range(100)]).values())) == 100


@pytest.mark.parametrize("kept", ["unique", "decision"])
def test_what_is_kept_apart_stays_apart(kept: str, write: Any, background: pa.Table) -> None:
    rows = [write.mention("visits", f"v{i}", "欧阳桂兰", **write.day(write.BORN), **write.RURAL) for i in range(3)]
    said = [{"left_feed": "visits", "left_key": "v0", "left_role": "person",
             "right_feed": "visits", "right_key": "v1", "right_role": "person", "verdict": "different"}]  # fmt: skip
    unique = frozenset({"visits"}) if kept == "unique" else frozenset[str]()
    mentions = pa.concat_tables([background, pa.Table.from_pylist(rows, schema=write.SCHEMA)])
    found = link(mentions, None, pa.Table.from_pylist(said) if kept == "decision" else None, Options(unique=unique))
    ids = write.groups(found, ["v0", "v1", "v2"])
    assert ids["v0 person"] != ids["v1 person"]
    assert kept == "decision" or len(set(ids.values())) == 3


def test_children_without_a_name_who_look_alike_are_two(write: Any, background: pa.Table) -> None:
    rows = [
        write.mention(
            "births", f"b{i}", None, "newborn", sex="1", phone="13900000001", **write.day(write.BORN), **write.RURAL
        )
        for i in range(2)
    ]
    nodes, _ = encode(pa.Table.from_pylist(rows, schema=write.SCHEMA))
    assert nodes.alike.tolist() == [0, 0]
    found = link(pa.concat_tables([background, pa.Table.from_pylist(rows, schema=write.SCHEMA)]), None)
    assert len(set(write.groups(found, ["b0", "b1"]).values())) == 2
