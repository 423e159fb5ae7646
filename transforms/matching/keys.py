"""Which pairs are worth comparing: equi-joins on what two mentions of one person usually share.

Each rule is one self-join over a table of keys. A block that is too large is split by further columns, one after the
other; what is still too large then is left out, counted and reported, never dropped in silence.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from contracts.engine import Engine
from transforms.matching.counts import Scopes
from transforms.matching.kernels import Flags, Ints
from transforms.matching.sets import distinct
from transforms.matching.state import Pairs
from transforms.matching.values import Nodes, Values


class Rule(NamedTuple):
    """Entities that agree on all of `on` meet; blocks of more than `cap` only where they agree on `split` as well.

    `both` lets two entities meet that each have a trusted number; otherwise one of them must have none.
    """

    name: str
    on: tuple[str, ...]
    split: tuple[str, ...] = ()
    cap: int = 60
    both: bool = False


RULES = (
    Rule("version", ("key",), both=True),
    Rule("number", ("number",), both=True),
    Rule("number_head", ("head14",), ("surname", "sex")),
    Rule("number_tail", ("tail12",), ("surname",)),
    Rule("number_last4", ("last4", "surname"), ("given",)),
    Rule("name_birth", ("shape", "born"), ("sex", "area"), both=True),
    Rule("sound_year", ("sound", "year"), ("sex", "area")),
    Rule("birth_surname", ("born", "surname"), ("sex", "area")),
    Rule("birth_area", ("born", "area"), ("sex", "near")),
    Rule("phone", ("phone",), ("surname", "given")),
    Rule("sound_area", ("sound", "area"), ("near", "sex")),
    Rule("given_near", ("given", "near"), ("sex", "door")),
    Rule("name_town", ("shape", "town"), ("year", "sex")),
    Rule("door", ("door",), ("surname", "sex")),
    Rule("name", ("shape",), ("town", "year"), cap=20),
)
BITS = {rule.name: 1 << i for i, rule in enumerate(RULES)}
SAMPLED = 7  # every seventh numbered entity is enough to tell what a rule finds
KIN_BIT = 1 << len(RULES)


class Found(NamedTuple):
    """`report` has a row a rule: pairs it found, blocks that were split, pairs left out as their block was too large,
    and `reach`: the share of known matches (two mentions under one number, its birth included) that it would find.
    """

    pairs: Pairs
    report: list[dict[str, int | float | str]]


def profiles(nodes: Nodes, values: Values, places: Scopes, entity: Ints, loose: Flags) -> pa.Table:
    """One row a mention with the integer columns that the rules join on; null where unknown.

    `loose` says of each entity (row) whether it has no trusted number. A mention with a number appears under the birth
    that is in it as well as under the one that is written.
    """

    def at(table: Ints, row: Ints) -> Ints:
        return np.append(table, -1)[row]

    status = at(values.number_status.astype(np.int64), nodes.number)
    derived = np.where(status == 0, at(values.number_born, nodes.number), -1)
    written = np.where(nodes.born >= 0, nodes.born, derived)
    head, tail, last = _segments(values)
    columns: dict[str, Ints] = {
        "entity": entity,
        "loose": loose[entity].astype(np.int64),
        "key": nodes.key,
        "number": np.where(status == 2, -1, nodes.number),
        "head14": at(head, nodes.number),
        "tail12": at(tail, nodes.number),
        "last4": at(last, nodes.number),
        "shape": at(values.shape, nodes.name),
        "sound": at(values.sound, nodes.name),
        "surname": at(values.surname, nodes.name),
        "given": at(values.given, nodes.name),
        "sex": np.where(nodes.sex > 0, nodes.sex, -1),
        "phone": nodes.phone,
        "door": at(places.door, nodes.place),
        "near": at(places.near, nodes.place),
        "area": at(places.area, nodes.place),
        "town": at(places.town, nodes.place),
        "birth": written,
    }
    twice = np.flatnonzero((derived >= 0) & (derived != written))
    table = {name: np.concatenate([column, column[twice]]) for name, column in columns.items()}
    table["birth"][nodes.size :] = derived[twice]
    birth = table.pop("birth")
    table["born"] = np.where(birth & 3 == 3, birth >> 2, -1)
    table["year"] = np.where(birth >= 0, (birth >> 2) // 10000, -1)
    return pa.table({name: pa.array(column, mask=column < 0) for name, column in table.items()})


def _segments(values: Values) -> tuple[Ints, Ints, Ints]:
    """Hashes of the first 14, last 12 and last 4 characters of each number; -1 where a mask covers them."""
    parts: list[Ints] = []
    for cut in (slice(0, 14), slice(-12, None), slice(-4, None)):
        texts = [t[cut] if "*" not in t[cut] else None for t in values.number_text]
        encoded = pa.array(texts, pa.string()).dictionary_encode()
        parts.append(encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64))
    return parts[0], parts[1], parts[2]


def join_sql(rule: Rule, split: tuple[str, ...], cap: int) -> str:
    """Pairs within blocks of `rule` refined by `split`: blocks over `cap` give only their size (a, b null)."""
    on = [*rule.on, *split]
    keys, match = ", ".join(on), " and ".join(f"l.{c} = r.{c}" for c in on)
    known = " and ".join(f"{c} is not null" for c in on)
    one_loose = "" if rule.both else " and l.loose + r.loose > 0"
    return f"""
