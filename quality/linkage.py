"""How good the recognition of people is, against labelled mentions."""

from math import fsum
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from contracts.errors import Stop


class Scores(NamedTuple):
    """Agreement with labels. Pairs are unordered pairs of labelled mentions; shares lie between 0 and 1.

    `unlinked` labelled mentions are in no cluster and count as clusters of their own; `unlabelled` mentions of the
    clusters can't be judged and are left out. With no pair to judge, precision (or recall) is 1.
    B-cubed: Bagga and Baldwin, Entity-Based Cross-Document Coreferencing Using the Vector Space Model, 1998.
    """

    mentions: int
    persons: int
    unlinked: int
    unlabelled: int
    true_pairs: int
    predicted_pairs: int
    correct_pairs: int
    precision: float
    recall: float
    f1: float
    bcubed_precision: float
    bcubed_recall: float
    bcubed_f1: float


def pairwise(members: pa.Table, truth: pa.Table, by: str = "cluster") -> Scores:
    """Compare `members` (key columns and `by`) with `truth` (the same key columns and `person`).

    The key is every column of `truth` but `person`. Pairs are counted from the sizes of the cells cluster x person,
    never listed, so a million mentions take about a second and the counts are exact. Raises Stop when `members` lacks a
    key column or a key occurs twice.
    """
    keys = [name for name in truth.column_names if name != "person"]
    lost = sorted({*keys, by} - set(members.column_names))
    if lost or "person" not in truth.column_names:
        raise Stop("labels", f"columns missing: {lost or ['person']}", "name the key columns alike in both tables")
    with _connection() as db:
        db.register("members", members)
        db.register("truth", truth)
        for table in ("members", "truth"):
            _refuse_repeats(db, table, keys)
        on = ", ".join(_quoted(k) for k in keys)
        db.execute(
            f"create temp table judged as select {_quoted(by)} as cluster, person "
            f"from truth left join members using ({on}) where person is not null"
        )
        db.execute("create temp table cells as select cluster, person, count(*) as n from judged group by all")
        known = _one(db, f"select count(*) from members semi join truth using ({on})")[0]
        return _scores(db, members.num_rows - known)


# Few distinct lines however many mentions there are, so that the shares can be added up without rounding drift.
_SHARES_SQL = """
with of_cluster as (select cluster, sum(n)::bigint as held from cells where cluster is not null group by 1),
     of_person as (select person, sum(n)::bigint as labelled from cells group by 1)
select case when cluster is null then 1 else n end, case when cluster is null then 1 else held end, labelled,
       sum(case when cluster is null then n else 1 end)::bigint
from cells join of_person using (person) left join of_cluster using (cluster) group by 1, 2, 3
"""


def _scores(db: Any, unlabelled: int) -> Scores:
    mentions, persons, unlinked = _one(
        db, "select count(*), count(distinct person), count(*) filter (where cluster is null) from judged"
    )
    correct = _pairs(db, "select n from cells where cluster is not null")
    predicted = _pairs(db, "select sum(n) as n from cells where cluster is not null group by cluster")
    true = _pairs(db, "select sum(n) as n from cells group by person")
    shares = db.sql(_SHARES_SQL).fetchall()
    # Every one of the n mentions of a cell shares n of its cluster's and n of its person's mentions.
    precise = fsum(sorted(cells * n * n / held for n, held, _, cells in shares)) / mentions if mentions else 1.0
    complete = (
        fsum(sorted(cells * n * n / labelled for n, _, labelled, cells in shares)) / mentions if mentions else 1.0
    )
    precision = correct / predicted if predicted else 1.0
    recall = correct / true if true else 1.0
    return Scores(
        mentions=mentions,
        persons=persons,
        unlinked=unlinked,
        unlabelled=unlabelled,
        true_pairs=true,
        predicted_pairs=predicted,
        correct_pairs=correct,
        precision=precision,
        recall=recall,
        f1=_harmonic(precision, recall),
        bcubed_precision=precise,
        bcubed_recall=complete,
        bcubed_f1=_harmonic(precise, complete),
    )


def _pairs(db: Any, sizes: str) -> int:
    return int(_one(db, f"select coalesce(sum(n * (n - 1) // 2), 0) from ({sizes})")[0])


def _harmonic(a: float, b: float) -> float:
    return 2 * a * b / (a + b) if a + b else 0.0


def _refuse_repeats(db: Any, table: str, keys: list[str]) -> None:
    columns = ", ".join(_quoted(k) for k in keys)
    repeated = _one(db, f"select count(*) from (select 1 from {table} group by {columns} having count(*) > 1)")[0]
    if repeated:
        raise Stop(
            table, f"{repeated} keys occur more than once", "keep one row a mention, or add the missing key column"
        )


def _one(db: Any, sql: str) -> tuple[Any, ...]:
    row: tuple[Any, ...] = db.sql(sql).fetchall()[0]
    return row


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _connection() -> Any:
    config = {"autoinstall_known_extensions": "false", "enable_external_access": "false", "threads": "2"}
    return duckdb.connect(":memory:", config=config)
