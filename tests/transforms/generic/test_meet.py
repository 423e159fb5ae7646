"""Entities as wholes: what single records cannot say, and what must never be joined."""

import numpy as np
import pyarrow as pa
import pytest

from transforms.matching.generic.cluster import Clusters, Edges, alone, cluster, lone, relative
from transforms.matching.generic.link import link
from transforms.matching.generic.meet import Rules, meet
from transforms.matching.generic.model import START_M, Model, start_f
from transforms.matching.generic.prepared import Prepared, Wanted, prepare, weighers
from transforms.matching.generic.scoring import NEVER, Setting, score, setting

KINDS = {"given": "given_name", "surname": "surname", "born": "birth_date", "number": "number", "town": "place"}
NAMES = ["wilma", "oskar", "berta", "anton", "klara", "edgar", "hilda", "rufus"]


def _setting(rows: list[tuple[str | None, ...]], unique: tuple[str, ...] = ()) -> tuple[Prepared, Setting]:
    """Rows beside a crowd of strangers, and a model whose shares are those that training starts with."""
    crowd = [
        (NAMES[i % 8], f"strange{i}", f"{1900 + i}-0{1 + i % 9}-11", f"55{i:05d}", f"town{i % 9}") for i in range(90)
    ]
    columns = list(zip(*rows, *crowd, strict=True))
    size = len(rows) + len(crowd)
    table = pa.table({"source": ["s"] * size, "record_key": [f"{i:04d}" for i in range(size)],
                      **{n: pa.array(c, pa.string()) for n, c in zip(KINDS, columns, strict=True)}})  # fmt: skip
    at = prepare(table, Wanted(KINDS, list(unique)))
    u = {n: (1.0, *([0.1 / (len(START_M[k]) - 2)] * (len(START_M[k]) - 2)), 0.01) for n, k in KINDS.items()}
    u = {n: (1.0, 1 - sum(p[2:]), *p[2:]) for n, p in u.items()}
    m = {n: START_M[k] for n, k in KINDS.items()}
    f = {n: start_f(k, u[n]) for n, k in KINDS.items()}
    model = Model(KINDS, m, f, u, 1e-2, 1e-6, (), {})
    return at, setting(at.records, weighers(model, at), model, (0.5, 0.0))


def _edges(setting: Setting, pairs: list[tuple[int, int]]) -> Edges:
    a, b = np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])
    return Edges(a, b, score(setting, np.arange(setting.records.size), a, b))


def _same(done: Clusters, *rows: int) -> bool:
    return len(set(done.entity[list(rows)].tolist())) == 1


def test_what_two_records_know_together_finds_a_third() -> None:
    """One has the number and the name, one the name and the birth; the third only number and birth."""
    rows = [("wilma", "harleyton", None, "4711081", None), ("wilma", "harleyton", "1961-03-09", None, "ashby"),
            (None, None, "1961-03-09", "4711081", "ashby")]  # fmt: skip
    at, setting = _setting(rows)
    done = cluster(setting, _edges(setting, [(0, 1)]))
    assert _same(done, 0, 1)
    done, report = meet(setting, at.keys, done, Rules([("born", "number")], []))
    assert _same(done, 0, 1, 2)
    assert report[0]["mergers"] == 1
    assert report[0]["pairs"] == 1


def test_nothing_new_meets_where_single_records_were_compared_already() -> None:
    """A rule of one key, and a rule whose keys one record has, bring nothing up again."""
    rows = [("wilma", "harleyton", "1961-03-09", None, None), ("oskar", "harleyton", "1961-03-09", None, None)]
    at, setting = _setting(rows)
    _, report = meet(setting, at.keys, alone(setting.records.size), Rules([("surname",), ("surname", "born")], []))
    assert report == [{"meeting": 1, "rules_added": 0, "pairs": 0, "mergers": 0}]


def test_a_chain_of_likenesses_is_no_entity() -> None:
    """Each is like the next, the first and the last are two people: connected components would make them one."""
    rows = [("wilma", "harleyton", "1961-03-09", "4711081", "ashby"),
            ("wilma", "harleyton", "1961-03-09", "4711081", None),
            ("wilma", "harleyton", None, None, "ashby"), ("wilma", "harleyton", "1997-10-28", "8260937", "ashby"),
            ("wilma", "harleyton", "1997-10-28", "8260937", None)]  # fmt: skip
    _, setting = _setting(rows)
    edges = _edges(setting, [(0, 1), (0, 2), (2, 3), (3, 4)])
    assert edges.strength.min() > 0
    done = cluster(setting, edges)
    assert _same(done, 0, 1)
    assert _same(done, 3, 4)
    assert not _same(done, 0, 3)


