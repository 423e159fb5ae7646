"""Choosing a reader, and what 0 bytes mean."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors import readers
from contracts.errors import Quarantine, Stop
from contracts.model import Contract

Feed = Callable[..., Contract]
REST = {"format": "rest", "url": "{api}/x"}


def test_a_contract_chooses_its_reader(feed: Feed, tmp_path: Path) -> None:
    (tmp_path / "drop").write_text("编号,姓名,身份证号,住址\n1,张三,无,某村\n", encoding="utf-8")
    assert readers.read(tmp_path / "drop", feed({"format": "csv"})).table.num_rows == 1
    (tmp_path / "drop").write_text('{"编号": 1}\n', encoding="utf-8")
    assert readers.read(tmp_path / "drop", feed(REST)).table.num_rows == 1


@pytest.mark.parametrize(
    ("source", "may_be_empty", "fine"),
    [
        ({"format": "csv"}, True, False),
        ({"format": "workbook"}, True, False),
        ({"format": "jsonl"}, False, False),
        ({"format": "jsonl"}, True, True),
        (REST, True, True),
        ({"format": "database", "url": "sqlite://", "table": "t", "watermark": "w"}, True, True),
    ],
)
def test_0_bytes_are_a_delivery_only_where_json_lines_may_be_empty(
    feed: Feed, tmp_path: Path, source: dict[str, Any], may_be_empty: bool, fine: bool
) -> None:
    (tmp_path / "drop").touch()
    contract = feed(source, delivery={"may_be_empty": may_be_empty})
    if fine:
        assert readers.read(tmp_path / "drop", contract).lines == 0
        return
    with pytest.raises(Quarantine) as caught:
        readers.read(tmp_path / "drop", contract)
    assert caught.value.reason == "empty_file"


def test_what_a_format_cannot_hold_is_the_contracts_fault(feed: Feed, tmp_path: Path) -> None:
    (tmp_path / "drop").write_text("x", encoding="utf-8")
    item = {"name": "name", "source": "姓名", "kind": "person_name"}
    group = {"name": "owners", "source": "权利人", "role": "权利人{n}", "fields": [item]}
    with pytest.raises(Stop):
        readers.read(tmp_path / "drop", feed({"format": "csv"}, groups=[group]))
    sheet = {"name": "no", "source": "@sheet", "kind": "code"}
    with pytest.raises(Stop):
        readers.read(tmp_path / "drop", feed({"format": "csv"}, sheet))
