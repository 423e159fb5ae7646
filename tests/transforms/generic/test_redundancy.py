"""Fields that say the same, and configs that an outsider might write of one and the same table."""

import random
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest

from transforms.matching.generic.link import link
from transforms.matching.generic.model import Model
from transforms.matching.generic.patterns import levels, packed, patterns, unpacked
from transforms.matching.generic.prepared import Wanted, block, prepare
from transforms.matching.generic.redundancy import shares, silent
from transforms.matching.generic.train import estimate_m
from transforms.matching.generic.values import encode

FIRST = ["john", "mary", "henry", "alice", "edward", "susan", "walter", "agnes", "philip", "martha"]
PLACES = ["barton", "millford", "ashwick", "crowhurst", "denby", "eastholt", "fenwick", "garside"]
CONFIGS = {
    "parts": {"first": "given_name", "last": "surname", "dob": "birth_date", "place": "place", "job": "text"},
    "whole": {"full": "name", "dob": "birth_date", "place": "place", "job": "text"},
    "both": {"full": "name", "first": "given_name", "last": "surname", "dob": "birth_date", "place": "place"},
    "twice": {"full": "name", "short": "name", "first": "given_name", "last": "surname", "dob": "birth_date",
              "place": "place", "job": "category"},
    "plain": {"full": "text", "dob": "birth_date", "place": "text", "job": "category"},
    "address": {"short": "name", "dob": "birth_date", "place": "address", "job": "category"},
}  # fmt: skip


def _people() -> tuple[pa.Table, dict[str, int]]:
    """Four hundred people of one to six records, one value in eight wrong and one in ten missing."""
    draw = random.Random(4)
    rows, whose = [], {}
    for person in range(400):
        given = draw.sample(FIRST, draw.choice((1, 2)))
        last = "".join(draw.choices(["har", "ton", "mor", "wick", "den", "ley", "cot", "pen", "ros", "tre"], k=3))
        true = [given[0], last, f"{draw.randint(1800, 1950)}-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}",
                draw.choice(PLACES), draw.choice(["judge", "poet", "clerk", "sailor", "mason"])]  # fmt: skip
        for copy in range(draw.randint(1, 6)):
            first, surname, dob, place, job = (_written(draw, v) for v in true)
            short = " ".join(p for p in (first, surname) if p) or None
            full = " ".join(p for p in (first, *given[1:], surname) if p) or None
            key = f"{person * 37 % 400:03d}-{copy}"
            whose[key] = person
            rows.append(("s", key, first, surname, dob, place, job, short, full))
    names = ["source", "record_key", "first", "last", "dob", "place", "job", "short", "full"]
    columns = zip(*rows, strict=True)
    return pa.table({n: pa.array(c, pa.string()) for n, c in zip(names, columns, strict=True)}), whose


def _written(draw: random.Random, value: str) -> str | None:
    if draw.random() < 0.1:
        return None
    at = draw.randrange(len(value))
    wrong = draw.choice("0123456789" if value[at].isdigit() else "abcdefgh")
    return value[:at] + wrong + value[at + 1 :] if draw.random() < 0.12 and value[at] != "-" else value


@pytest.mark.parametrize("config", CONFIGS)
def test_no_plausible_config_is_a_disaster(config: str) -> None:
    """Whole name or parts or all of them, places as places, text or addresses."""
    table, whose = _people()
    kinds = CONFIGS[config]
    linked = link(table.select(["source", "record_key", *kinds]), Wanted(kinds, []))
    cells = [(r["entity_id"], whose[r["record_key"]]) for r in linked.members.to_pylist()]
    pairs = [sum(n * (n - 1) / 2 for n in Counter(part).values()) for part in (cells, *zip(*cells, strict=True))]
    precision, recall = pairs[0] / pairs[1], pairs[0] / pairs[2]
    assert precision > 0.97
    assert recall > 0.7


def test_a_name_whose_words_stand_elsewhere_is_silent() -> None:
    """Only the longest of what repeats; a whole name with middle names of its own is not."""
    table, _ = _people()
    kinds = CONFIGS["twice"]
    assert silent(encode(table, kinds, [])) == {"short": ["full", "first", "last"]}
    assert silent(encode(table, CONFIGS["parts"], [])) == {}


def test_a_rule_about_what_is_silent_teaches_nothing_of_what_it_repeats() -> None:
    """Whoever has the same short name always has the same first name: it is learned from others."""
    table, _ = _people()
    at = prepare(table, Wanted(CONFIGS["twice"], []))
    start = link(table, Wanted(CONFIGS["twice"], [])).model
    blocks = [(block(at, [("short",)])[0], [("short",)])]
    taught, _ = estimate_m(start, blocks, at.total, {})
    spared, _ = estimate_m(start, blocks, at.total, {"short": ["full", "first", "last"]})
    assert taught.m["first"][-1] > start.m["first"][-1] + 0.02
    assert spared.m["first"] == pytest.approx(start.m["first"])
    assert spared.m["place"] != pytest.approx(start.m["place"])


@pytest.mark.parametrize(("kind", "extra"), [("number", {}), ("category", {"other": 1 / 3})])
def test_one_column_under_two_names_counts_once(kind: str, extra: dict[str, float]) -> None:
    """Half the bits each. Fields that go together among strangers alone keep theirs, if one tells neighbours apart."""
    kinds = {"one": "category", "two": "category", "other": kind}
    m, u = dict.fromkeys(kinds, (1.0, 0.2, 0.8)), dict.fromkeys(kinds, (1.0, 0.9, 0.1))
    model = Model(kinds, m, u, u, 1e-4, 1e-6, (), {})
    draw = np.random.default_rng(1)
    match, stranger = draw.integers(1, 3, (2, 2000)).astype(np.uint8), draw.integers(1, 3, (2, 2000)).astype(np.uint8)
    matches = {"one": match[0], "two": match[0], "other": match[1]}
    strangers = {"one": stranger[0], "two": stranger[0], "other": stranger[0]}
    half = 1 / (2 + len(extra))
    assert shares(model, matches, strangers) == pytest.approx({"one": half, "two": half, **extra}, abs=1e-4)


def test_matches_among_strangers_tie_no_fields() -> None:
    """In a small table some random pairs are one entity, and agree in everything, as independent as the fields are."""
    kinds = dict.fromkeys(("one", "two", "three", "four"), "category")
    m, u = dict.fromkeys(kinds, (1.0, 0.2, 0.8)), dict.fromkeys(kinds, (1.0, 0.9, 0.1))
    model = Model(kinds, m, u, u, 0.02, 1e-6, (), {})
    draw = np.random.default_rng(3)
    strangers = {f: np.append((draw.random(4000) < 0.1) + 1, np.full(200, 2)).astype(np.uint8) for f in kinds}
    assert shares(model, strangers, strangers) == {}


def test_a_pattern_gives_its_levels_back() -> None:
    """Whatever the fields, and however many parts the pairs are worked on in."""
    table, _ = _people()
    records = encode(table, CONFIGS["both"], [])
    draw = np.random.default_rng(2)
    a, b = draw.integers(0, records.size, (2, 3000))
    seen = levels(records, a, b, {})
    found = unpacked(patterns(records, a, b, {}), list(records.columns))
    assert all((found[name] == seen[name]).all() for name in seen)
    assert (unpacked(packed(seen), list(seen))["dob"] == seen["dob"]).all()
