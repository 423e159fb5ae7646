"""How many pairs a CPU-second: names and identity numbers by the kernels here, and by what SQL has for them.

    python -m benchmarks.linkage.kernels [--people 30000,300000] [--pairs 2000000] [--repeat 5] [--json] [--write]

Both sides compare the same pairs, one thread each, in turns: pairs of distinct names of people born in one year and of
numbers of one place and year of birth, as blocking brings them together. Ours goes from ids to levels of agreement (ten
for names, six for numbers); the peer's is the usual CASE over Jaro-Winkler, and Damerau-Levenshtein for numbers, on
DuckDB, over columns laid out for it beforehand. Rates are medians, in millions of pairs a CPU-second.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from benchmarks.linkage import report
from benchmarks.linkage.datasets import Wanted, prepare
from benchmarks.linkage.measure import median
from benchmarks.linkage.peer import SCRATCH
from contracts.linkage import load
from pipeline.linkage import records
from transforms.matching.compare import CHUNK as SCORED
from transforms.matching.compare_loops import names_of, numbers_of
from transforms.matching.counts import scopes
from transforms.matching.digits import number_table
from transforms.matching.generic import chinese
from transforms.matching.kernels import Ints
from transforms.matching.keys import block
from transforms.matching.kin import ties
from transforms.matching.model import shipped
from transforms.matching.packed import packed_names, packed_numbers
from transforms.matching.profiles import profiles
from transforms.matching.score import screened
from transforms.matching.spellings import spell
from transforms.matching.spine import spine
from transforms.matching.state import Pairs
from transforms.matching.values import encode
from transforms.matching.world import World, begin, compact

HOW = (
    "`python -m benchmarks.linkage.kernels --write`: the same pairs on both sides, one thread each, medians of five. "
    "Pairs are of names of people born in one year and of numbers of one place and year of birth. Huilian goes from "
    "ids to levels; SQL is the usual CASE over Jaro-Winkler, and Damerau-Levenshtein for numbers. The last "
    "two rows are the engine's own pairs of a county, entities with several values of a field among them: all fields, "
    "frequencies, weights and vetoes, without and with finding the pairs by every rule."
)
CHUNK = 16384  # pairs at a time, so that what is in between stays in the processor's cache
CASES = {
    "names": "case when a = b then 4 when jaro_winkler_similarity(a, b) >= 0.92 then 3 "
    "when jaro_winkler_similarity(a, b) >= 0.88 then 2 when jaro_winkler_similarity(a, b) >= 0.7 then 1 else 0 end",
    "numbers": "case when a = b then 2 when damerau_levenshtein(a, b) <= 1 then 1 else 0 end",
}


def main(words: list[str] | None = None) -> int:
    """Entry point; see the module's head."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.linkage.kernels")
    parser.add_argument("--people", default="30000,300000", help="of each county")
    parser.add_argument("--pairs", type=int, default=2_000_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", action="store_true", help="keep the table for `benchmarks.linkage --write`")
    given = parser.parse_args(words)
    told = {people: measure(people, given.pairs, given.repeat) for people in map(int, given.people.split(","))}
    tables = [report.Told(f"a county of {people:,} people", people, table(rows)) for people, rows in told.items()]
    print(json.dumps(told) if given.json else "\n\n".join(f"{name}:\n\n{text}" for name, _, text in tables))
    if given.write:
        report.section(SCRATCH / "results", "kernels", f"## Kernels\n\n{HOW}", tables)
    return 0


def measure(people: int, size: int, repeat: int) -> list[dict[str, Any]]:
    """A row a kernel: rates of both sides in millions of pairs a CPU-second, and their ratio."""
    database = duckdb.connect(config={"threads": 1})
    folder = prepare(Wanted("county", people), None).folder
    read = f"from read_parquet('{folder}/tables/*.parquet', union_by_name = true)"
    names, births = _distinct(database, f"select name, min(left(born, 4)) {read} where name is not null group by 1")
    numbers, places = _distinct(
        database, f"select id_number, left(id_number, 10) {read} where length(id_number) = 18 group by 1, 2"
    )
    spelt, level = spell(names), np.empty(CHUNK, np.uint8)
    named = packed_names(spelt.table, spelt.shape)
    # one number in ten fails its check: only such a pair can be a slip of the pen, and is looked at closely
    valid = np.arange(len(numbers)) % 10 > 0
    most, none = (packed_numbers(number_table(numbers, check)) for check in (valid, np.zeros_like(valid)))
    close = "numbers, each pair looked at closely"
    kinds: dict[str, tuple[list[str], list[str], Callable[[Ints, Ints], Any]]] = {
        "names": (names, births, lambda a, b: names_of(named, a, b, level[: len(a)])),
        "numbers": (numbers, places, lambda a, b: numbers_of(most, a, b, level[: len(a)])),
        close: (numbers, places, lambda a, b: numbers_of(none, a, b, level[: len(a)])),
    }
    told = [
        _row(database, kind, _pairs(blocks, size), texts, (ours, repeat))
        for kind, (texts, blocks, ours) in kinds.items()
    ]
    return [*told, *_whole(folder / "huilian.yml", repeat)]


def _whole(config: Path, repeat: int) -> list[dict[str, Any]]:
    """Blocking and scoring of the county's people as the engine does them, once the spine stands."""
    wanted = load(config)
    kinds = {name: str(field.kind) for name, field in wanted.fields.items()}
    nodes, values = encode(chinese.mentions(records(wanted, config.parent, lambda _: None).tables, kinds))
    based, places, links = spine(nodes, values, np.zeros(nodes.size, bool)), scopes(values.places), ties(nodes)
    none = np.empty((2, 0), np.int64)
    world = World(shipped(), nodes, values, places, links, based.borrowed, none, None, frozenset())
    entity = compact(based.entity)
    own = (np.append(values.number_status, 9)[nodes.number] == 0) & ~based.borrowed
    loose = np.ones(int(entity.max()) + 1, bool)
    loose[entity[own]] = False
    run = begin(world, entity, np.zeros(nodes.size, np.uint8))

    def join() -> Pairs:
        return block(profiles(nodes, values, places, entity, loose)).pairs

    def weigh() -> None:
        for at in range(0, len(pairs.a), SCORED):
            some = pairs.rows(np.arange(at, min(at + SCORED, len(pairs.a))))
            screened(run.state, some, np.zeros(len(some.a), np.uint8))

    pairs = join()
    weigh()  # as join() just now: machine code is loaded once a process, and is no part of what a pair costs
    joining = median([_cpu(join) for _ in range(repeat)])
    weighing = median([_cpu(weigh) for _ in range(repeat)])
    cost = {"all fields compared and weighed": weighing, "the same, pairs found by all rules": joining + weighing}
    many = len(pairs.a)
    return [{"kernel": k, "pairs": many, "huilian": round(many / s / 1e6, 2)} for k, s in cost.items()]


def _distinct(database: duckdb.DuckDBPyConnection, query: str) -> tuple[list[str], list[str]]:
    rows = database.sql(f"select * from ({query}) order by all").fetchall()
    return [r[0] for r in rows], [r[1] or "" for r in rows]


def _pairs(blocks: list[str], size: int) -> tuple[Ints, Ints]:
    """`size` pairs of values of one block, drawn by a fixed seed; a value that is alone in its block is left out."""
    _, block = np.unique(np.array(blocks), return_inverse=True)
    order = np.argsort(block, kind="stable")
    count = np.bincount(block)
    start = np.cumsum(count) - count
    draw = np.random.default_rng(1)
    a = draw.choice(np.flatnonzero(count[block] > 1), size)
    b = order[start[block[a]] + draw.integers(0, count[block[a]])]
    return a, b


def _row(
    database: duckdb.DuckDBPyConnection,
    kind: str,
    pairs: tuple[Ints, Ints],
    texts: list[str],
    ours: tuple[Callable[[Ints, Ints], Any], int],
) -> dict[str, Any]:
    kernel, repeat = ours
    a, b = pairs
    values = pa.array(texts, pa.string())
    database.register("given", pa.table({"a": values.take(pa.array(a)), "b": values.take(pa.array(b))}))
    database.sql("create or replace table laid_out as select * from given")
    peer = f"select sum({CASES[kind.split(',')[0]]}) from laid_out"

    def here() -> None:
        for at in range(0, len(a), CHUNK):
            kernel(a[at : at + CHUNK], b[at : at + CHUNK])

    seconds: dict[str, list[float]] = {"huilian": [], "peer": []}
    for _ in range(repeat):
        seconds["huilian"].append(_cpu(here))
        seconds["peer"].append(_cpu(lambda: database.sql(peer).fetchall()))
    rate = {side: round(len(a) / median(taken) / 1e6, 2) for side, taken in seconds.items()}
    return {"kernel": kind, "pairs": len(a), **rate, "ratio": round(rate["huilian"] / rate["peer"], 1)}


def _cpu(work: Callable[[], Any]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


def table(told: list[dict[str, Any]]) -> str:
    """The rows as Markdown."""
    lines = ["| million pairs a CPU-second | Huilian | SQL on DuckDB | ratio |", "|---|---|---|---|"]
    return "\n".join(
        lines + [f"| {r['kernel']} | {r['huilian']} | {r.get('peer', '')} | {r.get('ratio', '')} |" for r in told]
    )


if __name__ == "__main__":
    raise SystemExit(main())
