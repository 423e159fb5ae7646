"""What asks nothing of data loads nothing that is there for data: help and refusals come at once."""

import json
import subprocess
import sys

import pytest

from pipeline.settings import ROOT

STATE = """
import json, sys
import pipeline.state
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""
LOADED = """
import json, sys
from pipeline.cli import main
sys.argv = ["huilian", *sys.argv[1:]]
try:
    main()
except SystemExit:
    pass
sys.stderr.write("\\n" + json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""
HEAVY = {"numpy", "pyarrow", "pandas", "numba", "llvmlite", "pydantic", "yaml", "airflow", "duckdb", "psycopg", "lxml"}


@pytest.mark.parametrize(
    "words", [[], ["--help"], ["link", "--help"], ["review", "decide", "--help"], ["link", "c.yml", "--svg", "x.svg"]]
)
def test_help_and_refusals_load_no_library(words: list[str]) -> None:
    asked = [sys.executable, "-c", LOADED, *words]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    said, _, loaded = (done.stdout + done.stderr).rpartition("\n")
    assert "Usage: huilian" in said
    assert HEAVY & set(json.loads(loaded)) == set()


def test_how_things_stand_is_told_without_what_steps_need() -> None:
    done = subprocess.run([sys.executable, "-c", STATE], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    assert {"numpy", "pyarrow", "pandas", "duckdb", "sqlalchemy", "openpyxl"} & set(json.loads(done.stdout)) == set()
