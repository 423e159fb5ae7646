"""Measure a batch against its contract: one DuckDB pass over the typed rows and one over the mentions.

Every row rule is one bit of a row's mask; rule counts and the rows to set aside are both read from the masks, so a
predicate is evaluated once however many questions are asked of it. Nothing here decides: expectations.judge does.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from contracts.errors import Stop
from contracts.kinds import KINDS
from contracts.mentions import MENTION
from contracts.model import Contract
from quality.rules import Rule, literal, rules
from quality.tables import ZONE, schema

WORD = 60  # bits used of each mask column; the sum of distinct powers stays within a signed 64-bit integer
METRICS = schema(
    {
        "rule": "string",
        "severity": "string",
        "failed": "int64",
        "total": "int64",
        "percent": "float64",
        "limit": "float64",
    }
)
BAD_ROWS = schema({"_line": "int64", "record_key": "string", "rule": "string"})


class BatchFacts(NamedTuple):
    """What is known of a delivery besides its rows. Counts are of records.

    `lines`, `parsed` and `rejected` come from the reader, `quarantined` from conform. `previous` is how many keys the
    last published snapshot of an earlier month had and `deleted` how many of them this one lacks (None: there is none
    to compare with). `same_bytes_as` is the month of another delivery with the same sha256. `columns` is how many
    columns the contract and the file have in common with it, `unknown` and `refused` how many it has beyond that.
    `objections` counts the cells objected to, by (reason, field), as conform's issues do.
    """

    period: date
    lines: int
    parsed: int
    rejected: int
    quarantined: int
    previous: int | None = None
    deleted: int | None = None
    same_bytes_as: str | None = None
    unknown: int = 0
    refused: int = 0
    objections: tuple[tuple[str, str, int], ...] = ()


class Measured(NamedTuple):
    """`metrics`: METRICS, one row a rule; `bad_rows`: BAD_ROWS, one for each row and `row` rule it breaks, by line."""

    metrics: pa.Table
    bad_rows: pa.Table
    period: date


def measure(rows: pa.Table, mentions: pa.Table, contract: Contract, facts: BatchFacts) -> Measured:
    """Count, for every rule of `contract`, what goes against it in `rows` and `mentions` (as conform returns them).

    Give the rows before they are deduplicated, or `key_unique` can find nothing. A percentage is null-free: 0 when a
    rule had fewer than `Rule.least` cases or `Rule.few` failures to judge. Raises Stop when a check of the contract is
    not SQL over its fields, or breaks on the data; the message never carries what DuckDB says about a value.
    """
    plan = rules(contract, facts.period)
    over_rows = [r for r in plan if r.over == "rows"]
    with _connection() as db:
        db.register("rows", rows)
        db.register("mentions", mentions)
        try:
            db.execute(_flags_sql(over_rows))
        except duckdb.Error as error:
            raise _blame(db, contract, over_rows, error) from None
        counts = _row_counts(db, over_rows) | _mention_counts(db, [r for r in plan if r.over == "mentions"])
        bad_rows = _bad_rows(db, over_rows)
        repeated = _one(db, _REPEATED_SQL)
    counts |= _batch_counts(contract, facts, rows.num_rows, _distinct(bad_rows), repeated)
    counts = _with_objections(counts, facts)
    return Measured(_metrics(plan, counts), bad_rows, facts.period)


def probe(contract: Contract) -> None:
    """Prove that every check of `contract` is SQL over its fields, without any data. Raises Stop naming the check."""
    measure(*empty(contract), contract, BatchFacts(date(2026, 1, 1), 0, 0, 0, 0))


def empty(contract: Contract) -> tuple[pa.Table, pa.Table]:
    """No rows and no mentions, with the columns and types conform gives them."""
    columns = {"_line": "int64", "record_key": "string"} | {f.name: KINDS[f.kind].arrow for f in contract.fields}
    return schema(columns).empty_table(), schema({"_line": "int64"} | MENTION).empty_table()


@contextmanager
def _connection() -> Iterator[Any]:
    """A DuckDB of our own that can reach no file and no network, whatever a contract's predicate says."""
    config = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "enable_external_access": "false",
        "threads": "2",
    }
    with duckdb.connect(":memory:", config=config) as db:
        db.execute(f"set TimeZone = '{ZONE}'")
        db.execute("set python_enable_replacements = false")
        db.execute("set lock_configuration = true")
        yield db


def _flags_sql(over_rows: Sequence[Rule]) -> str:
    words = [over_rows[i : i + WORD] for i in range(0, len(over_rows), WORD)]
    masks = [
        " + ".join(f"(case when {rule.bad} then {1 << bit} else 0 end)" for bit, rule in enumerate(word))
        + f" as mask{n}"
        for n, word in enumerate(words)
    ]
    return f"create temp table flags as select {', '.join(['_line', 'record_key', *masks])} from rows"


_REPEATED_SQL = """
select coalesce(sum(n), 0), coalesce(sum(n - 1), 0)
from (select count(*) as n from rows where record_key is not null group by record_key)
where n > 1
"""


def _bit(position: int) -> str:
    """SQL that is true for the rows of `flags` failing the row rule at `position`."""
    return f"(mask{position // WORD} & {1 << position % WORD}) <> 0"


