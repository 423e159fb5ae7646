"""One invented contract with a rule of every type, and batches of it."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from contracts.model import Contract
from quality.checks import BatchFacts, empty

PERIOD = date(2026, 10, 1)
CONTRACT: dict[str, Any] = {
    "feed": "ceshi_butie",
    "title": "测试补贴发放",
    "department": "测试局",
    "contact_office": "测试局信息科",
    "legal_basis": ["测试依据"],
    "sharing": "conditional",
    "purposes": ["benefit_check"],
    "delivery": {"mode": "snapshot", "drop": "测试局/补贴{month}.csv"},
    "source": {"format": "csv"},
    "key": "record_no",
    "rows": {"floor": 2, "ceiling": 400, "max_bad_percent": 5, "max_deleted_percent": 30},
    "fields": [
        {"name": "record_no", "source": "编号", "kind": "code", "required": True},
        {"name": "name", "source": "姓名", "kind": "person_name", "required": True},
        {"name": "id_number", "source": "身份证号", "kind": "id_number"},
        {"name": "started_on", "source": "开始日期", "kind": "date"},
        {"name": "ended_at", "source": "结束时间", "kind": "timestamp"},
        {"name": "paid_month", "source": "发放月份", "kind": "month"},
        {"name": "amount_fen", "source": "金额", "kind": "amount_yuan"},
        {"name": "least_fen", "source": "下限", "kind": "amount_yuan"},
        {"name": "state", "source": "状态", "kind": "category", "values": {"在领": "paid", "停发": "stopped"}},
        {"name": "order", "source": "排序", "kind": "integer"},
    ],
    "groups": [
        {
            "name": "owners",
            "source": "权利人",
            "role": "权利人{n}",
            "fields": [{"name": "id_number", "source": "证件号", "kind": "id_number"}],
        }
    ],
    "mentions": [{"role": "person", "name": "name", "id_number": "id_number"}],
    "checks": [
        {"name": "enough", "good": "amount_fen >= least_fen", "text": "金额不应低于下限", "severity": "row"},
        {"name": "positive", "good": "amount_fen > 0", "text": "金额应大于 0", "severity": "warn"},
        {
            "name": "stopped_has_end",
            "good": "state <> 'stopped' or ended_at is not null -- both",
            "text": "停发应有结束时间",
            "severity": "stop",
            "max_bad_percent": 10,
        },
    ],
}
ROW: dict[str, Any] = {
    "name": "测试人",
    "id_number": "990101199001011000",
    "started_on": date(2026, 9, 1),
    "ended_at": None,
    "paid_month": PERIOD,
    "amount_fen": 100,
    "least_fen": 50,
    "state": "paid",
    "order": 1,
}

Builder = Callable[..., pa.Table]


@pytest.fixture(scope="session")
def contract() -> Contract:
    return Contract.model_validate(CONTRACT)


@pytest.fixture(scope="session")
def make_rows(contract: Contract) -> Builder:
    """Build rows as conform returns them: `make_rows(30, amount_fen={3: 0})` sets the amount of row 3 (from 0) to 0."""

    def build(count: int, **changes: dict[int, Any]) -> pa.Table:
        rows = [{"_line": i + 2, "record_key": f"T{i:04}", "record_no": f"T{i:04}"} | ROW for i in range(count)]
        for field, cells in changes.items():
            for position, value in cells.items():
                rows[position][field] = value
        return pa.Table.from_pylist(rows, schema=empty(contract)[0].schema)

    return build


@pytest.fixture(scope="session")
def make_mentions(contract: Contract) -> Builder:
    """Build `count` mentions of `role`, valid ones; `changes` as in make_rows."""

    def build(count: int, role: str = "person", **changes: dict[int, Any]) -> pa.Table:
        base = {"role": role, "entity": "person", "id_number": "990101199001011232", "id_status": "valid"}
        rows = [base | {"_line": i + 2, "record_key": f"T{i:04}"} for i in range(count)]
        for field, cells in changes.items():
            for position, value in cells.items():
                rows[position][field] = value
        return pa.Table.from_pylist(rows, schema=empty(contract)[1].schema)

    return build


@pytest.fixture(scope="session")
def facts_of() -> Callable[..., BatchFacts]:
    """Facts of a delivery of `typed` rows of which nothing was lost on the way, with any fact replaced."""

    def build(typed: int, **changes: Any) -> BatchFacts:
        return BatchFacts(PERIOD, typed, typed, 0, 0)._replace(**changes)

    return build
