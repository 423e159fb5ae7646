"""The order of mentions, against sorting their texts."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.matching.canonical import identified

KEYS = st.sampled_from(["1", "10", "2", "a" * 23, "a" * 24, "编号1", ""])
MENTIONS = st.lists(
    st.tuples(st.sampled_from(["b", "a"]), KEYS, st.sampled_from(["x", "person"]), st.sampled_from(["", "1", "2"])),
    min_size=1,
    max_size=20,
)


def table(rows: list[tuple[str, ...]], coded: bool) -> pa.Table:
    columns = [pa.array(c) for c in zip(*rows, strict=True)]
    names = ("feed", "record_key", "role", "valid_from")
    return pa.table([c.dictionary_encode() if coded and i != 1 else c for i, c in enumerate(columns)], names=names)


@settings(deadline=None)
@given(MENTIONS, st.booleans())
def test_by_feed_key_role_and_version(rows: list[tuple[str, ...]], coded: bool) -> None:
    found = identified(table(rows, coded))
    ordered = sorted(rows, key=lambda r: (r[0], r[1].encode(), r[2], r[3]))
    assert [rows[i] for i in found.order] == ordered
    assert [found.sources[s] for s in found.source] == [(f, role) for f, _, role, _ in ordered]
    for ids, wanted in ((found.key, [r[:3] for r in ordered]), (found.record, [r[:2] for r in ordered])):
        assert ids[0] == 0
        assert np.diff(ids).tolist() == [int(a != b) for a, b in zip(wanted[:-1], wanted[1:], strict=True)]


@settings(deadline=None)
@given(st.lists(st.text("ab", min_size=20, max_size=40), min_size=1, max_size=12, unique=True), st.randoms())
def test_long_keys_stand_in_one_order_whatever_they_came_in(keys: list[str], random: object) -> None:
    rows = [("a", key, "person", "") for key in keys]
    first = [rows[i] for i in identified(table(rows, False)).order]
    random.shuffle(rows)  # type: ignore[attr-defined]
    assert [rows[i] for i in identified(table(rows, True)).order] == first
