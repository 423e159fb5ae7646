"""Pages that follow from the code: contract keys, feeds, purposes, cross-checks, commands, the list of decisions.

``python -m pipeline.reference --write`` renews them in docs/; without ``--write`` it says which are stale.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import contracts
from pipeline.reference.commands import cli_page
from pipeline.reference.contract import contract_page
from pipeline.reference.markdown import NOTE, page, table
from pipeline.reference.registers import feeds_page, purposes_page, rules_page
from pipeline.settings import ROOT

FOLDER = ROOT / "docs"


def pages() -> dict[str, str]:
    """Path under docs/ to its text, from the code as it is now."""
    return {
        "reference/contract.schema.json": json.dumps(contracts.json_schema(), ensure_ascii=False, indent=2) + "\n",
        "reference/contract.md": contract_page(),
        "reference/feeds.md": feeds_page(),
        "reference/purposes.md": purposes_page(),
        "reference/rules.md": rules_page(),
        "reference/cli.md": cli_page(),
        "decisions/README.md": decisions_page(),
    }


def decisions_page() -> str:
    """The decisions with their titles, oldest first."""
    out = [
        "# Decisions",
        NOTE,
        "What was decided, why, and what it costs. A decision that was overtaken says by which.",
    ]
    rows = []
    for path in sorted((FOLDER / "decisions").glob("[0-9]*.md")):
        lines = path.read_text(encoding="utf-8").splitlines()
        title = next((line for line in lines if line.startswith("# ")), path.stem)
        status = next((line.removeprefix("status: ") for line in lines if line.startswith("status: ")), "")
        rows.append((f"[{path.stem[:4]}]({path.name})", title.lstrip("# 0123456789.").strip(), status))
    return page([*out, table(("", "decision", "status"), rows)])


def stale(folder: Path = FOLDER) -> list[str]:
    """Names of pages under `folder` that are missing or differ from what the code says."""
    return [n for n, text in pages().items() if not (folder / n).is_file() or (folder / n).read_text("utf-8") != text]


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point: 0 when every page is fresh (or was written), 1 when one is stale."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.reference", description=__doc__)
    parser.add_argument("--write", action="store_true", help="renew the pages in docs/")
    options = parser.parse_args(arguments)
    old = stale()
    if options.write:
        for name, text in pages().items():
            (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
            (FOLDER / name).write_text(text, encoding="utf-8")
    for name in old:
        sys.stderr.write(f"docs/{name}: {'written' if options.write else 'stale'}\n")
    return 1 if old and not options.write else 0
