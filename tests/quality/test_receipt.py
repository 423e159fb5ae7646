import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts.errors import Stop
from contracts.model import Contract
from quality.receipt import Came, Happened, compose, write

CAME = Came("d-202610-0123456789ab", "测试局", "2026-10", "补贴.csv", "0" * 64, 9, datetime(2026, 10, 30, tzinfo=UTC))


def test_both_files_appear_in_the_departments_folder(contract: Contract, tmp_path: Path) -> None:
    paths = write(compose(CAME, contract, Happened()), tmp_path)

    assert paths == [tmp_path / "测试局" / f"d-202610-0123456789ab{suffix}" for suffix in (".xlsx", ".json")]
    assert json.loads(paths[1].read_text(encoding="utf-8"))["verdict"] == "接收"
    assert sorted(p.name for p in (tmp_path / "测试局").iterdir()) == sorted(p.name for p in paths)


def test_a_step_that_died_writes_the_same_bytes_again(contract: Contract, tmp_path: Path) -> None:
    receipt = compose(CAME, contract, Happened())
    first = [p.read_bytes() for p in write(receipt, tmp_path)]
    left = tmp_path / "测试局" / ".d-202610-0123456789ab.json.7.part"  # by a killed step; housekeeping sweeps it up
    left.write_bytes(b"half")

    assert [p.read_bytes() for p in write(receipt, tmp_path)] == first
    assert list((tmp_path / "测试局").glob(".*")) == [left]


def test_a_duplicates_receipt_leaves_the_first_one_alone(contract: Contract, tmp_path: Path) -> None:
    first = write(compose(CAME, contract, Happened()), tmp_path)
    before = [p.read_bytes() for p in first]
    again = write(compose(CAME, contract, Happened(same_as=CAME.delivery_id)), tmp_path)

    assert [p.name for p in again] == ["d-202610-0123456789ab_重复.xlsx", "d-202610-0123456789ab_重复.json"]
    assert [p.read_bytes() for p in first] == before


def test_others_on_the_machine_cannot_read_it(contract: Contract, tmp_path: Path) -> None:
    paths = write(compose(CAME, contract, Happened()), tmp_path)

    assert {p.stat().st_mode & 0o777 for p in paths} == {0o640}


@pytest.mark.parametrize("name", ["..", "../etc", "a/b", "a\\b", "", ".hidden", "长" * 80])
def test_a_name_that_leads_elsewhere_is_refused(contract: Contract, tmp_path: Path, name: str) -> None:
    outbox = tmp_path / "outbox"
    for came in (CAME._replace(department=name), CAME._replace(delivery_id=name)):
        with pytest.raises(Stop):
            write(compose(came, contract, Happened()), outbox)

    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


def test_two_who_write_the_same_receipt_at_once_do_not_disturb_one_another(contract: Contract, tmp_path: Path) -> None:
    receipt = compose(CAME, contract, Happened())
    children = []
    for _ in range(4):
        child = os.fork()
        if not child:
            code = 1
            try:
                for _ in range(20):
                    write(receipt, tmp_path)
                code = 0
            finally:
                os._exit(code)  # whatever happens: it must not go on with the tests
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
    assert sorted(p.suffix for p in (tmp_path / "测试局").iterdir()) == [".json", ".xlsx"]
