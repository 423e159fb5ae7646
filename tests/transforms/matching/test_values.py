"""Mentions become integers, in an order of their own."""

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from transforms.matching.values import encode


def table(write: Any, rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=write.SCHEMA)


def test_order_of_arrival_leaves_no_trace(write: Any, background: pa.Table) -> None:
    shuffled = background.take(pa.array(np.random.default_rng(1).permutation(background.num_rows)))
    one, values = encode(background)
    other, again = encode(shuffled)
    assert one.index.equals(other.index)
    assert values.name_text == again.name_text
    for field in ("key", "record", "source", "name", "born", "sex", "number", "phone", "place", "household", "kin_of"):
        assert np.array_equal(getattr(one, field), getattr(other, field)), field


def test_versions_of_one_mention_share_a_key(write: Any) -> None:
    rows = [
        write.mention("a", "1", "唐志远"),
        write.mention("a", "1", "唐志远", phone="13900000001"),
        write.mention("a", "1", "唐青", role="x"),
    ]
    nodes, _ = encode(table(write, rows))
    assert len(set(nodes.key.tolist())) == 2
    assert len(set(nodes.record.tolist())) == 1


def test_a_birth_copied_from_the_number_is_not_a_second_witness(write: Any) -> None:
    copied = [
        write.mention("pensions", str(i), "唐志远", **write.number(order=i), **write.day(write.BORN))
        for i in range(1, 4)
    ]
    own = [
        write.mention("visits", str(i), "唐志远", **write.number(order=i), **write.day(write.BORN)) for i in range(1, 4)
    ]
    own.append(write.mention("visits", "9", "唐志远", **write.day(date(1981, 1, 1))))
    nodes, values = encode(table(write, copied + own))
    feeds = np.array(nodes.index["feed"].to_pylist())
    assert (nodes.born[feeds == "pensions"] == -1).all()
    assert (nodes.born[feeds == "visits"] > 0).all()
    assert set(values.number_born.tolist()) == {19800517 * 4 + 3}


def test_new_years_day_is_no_birthday_where_everybody_has_it(write: Any) -> None:
    def listed(feed: str, births: list[date]) -> list[dict[str, Any]]:
        return [write.mention(feed, str(i), "唐志远", **write.day(born)) for i, born in enumerate(births)]

    many = [date(1950 + i, 1, 1) for i in range(20)] + [date(1950 + i, 6, 3) for i in range(20)]
    nodes, _ = encode(table(write, listed("visits", many) + listed("register", many[19:])))
    visits = np.array(nodes.index["feed"].to_pylist()) == "visits"
    new_year = (nodes.born >> 2) % 10000 == 101
    assert set((nodes.born[visits & new_year] & 3).tolist()) == {1}
    assert set((nodes.born[~(visits & new_year)] & 3).tolist()) == {3}


def test_a_mask_and_a_wrong_number_say_nothing_of_birth(write: Any) -> None:
    number = write.number()["id_number"]
    rows = [
        write.mention("a", "1", "唐志远", id_number=number[:6] + "*" * 8 + number[14:], id_status="masked"),
        write.mention("a", "2", "唐志远", id_number=number[:17] + "5", id_status="invalid"),
    ]
    _, values = encode(table(write, rows))
    assert sorted(values.number_status.tolist()) == [1, 2]
    assert set(values.number_born.tolist()) == {-1}


def test_two_spellings_of_a_name_share_their_shape_or_sound(write: Any) -> None:
    rows = [write.mention("a", str(i), name) for i, name in enumerate(("陳國華", "陈国华", "陈果华"))]
    _, values = encode(table(write, rows))
    at = {name: i for i, name in enumerate(values.name_text)}
    shape, sound = values.shape, values.sound
    assert shape[at["陳國華"]] == shape[at["陈国华"]] != shape[at["陈果华"]]
    assert sound[at["陈国华"]] == sound[at["陈果华"]]
