"""What people decided about records of their own tables: read, held against each other, kept in a directory for good.

A decision goes before everything else: `same` makes one entity of two records, `different` keeps them two, `undone`
takes back what was decided. Of several about one pair the last holds.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from contracts.errors import Stop
from pipeline import linkage_files
from pipeline.linkage_files import Say
from transforms.matching.named import SIDES, rows_of

NAME = "decisions"  # DIR/decisions.parquet has those that hold
COLUMNS = tuple(f"{side}_{part}" for side in SIDES for part in ("source", "key"))
VERDICTS = ("same", "different", "undone")
SCHEMA = pa.schema([(c, pa.string()) for c in (*COLUMNS, "verdict")])
Record = tuple[str, str]
Pair = tuple[Record, Record]


class Decisions(NamedTuple):
    """Those that hold (columns SCHEMA), those this command undid, and whether it came with any, so that they change."""

    table: pa.Table
    undone: pa.Table
    fresh: bool

    @property
    def results(self) -> dict[str, pa.Table]:
        """What is to be written, by name."""
        return {NAME: self.table} if self.fresh else {}

    @property
    def asked(self) -> pa.Table:
        """All that may be otherwise than things stand."""
        return pa.concat_tables([self.table, self.undone])

    def of_people(self) -> pa.Table | None:
        """As the engine for Chinese people takes them; None for none."""
        if not self.table.num_rows:
            return None
        feeds = {f"{side}_source": f"{side}_feed" for side in SIDES}
        found = self.table.rename_columns([feeds.get(c, c) for c in self.table.column_names])
        for side in SIDES:
            found = found.append_column(f"{side}_role", pa.repeat(pa.scalar("person"), found.num_rows))
        return found


NOTHING = SCHEMA.empty_table()
NONE = Decisions(NOTHING, NOTHING, False)


def gathered(out: Path, file: Path | None, say: Say) -> Decisions:
    """The decisions that `out` keeps, and those of `file`, which come after them.

    Raises Stop for a file that can't be used, and for decisions that can't all be obeyed, by line.
    """
    held, undone = _held(out), dict[Pair, tuple[str, str]]()
    if file is not None:
        csv = file.suffix.lower() == ".csv"
        first = ("line", 2) if csv else ("row", 1)
        for pair, (verdict, where) in _read(linkage_files.table(file, file.name, say), file.name, *first):
            held.pop(pair, None)
            undone.pop(pair, None)
            (undone if verdict == "undone" else held)[pair] = verdict, where
    _agreed(held)
    return Decisions(_table(held), _table(undone), file is not None)


def verdict(out: Path, pair: Pair) -> str | None:
    """What `out` keeps as decided about two records, whichever way round: same, different, or None."""
    left, right = sorted(pair)
    return _held(out).get((left, right), (None, ""))[0]


def _held(out: Path) -> dict[Pair, tuple[str, str]]:
    """The verdicts that `out` keeps, each with where it stands."""
    kept = out / f"{NAME}.parquet"
    if not kept.is_file():
        return {}
    with linkage_files.readable(kept, kept.name):
        table = pq.read_table(kept)
    return dict(_read(table, kept.name, "row", 1))


def _table(held: Mapping[Pair, tuple[str, str]]) -> pa.Table:
    rows = [(*left, *right, verdict) for (left, right), (verdict, _) in held.items()]
    return pa.table([list(column) for column in zip(*rows, strict=True)], SCHEMA) if rows else NOTHING


def _read(table: pa.Table, name: str, unit: str, first: int) -> Iterator[tuple[Pair, tuple[str, str]]]:
    """The pairs of a table, either way round the same, each with its verdict and where it stands."""
    linkage_files.once(table.column_names, SCHEMA.names, name)
    missing = [c for c in SCHEMA.names if c not in table.column_names]
    if missing:
        raise Stop(f"{name}: column {missing[0]}", "it is not there", f"give the columns {', '.join(SCHEMA.names)}")
    columns = [linkage_files.as_text(table[c], f"{name}: column {c}").to_pylist() for c in SCHEMA.names]
    for number, (one, key, two, other, verdict) in enumerate(zip(*columns, strict=True), first):
        where = f"{name} {unit} {number}"
        if verdict not in VERDICTS:
            raise Stop(where, "the verdict is none that there is", f"say one of: {', '.join(VERDICTS)}")
        if not (one and key and two and other):
            raise Stop(where, "a source or key is missing", "name both records by source and key")
        if (one, key) == (two, other):
            raise Stop(where, "both are the same record", "name two different ones")
        left, right = sorted([(one, key), (two, other)])
        yield (left, right), (verdict, where)


def _agreed(held: Mapping[Pair, tuple[str, str]]) -> None:
    """Raise Stop when records are different that other decisions make one."""
    parent: dict[Record, Record] = {}

    def root(record: Record) -> Record:
        while (above := parent.get(record, record)) != record:
            parent[record] = parent.get(above, above)
            record = above
        return record

    for (left, right), (verdict, _) in held.items():
        if verdict == "same":
            parent[root(left)] = root(right)
    for (left, right), (verdict, where) in held.items():
        if verdict == "different" and root(left) == root(right):
            raise Stop(where, "two records are different that other decisions make one",
                       "correct one of them; `undone` takes back an earlier one")  # fmt: skip


def told(decided: Decisions, records: pa.Table, say: Say) -> None:
    """Say how many decisions hold, and how many are about records that are not among `records`."""
    many, away = decided.table.num_rows, elsewhere(decided.table, records)
    if many:
        say(f"decisions: {many:,} hold" + (f", {away:,} of them about records that are not here" if away else ""))


def elsewhere(decisions: pa.Table, records: pa.Table) -> int:
    """How many decisions are about a record that is not among `records` (source, record_key)."""
    away = np.zeros(decisions.num_rows, bool)
    for side in SIDES:
        away |= rows_of(decisions[f"{side}_source"], decisions[f"{side}_key"], records) < 0
    return int(away.sum())