with k as (select distinct entity, loose, {keys} from profiles where {known}),
sized as (select *, count(*) over (partition by {keys}) as n from k)
select l.entity as a, r.entity as b, 0 as n
from sized l join sized r on {match} and l.entity < r.entity
where l.n <= {cap} and r.n <= {cap}{one_loose}
union all
select null, null, max(n) from sized where n > {cap} group by {keys}"""


def block(table: pa.Table, engine: Engine, size: int, rules: tuple[Rule, ...] = RULES) -> Found:
    """Run every rule over `table` (see profiles) and put the pairs together; `size` bounds entity ids."""
    codes: list[Ints] = []
    bits: list[Ints] = []
    report: list[dict[str, int | float | str]] = []
    reach = _reach(table, engine, rules)
    for rule in rules:
        found: list[Ints] = []
        first = large = 0
        for depth in range(len(rule.split) + 1):
            cap = rule.cap if depth < len(rule.split) or not rule.split else 2 * rule.cap
            answer = engine.sql(join_sql(rule, rule.split[:depth], cap), profiles=table)
            n = answer["n"].to_numpy()
            a, b = (answer[c].combine_chunks().fill_null(-1).to_numpy(zero_copy_only=False) for c in ("a", "b"))
            found.append((a * size + b)[n == 0].astype(np.int64))
            large = int((n > 0).sum())
            first = first or large
            if not large:
                break
        code = distinct(np.concatenate(found))
        codes.append(code)
        bits.append(np.full(len(code), BITS[rule.name]))
        left_out = int((n[n > 0] * (n[n > 0] - 1) // 2).sum())
        row: dict[str, int | float | str] = {"rule": rule.name, "pairs": len(code), "blocks_split": first}
        row |= {"blocks_left": large, "pairs_left": left_out}
        report.append(row | ({"reach": reach[rule.name]} if rule.name in reach else {}))
    return Found(merge(np.concatenate(codes), np.concatenate(bits), size), report)


def reach_sql(rules: tuple[Rule, ...]) -> str:
    """One row: for each of `rules` the share of pairs of mentions of one numbered entity that agree on its columns."""
    agree = {r.name: " and ".join(f"l.{c} = r.{c}" for c in r.on) for r in rules}
    seen = ", ".join(f"max(case when {how} then 1.0 else 0.0 end) as {name}" for name, how in agree.items())
    mean = ", ".join(f"avg({name}) as {name}" for name in agree)
    return f"""
with pairs as (
  select {seen} from profiles l join profiles r on l.entity = r.entity and l.key < r.key
  where l.loose = 0 and l.entity % {SAMPLED} = 0 group by l.key, r.key)
select {mean} from pairs"""


def _reach(table: pa.Table, engine: Engine, rules: tuple[Rule, ...]) -> dict[str, float]:
    """Of the rules that do without a number: the share of known matches they find."""
    free = tuple(r for r in rules if not set(r.on) & {"key", "number", "head14", "tail12", "last4"})
    row = engine.sql(reach_sql(free), profiles=table).to_pylist()[0]
    return {name: round(float(share), 4) for name, share in row.items() if share is not None}


def merge(codes: Ints, bits: Ints, size: int) -> Pairs:
    """Distinct pairs of codes ``a * size + b`` with the union of their rule bits."""
    order = np.argsort(codes, kind="stable")
    code, start = np.unique(codes[order], return_index=True)
    rules = np.bitwise_or.reduceat(bits[order], start) if len(code) else np.empty(0, np.int64)
    return Pairs(code // size, code % size, rules)
