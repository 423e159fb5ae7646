"""Every compiled loop is compiled by what `make setup` runs, for one set of types, and only where it is needed."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.settings import ROOT

PROGRAM = """
import importlib, io, json, pkgutil, sys
from pathlib import Path
from pipeline import linkage, warm
from pipeline.linkage_progress import Progress
from transforms import matching

folder, examples = map(Path, sys.argv[1:])
for module in pkgutil.walk_packages(matching.__path__, "transforms.matching."):
    importlib.import_module(module.name)
warm.warm(folder, Progress(io.StringIO()))
from transforms.matching.compiled import COMPILED

def seen():
    return {f"{f.__module__}.{f.__qualname__}": f.signatures for f in COMPILED}

warmed = seen()
for name in ("residents", "people", "organisations", "addresses"):
    linkage.link(examples / f"{name}.yml", folder / name, None, Progress(io.StringIO()))
from benchmarks.linkage.county import county
from transforms.matching.link import link

found = link(county(300, seed=20)[0], None)
found.pairs, found.conflicts
print(json.dumps([warmed, seen()]))
"""
LIGHT = """
import sys
from tests.pipeline.commands import said

assert said(["link", "--help"]).exit_code == 0
print(sorted({m.partition(".")[0] for m in sys.modules} & {"numba", "llvmlite"}))
"""


def _said(program: str, folder: Path) -> Any:
    """What a program prints in a process of its own, where nothing of other tests was compiled."""
    words = [sys.executable, "-c", program, str(folder), str(ROOT / "examples" / "linkage")]
    done = subprocess.run(words, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


KEPT = """
import json, sys
from tests.pipeline.commands import said

done = said(["link", sys.argv[2] + "/residents.yml", "--out", sys.argv[1] + "/out"])
assert done.exit_code == 0, done.output
from transforms.matching.compiled import COMPILED

used = sum(bool(f.signatures) for f in COMPILED)
heavy = {"numba", "pandas", "pydantic", "duckdb", "psycopg"} & set(sys.modules)
print(json.dumps([used > 20, sum(f.made for f in COMPILED), sorted(heavy)]))
"""


@pytest.fixture(scope="module")
def signatures(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Of every compiled function the types it was compiled for: by what set-up runs, and by other work after it."""
    warmed, later = _said(PROGRAM, tmp_path_factory.mktemp("warm"))
    return warmed, later


def test_set_up_compiles_every_function(signatures: tuple[dict[str, list[str]], ...]) -> None:
    assert [name for name, types in signatures[0].items() if not types] == []


def test_a_function_is_compiled_for_one_set_of_types(signatures: tuple[dict[str, list[str]], ...]) -> None:
    assert {name: types for name, types in signatures[1].items() if len(types) != 1} == {}


def test_what_needs_no_machine_code_does_not_load_the_compiler(tmp_path: Path) -> None:
    assert _said(LIGHT, tmp_path) == []


def test_what_was_compiled_once_runs_without_the_compiler_or_what_other_commands_need(
    signatures: tuple[dict[str, list[str]], ...], tmp_path: Path
) -> None:
    assert signatures[1]
    assert _said(KEPT, tmp_path) == [True, 0, []]
