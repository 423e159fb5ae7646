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
from transforms.matching.score import Pairs
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
KIN_BIT = 1 << len(RULES)


class Found(NamedTuple):
    """`report` has a row a rule: pairs it found, blocks that were split, pairs left out because a block stayed too large."""

    pairs: Pairs
    report: list[dict[str, int | str]]


def profiles(nodes: Nodes, values: Values, places: Scopes, entity: Ints, loose: Flags) -> pa.Table:
    """One row a mention with the integer columns that the rules join on; null where unknown.

    `loose` says of each entity (row) whether it has no trusted number. A mention with a number appears under the birth
    that is in it as well as under the one that is written.
    """

    def at(table: Ints, row: Ints) -> Ints:
        return np.append(table, -1)[row]

    valid = at(values.number_status.astype(np.int64), nodes.number) == 0
    derived = np.where(valid, at(values.number_born, nodes.number), -1)
    written = np.where(nodes.born >= 0, nodes.born, derived)
    head, tail, last = _segments(values)
    columns: dict[str, Ints] = {
        "entity": entity,
        "loose": loose[entity].astype(np.int64),
        "key": nodes.key,
        "number": np.where(at(values.number_status.astype(np.int64), nodes.number) == 2, -1, nodes.number),
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
    """Pairs within blocks of `rule` refined by `split`: blocks over `cap` give only their size (a, b null, n entities)."""
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
    report: list[dict[str, int | str]] = []
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
        code = np.unique(np.concatenate(found))
        codes.append(code)
        bits.append(np.full(len(code), BITS[rule.name]))
        left_out = int((n[n > 0] * (n[n > 0] - 1) // 2).sum())
        report.append({"rule": rule.name, "pairs": len(code), "blocks_split": first, "blocks_left": large, "pairs_left": left_out})
    return Found(merge(np.concatenate(codes), np.concatenate(bits), size), report)


def merge(codes: Ints, bits: Ints, size: int) -> Pairs:
    """Distinct pairs of codes ``a * size + b`` with the union of their rule bits."""
    order = np.argsort(codes, kind="stable")
    code, start = np.unique(codes[order], return_index=True)
    rules = np.bitwise_or.reduceat(bits[order], start) if len(code) else np.empty(0, np.int64)
    return Pairs(code // size, code % size, rules)
