"""One valid number and agreeing people are one person; one number and disagreeing people are not."""

from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.matching.spine import Judged, Spine, _owners, grouped, spine
from transforms.matching.values import Nodes, Values, encode

MENTIONS = st.lists(
    st.tuples(st.integers(-1, 3), st.integers(-1, 5), st.booleans(), st.booleans(), st.booleans()), max_size=14
)


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


@settings(deadline=None)
@given(MENTIONS)
def test_groups_are_those_that_agree_and_nobody_else(rows: list[tuple[int, int, bool, bool, bool]]) -> None:
    """Against one mention after the other; a number above 2 is not valid."""
    number, _, agrees, generation, apart = (np.array(c) for c in (zip(*rows, strict=True) if rows else [()] * 5))
    number, apart = number.astype(np.int64), apart.astype(bool)
    seen = [i for i, n in enumerate(number) if 0 <= n <= 2]
    judged = Judged(np.array(seen, np.int64), *(c.astype(bool)[seen] for c in (agrees, generation)))
    found = grouped(cast(Nodes, SimpleNamespace(number=number, size=len(rows))), judged, apart)
    same = {i for i in seen if agrees[i] and not apart[i]}
    same -= {i for i in same if generation[i] and sum(number[j] == number[i] for j in same) == 1}
    group = {i: [j for j in sorted(same) if number[j] == number[i]] for i in seen}
    assert found.entity.tolist() == [group[i][0] if i in same else i for i in range(len(rows))]
    assert found.grouped.tolist() == [i in same and len(group[i]) > 1 for i in range(len(rows))]
    assert found.borrowed.tolist() == [i in group and i not in same for i in range(len(rows))]
    lent = {i: group[i][0] if group[i] else -1 for i in group if i not in same}
    assert found.owner.tolist() == [lent.get(i, -1) for i in range(len(rows))]


@settings(deadline=None)
@given(MENTIONS)
def test_owners_have_the_name_most_mentions_give(rows: list[tuple[int, int, bool, bool, bool]]) -> None:
    """Names 0 and 1 look alike, and so do 2 and 3."""
    number, name = (np.array([r[i] for r in rows], np.int64) for i in (0, 1))
    nodes = cast(Nodes, SimpleNamespace(number=number, name=name, size=len(rows)))
    status, shape = np.array([0, 0, 0, 1], np.uint8), np.arange(6) // 2
    seen, owner = _owners(nodes, cast(Values, SimpleNamespace(number_status=status, shape=shape)))
    assert seen.tolist() == [i for i, n in enumerate(number) if 0 <= n <= 2]
    for each in range(3):
        names = [int(m) for n, m in zip(number, name, strict=True) if n == each and m >= 0]
        shapes = [int(shape[m]) for m in names]
        most = sorted(set(shapes), key=lambda s: (-shapes.count(s), shapes.index(s)))
        assert owner[each] == (names[shapes.index(most[0])] if names else -1)
