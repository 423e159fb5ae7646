"""Who held a record's key when: its versions become holders, and a holder is a mention of its own to the matcher.

A key outlives the person it names: a flat is sold, a household's applicant changes, a co-owner is struck off. Versions
are one holder's as long as name, number or date of birth stays (people marry, clerks correct); where none does, the key
has passed on. The matcher sees each holder once, as last written. One whose record went on without them goes under a
key of that record as it was until then: they stand beside whom they stood beside, not beside who came after.
"""

from datetime import date
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz.distance import OSA

from transforms.clean.names import match_key, pinyin_key
from transforms.matching.kernels import Flags, Ints
from transforms.matching.shapes import LOOK_ALIKE

UNTIL = "\x1f"  # a control character, which no department's key can hold
MENTION = ("feed", "record_key", "role")
ORDER = [(column, "ascending") for column in (*MENTION, "valid_from")]
SPAN = ["feed", "record_key", "role", "key", "valid_from", "valid_to", "is_last"]


class Holders(NamedTuple):
    """`mentions`: one row a holder, as last written, for the matcher. `spans`: from when until when each held the key.

    A row of `spans` has feed, record_key, role (the holder's, as in `mentions`), key (the register's record key),
    valid_from, valid_to (null: to this day), is_last (of the mention, so one a mention).
    """

    mentions: pa.Table
    spans: pa.Table


def holders(versions: pa.Table, passes: bool = True) -> Holders:
    """Tell the holders of each mention apart.

    versions: feed, the columns of contracts.mentions.MENTION, valid_from, valid_to, record_until (when the record as a
    whole ends, null: it has not), versions (how many the mention has). Without `passes` a key never passes on.
    """
    many = pc.greater(versions["versions"], 1)
    once, several = versions.filter(pc.invert(many)), versions.filter(many).sort_by(ORDER)
    starts = _starts(several, passes)
    # a record that left and came back is held by the same person, in two spans
    again = starts | np.append(False, ~_same(several["valid_from"][1:], several["valid_to"][:-1]))[: len(starts)]
    last, final = _before(starts), _before(_fresh(several))
    stop = np.flatnonzero(_before(again))
    holder = np.flatnonzero(last)[np.cumsum(starts)[stop] - 1]  # for each span its holder's last version
    named = _named(several)
    span = several.take(pa.array(stop)).select(["feed", "role", "record_key", "valid_to"])
    span = span.rename_columns(["feed", "role", "key", "valid_to"])
    span = span.append_column("record_key", named.take(pa.array(holder)))
    span = span.append_column("valid_from", several["valid_from"].take(pa.array(np.flatnonzero(again))))
    span = span.append_column("is_last", pa.array(final[stop]))
    plain = once.append_column("key", once["record_key"]).append_column(
        "is_last", pa.array([True] * once.num_rows, pa.bool_())
    )
    plain = _replaced(plain, "record_key", _named(once))
    kept = _replaced(several, "record_key", named).filter(pa.array(last))
    people = pa.concat_tables([_replaced(once, "record_key", _named(once)), kept])
    return Holders(
        people.drop_columns(["valid_from", "valid_to", "record_until", "versions"]),
        pa.concat_tables([plain.select(SPAN), span.select(SPAN)]),
    )


def spanned(members: pa.Table, held: Holders) -> pa.Table:
    """`members` (one row a holder) as one row a span: record_key the register's, with valid_from, valid_to, is_last."""
    both = members.join(held.spans, list(MENTION), join_type="inner")
    return _replaced(both, "record_key", both["key"]).drop_columns(["key"])


def held_at(table: pa.Table, held: Holders, columns: tuple[str, str, str, str]) -> pa.Array:
    """For each row the record key of who held the mention on a day, as `held.mentions` has it.

    `columns` name the feed, the register's key, the role and the day. Who came next holds it on a day nobody does, and
    who came last where nobody came next or the day is null. A mention that isn't there keeps its key.
    """
    feed, key, role, day = (table[column] for column in columns)
    listed = _listed(held.spans)
    told = pc.is_in(key, pa.array({key for _, key, _ in listed}, pa.string()))
    few = table.select(list(columns)).filter(told)
    found = []
    for name in zip(*(few[column].to_pylist() for column in columns), strict=True):
        spans, when = listed.get(name[:3], []), name[3]
        after = (k for k, until in spans if when and (until is None or until > when))
        found.append(next(after, spans[-1][0] if spans else name[1]))
    return pc.replace_with_mask(key.combine_chunks(), told.combine_chunks(), pa.array(found, pa.string()))


