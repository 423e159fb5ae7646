"""Small registers of any kind, a batch after them, decisions with both: what may never fail, whatever is in them."""

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

Record = tuple[str, str]
Said = tuple[Record, Record, str]
BORN = [date(1950, 3, 1), date(1950, 3, 2), date(1987, 11, 30)]
NUMBERS = [id_number(born, order) for born in BORN for order in (11, 12)]
CELLS = {
    "name": ["赵桂兰", "赵桂蘭", "赵兰", "钱桂兰", "阿依古丽·买买提", "阿依古丽", "之子", "Li Wei", "王" * 30, "张*"],
    "sex": ["男", "女", "1", "未知"],
    "born": [*map(str, BORN), "1950", "1950-03", "2099-01-01", "不详"],
    "id_number": [*NUMBERS, NUMBERS[0][:-1] + "?", NUMBERS[1][:6] + "********" + NUMBERS[1][14:], "无"],
    "phone": ["13800000001", "13800000002", "110"],
    "address": ["平安镇红旗村3组1号", "平安镇红旗村3组2号", "平安镇", "同上"],
}
LATIN = {
    "given": ["Wilma", "Vilma", "wilma", "Oskar", "W"],
    "surname": ["Harleyton", "Harletyon", "Ashby", "O'Neill"],
    "born": ["1961-03-09", "09/03/1961", "1961", "1997-10-28", "unknown"],
    "place": ["Ashby", "Ashby Hill", "nowhere"],
    "number": ["4711081", "4711018", "8260937"],
    "note": ["a red chair of oak", "chair, red, oak", "a table"],
}
KINDS = {"given": "given_name", "surname": "surname", "born": "birth_date", "place": "place", "number": "number",
         "note": "text"}  # fmt: skip
# Whoever else there is: tables without a Chinese name or number would go through the engine for any tables.
SURE = [("ab"[i % 2], {field: cells[i % 3] for field, cells in CELLS.items()}) for i in range(12)]
SOME = [("ab"[i % 2], {field: cells[i % 3] for field, cells in LATIN.items()}) for i in range(3)]
Rows = list[tuple[str, dict[str, str]]]
Ids = dict[Record, int]


def registers(cells: dict[str, list[str]]) -> st.SearchStrategy[Rows]:
    """Up to eight rows of two sources."""
    row = st.fixed_dictionaries({field: st.just("") | st.sampled_from(values) for field, values in cells.items()})
    return st.lists(st.tuples(st.sampled_from("ab"), row), min_size=1, max_size=8)


def table(rows: Rows, prefix: str) -> pa.Table:
    """Records named by their place."""
    named = [{"source": s, "record_key": f"{prefix}{i}", "person": "", **row} for i, (s, row) in enumerate(rows)]
    return pa.Table.from_pylist(named)


def decided(folder: Path, said: list[Said]) -> Path | None:
    """Decisions as `huilian link --decisions` takes them."""
    lines = ["left_source,left_key,right_source,right_key,verdict"]
    lines += [",".join((*left, *right, verdict)) for left, right, verdict in said]
    path = folder / "decided.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path if said else None


def possible(pairs: list[tuple[int, int, bool]], records: list[Record]) -> list[Said]:
    """Decisions that do not contradict each other: first who is the same, then who may be different."""
    group = list(range(len(records)))
    chosen = [(a % len(records), b % len(records), same) for a, b, same in pairs]
    said: list[Said] = []
    for a, b, _ in (pair for pair in chosen if pair[2] and pair[0] != pair[1]):
        group = [group[a] if g == group[b] else g for g in group]
        said.append((records[a], records[b], "same"))
    return said + [(records[a], records[b], "different") for a, b, same in chosen if not same and group[a] != group[b]]


PAIRS = st.lists(st.tuples(st.integers(0, 23), st.integers(0, 23), st.booleans()), max_size=4)


def twice(before: Rows, new: Rows, pairs: list[tuple[int, int, bool]], fields: dict[str, str]) -> list[Ids]:
    """Link `before`, turn it round, add `new` with decisions about all of them, and add it once more: the ids after
    each of the two."""
    quiet = Progress(io.StringIO())
    everybody = [(s, f"k{i}") for i, (s, _) in enumerate(before)] + [(s, f"n{i}") for i, (s, _) in enumerate(new)]
    said = possible(pairs, everybody)
    with TemporaryDirectory() as name:
        folder, out = Path(name), Path(name) / "out"
        first = config(folder, "first", table(before, "k"), fields)
        linkage.link(first, out, None, quiet, linkage.Stays(True, None))
        alone = ids(out)
        linkage.link(config(folder, "turned", table(before, "k")[::-1], fields), out, None, quiet)
        assert ids(out) == alone  # in another order, once more

        then, file = config(folder, "then", table(new, "n"), fields), decided(folder, said)
        would = adding.run(then, out, True, quiet, file)
        assert ids(out) == alone
        assert adding.run(then, out, False, quiet, file).counts == would.counts
        found = ids(out)
        assert set(found) == set(everybody)
        for left, right, verdict in said:
            assert (found[left] == found[right]) == (verdict == "same")

        adding.run(then, out, False, quiet)
        return [found, ids(out)]


@settings(max_examples=20, deadline=None)
@given(registers(CELLS), registers(CELLS), PAIRS)
def test_whatever_comes_ids_last_and_decisions_hold(
    before: Rows, new: Rows, pairs: list[tuple[int, int, bool]]
) -> None:
    found, again = twice(SURE + before, new, pairs, FIELDS)
    assert again == found


@settings(max_examples=20, deadline=None)
@given(registers(LATIN), registers(LATIN), PAIRS)
def test_so_they_do_with_the_engine_for_any_tables(before: Rows, new: Rows, pairs: list[tuple[int, int, bool]]) -> None:
    found, again = twice(SOME + before, new, pairs, KINDS)
    assert again == found
