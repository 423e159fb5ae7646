"""Parsing in a limited child: what it costs a hostile file, and from where it can be called."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from connectors import sandbox
from connectors.sandbox import Limits, ParseReport
from contracts.errors import Quarantine, Stop
from contracts.model import Contract

Feed = Callable[..., Contract]
HEADER = "编号,姓名,身份证号,住址"


@pytest.fixture
def people(feed: Feed) -> Contract:
    return feed({"format": "csv"})


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    path = tmp_path / "drop.csv"
    path.write_bytes(f'{HEADER},民族\n1,张三,无,某村,金丝雀族\n2,"李\n四",,,\n3,王五\n'.encode("gb18030"))
    return path


def test_a_file_becomes_two_parquet_files_and_a_report(people: Contract, drop: Path, tmp_path: Path) -> None:
    report = sandbox.parse(drop, people, tmp_path / "lake" / "d1")
    evidence = "utf-8 strict failed at byte 0 (line 1); gb18030 strict ok"
    assert report == ParseReport(2, 1, 3, "gb18030", evidence, (), ("民族",))
    raw = pq.read_table(tmp_path / "lake" / "d1" / "raw.parquet")
    assert raw.to_pylist() == [
        {"_line": 2, "no": "1", "name": "张三", "id_number": "无", "address": "某村"},
        {"_line": 3, "no": "2", "name": "李\n四", "id_number": None, "address": None},
    ]
    rejects = pq.read_table(tmp_path / "lake" / "d1" / "rejects.parquet")
    assert rejects.to_pylist() == [{"_line": 5, "reason": "field_count"}]
    assert [p.stat().st_mode & 0o777 for p in (tmp_path / "lake" / "d1").iterdir()] == [0o600, 0o600]


def test_parsing_again_gives_the_same_bytes(people: Contract, drop: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    sandbox.parse(drop, people, out)
    first = {p.name: p.read_bytes() for p in out.iterdir()}
    (out / ".raw.parquet.1.tmp").write_bytes(b"left by a worker that was killed")
    os.utime(out / ".raw.parquet.1.tmp", (0, 0))
    sandbox.parse(drop, people, out)
    assert {p.name: p.read_bytes() for p in out.iterdir()} == first


def test_a_readers_verdict_comes_through_with_its_reason(people: Contract, tmp_path: Path) -> None:
    (tmp_path / "drop.csv").write_text("编号,姓名\n1,张三\n", encoding="utf-8")
    with pytest.raises(Quarantine, match="身份证号, 住址") as caught:
        sandbox.parse(tmp_path / "drop.csv", people, tmp_path / "out")
    assert caught.value.reason == "missing_columns"
    assert list((tmp_path / "out").iterdir()) == []
    bad = people.model_copy(update={"source": people.source.model_copy(update={"delimiter": "||"})})
    with pytest.raises(Stop):
        sandbox.parse(tmp_path / "drop.csv", bad, tmp_path / "out")


def test_a_workbook_that_aborts_its_reader_is_too_large_and_others_go_on(
    feed: Feed, people: Contract, drop: Path, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet["A1"], sheet["XFD1048576"] = "编号", "x"
    book.save(tmp_path / "bomb.xlsx")
    with pytest.raises(Quarantine) as caught:
        sandbox.parse(tmp_path / "bomb.xlsx", feed({"format": "workbook"}), tmp_path / "out")
    assert caught.value.reason == "too_large"
    assert sandbox.parse(drop, people, tmp_path / "out").parsed == 2


def hungry(path: Path) -> None:
    path.touch()
    os.truncate(path, 400 << 20)


def ordinary(path: Path) -> None:
    path.write_text(f"{HEADER}\n1,张三,无,某村\n", encoding="utf-8")


def endless(path: Path) -> None:
    path.write_bytes(HEADER.encode() + b"\n" + b'"\n' * 3_000_000)


@pytest.mark.parametrize(
    ("fill", "limits"),
    [
        (hungry, Limits(memory=600 << 20, memory_per_byte=0)),
        (endless, Limits(cpu=1, cpu_per_mib=0)),
        (ordinary, Limits(disk=100)),
    ],
)
def test_a_file_that_takes_more_than_its_share_is_too_large(
    people: Contract, tmp_path: Path, fill: Callable[[Path], None], limits: Limits
) -> None:
    fill(tmp_path / "drop.csv")
    with pytest.raises(Quarantine) as caught:
        sandbox.parse(tmp_path / "drop.csv", people, tmp_path / "out", limits)
    assert caught.value.reason == "too_large"
    assert list((tmp_path / "out").glob("*.parquet")) == []


def test_a_bigger_file_may_take_more() -> None:
    small, big = Limits().of(0), Limits().of(1 << 30)
    assert small == {"memory": 1536 << 20, "cpu": 60, "wall": 360, "disk": 16 << 30}
    assert (big["memory"], big["cpu"]) == ((1536 << 20) + (10 << 30), 60 + 2048)


def test_a_reader_that_fails_tells_the_place_and_never_the_value(feed: Feed, tmp_path: Path) -> None:
    contract = feed({"format": "fixed_width"}, {"name": "no", "source": "编号", "kind": "code", "width": 4})
    broken = contract.model_copy(update={"delivery": contract.delivery.model_copy(update={"encoding": ()})})
    (tmp_path / "drop.txt").write_text("张三\n", encoding="gb18030")
    with pytest.raises(Quarantine, match=r"the reader failed on the file \(\w+ at \w+\.py:\d+\)") as caught:
        sandbox.parse(tmp_path / "drop.txt", broken, tmp_path / "out")
    assert caught.value.reason == "unreadable"
    assert "张三" not in str(caught.value)


def test_a_server_that_died_is_replaced(people: Contract, drop: Path, tmp_path: Path) -> None:
    sandbox.parse(drop, people, tmp_path / "out")
    assert sandbox._server is not None
    os.kill(sandbox._server.pid, signal.SIGKILL)
    os.waitid(os.P_PID, sandbox._server.pid, os.WEXITED | os.WNOWAIT)
    assert sandbox.parse(drop, people, tmp_path / "out").parsed == 2


def test_threads_parse_side_by_side(people: Contract, drop: Path, tmp_path: Path) -> None:
    done: list[int] = []

    def work(n: int) -> None:
        done.append(sandbox.parse(drop, people, tmp_path / str(n)).parsed)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [2] * 4


SCRIPT = """
import multiprocessing, os, sys
from pathlib import Path
from connectors import sandbox
from contracts.model import Contract
contract = Contract.model_validate_json(sys.argv[1])

def parse(name):
    return sandbox.parse(Path(sys.argv[2]), contract, Path(sys.argv[3]) / name).parsed

def daemon(line):
    line.send(parse("daemon"))

assert parse("first") == 2
assert b"hunter2" not in Path(f"/proc/{sandbox._server.pid}/environ").read_bytes()
if os.fork() == 0:
    os._exit(0 if parse("forked") == 2 and parse("again") == 2 else 1)
assert os.wait()[1] == 0
ours, theirs = multiprocessing.Pipe()
child = multiprocessing.get_context("fork").Process(target=daemon, args=(theirs,), daemon=True)
child.start()
assert ours.recv() == 2
child.join()
assert parse("last") == 2
print("server", sandbox._server.pid)
"""


def test_forked_and_daemonic_callers_and_scripts_without_a_file_can_parse(
    people: Contract, drop: Path, tmp_path: Path
) -> None:
    environment = {**os.environ, "HUILIAN_API_TOKEN": "hunter2", "PYTHONPATH": str(Path(__file__).parents[2])}
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT, people.model_dump_json(), str(drop), str(tmp_path)],
        env=environment, capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
    assert not Path(f"/proc/{ran.stdout.split()[-1]}").exists()  # the server ended with its caller
