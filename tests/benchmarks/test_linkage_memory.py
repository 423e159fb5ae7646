"""The benchmark of little memory, on a county of a few hundred people."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.linkage import memory, peer, report


def test_a_limit_holds_whatever_sets_it() -> None:
    """Half a GiB does not fit into 200 MiB, and a little does."""
    for code, fits in (("b'x' * (1 << 29)", False), ("b'x' * (1 << 20)", True)):
        with memory.limited(200) as (words, by):
            done = subprocess.run([*words, sys.executable, "-c", code], capture_output=True, check=False)  # noqa: S603
        assert by in ("group", "process")
        assert (done.returncode == 0) == fits


def test_a_county_is_linked_under_a_limit_and_told_as_markdown_and_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in (peer, memory):
        monkeypatch.setattr(module, "SCRATCH", tmp_path)
    assert memory.main(["--people", "100", "--shares", "5", "--write"]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    plain, limited = json.loads(last)["rows"]
    assert (plain["limit_mib"], limited["limit_mib"]) == (None, round(plain["peak_mib"] * 5))
    assert limited["same"]
    assert plain["anonymous_mib"] > 10
    written = report.sections(tmp_path / "results")[0].splitlines()
    assert [line for line in written if line.startswith("|")] == [line for line in lines if line.startswith("|")]
