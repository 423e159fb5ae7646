"""Machine code is kept, is never older than what it was made from, and does without a place to be kept in."""

import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from transforms.matching import machine_files, waiting

CONSTANTS = "STEP = 3\n"
HELPERS = """
from compiled_constants import STEP
from transforms.matching.compiled import borrowing

@borrowing
def grown(x):
    return x + STEP
"""
LOOP = """
from compiled_helpers import grown
from transforms.matching.compiled import compiled

@compiled
def total(values):
    out = 0
    for value in values:
        out += grown(value)
    return out
"""
VALUES = np.arange(4, dtype=np.int64)
Load = Callable[[], Any]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three modules: a loop, a helper of another file, and that one's constant of a third."""
    for name, text in (("constants", CONSTANTS), ("helpers", HELPERS), ("loop", LOOP)):
        (tmp_path / f"compiled_{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # an edit within the second must be seen
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def load(folder: Path) -> Iterator[Load]:
    """The compiled function of `folder`, as a new process would have it."""

    def forget() -> None:
        for name in ("constants", "helpers", "loop"):
            sys.modules.pop(f"compiled_{name}", None)
        importlib.invalidate_caches()

    def again() -> Any:
        forget()
        return importlib.import_module("compiled_loop").total

    yield again
    forget()


def _made_anew(total: Any) -> bool:
    """Whether the function had to be compiled."""
    return total.made > 0


def _kept(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.machine"))


def _edit(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / f"compiled_{file}.py"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_machine_code_is_kept_and_used_again(folder: Path, load: Load) -> None:
    first = load()
    assert first(VALUES) == 18
    assert _made_anew(first)
    again = load()
    assert again(VALUES) == 18
    assert not _made_anew(again)
    assert [p.parent.name for p in _kept(folder)] == ["__pycache__"]


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("helpers", "x + STEP", "x * STEP", 18),
        ("constants", "3", "5", 26),
        ("loop", "out = 0", "out = 1", 19),
    ],
)
def test_an_edit_of_any_file_is_seen(folder: Path, load: Load, file: str, old: str, new: str, expected: int) -> None:
    assert load()(VALUES) == 18
    _edit(folder, file, old, new)
    edited = load()
    assert _made_anew(edited) is False  # nothing is asked before the first call
    assert edited(VALUES) == expected
    assert _made_anew(edited)


@pytest.mark.parametrize("left", [0, 40, -1], ids=["nothing", "its head", "all but a byte"])
def test_of_a_damaged_file_nothing_is_run(folder: Path, load: Load, left: int) -> None:
    load()(VALUES)
    whole = _kept(folder)[0].read_bytes()
    _kept(folder)[0].write_bytes(whole[:left])
    again = load()
    assert (again(VALUES), _made_anew(again)) == (18, True)
    assert _kept(folder)[0].read_bytes()[:40] == whole[:40]


def test_code_of_former_versions_goes_when_it_is_forgotten(folder: Path, load: Load) -> None:
    load()(VALUES)
    cache = folder / "__pycache__"
    names = (
        "compiled_loop.total-forgotten.machine",
        "compiled_loop.total-recent.machine",
        "compiled_loop.other-1.machine",
    )
    for name in names:
        (cache / name).write_bytes(b"")
        os.utime(cache / name, (0, 0) if "recent" not in name else None)
    _edit(folder, "constants", "3", "5")
    load()(VALUES)
    left = {path.name for path in cache.iterdir()}
    assert left & set(names) == set(names[1:])
    assert len([name for name in left if name.startswith("compiled_loop.total-")]) == 3


def test_another_sort_of_argument_never_reaches_the_code(load: Load) -> None:
    """It is compiled for that one too; what no code can be made for is refused."""
    total = load()
    assert total(VALUES) == 18
    assert total(VALUES.astype(np.int8)) == 18
    assert total(VALUES[2:]) == 11
    assert total(VALUES[:0]) == 0
    assert len(total.signatures) == 2
    for other in (VALUES[::2], VALUES.astype("M8[s]"), [1, 2], "12", np.int32(1), VALUES.astype(">i8")):
        with pytest.raises((TypeError, ValueError)):
            total(other)
    assert len(total.signatures) == 2


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("out = print(values[0]) or 0", "compiled_loop.total: its machine code needs .*Py.*; next: "),
        ("return values", "compiled_loop.total: it returns array.*; next: "),
        ("return np.zeros(3)[1]", "Only accept returning of array passed into the function"),
    ],
)
def test_what_breaks_the_contract_is_said_when_it_is_compiled(folder: Path, load: Load, body: str, reason: str) -> None:
    _edit(folder, "loop", "out = 0", body)
    _edit(folder, "loop", "from compiled_helpers", "import numpy as np\nfrom compiled_helpers")
    with pytest.raises(Exception, match=reason):
        load()(VALUES)
    assert _kept(folder) == []


