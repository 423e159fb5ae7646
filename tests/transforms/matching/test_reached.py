"""The digest of what a compiled function is made of: it changes with everything the machine code depends on."""

import subprocess
import sys
from collections.abc import Callable
from types import FunctionType, ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest

from transforms.matching.reached import digest

SOURCE = """
def helper(x):
    return x + STEP

def entry(x):
    for name in {"b", "a"}:
        x = jitted(x)
    return x * FACTOR + TABLE[1] + other.BASE + len(BOTH)
"""


class Both(NamedTuple):
    """Two constants under one name."""

    one: int
    other: float


def _entry(**changes: Any) -> Callable[..., Any]:
    """A function with a helper, numbers, an array, a tuple and another module's constant in reach."""
    text = SOURCE.replace("x + STEP", changes.pop("body", "x + STEP"))
    module = ModuleType("made_up")
    other = ModuleType("other")
    other.__dict__["BASE"] = changes.pop("base", 10)
    module.__dict__.update(
        STEP=1, FACTOR=np.float64(2.5), TABLE=np.arange(3, dtype=np.int32), other=other, BOTH=Both(1, 0.5), UNUSED=1
    )
    exec(compile(text, "made_up.py", "exec"), module.__dict__)  # noqa: S102 - a module of the test's own
    helper: FunctionType = module.__dict__["helper"]
    module.__dict__["jitted"] = SimpleNamespace(py_func=helper)
    module.__dict__.update(changes)
    entry: Callable[..., Any] = module.__dict__["entry"]
    return entry


def test_the_same_source_has_one_digest() -> None:
    assert digest(_entry()) == digest(_entry())
    assert digest(_entry(UNUSED=2)) == digest(_entry())


@pytest.mark.parametrize(
    "changes",
    [
        {"body": "x - STEP"},
        {"STEP": 2},
        {"STEP": 1.0},
        {"FACTOR": np.float64(2.6)},
        {"TABLE": np.arange(3, dtype=np.int64)},
        {"TABLE": np.array([0, 9, 2], np.int32)},
        {"BOTH": Both(1, 0.25)},
        {"base": 11},
    ],
    ids=[
        "helper's code",
        "helper's constant",
        "its type",
        "number",
        "array's type",
        "array's value",
        "tuple",
        "module",
    ],
)
def test_a_change_anywhere_in_reach_changes_it(changes: dict[str, Any]) -> None:
    assert digest(_entry(**changes)) != digest(_entry())


def test_options_and_versions_are_part_of_it() -> None:
    assert digest(_entry(), "0.68") != digest(_entry(), "0.69")


def test_functions_that_call_each_other_come_to_an_end() -> None:
    circle = _entry()
    circle.__globals__["jitted"] = SimpleNamespace(py_func=circle)
    assert len(digest(circle)) == 64


def test_what_has_no_value_to_go_by_is_refused() -> None:
    with pytest.raises(TypeError, match="FACTOR: a compiled function can't use a dict"):
        digest(_entry(FACTOR={}))


def test_every_process_comes_to_the_same() -> None:
    program = (
        "from transforms.matching.reached import digest\ndef f(x):\n return x in {'a', 'b', 'c', 'd'}\nprint(digest(f))"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": seed},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(seen) == 1
