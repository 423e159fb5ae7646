"""Results as a table for the terminal and as the page docs/benchmarks/linkage.md, which is never written by hand."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

HEAD = "head.md"  # of a section

Result = Mapping[str, Any]


class Row(NamedTuple):
    """One line of the table: a contender, or the peer at its best threshold (no cost of its own)."""

    who: str
    scores: Mapping[str, float] | None
    cost: Mapping[str, float] | None
    note: str = ""


def rows(contenders: Iterable[Result]) -> Iterator[Row]:
    """The lines of one data set."""
    for each in contenders:
        note = each.get("failed", "") or each.get("at", "").replace("components-", "at ")
        yield Row(each["who"], each.get("scores"), each["cost"], note)
        if "best" in each:
            at = each["best"]["at"].replace("components-", "").replace("once-", "one to one, ")
            yield Row(each["who"], each["best"]["scores"], None, f"at best, {at}; chosen by the truth")


def ratios(contenders: Iterable[Result]) -> list[dict[str, Any]]:
    """Each way Huilian ran against each way the peer ran: CPU and memory as parts of the peer's, F1 as a difference."""
    told = [each for each in contenders if "scores" in each]
    ours, peers = ([e for e in told if e["side"] == side] for side in ("huilian", "splink"))
    return [
        {
            "who": our["who"],
            "against": their["who"],
            "cpu": _part(our["cost"]["cpu_s"], their["cost"]["cpu_s"]),
            "wall": _part(our["cost"]["wall_s"], their["cost"]["wall_s"]),
            "peak_memory": _part(our["cost"]["peak_mib"], their["cost"]["peak_mib"]),
            "f1": round(our["scores"]["f1"] - their["scores"]["f1"], 6),
            "f1_at_best": round(our["scores"]["f1"] - their["best"]["scores"]["f1"], 6) if "best" in their else None,
        }
        for our in ours
        for their in peers
    ]


def _part(ours: float, theirs: float) -> float | None:
    return round(ours / theirs, 3) if theirs else None


def table(result: Result) -> str:
    """One data set for the terminal."""
    head = f"{result['name']}   {result['records']:,} records of {result['entities']:,}"
    lines = [head, f"{'':18} {'P':>7} {'R':>7} {'F1':>7} {'B3 F1':>7} {'CPU s':>8} {'wall s':>8} {'peak MiB':>9}"]
    for row in rows(result["contenders"]):
        lines.append(f"{row.who:18} {_scores(row.scores, 7)} {_cost(row.cost)}  {row.note}")
    for each in result["ratios"]:
        lines.append(f"  {_sentence(each)}")
    return "\n".join(lines)


def _scores(scores: Mapping[str, float] | None, width: int, between: str = " ") -> str:
    names = ("precision", "recall", "f1", "bcubed_f1")
    return between.join(f"{scores[n]:.4f}".rjust(width) if scores else "-".rjust(width) for n in names)


def _cost(cost: Mapping[str, float] | None, between: str = " ") -> str:
    if cost is None:
        return between.join(("".rjust(8), "".rjust(8), "".rjust(9)))
    return between.join((f"{cost['cpu_s']:8.1f}", f"{cost['wall_s']:8.1f}", f"{cost['peak_mib']:9,.0f}"))


def _sentence(each: Mapping[str, Any]) -> str:
    best = each["f1_at_best"]
    f1 = f"F1 {each['f1']:+.4f}" + (f" ({best:+.4f} against its best)" if best is not None else "")
    return f"{each['who']} against {each['against']}: {f1}, CPU x{each['cpu']}, peak memory x{each['peak_memory']}"


def page(results: Iterable[Result], sections: Iterable[str] = ()) -> str:
    """The whole page from the stored results of each data set, and the `sections` that other benchmarks wrote."""
    parts = [Path(__file__).with_name("method.md").read_text(encoding="utf-8")]
    for result in results:
        parts.append(f"### {_title(result)}\n\n{_markdown(result)}\n")
    return "\n".join([*parts, *sections])


class Told(NamedTuple):
    """What a benchmark measured of one data set: its name, how many records it has, and the table in Markdown."""

    name: str
    records: int
    table: str


def of_sizes(sizes: str, measured: Callable[[int], Result], table: Callable[[Result], str]) -> list[Told]:
    """What was measured of each of the `sizes`, with commas between; on stdout the table and a line of JSON of each."""
    told = []
    for size in sizes.split(","):
        result = measured(int(size))
        told.append(Told(result["name"], result["records"], table(result)))
        print(told[-1].table + "\n\n" + json.dumps(result), flush=True)
    return told


def section(folder: Path, name: str, head: str, told: Iterable[Told]) -> None:
    """Keep for the page what the benchmark `name` measured, under its `head`; of other data sets as it was before."""
    place = folder / "sections" / name
    place.mkdir(parents=True, exist_ok=True)
    (place / HEAD).write_text(f"{head}\n", encoding="utf-8")
    for each in told:
        path = place / f"{each.records:012}-{each.name}.md"
        path.write_text(f"#### {each.name}\n\n{each.table.rstrip()}\n", encoding="utf-8")


def sections(folder: Path) -> list[str]:
    """What `section` kept, by the names of benchmarks, the smallest data sets first."""
    return ["\n".join(path.read_text(encoding="utf-8") for path in (place / HEAD, *sorted(place.glob("[0-9]*.md"))))
            for place in sorted((folder / "sections").glob("*/"))]  # fmt: skip


def _title(result: Result) -> str:
    return f"{result['name']}: {result['records']:,} records, {result['entities']:,} entities"


def _markdown(result: Result) -> str:
    lines = [
        "| | precision | recall | F1 | B-cubed F1 | CPU s | wall s | peak MiB | |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows(result["contenders"]):
        cells = f"{_scores(row.scores, 0, ' | ')} | {_cost(row.cost, ' | ')}"
        lines.append(f"| {row.who} | {' | '.join(c.strip() for c in cells.split('|'))} | {row.note} |")
    lines.append("")
    lines += [f"- {_sentence(each)}" for each in result["ratios"]]
    if not any(each["side"] == "huilian" for each in result["contenders"]):
        lines.append("- `huilian link` could not read this set's config when this was measured.")
    lines.append(f"- {_circumstances(result)}")
    return "\n".join(lines)


def _circumstances(result: Result) -> str:
    machine, versions = result["machine"], result["versions"]
    peer, loads = versions.get("peer", {}), [run["load"] for each in result["contenders"] for run in each["runs"]]
    return "; ".join(
        (
            f"{result['measured']}, commit {result['commit']}, {result['repeat']} runs each",
            f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB",
            f"load {min(loads):.1f} to {max(loads):.1f}" if loads else "nothing ran",
            f"Splink {peer.get('splink', '-')} on DuckDB {peer.get('duckdb', '-')}",
            f"Huilian on DuckDB {versions['huilian']['duckdb']}",
        )
    )
