"""Arguments as machine code takes them: whatever they are nested in, the loop sees what Python gave."""

import importlib
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.matching.arguments import flat, leaves
from transforms.matching.kernels import Flags

LOOPS = """
from typing import Any, NamedTuple
from transforms.matching.compiled import compiled

class Columns(NamedTuple):
    day: Any
    share: Any

class Table(NamedTuple):
    columns: Columns
    flags: Any
    size: int

@compiled
def walked(table, more, numbers, out):
    (words, (grid,)), (whole, part, yes, word) = more, numbers
    total, share, seen = 0, part, word
    for row in range(len(table.columns.day)):
        total += table.columns.day[row] * whole
    for row in range(len(table.columns.share)):
        share += table.columns.share[row]
    for row in range(len(words)):
        seen ^= words[row]
    for row in range(grid.shape[0]):
        for column in range(grid.shape[1]):
            out[column] += grid[row, column] if table.flags[row] else table.size
    return total, share, seen, not yes
"""


@pytest.fixture(scope="module")
def loops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A loop over tuples in tuples, arrays of several types, one of two dimensions, and numbers of every sort."""
    folder = tmp_path_factory.mktemp("loops")
    (folder / "nested_loops.py").write_text(LOOPS, encoding="utf-8")
    sys.path.insert(0, str(folder))
    yield importlib.import_module("nested_loops")
    sys.path.remove(str(folder))


def array(data: st.DataObject, numbers: st.SearchStrategy[Any], kind: type, size: int | None = None) -> Any:
    """An array of `numbers`, as one that can be written to or not, at the beginning of its memory or further on."""
    least, most = (0, 5) if size is None else (size, size)
    found = np.array([0, *data.draw(st.lists(numbers, min_size=least, max_size=most))], kind)[1:]
    found.flags.writeable = data.draw(st.booleans())
    return found


@given(st.data())
def test_a_loop_sees_what_it_is_given(loops: Any, data: st.DataObject) -> None:
    small, share, word = st.integers(-999, 999), st.floats(-9, 9), st.integers(0, 2**64 - 1)
    rows, width = data.draw(st.integers(0, 3)), data.draw(st.integers(1, 3))
    columns = loops.Columns(array(data, small, np.int32), array(data, share, np.float64))
    flags: Flags = array(data, st.booleans(), np.bool_, rows)
    grid = array(data, small, np.int64, rows * width).reshape(rows, width)
    table = loops.Table(columns, flags, data.draw(small))
    more = (array(data, word, np.uint64), (grid,))
    numbers = data.draw(st.tuples(small, share, st.booleans(), word.map(np.uint64)))
    found, plain = np.zeros(3, np.int64), np.zeros(3, np.int64)
    assert loops.walked(table, more, numbers, found) == loops.walked.py_func(table, more, numbers, plain)
    assert found.tolist() == plain.tolist()
    assert len(loops.walked.signatures) == 1


def told(*values: Any) -> list[Any]:
    kinds: list[Any] = []
    flat(values, kinds, [])
    return kinds


def test_what_differs_for_machine_code_differs_in_kind(loops: Any) -> None:
    a, b = np.arange(3), np.arange(3.0)
    values: list[tuple[Any, ...]] = [
        (a,), (b,), (a, a), ((a,), a), ((a, a),), ((), a, a), (loops.Columns(a, a),), (a.reshape(1, 3),), (1,), (True,),
        (1.0,), (np.uint64(1),), (a.astype(np.int32),), (a.astype(np.uint64),), (a, 1), ((a, 1),), (),
    ]  # fmt: skip
    kinds, texts = [told(*v) for v in values], [[leaf.text for leaf in leaves(v)] for v in values]
    for one, mine in enumerate(values):
        assert [kinds[one] == kind for kind in kinds] == [text == texts[one] for text in texts]
        assert sum(kinds[one] == kind for kind in kinds) == 1, mine


def test_numbers_of_numpy_are_those_of_python() -> None:
    assert told(np.int64(1), np.float64(1), np.bool_(True)) == told(1, 1.0, True)
    assert told(np.arange(3)) == told(np.arange(9)[3:])