def _row_counts(db: Any, over_rows: Sequence[Rule]) -> dict[str, tuple[int, int]]:
    counts = [f"count(*) filter (where {_bit(i)})" for i in range(len(over_rows))]
    total, *failed = _one(db, f"select {', '.join(['count(*)', *counts])} from flags")
    return {rule.name: (n, total) for rule, n in zip(over_rows, failed, strict=True)}


def _mention_counts(db: Any, over: Sequence[Rule]) -> dict[str, tuple[int, int]]:
    if not over:
        return {}
    parts = []
    for rule in over:
        parts += [f"count(*) filter (where ({rule.among}) and ({rule.bad}))", f"count(*) filter (where {rule.among})"]
    numbers = _one(db, f"select {', '.join(parts)} from mentions")
    return {rule.name: (numbers[2 * i], numbers[2 * i + 1]) for i, rule in enumerate(over)}


def _bad_rows(db: Any, over_rows: Sequence[Rule]) -> pa.Table:
    selects = [
        f"select _line, record_key, {literal(rule.name)} as rule from flags where {_bit(i)}"
        for i, rule in enumerate(over_rows)
        if rule.severity == "row"
    ]
    if not selects:
        return BAD_ROWS.empty_table()
    found: pa.Table = db.sql(f"{' union all '.join(selects)} order by _line, rule").to_arrow_table()
    return found.cast(BAD_ROWS)


def _distinct(bad_rows: pa.Table) -> int:
    return len(bad_rows.column("_line").unique())


def _batch_counts(
    contract: Contract, facts: BatchFacts, typed: int, failed_rows: int, repeated: tuple[int, ...]
) -> dict[str, tuple[int, int]]:
    lines = facts.lines
    aside = facts.rejected + facts.quarantined + failed_rows
    imbalance = abs(lines - facts.parsed - facts.rejected) + abs(facts.parsed - typed - facts.quarantined)
    # A file that has rows of which none is left is broken, however low the contract's floor.
    floor = max(contract.rows.floor, 0 if contract.delivery.may_be_empty and not lines else 1)
    ceiling = contract.rows.ceiling if contract.rows.ceiling is not None else typed
    columns = len(contract.fields) + len(contract.groups)
    return {
        "line_balance": (imbalance, max(lines, 1)),
        "rows_floor": (max(0, floor - (typed - failed_rows)), max(floor, 1)),
        "rows_ceiling": (max(0, typed - ceiling), max(typed, 1)),
        "bad_rows": (aside, lines),
        "rows_set_aside": (aside, lines),
        "key_unique": (repeated[0], typed),
        "key_unique_most": (repeated[1], typed),
        "deleted": (facts.deleted or 0, facts.previous or 0),
        "same_bytes": (int(facts.same_bytes_as is not None), 1),
        "columns_unknown": (facts.unknown, columns + facts.unknown),
        "columns_refused": (facts.refused, columns + facts.refused),
    }


def _with_objections(counts: dict[str, tuple[int, int]], facts: BatchFacts) -> dict[str, tuple[int, int]]:
    """What only an objection still tells: the unknown code that conform has set to null, and the identity number that
    was a number in its spreadsheet, whose last digits are anything by now.
    """
    numeric = sum(cells for reason, _, cells in facts.objections if reason == "id_numeric_cell")
    if numeric and "id_truncated" in counts:
        failed, total = counts["id_truncated"]
        counts["id_truncated"] = (max(failed, numeric), max(total, numeric))
    for reason, field, cells in facts.objections:
        name = f"category:{field}"
        if reason == "code_unknown" and name in counts:
            failed, total = counts[name]
            counts[name] = (max(failed, cells), total)
    return counts


def _metrics(plan: Sequence[Rule], counts: dict[str, tuple[int, int]]) -> pa.Table:
    out: list[dict[str, Any]] = []
    for rule in plan:
        failed, total = counts[rule.name]
        judged = total >= max(rule.least, 1) and failed >= rule.few
        percent = 100.0 * failed / total if judged else 0.0
        out.append(
            {
                "rule": rule.name,
                "severity": rule.severity,
                "failed": failed,
                "total": total,
                "percent": percent,
                "limit": rule.limit,
            }
        )
    return pa.Table.from_pylist(out, schema=METRICS)


def _one(db: Any, sql: str) -> tuple[int, ...]:
    row: tuple[int, ...] = db.execute(sql).fetchall()[0]
    return row


def _blame(db: Any, contract: Contract, over_rows: Sequence[Rule], error: Exception) -> Stop:
    """Which predicate DuckDB refused. Its own words are kept only where they speak of the SQL, not of a value."""
    culprit = "a rule"
    for rule in over_rows:
        try:
            _one(db, f"select count(*) filter (where {rule.bad}) from rows")
        except duckdb.Error as found:
            culprit, error = rule.name, found
            break
    about_sql = isinstance(error, duckdb.BinderException | duckdb.ParserException | duckdb.CatalogException)
    words = str(error).splitlines()[0] if about_sql else f"{type(error).__name__} on this delivery's data"
    where = f"contracts/feeds/{contract.feed}.yml"
    return Stop(where, f"{culprit} can't be evaluated: {words}", "correct its `good` predicate and run the step again")
