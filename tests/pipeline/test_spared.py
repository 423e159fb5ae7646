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
