"""How Huilian is run here: `huilian link CONFIG.yml --out DIR`, as anybody would, and its members read back."""

import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.linkage.datasets import Dataset
from benchmarks.linkage.peer import ROOT, environment

COMMAND = (sys.executable, "-m", "pipeline.cli", "link")


@cache
def has_command() -> bool:
    """Does `huilian link` read configs already? (It began as the step that links a warehouse's month.)"""
    words = [*COMMAND, "--help"]
    done = subprocess.run(words, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    return done.returncode == 0 and "--out" in done.stdout


def words(data: Dataset, out: Path, how: str = "command") -> Sequence[str] | None:
    """The command line for `data`, or None when it can't be run that way.

    `how`: command (huilian link), library (the county, through an adapter), library+kin (households and relatives too).
    """
    if how == "command":
        return [*COMMAND, str(data.config), "--out", str(out)] if has_command() else None
    if data.model != "county":
        return None
    extra = ["--kin"] if how == "library+kin" else []
    return [sys.executable, "-m", "benchmarks.linkage.adapter", str(data.folder), "--out", str(out), *extra]


def members(out: Path) -> pa.Table:
    """What Huilian wrote, as (`record_id` text, `cluster`)."""
    table = pq.read_table(out / "members.parquet", columns=["record_key", "entity_id"])
    return pa.table({"record_id": table["record_key"].cast(pa.string()), "cluster": table["entity_id"]})
