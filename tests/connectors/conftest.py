"""Contracts made up for the tests of connectors."""

from collections.abc import Callable
from typing import Any

import pytest

from contracts.model import Contract

Feed = Callable[..., Contract]

PEOPLE = (
    {"name": "no", "source": "编号", "kind": "code", "required": True},
    {"name": "name", "source": "姓名", "kind": "person_name"},
    {"name": "id_number", "source": "身份证号", "kind": "id_number"},
    {"name": "address", "source": "住址", "kind": "address"},
)


def build(source: dict[str, Any], *fields: dict[str, Any], **more: Any) -> Contract:
    """A contract over `fields` (a small register of people when none are given); `delivery` and the like are merged."""
    chosen = fields or PEOPLE
    delivery = {"mode": "snapshot", "drop": "某局/人员_{month}.csv"} | more.pop("delivery", {})
    return Contract.model_validate(
        {
            "feed": "mouju_renyuan",
            "title": "人员",
            "department": "某局",
            "contact_office": "某局某科",
            "legal_basis": ("《政务数据共享条例》第十五条",),
            "sharing": "conditional",
            "purposes": ("benefit_check",),
            "delivery": delivery,
            "source": source,
            "key": chosen[0]["name"],
            "fields": chosen,
            **more,
        }
    )


@pytest.fixture(scope="session")
def feed() -> Feed:
    """`feed({"format": "csv"}, *fields, **more)` gives a contract."""
    return build
