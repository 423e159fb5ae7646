"""How many entities share a value, against counting by hand."""

from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from transforms.matching.counts import counts, crowding, scopes, shared
from transforms.matching.held import Held
from transforms.matching.sets import facts, gather
from transforms.matching.values import encode


def test_entities_are_counted_once_a_value_and_spellings_together(write: Any) -> None:
    rows = [
        write.mention("a", "1", "陈国华", phone="13900000001", **write.RURAL, **write.number(order=601)),
        write.mention("b", "2", "陈国华", phone="13900000001", **write.RURAL),
        write.mention(
            "c", "3", "陳國華", phone="13900000001", **{**write.RURAL, "house_no": "99", "address_key": None}
        ),
        write.mention("d", "4", "陈志远", **write.FLAT),
    ]
    nodes, values = encode(pa.Table.from_pylist(rows, schema=write.SCHEMA))
    entity = np.array([0, 0, 2, 3])
    places = scopes(values.places)
    found = counts(facts(nodes, values, entity, np.zeros(4, bool)), values, places)
    name = {text: i for i, text in enumerate(values.name_text)}
    assert found.people == 3
    assert found.exact[name["陈国华"]] == 1
    assert found.shape[name["陈国华"]] == found.shape[name["陳國華"]] == 2
    assert found.known_shape[name["陳國華"]] == 1
    assert found.family[name["陈志远"]] == 3
    assert found.given[name["陈志远"]] == 1
    assert found.phone.tolist() == [2]
    assert found.crowded.tolist() == [1]
    first, third = nodes.place[0], nodes.place[2]
    assert (found.door[first], found.near[first], found.area[third], found.town[third]) == (1, 2, 2, 2)
    assert found.numbered == 0.5


ROWS = st.lists(st.tuples(*(st.integers(0, 4) for _ in range(3))), max_size=20)
IDS = st.lists(st.integers(-1, 3), min_size=5, max_size=5)


def held(rows: Any, column: int) -> Held:
    table = np.array(rows, np.int64).reshape(-1, 3)
    return Held.of(gather(table[:, 0], table[:, column], 5))


@given(ROWS, st.tuples(IDS, IDS, IDS, IDS), st.lists(st.booleans(), min_size=5, max_size=5))
def test_an_entity_counts_once_for_every_scope_of_what_it_holds(
    rows: list[tuple[int, int, int]], ids: tuple[list[int], ...], known: list[bool]
) -> None:
    one, two, three, four = (np.array(each, np.int64) for each in ids)
    found = shared(held(rows, 1), np.array(known), (one, two, three, four))
    for row, scope in enumerate([*ids, list(range(5))]):
        for table, some in zip(found, ({*range(5)}, {e for e in range(5) if known[e]}), strict=True):
            pairs = {(e, scope[v]) for e, v, _ in rows if e in some}
            assert table[row].tolist() == [sum(i == wanted >= 0 for _, i in pairs) for wanted in scope]


@given(ROWS, IDS)
def test_a_telephone_under_many_names_is_crowded(rows: list[tuple[int, int, int]], by: list[int]) -> None:
    count, crowd = crowding(held(rows, 2), np.array(by, np.int64), 5)
    holding = [{e for e, _, v in rows if v == value} for value in range(5)]
    assert count.tolist() == [len(each) for each in holding]
    assert crowd.tolist() == [len({by[e] for e in each} - {-1}) for each in holding]


def test_two_spellings_of_a_place_have_one_scope(write: Any) -> None:
    rows = [
        write.mention("a", "1", None, **write.FLAT),
        write.mention("a", "2", None, **{**write.FLAT, "town": None, "unit": None, "road": "学府路", "road_no": "8"}),
        write.mention("a", "3", None, **{**write.FLAT, "room": None}),
        write.mention("a", "4", None, town="城中街道"),
    ]
    nodes, values = encode(pa.Table.from_pylist(rows, schema=write.SCHEMA))
    found = scopes(values.places)
    one, two, three, four = nodes.place
    assert found.door[one] == found.door[two] >= 0
    assert found.near[one] == found.near[three] >= 0
    assert (found.door[three], found.area[four]) == (-1, -1)
    assert found.town[one] == found.town[four]
