"""Arrays in files are as good as others, whatever is done with them, and nothing stays of them."""

import ctypes
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import spilled
from pipeline.spilled import Spill, put_away, spilling

LARGE = 1000
SIZES = st.integers(1, 30_000) | st.sampled_from([LARGE - 1, LARGE, 4096, 8192])
STEPS = st.lists(st.tuples(st.sampled_from("mcrf"), SIZES, st.integers(0, 1000)), max_size=40)


class Live:
    """What was given out, with what was written there."""

    def __init__(self, spill: Spill) -> None:
        self.spill, self.blocks = spill, list[tuple[int, bytes]]()

    def take(self, at: int | None, size: int, number: int) -> None:
        assert at
        assert all(at + size <= other or other + len(text) <= at for other, text in self.blocks)
        text = bytes([number % 251 + 1]) * size
        ctypes.memmove(at, text, size)
        self.blocks.append((at, text))

    def give(self, pick: int) -> tuple[int, bytes]:
        at, text = self.blocks.pop(pick % len(self.blocks))
        assert ctypes.string_at(at, len(text)) == text
        return at, text


@pytest.mark.parametrize("allowed", [0, 40_000, 1 << 40])
@given(steps=STEPS)
@settings(max_examples=60, deadline=None)
def test_memory_is_ones_own_keeps_what_is_written_and_grows_with_it(
    allowed: int, steps: list[tuple[str, int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spilled, "LARGE", LARGE)
        live = Live(Spill(folder, allowed))
        for number, (step, size, pick) in enumerate(steps):
            if step == "m":
                live.take(live.spill.malloc(size), size, number)
            elif step == "c":
                at = live.spill.calloc(size, 3)
                assert at
                assert ctypes.string_at(at, 3 * size) == bytes(3 * size)
                live.take(at, 3 * size, number)
            elif live.blocks and step == "r":
                old, text = live.give(pick)
                at = live.spill.realloc(old, size)
                assert at
                assert ctypes.string_at(at, min(size, len(text))) == text[:size]
                live.take(at, size, number)
            elif live.blocks:
                live.spill.free(live.give(pick)[0])
        while live.blocks:
            live.spill.free(live.give(0)[0])
    assert not live.spill.trouble
    assert sum(live.spill.sizes.values()) <= allowed // 8


def test_arrays_are_as_ever_and_outlive_their_files_folder(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    with spilling(folder, 0) as spill:
        one = np.arange(1 << 18)
        two = np.zeros(1 << 18)
        two[1:] = np.sqrt(one[:-1])
        grown = np.ones(1 << 18)
        grown.resize(1 << 19, refcheck=False)
        assert list(folder.iterdir()) == []
    assert spill.in_files >= one.nbytes + two.nbytes + grown.nbytes
    folder.rmdir()
    after = spill.in_files
    assert (np.sort(two) == np.sqrt(np.append(0, np.arange((1 << 18) - 1)))).all()
    assert grown.sum() == 1 << 18
    assert spill.in_files == after


def test_only_what_exceeds_half_of_the_memory_goes_to_files(tmp_path: Path) -> None:
    with spilling(tmp_path, 1 << 50) as spill:
        kept = [np.ones(1 << 18) for _ in range(8)]
    assert spill.in_files == 0
    assert sum(spill.sizes[a.ctypes.data] for a in kept) == sum(a.nbytes for a in kept)


def test_what_is_given_up_is_given_again_but_not_to_whom_it_is_much_too_large(tmp_path: Path) -> None:
    spill = Spill(tmp_path, 1 << 30)
    spill.room = 0
    first = spill.malloc(4 << 20)
    spill.free(first)
    assert spill.calloc(1, 2 << 20) != first
    assert spill.malloc(4 << 20) == first
    assert spill.in_files == 6 << 20


def test_a_table_put_away_is_the_same_table(tmp_path: Path) -> None:
    words = pa.chunked_array([pa.array(["a", None, "b"]).dictionary_encode(), pa.array(["c", "a"]).dictionary_encode()])
    table = pa.table({"words": words, "numbers": pa.chunked_array([[1, None], [3, 4, 5]], pa.int32())})
    found = put_away(table, tmp_path)
    assert found.schema == table.schema
    assert found.to_pydict() == table.to_pydict()
    assert pa.concat_tables([found, put_away(table.slice(0, 0), tmp_path)]).num_rows == 5
    assert list(tmp_path.iterdir()) == []


CHILD = """
import resource, sys, time
from pathlib import Path
import numpy as np
from pipeline.spilled import spilling
MANY = 16 << 20
def taken():
    return int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
def at_most(more, kind=resource.RLIMIT_DATA, taken=taken):
    resource.setrlimit(kind, (taken() + more, resource.getrlimit(kind)[1]))
"""


def child(folder: Path, code: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", CHILD + code, str(folder)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603


def test_arrays_are_made_where_the_process_may_have_no_more_memory_and_it_ends_well(tmp_path: Path) -> None:
    """The limit counts what no file backs. Arrays that live to the end are let go when Python can't be called."""
    code = """
at_most(64 << 20)
try:
    np.ones(MANY)
except MemoryError:
    print("no memory")
with spilling(Path(sys.argv[1]), 0):
    held = [np.ones(MANY) for _ in range(2)]
    class Last:
        array = np.arange(MANY)
print(sum(map(np.sum, held)) == 2 * MANY)
"""
    process = child(tmp_path, code)
    said, talk = process.communicate(timeout=120)
    assert (said.split("\n"), talk, process.returncode) == (["no memory", "True", ""], "", 0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("moment", ["malloc", "free"])
def test_an_interruption_while_memory_is_given_or_taken_back_is_heard(moment: str, tmp_path: Path) -> None:
    code = f"""
import signal
from pipeline import spilled
class Interrupted(spilled.Spill):
    def {moment}(self, *given):
        if self.sizes or given[0] >= spilled.LARGE:
            signal.raise_signal(signal.SIGINT)
        return super().{moment}(*given)
spilled.Spill = Interrupted
with spilling(Path(sys.argv[1]), 0):
    try:
        held = np.empty(MANY)
        size = held.size
        del held
        time.sleep(60)
    except KeyboardInterrupt:
        print("heard", size == MANY)
"""
    process = child(tmp_path, code)
    said, talk = process.communicate(timeout=50)
    assert (said, talk, process.returncode) == ("heard True\n", "", 0)


def test_a_full_disk_is_an_error_and_no_signal(tmp_path: Path) -> None:
    code = """
at_most(1 << 20, resource.RLIMIT_FSIZE, lambda: 0)
try:
    with spilling(Path(sys.argv[1]), 0) as spill:
        np.ones(MANY)
except MemoryError:
    print(type(spill.trouble).__name__)
"""
    process = child(tmp_path, code)
    said, talk = process.communicate(timeout=120)
    assert (said, talk, process.returncode) == ("OSError\n", "", 0)


def test_nothing_is_left_on_the_disk_by_a_process_that_is_killed(tmp_path: Path) -> None:
    code = """
with spilling(Path(sys.argv[1]), 0):
    held = np.ones(MANY)
    print("there", flush=True)
    time.sleep(600)
"""
    process = child(tmp_path, code)
    assert process.stdout
    assert process.stdout.readline() == "there\n"
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert list(tmp_path.iterdir()) == []
