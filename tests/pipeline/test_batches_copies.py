"""Copies that come with a batch are who they would have been in one run with all."""

import io
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import adding, linkage
from pipeline.linkage_progress import Progress
from tests.factory import id_number
from tests.pipeline.tables import FIELDS, config, ids

DAYS = [date(1950 + i % 40, 1 + i % 12, 1 + i % 28) for i in range(120)]
NAMES = [
    f"{'赵钱孙李周吴郑王冯陈'[i % 10]}{'桂建海春文志玉小永丽晓红'[i % 12]}{'兰国燕梅斌强英华康花平军明'[i % 13]}"
    for i in range(120)
]
PEOPLE = [
    {"name": name, "sex": "男女"[i % 2], "born": f"{born}", "id_number": id_number(born, 100 + i) if i % 4 else None,
     "phone": f"139000{i:05d}", "address": f"平安镇红旗村{i % 5}组{i}号"}
    for i, (name, born) in enumerate(zip(NAMES, DAYS, strict=True))
]  # fmt: skip
QUIET = Progress(io.StringIO())
LOOSE = [i for i, person in enumerate(PEOPLE) if not person["id_number"]]
CAME = st.lists(st.tuples(st.sampled_from(LOOSE), st.integers(1, 60)), min_size=1, max_size=3, unique_by=lambda c: c[0])


def table(rows: list[dict[str, str | None]], prefix: str) -> pa.Table:
    """Records of one table, named by their place."""
    named = [{"source": "a", "record_key": f"{prefix}{i}", "person": "", **row} for i, row in enumerate(rows)]
    return pa.Table.from_pylist(named, pa.schema([(column, pa.string()) for column in named[0]]))


def groups(out: Path) -> set[frozenset[str]]:
    by: dict[int, set[str]] = {}
    for (_, key), entity in ids(out).items():
        by.setdefault(entity, set()).add(key)
    return {frozenset(group) for group in by.values()}


@settings(max_examples=8, deadline=None)
@given(CAME, st.booleans())
def test_a_batch_of_copies_is_as_if_all_had_come_at_once(came: list[tuple[int, int]], known: bool) -> None:
    more = [PEOPLE[i] for i, times in came for _ in range(times)]
    there = PEOPLE if known else [p for i, p in enumerate(PEOPLE) if i not in dict(came)]
    with TemporaryDirectory() as name:
        folder, out, whole = Path(name), Path(name) / "out", Path(name) / "whole"
        linkage.link(config(folder, "first", table(there, "k"), FIELDS), out, None, QUIET, linkage.Stays(True, None))
        adding.run(config(folder, "then", table(more, "n"), FIELDS), out, False, QUIET)
        both = pa.concat_tables([table(there, "k"), table(more, "n")])
        linkage.link(config(folder, "both", both, FIELDS), whole, None, QUIET)
        assert groups(out) == groups(whole)
        assert len(groups(whole)) == len(PEOPLE)