@pytest.mark.parametrize(("born", "number"), [("1997-10-28", "4711081"), ("1961-03-09", "8260937")])
def test_what_is_written_twice_each_and_contradicts_forbids(born: str, number: str) -> None:
    """Births a generation apart, and unlike numbers, whatever else agrees; once each it may be a slip."""
    one = ("wilma", "harleyton", "1961-03-09", "4711081", "ashby")
    other = ("wilma", "harleyton", born, number, "ashby")
    _, setting = _setting([one, one, other, other])
    pairs = cluster(setting, _edges(setting, [(0, 1), (2, 3)]))
    assert score(setting, pairs.entity, np.array([0]), np.array([2])).tolist() == [-60.0]
    single = score(setting, np.arange(setting.records.size), np.array([0]), np.array([2]))
    assert single[0] > -60


def test_a_slip_does_not_make_up_for_what_is_written_twice() -> None:
    """One of each side's births agrees, and all that was written more often contradicts."""
    one, other = (("wilma", "harleyton", born, None, "ashby") for born in ("1961-03-09", "1997-10-28"))
    _, setting = _setting([one, one, other, other, ("wilma", "harleyton", "1961-03-09", None, "ashby")])
    entity = np.arange(setting.records.size)
    entity[[1, 3, 4]] = 0, 2, 2
    assert score(setting, entity, np.array([0]), np.array([2])).tolist() == [NEVER]


def test_few_are_alone_so_the_only_likeness_counts_for_more() -> None:
    """The share of records without a partner is found again; with two likenesses neither gains by it."""
    rng = np.random.default_rng(5)
    strength = np.where(rng.random(2000) < 0.1, rng.normal(-9, 1, 2000), rng.normal(15, 4, 2000))
    assert lone(4000, np.arange(2000), np.arange(2000, 4000), strength) == pytest.approx(0.1, abs=0.02)
    _, setting = _setting([])
    setting = setting._replace(lone=0.125)
    entity = np.arange(setting.records.size)
    entity[11] = 10
    edges = Edges(np.array([0, 1, 1, 5, 10]), np.array([10, 10, 7, 6, 20]), np.array([-1.0, 2.0, 2.0, NEVER, -1.0]))
    found = relative(setting, entity, edges)
    assert found[:4].tolist() == [2.0, 2.0, 2.0, NEVER]
    assert found[4] == 2.0
    assert relative(setting._replace(lone=1.0), entity, edges) is edges.strength
    entity[20:22] = 20
    assert relative(setting, entity, edges)[4] == -1.0


def test_few_are_alone_so_more_is_borne() -> None:
    """Ten mergers, each as likely as not, would be too many wrong ones, if they had not all but one chance to be right;
    what does not reach the bar by itself waits for the last turn."""
    _, setting = _setting([])
    setting = setting._replace(precision=0.99)
    for odds, share, last, many in ((0.5, 1.0, False, 1), (0.5, 2.0**-6, False, 10), (-0.5, 2.0**-6, False, 0),
                                   (-0.5, 2.0**-6, True, 10)):  # fmt: skip
        edges = Edges(np.arange(0, 20, 2), np.arange(1, 21, 2), np.full(10, odds))
        mergers = cluster(setting._replace(lone=share), edges, last=last).mergers
        assert len(mergers.chance) == many
        assert mergers.chance == pytest.approx(1 / (1 + 2**-odds * share), abs=0.01)


def test_the_order_of_edges_does_not_matter() -> None:
    """Ties go by the names of the records."""
    row = ("wilma", "harleyton", "1961-03-09", "4711081", "ashby")
    _, setting = _setting([row] * 5)
    pairs = [(a, b) for a in range(5) for b in range(a + 1, 5)]
    first = cluster(setting, _edges(setting, pairs))
    again = cluster(setting, _edges(setting, pairs[::-1]))
    assert first.entity.tolist() == again.entity.tolist()
    assert first.mergers.into.tolist() == again.mergers.into.tolist()


def test_a_config_with_rules_gets_no_others_in_meetings(make, wanted: Wanted) -> None:  # type: ignore[no-untyped-def]
    """Neither between records nor between entities."""
    table, _ = make(100, 3, 9)
    linked = link(table, wanted._replace(rules=(("number",), ("surname", "born"))))
    assert [row["rules_added"] for row in linked.report["meetings"]] == [0] * len(linked.report["meetings"])
    assert [row["rule"] for row in linked.report["rules"]] == ["number", "surname+born"]
