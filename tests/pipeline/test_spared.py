"""What a command need not load, nor hold: in a process of its own, for both are settled once."""

import subprocess
import sys

SAID = """
import sys
from pipeline.spared import spare_faults, spare_memory, spare_pandas, spare_threads
spare_memory(); spare_faults(); spare_threads(); spare_pandas()
import pyarrow as pa
pa.array(["a"])
sys.stdout.write(f"{pa.default_memory_pool().backend_name} {'pandas' in sys.modules}")
"""


def test_memory_is_the_systems_and_pandas_waits_until_somebody_asks() -> None:
    said = subprocess.run([sys.executable, "-c", SAID], capture_output=True, text=True, check=False)  # noqa: S603
    assert said.stdout.split()[:2] == ["system", "False"], said.stderr


PROMISED = """
import resource, sys
from pipeline.spared import ROOM, spare_faults
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
spare_faults()
taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
import numpy as np
sys.stdout.write(f"{taken * 1024 < ROOM // 8} {np.ones(ROOM // 8, np.uint8).sum() == ROOM // 8}")
"""


def test_memory_that_is_handed_out_in_large_pages_is_not_taken_before() -> None:
    said = subprocess.run([sys.executable, "-c", PROMISED], capture_output=True, text=True, check=False)  # noqa: S603
    assert said.stdout == "True True", said.stderr


COLLECTED = """
import gc, sys
from pipeline.spared import spare_collecting
with spare_collecting():
    said = [gc.isenabled(), gc.get_threshold()[0] > 10_000, gc.get_freeze_count() == 0]
sys.stdout.write(f"{[*said, gc.get_freeze_count() > 1000]}")
"""


def test_garbage_is_still_collected_but_not_at_the_end() -> None:
    said = subprocess.run([sys.executable, "-c", COLLECTED], capture_output=True, text=True, check=False)  # noqa: S603
    assert said.stdout == f"{[True] * 4}", said.stderr


def test_a_command_that_loads_the_database_engine_ends_with_its_own_last_words() -> None:
    words = [sys.executable, "-m", "pipeline", "receive", "nobodys_feed", "--month", "2026-10"]
    said = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603
    assert said.stderr == "nobodys_feed: no contract has this name\n  next: see contracts/feeds/ or `huilian feeds`\n"
