"""The compiled loops that weigh entities, and pairs of records, against arrays of every combination of values."""

import numpy as np
import pyarrow as pa
import pytest

from tests.transforms.generic.plain_entities import ceiling, field_bits, gather, known
from transforms.matching.generic import entities
from transforms.matching.generic.model import START_M, Model, start_f
from transforms.matching.generic.patterns import Pairs, level, patterns
from transforms.matching.generic.prepared import Prepared, Wanted, prepare, weighers
from transforms.matching.generic.scoring import FAINT, NEVER, score, setting, weighted
from transforms.matching.generic.weigh import bits, odds, total

VALUES = {
    "given_name": ["wilma", "oskar", "berta", "wil", "w"],
    "surname": ["harleyton", "harlyton", "moss", "mosse", "harleytown"],
    "birth_date": ["1961-03-09", "1961-03-10", "1940-12-01", "1961", "1961-09-03", "1940-12-10", "1961-03"],
    "number": ["4711081", "4711018", "9", *(f"47110{i}" for i in range(10, 22))],  # more than are looked at
    "place": ["ashby", "ashley", "upper ashby"],
    "name": ["wilma harleyton", "harleyton wilma", "oskar moss"],
    "street": ["high street", "hill street", "mill lane"],
    "postcode": ["ab12 3cd", "ab12 3ce", "zz1 9xx"],
    "house_number": ["1", "12", "12a", "21"],
    "sex": ["m", "f"],
    "address": ["12 high street", "21 high street", "moss"],
    "phone": ["020711081", "020711018", "1"],
    "text": ["master baker", "baker", "clerk"],
    "amount": ["12.50", "12.55", "14", "1,299.00", "0"],
}
KINDS = {kind: kind for kind in VALUES}


def _crowd(size: int, seed: int) -> tuple[Prepared, Model]:
    """Records of every kind of field, three in ten values missing, and a model."""
    rng = np.random.default_rng(seed)
    columns = {n: [None if rng.random() < 0.3 else str(rng.choice(v)) for _ in range(size)] for n, v in VALUES.items()}
    table = pa.table({"source": ["s"] * size, "record_key": [f"{i:05d}" for i in range(size)],
                      **{n: pa.array(c, pa.string()) for n, c in columns.items()}})  # fmt: skip
    u = {n: (1.0, *([0.1 / (len(START_M[n]) - 2)] * (len(START_M[n]) - 2)), 0.01) for n in KINDS}
    u = {n: (1.0, 1 - sum(p[2:]), *p[2:]) for n, p in u.items()}
    m, f = {n: START_M[n] for n in KINDS}, {n: start_f(n, u[n]) for n in KINDS}
    return prepare(table, Wanted(KINDS, [])), Model(KINDS, m, f, u, 1e-2, 1e-6, (), {}, {"text": 0.5})


@pytest.mark.parametrize("together", [1, 3, 40])
def test_entities_are_weighed_as_arrays_would(together: int) -> None:
    """Groups of records against each other: all fields together, or NEVER where that is less than is hoped for."""
    at, model = _crowd(30 * together, together)
    how, columns = weighers(model, at), at.records.columns
    entity, (a, b) = np.arange(at.records.size) // together, np.triu_indices(30, 1)
    weighing = setting(at.records, how, model, (0.5, 0.0))
    found = score(weighing, entity * together, together * a, together * b)
    fields = {n: known(gather(entity, c.code, 30), c.kind, how[n]) for n, c in columns.items()}
    said = {n: field_bits(fields[n], c, how[n], a, b) for n, c in columns.items()}
    for n, c in columns.items():
        assert (ceiling(fields[n], c.kind, a, b) >= np.stack([said[n].far, said[n].near]) - 1e-9).all()
    whole = odds(model, *total(KINDS, {n: (s.far, s.near) for n, s in said.items()}))
    never = np.logical_or.reduce([s.never for s in said.values()])
    hopeless = found == NEVER
    assert (never | (whole < FAINT))[hopeless].all()
    assert not never[~hopeless].any()
    assert found[~hopeless] == pytest.approx(whole[~hopeless], abs=1e-5)
    assert hopeless.any()


def test_levels_that_were_forgotten_are_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """However little room there is for what kernels said."""
    at, model = _crowd(300, 7)
    entity, (a, b) = np.arange(300), np.triu_indices(300, 1)
    wanted = score(setting(at.records, weighers(model, at), model, (0.5, 0.0)), entity, a, b)
    for name, room in (("FIRST", 256), ("MOST", 1024), ("MISSED", 100)):
        monkeypatch.setattr(entities, name, room)
        monkeypatch.setattr("transforms.matching.generic.scoring.MISSED", entities.MISSED)
        found = score(setting(at.records, weighers(model, at), model, (0.5, 0.0)), entity, a, b)
        assert found.tolist() == wanted.tolist()


def test_pairs_of_records_are_weighed_as_arrays_would() -> None:
    """Every field by itself, and a whole name beside its parts."""
    at, model = _crowd(60, 9)
    a, b = (side.astype(np.int32) for side in np.triu_indices(60, 1))
    pairs = Pairs(a, b, np.zeros(len(a), np.int64), patterns(at.records, a, b, at.exchanged))
    how, parted = weighers(model, at), {}
    for place, (name, column) in enumerate(at.records.columns.items()):
        seen = level(pairs.pattern, place)
        parted[name] = bits(how[name], column.kind, column.code[a], column.code[b], seen)
    for found, wanted in zip(weighted(at.records, how, pairs), total(KINDS, parted), strict=True):
        assert found == pytest.approx(wanted, abs=1e-9)
