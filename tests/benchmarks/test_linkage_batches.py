"""The benchmark of batches, on a county of a few hundred people."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.linkage import batches, peer, report


def test_clusters_are_the_same_only_with_the_very_same_records() -> None:
    assert batches.same(np.array([7, 7, 8]), np.array([0, 0, 1])) == 1.0
    assert batches.same(np.array([7, 7, 7, 9]), np.array([0, 0, 1, 2])) == pytest.approx(1 / 3)


def test_everything_is_run_and_told_as_markdown_and_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in (peer, batches):
        monkeypatch.setattr(module, "SCRATCH", tmp_path)
    assert batches.main(["--people", "100,150", "--batch", "40", "--batches", "2", "--write"]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    result = json.loads(last)
    assert set(result["cpu_s"]) == {
        "start", "everything at once", "the early records", "batch 1", "batch 2", "the last batch again"
    }  # fmt: skip
    assert result["same"] > 0.9
    assert result["f1"]["batched and whole"] > 0.99
    assert sum(line.startswith("| batch") for line in lines) == 4
    written = report.sections(tmp_path / "results")[0].splitlines()
    assert [line for line in written if line.startswith("|")] == [line for line in lines if line.startswith("|")]


def test_other_sets_go_through_the_engine_for_any_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in (peer, batches):
        monkeypatch.setattr(module, "SCRATCH", tmp_path)
    assert (
        batches.main(["--set", "historical", "--people", "100", "--most", "3", "--noise", "0.3", "--batch", "20"]) == 0
    )
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result["name"] == "historical-100-seed1-noise0.3-most3"
    assert result["f1"]["batched and whole"] > 0.9
    state = next((tmp_path / "batches").glob("*/out/kept/state.json")).read_text(encoding="utf-8")
    assert json.loads(state)["engine"] == "any tables"