def of_now(pairs: pa.Table, held: Holders) -> pa.Table:
    """`pairs` (left_feed, left_key, left_role, right_* alike) of last holders only, under the registers' keys."""
    last = {}
    for row in held.spans.filter(pc.match_substring(held.spans["record_key"], UNTIL)).to_pylist():
        if row["is_last"]:
            last[row["feed"], row["record_key"], row["role"]] = row["key"]
    for side in ("left", "right"):
        keys = pairs[f"{side}_key"].to_pylist()
        feeds, roles = pairs[f"{side}_feed"].to_pylist(), pairs[f"{side}_role"].to_pylist()
        now = [k if UNTIL not in k else last.get((f, k, r)) for f, k, r in zip(feeds, keys, roles, strict=True)]
        pairs = _replaced(pairs, f"{side}_key", pa.array(now, pa.string()))
        pairs = pairs.filter(pc.is_valid(pairs[f"{side}_key"]))
    return pairs


def alike(left: str, right: str) -> bool:
    """Whether two names can be one name written twice: one slip, the same sound or shape, characters swapped.

    Of two characters, one that differs otherwise makes another name. Distance: optimal string alignment.
    """
    a, b = match_key(left), match_key(right)
    if pinyin_key(left) == pinyin_key(right) or a.translate(LOOK_ALIKE) == b.translate(LOOK_ALIKE):
        return True
    slips = OSA.distance(a, b, score_cutoff=1)
    return slips <= 1 and (min(len(a), len(b)) > 2 or len(a) != len(b) or sorted(a) == sorted(b))


def _starts(versions: pa.Table, passes: bool) -> Flags:
    """Where a holder begins: at a mention's first version, and where name, number and birth all differ from before."""
    fresh = _fresh(versions)
    if not passes or not len(fresh):
        return fresh
    name, number = versions["name"], versions["id_number"]
    born = pc.if_else(pc.equal(versions["born_precision"], "day"), versions["born_on"], pa.scalar(None, pa.date32()))
    before = _latest(name, fresh)
    changed = (before >= 0) & np.asarray(pc.is_valid(name))
    for column in (name, number, born):
        at = _latest(column, fresh)
        changed &= ~((at >= 0) & _same(column, column.take(pa.array(np.maximum(at, 0))), unknown=False))
    rows = np.flatnonzero(changed)
    were = name.take(pa.array(before[rows])).to_pylist()
    other = [not alike(a, b) for a, b in zip(were, name.take(pa.array(rows)).to_pylist(), strict=True)]
    fresh[rows[np.array(other, bool)]] = True
    return fresh


def _latest(column: pa.ChunkedArray, fresh: Flags) -> Ints:
    """For each version the row of the mention's latest one before it that says something; -1: none does."""
    rows = np.arange(len(fresh))
    said = np.maximum.accumulate(np.where(np.asarray(pc.is_valid(column)), rows, -1))
    before = np.append(-1, said[:-1])
    first = np.maximum.accumulate(np.where(fresh, rows, 0))
    return np.where(before >= first, before, -1)


def _fresh(versions: pa.Table) -> Flags:
    """Where a mention's first version stands."""
    fresh = np.zeros(versions.num_rows, bool)
    if len(fresh):
        fresh[0] = True
        for column in MENTION:
            fresh[1:] |= ~_same(versions[column][1:], versions[column][:-1])
    return fresh


def _before(starts: Flags) -> Flags:
    """Where something ends, from where the next begins."""
    return np.append(starts[1:], True)[: len(starts)]


def _named(versions: pa.Table) -> pa.Array:
    """The key under which the holder of a version would go whose last one it is."""
    key = versions["record_key"]
    gone = ~_same(versions["valid_to"], versions["record_until"])
    ended = pc.binary_join_element_wise(key, pc.strftime(versions["valid_to"], "%Y-%m-%d"), UNTIL)
    return pc.if_else(pa.array(gone), ended, key)


def _same(left: pa.ChunkedArray, right: pa.ChunkedArray, unknown: bool = True) -> Flags:
    """Elementwise equality; two nulls are `unknown`."""
    equal = pc.fill_null(pc.equal(left, right), False)
    both = pc.and_(pc.is_null(left), pc.is_null(right))
    return np.asarray(pc.or_(equal, both) if unknown else equal)


def _listed(spans: pa.Table) -> dict[tuple[str, str, str], list[tuple[str, date | None]]]:
    """By mention the keys and ends of its spans in order, of mentions with a holder under another key than its own."""
    renamed = spans.filter(pc.match_substring(spans["record_key"], UNTIL))
    listed: dict[tuple[str, str, str], list[tuple[str, date | None]]] = {}
    for feed, key, role in zip(*(renamed[c].to_pylist() for c in ("feed", "key", "role")), strict=True):
        listed[feed, key, role] = []
    rows = spans.filter(pc.is_in(spans["key"], pa.array({key for _, key, _ in listed}, pa.string())))
    for row in rows.sort_by(ORDER[:1] + [("key", "ascending"), *ORDER[2:]]).to_pylist():
        mention = (row["feed"], row["key"], row["role"])
        if mention in listed:
            listed[mention].append((row["record_key"], row["valid_to"]))
    return listed


def _replaced(table: pa.Table, name: str, column: pa.Array) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), name, column)
