"""What memory there is, as files of the system tell it."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import memory

MIB = 1 << 20
MACHINE = {"proc/meminfo": "MemTotal: 9 kB\nMemAvailable: 1024000 kB\nHugePages_Total: 0\n"}


def system(root: Path, files: dict[str, str]) -> int:
    """What is available where the system has these `files`."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return memory.available(root)


def test_a_size_is_read_as_people_write_it() -> None:
    told = {"4GiB": 4 << 30, "600 MB": 600 * MIB, "2.5g": 5 << 29, "1kib": 1024, " 7 T ": 7 << 40, "12345": 12345}
    assert {text: memory.size(text) for text in told} == told
    for wrong in ("", "0", "0.0GiB", "GiB", "-1G", "4 GiBs", "four", "1e9", "4iB", "0.2"):
        with pytest.raises(ValueError, match="4GiB"):
            memory.size(wrong)


@given(st.integers(1, 1 << 60))
def test_what_is_told_is_what_was_meant(size: int) -> None:
    assert memory.size(f"{size}") == size
    assert memory.size(memory.told(size + MIB)) == pytest.approx(size + MIB, rel=0.51)


def test_without_limits_it_is_what_the_machine_has(tmp_path: Path) -> None:
    assert system(tmp_path, MACHINE) == 1000 * MIB
    assert memory.available(tmp_path / "nowhere") == sys.maxsize


def test_a_group_and_those_it_is_in_limit_it_and_files_can_be_let_go(tmp_path: Path) -> None:
    """By version 2: the innermost leaves 900 MiB, the one around it 300 less 120 used of which 20 are files."""
    group = "sys/fs/cgroup"
    files = MACHINE | {
        "proc/self/cgroup": "0::/outer/inner\n",
        f"{group}/outer/inner/memory.max": f"{900 * MIB}\n",
        f"{group}/outer/inner/memory.current": "0\n",
        f"{group}/outer/inner/memory.stat": "anon 0\n",
        f"{group}/outer/memory.max": "max\n",
        f"{group}/outer/memory.high": f"{300 * MIB}\n",
        f"{group}/outer/memory.current": f"{120 * MIB}\n",
        f"{group}/outer/memory.stat": f"anon 5\ninactive_file {15 * MIB}\nactive_file {5 * MIB}\n",
    }
    assert system(tmp_path, files) == 200 * MIB
    assert system(tmp_path, {f"{group}/outer/memory.high": "max\n"}) == 900 * MIB


def test_groups_of_the_first_version_and_of_a_container_count_too(tmp_path: Path) -> None:
    """In a container the path is that of the machine outside, and the group is at the root."""
    group = "sys/fs/cgroup/memory"
    files = MACHINE | {
        "proc/self/cgroup": "4:memory:/machine/somewhere\n3:cpu:/\n",
        f"{group}/memory.limit_in_bytes": f"{500 * MIB}\n",
        f"{group}/memory.usage_in_bytes": f"{200 * MIB}\n",
        f"{group}/memory.stat": f"total_inactive_file {50 * MIB}\ntotal_active_file 0\n",
    }
    assert system(tmp_path, files) == 350 * MIB
    assert system(tmp_path, {f"{group}/memory.usage_in_bytes": f"{900 * MIB}\n"}) == 0


def test_the_limit_of_the_process_counts() -> None:
    code = """
import resource, sys
from pipeline.memory import available
resource.setrlimit(resource.RLIMIT_DATA, (300 << 20, resource.getrlimit(resource.RLIMIT_DATA)[1]))
sys.stdout.write(str(available()))
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert 0 <= int(said.stdout) < 300 * MIB
