"""DAGs run for real, without a scheduler, their metadata in PostgreSQL, over a small county with something wrong."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from pipeline import steps
from pipeline.airflow_home import Home
from pipeline.settings import Settings
from tests.factory import people

pytestmark = pytest.mark.slow
Facts = dict[str, Any]
DELIVERY = re.compile(r"^[a-z_]+-\d{6}-[0-9a-f]{12}$")
GOOD = {"receive": "success", "check": "success", "publish": "success", "announce": "success"}


@pytest.fixture(scope="module")
def ran(trial: Callable[..., list[Facts]], settings: Settings) -> dict[str, Facts]:
    """One run each: a good feed, the same again, a file nobody can read, a refused batch, and what feeds wake."""
    september, october = settings.inbox / "2026-09", settings.inbox / "2026-10"
    (september / "民政局" / "高龄津贴2026-09.xls").write_bytes(b"\xd0\xcf\x11\xe0 and nothing more")
    dead = october / "卫健委" / "死亡医学证明_2026-10.csv"
    header = dead.read_text(encoding="utf-8-sig").splitlines()[0]
    empty = "," * header.count(",")
    dead.write_text("\n".join([header, *(f"SW-990101-{n}{empty}" for n in range(20))]), encoding="utf-8-sig")
    asked = {
        "good": "2026-09/weijian_siwang",
        "again": "2026-09/weijian_siwang",
        "unreadable": "2026-09/minzheng_gaoling",
        "refused": "2026-10/weijian_siwang",
        "recognition": "2026-09/recognition",
        "comparison": "2026-09/comparison",
        "late": "2026-09/minzheng_dibao",
        "correction": "2026-09/correction",
        "late again": "2026-09/minzheng_dibao",
    }
    return dict(zip(asked, trial(*asked.values()), strict=True))


def test_a_good_delivery_is_published(ran: dict[str, Facts], settings: Settings) -> None:
    assert ran["good"]["state"] == "success"
    assert ran["good"]["tasks"] == GOOD
    (delivery,) = ran["good"]["xcoms"]["receive return_value"]
    with steps.server(settings).connect("loader") as connection:
        states = connection.execute("SELECT state FROM ledger.delivery WHERE delivery_id = %s", [delivery]).fetchall()
    assert states == [("published",)]


def test_the_page_names_the_delivery_a_task_was_about(ran: dict[str, Facts]) -> None:
    (delivery,) = ran["good"]["xcoms"]["receive return_value"]
    assert set(ran["good"]["labels"]) == {delivery}


def test_the_same_file_again_is_no_work(ran: dict[str, Facts]) -> None:
    assert ran["again"]["state"] == "success"
    assert ran["again"]["tasks"] == GOOD | {"check": "skipped", "publish": "skipped"}
    assert ran["again"]["xcoms"]["receive return_value"] == []


def test_a_file_nobody_can_read_is_red_and_recognition_still_hears_of_it(ran: dict[str, Facts]) -> None:
    assert ran["unreadable"]["state"] == "failed"
    assert ran["unreadable"]["tasks"]["announce"] == "success"
    assert ran["unreadable"]["events"] == [{"month": "2026-09"}]


def test_a_refused_batch_is_red_at_check_and_loads_nothing(ran: dict[str, Facts]) -> None:
    assert ran["refused"]["state"] == "failed"
    assert ran["refused"]["tasks"] == GOOD | {"check": "failed", "publish": "upstream_failed"}
    assert ran["refused"]["events"] == [{"month": "2026-10"}]


def test_recognition_passes_the_month_on(ran: dict[str, Facts]) -> None:
    assert ran["recognition"]["tasks"] == {"sweep": "success", "link": "success"}
    assert ran["recognition"]["events"] == [{"month": "2026-09"}]


def test_comparison_leaves_a_report(ran: dict[str, Facts], settings: Settings) -> None:
    assert ran["comparison"]["tasks"] == {"compare": "success", "report": "success"}
    assert (settings.reports / "latest.html").is_file()


def test_a_new_month_wakes_recognition_alone(ran: dict[str, Facts]) -> None:
    assert [ran[name]["wakes"] for name in ("good", "unreadable", "refused")] == [["recognition"]] * 3


def test_what_comes_for_a_month_already_recognised_wakes_a_correction_alone(ran: dict[str, Facts]) -> None:
    assert ran["late"]["state"] == "success"
    assert (ran["late"]["wakes"], ran["late"]["events"]) == (["correction"], [{"month": "2026-09"}])
    assert ran["correction"]["tasks"] == {"link": "success", "compare": "success", "report": "success"}


def test_nothing_new_for_a_month_already_recognised_wakes_nobody(ran: dict[str, Facts]) -> None:
    assert (ran["late again"]["state"], ran["late again"]["wakes"], ran["late again"]["events"]) == ("success", [], [])


def test_xcoms_are_delivery_ids_and_nothing_else(ran: dict[str, Facts]) -> None:
    values = [value for run in ran.values() for value in run["xcoms"].values()]
    ids = [one for value in values for one in (value if isinstance(value, list) else [value])]
    assert ids
    assert [one for one in ids if not DELIVERY.match(json.loads(json.dumps(one)))] == []


def test_nobody_is_named_in_airflows_logs(ran: dict[str, Facts], home: Home) -> None:
    written = b"".join(path.read_bytes() for path in home.folder.rglob("*") if path.is_file()).decode(errors="replace")
    assert "weijian_siwang-202609-" in written
    assert [n for n, one in enumerate(people()) if one.number in written or one.name in written] == []
