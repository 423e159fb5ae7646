"""Score a warehouse against the truth of a made-up county: who was recognised as whom, and which leads were right.

    python -m benchmarks.score --truth DIR --url DSN [--json] [--errors]

`--truth` holds records.csv (feed, month, record, role, person) and findings.csv (kind, month, person); `--url` is the
warehouse's, as a role that may read identity.current_member and mart.current_lead. Exit 0 when it could be scored.
"""

import argparse
import csv
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pyarrow as pa

from contracts.errors import Stop
from quality.linkage import pairwise

KEY = ("feed", "record_key", "role")
Key = tuple[str, str, str]  # feed, record key, role
Finding = tuple[str, str, str]  # kind, month, person


class Truth(NamedTuple):
    """Whom each mention is about, the findings, and mentions whose key names another person in a later month."""

    persons: dict[Key, str]
    findings: frozenset[Finding]
    reused: int


class Lead(NamedTuple):
    """An open lead: rule, month like 2026-10, person id of the warehouse, evidence level."""

    rule: str
    month: str
    person_id: str
    level: str


def read_truth(folder: Path) -> Truth:
    """The truth in `folder`. Raises OSError or KeyError when a file or a column is missing."""
    persons: dict[Key, str] = {}
    reused = 0
    with (folder / "records.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in sorted(csv.DictReader(file), key=lambda row: row["month"]):
            key = (row["feed"], row["record"], row["role"])
            reused += persons.get(key, row["person"]) != row["person"]
            persons[key] = row["person"]
    with (folder / "findings.csv").open(encoding="utf-8-sig", newline="") as file:
        findings = frozenset((row["kind"], row["month"], row["person"]) for row in csv.DictReader(file))
    return Truth(persons, findings, reused)


def read_warehouse(url: str) -> tuple[dict[Key, str], list[Lead]]:
    """The crosswalk and the open leads. Raises psycopg.Error when they can't be read."""
    with psycopg.connect(url) as conn:
        members = conn.execute("select feed, record_key, role, person_id from identity.current_member").fetchall()
        leads = conn.execute(
            "select rule, to_char(period, 'YYYY-MM'), person_id, evidence_level from mart.current_lead order by 1, 2, 3"
        ).fetchall()
    return {(m[0], m[1], m[2]): m[3] for m in members}, [Lead(*row) for row in leads]


def linkage(truth: Mapping[Key, str], found: Mapping[Key, str]) -> dict[str, float]:
    """Pairwise and B-cubed precision, recall and F1 over the truth's mentions; one that was not found is alone."""
    labels, members = _table(truth, "person"), _table(found, "cluster")
    said = pairwise(members, labels)._asdict()
    return {"coverage": 1 - _share(said["unlinked"], said["mentions"]) if truth else 1.0} | said


def whose(truth: Mapping[Key, str], found: Mapping[Key, str]) -> dict[str, str]:
    """Person of the truth for each person id: the one most of its mentions are about; of several, the first by name."""
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for key, person_id in found.items():
        if key in truth:
            votes[person_id][truth[key]] += 1
    return {p: min(count.items(), key=lambda item: (-item[1], item[0]))[0] for p, count in votes.items()}


def findings(truth: Truth, leads: Iterable[Lead], who: Mapping[str, str]) -> dict[str, dict[str, dict[str, Any]]]:
    """By rule and month: tp, fp, fn, precision, recall, and the persons missed and found in error.

    A person counts once a rule and month. A person id nobody of the truth stands behind is an error of its own.
    """
    claims = {(lead.rule, lead.month, who.get(lead.person_id, lead.person_id)) for lead in leads}
    out: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for rule, month in sorted({f[:2] for f in claims | truth.findings}):
        claimed = {f[2] for f in claims if f[:2] == (rule, month)}
        real = {f[2] for f in truth.findings if f[:2] == (rule, month)}
        out[rule][month] = counts(len(claimed & real), len(claimed - real), len(real - claimed)) | {
            "wrong": sorted(claimed - real),
            "missed": sorted(real - claimed),
        }
    return dict(out)


def counts(tp: int, fp: int, fn: int) -> dict[str, Any]:
    """Counts with their precision and recall."""
    return {"tp": tp, "fp": fp, "fn": fn, "precision": _share(tp, tp + fp), "recall": _share(tp, tp + fn)}


def totals(by_rule: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> dict[str, dict[str, Any]]:
    """Counts over all rules, by month and, as ``all``, over all months."""
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for months in by_rule.values():
        for month, cell in months.items():
            for name in ("tp", "fp", "fn"):
                sums[month][name] += cell[name]
                sums["all"][name] += cell[name]
    return {month: counts(c["tp"], c["fp"], c["fn"]) for month, c in sorted(sums.items())}


def score(truth: Truth, found: Mapping[Key, str], leads: Iterable[Lead]) -> dict[str, Any]:
    """Everything that is scored, as plain data."""
    by_rule = findings(truth, leads, whose(truth.persons, found))
    linked = linkage(truth.persons, found) | {"keys_reused": truth.reused}
    return {"linkage": linked, "findings": by_rule, "totals": totals(by_rule)}


def table(scored: Mapping[str, Any], errors: bool = False) -> str:
    """The scores as text; `errors` adds the truth's numbers of persons missed and found in error."""
    linked = scored["linkage"]
    lines = [f"mentions {linked['mentions']:,}   coverage {linked['coverage']:.4f}"]
    for kind, prefix in (("pairwise", ""), ("b-cubed", "bcubed_")):
        shares = "   ".join(f"{what} {linked[prefix + what]:.4f}" for what in ("precision", "recall", "f1"))
        lines.append(f"{kind:9} {shares}")
    lines += ["", f"{'rule':38} {'month':8} {'TP':>5} {'FP':>5} {'FN':>5}  {'precision':>9}  {'recall':>6}"]
    for rule, months in scored["findings"].items():
        for month, cell in months.items():
            lines.append(_line(rule, month, cell))
            if errors and cell["wrong"] + cell["missed"]:
                lines.append(f"    wrong {cell['wrong']}   missed {cell['missed']}")
    lines += [_line("total", month, cell) for month, cell in scored["totals"].items()]
    return "\n".join(lines)


def main(words: list[str] | None = None) -> int:
    """Entry point; see the module's head."""
    parser = argparse.ArgumentParser(description="Score a warehouse against the truth of a made-up county.")
    parser.add_argument("--truth", type=Path, required=True, help="folder with records.csv and findings.csv")
    parser.add_argument("--url", required=True, help="the warehouse, as one who reads the crosswalk and the leads")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--errors", action="store_true", help="name who was missed and found in error, by the truth")
    given = parser.parse_args(words)
    try:
        scored = score(read_truth(given.truth), *read_warehouse(given.url))
    except (OSError, KeyError, Stop, psycopg.Error) as error:
        sys.stderr.write(f"not scored: {type(error).__name__}: {error}\n")
        return 2
    print(json.dumps(scored, ensure_ascii=False, indent=1) if given.json else table(scored, given.errors))
    return 0


def _line(rule: str, month: str, cell: Mapping[str, Any]) -> str:
    numbers = f"{cell['tp']:5} {cell['fp']:5} {cell['fn']:5}"
    return f"{rule:38} {month:8} {numbers}  {cell['precision']:9.4f}  {cell['recall']:6.4f}"


def _table(by_key: Mapping[Key, str], column: str) -> pa.Table:
    keys = list(zip(*by_key, strict=True)) or [(), (), ()]
    columns = {name: pa.array(values, pa.string()) for name, values in zip(KEY, keys, strict=True)}
    return pa.table(columns | {column: pa.array(list(by_key.values()), pa.string())})


def _share(part: float, whole: float) -> float:
    """part / whole; of nothing, all of it is right."""
    return part / whole if whole else 1.0


if __name__ == "__main__":
    raise SystemExit(main())
