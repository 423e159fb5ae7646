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


MASKED = """
import sys
from pipeline.spared import spare
spare()
import numpy as np
import pyarrow as pa
said = [pa.array(np.arange(3)).to_pylist() == [0, 1, 2], "numpy.ma" not in sys.modules]
masked = np.ma.MaskedArray([1, 2], mask=[True, False])
said += [pa.array(masked).to_pylist() == [None, 2], np.ma.isMaskedArray(masked), np.ma is sys.modules["numpy.ma"]]
sys.stdout.write(f"{said}")
"""


def test_masked_arrays_wait_until_somebody_makes_one() -> None:
    said = subprocess.run([sys.executable, "-c", MASKED], capture_output=True, text=True, check=False)  # noqa: S603
    assert said.stdout == f"{[True] * 5}", said.stderr