def test_what_a_loop_raises_does_not_go_unseen(folder: Path, load: Load) -> None:
    _edit(folder, "loop", "return out", "return len(range(0, 1, values[0]))")
    with pytest.raises(RuntimeError, match="next: run its py_func"):
        load()(VALUES)


def test_an_installation_that_cannot_be_written_keeps_it_with_the_user(folder: Path, load: Load) -> None:
    (folder / "__pycache__").write_text("a file where a folder should be: nothing can be written into it")
    assert load()(VALUES) == 18
    assert [p.relative_to(folder).parts[0] for p in _kept(folder)] == ["cache"]
    again = load()
    assert (again(VALUES), _made_anew(again)) == (18, False)


def test_where_nothing_can_be_written_it_is_made_every_time(
    folder: Path, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "__pycache__").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "__pycache__" / "below a file"))
    said: list[str] = []
    waiting.announce(said.append)
    assert load()(VALUES) == 18
    assert (_kept(folder), said) == ([], [waiting.NOTICE])


def test_a_disk_that_is_full_by_then_does_not_stop_the_run(
    folder: Path, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    total = load()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(machine_files.os, "replace", full)
    assert total(VALUES) == 18
    assert not [*folder.rglob("compiled_loop.total*")]


def test_whoever_waits_is_told_once_and_only_then(folder: Path, load: Load) -> None:
    said: list[str] = []
    waiting.announce(said.append)
    load()(VALUES)
    assert said == [waiting.NOTICE]
    said.clear()
    waiting.announce(said.append)
    load()(VALUES)
    waiting.announce(lambda _: None)
    assert said == []


def test_every_function_that_is_compiled_is_counted(folder: Path, load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_counting", [])
    made: list[int] = []
    waiting.follow(lambda: made.append(1))
    load()(VALUES)
    load()(VALUES)  # kept by then
    assert len(made) == 1


def test_processes_that_start_together_do_not_disturb_one_another(folder: Path) -> None:
    program = "import numpy as np, compiled_loop; print(compiled_loop.total(np.arange(4)))"
    path = ":".join([str(folder), *filter(None, sys.path)])
    started = [
        subprocess.Popen(
            [sys.executable, "-B", "-c", program], env={"PYTHONPATH": path}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]  # fmt: skip
    answers = [p.communicate(timeout=120) for p in started]
    assert answers == [("18\n", "")] * 2
    assert len(_kept(folder)) == 1
    assert {p.suffix for p in folder.rglob("compiled_loop.total*")} == {".machine"}


def test_kept_code_needs_no_compiler_and_goes_together_with_new(folder: Path, load: Load) -> None:
    load()(VALUES)
    program = (
        "import sys, numpy as np, compiled_loop\n"
        "print(compiled_loop.total(np.arange(4)), compiled_loop.total.made, 'numba' in sys.modules)\n"
        "print(compiled_loop.grown(2), compiled_loop.total(np.arange(4, dtype=np.int32)), compiled_loop.total.made)\n"
    )
    path = ":".join([str(folder), *filter(None, sys.path)])
    env = {"PYTHONPATH": path, "XDG_CACHE_HOME": str(folder / "cache")}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env=env)
    assert done.stdout.split() == ["18", "0", "False", "5", "18", "1"], done.stderr
