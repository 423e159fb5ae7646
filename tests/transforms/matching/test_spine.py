"""One valid number and agreeing people are one person; one number and disagreeing people are not."""

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from transforms.matching.spine import Spine, spine
from transforms.matching.values import encode


def built(write: Any, rows: list[dict[str, Any]], apart: tuple[int, ...] = ()) -> tuple[Spine, dict[str, int]]:
    nodes, values = encode(pa.Table.from_pylist(rows, schema=write.SCHEMA))
    at = {key: i for i, key in enumerate(nodes.index["record_key"].to_pylist())}
    held = np.zeros(nodes.size, bool)
    held[list(apart)] = True
    return spine(nodes, values, held), at


def test_slips_in_a_name_do_not_break_a_group(write: Any) -> None:
    names = ("唐志远", "唐志远", "唐智远", "唐远", "唐志源", "唐远志", None)
    rows = [write.mention("a", str(i), name, **write.number()) for i, name in enumerate(names)]
    found, _ = built(write, rows)
    assert len(set(found.entity.tolist())) == 1
    assert found.grouped.all()
    assert not found.borrowed.any()


def test_a_name_with_another_character_is_left_to_all_that_is_known(write: Any) -> None:
    rows = [write.mention("a", str(i), name, **write.number()) for i, name in enumerate(("唐志远", "唐志远", "唐志强"))]
    found, at = built(write, rows)
    assert found.borrowed[at["2"]]
    assert found.owner[at["2"]] == found.entity[at["0"]]


def test_the_name_most_give_is_the_owners(write: Any) -> None:
    rows = [write.mention("a", str(i), "唐志远", **write.number()) for i in range(3)]
    rows += [write.mention("b", "x", "简文秀", **write.number()), write.mention("b", "y", "简文秀", **write.number())]
    found, at = built(write, rows)
    assert found.borrowed[[at["x"], at["y"]]].all()
    assert found.entity[at["x"]] != found.entity[at["y"]]
    assert len({found.entity[at[str(i)]] for i in range(3)}) == 1


def test_another_birth_makes_a_like_name_somebody_else(write: Any) -> None:
    rows = [write.mention("a", str(i), "唐志远", **write.number(), **write.day(write.BORN)) for i in range(2)]
    rows += [
        write.mention("b", "brother", "唐志强", **write.number(), **write.day(date(1983, 2, 9))),
        write.mention("b", "typo", "唐志远", **write.number(), **write.day(date(1983, 2, 9))),
    ]
    found, at = built(write, rows)
    assert found.borrowed[at["brother"]]
    assert found.entity[at["typo"]] == found.entity[at["0"]]


def test_a_child_alone_under_a_number_of_another_generation_has_borrowed_it(write: Any) -> None:
    found, at = built(write, [
        write.mention("a", "child", "唐一诺", **write.number(), **write.day(date(2021, 6, 1))),
        write.mention("a", "other", "简文秀", **write.number(order=640), **write.day(date(1979, 1, 1))),
    ])  # fmt: skip
    assert found.borrowed[at["child"]]


def test_numbers_that_fail_the_check_group_nobody(write: Any) -> None:
    wrong = {"id_number": "990101198005170000", "id_status": "invalid"}
    found, _ = built(write, [write.mention("a", str(i), "唐志远", **wrong) for i in range(2)])
    assert len(set(found.entity.tolist())) == 2


def test_a_decision_takes_a_mention_out(write: Any) -> None:
    found, _ = built(write, [write.mention("a", str(i), "唐志远", **write.number()) for i in range(3)], apart=(2,))
    assert found.entity.tolist() == [0, 0, 2]
