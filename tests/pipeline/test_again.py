"""What comes a second time for a month: an earlier file, a file that a changed contract lets in; and its receipts."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import contracts
from contracts.errors import Quarantine, Stop
from pipeline import steps
from pipeline.settings import Settings
from tests.factory import hukou, people, small_county

FEED, MONTH = "gongan_hukou", "2026-09"


@pytest.fixture
def settings(installation: Callable[[Path], Settings], tmp_path: Path) -> Settings:
    made = installation(small_county(tmp_path, (MONTH,)))
    steps.prepare(made)
    return made


def take(settings: Settings) -> list[str]:
    return steps.publish(settings, steps.check(settings, steps.receive(settings, FEED, MONTH)))


def receipt(settings: Settings, name: str) -> dict[str, Any]:
    return json.loads(next(settings.outbox.rglob(f"{name}.json")).read_text(encoding="utf-8"))


def in_force(settings: Settings) -> int:
    with steps.server(settings).connect("loader") as conn:
        row = conn.execute(f"select count(*) from content.{FEED} where recorded_to is null".encode()).fetchone()
    return int(row[0]) if row else 0


def test_a_correction_is_taken_back_by_sending_the_earlier_file_again(settings: Settings) -> None:
    (first,) = take(settings)
    hukou(settings.inbox, MONTH, people()[:38])
    (second,) = take(settings)
    assert (in_force(settings), receipt(settings, first)["replaces"]) == (38, None)
    assert receipt(settings, second)["replaces"] == first
    assert any(first in step for step in receipt(settings, second)["next"])

    hukou(settings.inbox, MONTH, people())
    assert take(settings) == [first]
    assert in_force(settings) == 40
    assert receipt(settings, first)["replaces"] == second
    assert take(settings) == []
    assert receipt(settings, f"{first}_重复")["same_as"] == first


@pytest.fixture
def archiving(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a feed whose contract has it moved aside once it is loaded."""
    contract = contracts.get(FEED)
    delivery = contract.delivery.model_copy(update={"after_load": "archive"})
    monkeypatch.setitem(contracts.by_feed(), FEED, contract.model_copy(update={"delivery": delivery}))
    return hukou(settings.inbox, MONTH, people())


def aside(path: Path) -> list[bytes]:
    return sorted(p.read_bytes() for p in path.parent.glob(".archive/*"))


def test_what_came_after_a_file_was_read_is_not_moved_aside_for_it(settings: Settings, archiving: Path) -> None:
    ready = steps.check(settings, steps.receive(settings, FEED, MONTH))
    first = archiving.read_bytes()
    hukou(settings.inbox, MONTH, people()[:38])
    later = archiving.read_bytes()
    steps.publish(settings, ready)
    assert (archiving.read_bytes(), aside(archiving)) == (later, [])
    assert len(take(settings)) == 1
    assert (in_force(settings), aside(archiving)) == (38, [later])
    archiving.write_bytes(first)
    assert take(settings) == ready
    assert (in_force(settings), aside(archiving)) == (40, sorted([first, later]))


def test_a_file_that_is_known_is_moved_aside_too(settings: Settings, archiving: Path) -> None:
    (name,) = take(settings)
    archiving.write_bytes(aside(archiving)[0])
    assert take(settings) == []
    assert not archiving.exists()
    assert receipt(settings, f"{name}_重复")["same_as"] == name


def test_what_was_not_checked_is_neither_published_nor_answered_nor_moved_aside(
    settings: Settings, archiving: Path
) -> None:
    ready = steps.receive(settings, FEED, MONTH)
    with pytest.raises(Stop, match="not checked"):
        steps.publish(settings, ready)
    assert archiving.exists()
    assert not list(settings.outbox.rglob("*.json"))
    assert steps.publish(settings, steps.check(settings, ready)) == ready
    assert not archiving.exists()


@pytest.mark.parametrize("form", ["json", "xlsx"])
def test_a_receipt_that_was_lost_is_made_again(settings: Settings, form: str) -> None:
    (name,) = take(settings)
    (path,) = settings.outbox.rglob(f"{name}.{form}")
    before = path.read_bytes()
    path.unlink()
    assert take(settings) == []
    assert path.read_bytes() == before
    assert not list(settings.outbox.rglob("*_重复.*"))


def test_a_stopped_batch_that_a_changed_contract_lets_in_has_the_receipt_of_an_accepted_one(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = contracts.get(FEED)
    strict = contract.model_copy(update={"rows": contract.rows.model_copy(update={"floor": 1000})})
    monkeypatch.setitem(contracts.by_feed(), FEED, strict)
    (stopped,) = steps.receive(settings, FEED, MONTH)
    with pytest.raises(Quarantine):
        steps.check(settings, [stopped])
    assert receipt(settings, stopped)["outcome"] == "returned"
    assert take(settings) == []
    again = receipt(settings, f"{stopped}_重复")
    assert "未入库" in again["next"][0]
    assert "无需处理" not in again["next"][0]

    monkeypatch.setitem(contracts.by_feed(), FEED, contract)
    assert steps.publish(settings, steps.check(settings, [stopped])) == [stopped]
    assert receipt(settings, stopped)["outcome"] in ("accepted", "remarks")


def test_a_refused_file_that_a_changed_contract_lets_in_is_read_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = contracts.get(FEED)
    column = contract.fields[0].model_copy(update={"source": "不在的列", "required": True})
    monkeypatch.setitem(
        contracts.by_feed(), FEED, contract.model_copy(update={"fields": (column, *contract.fields[1:])})
    )
    with pytest.raises(Quarantine):
        steps.receive(settings, FEED, MONTH)
    (refused,) = [p.stem for p in settings.outbox.rglob(f"{FEED}-*.json")]
    assert receipt(settings, refused)["reason"]["code"] == "missing_columns"
    with pytest.raises(Quarantine):
        steps.check(settings, [refused])

    monkeypatch.setitem(contracts.by_feed(), FEED, contract)
    assert steps.publish(settings, steps.check(settings, [refused])) == [refused]
    assert in_force(settings) == 40
    assert receipt(settings, refused)["outcome"] in ("accepted", "remarks")
