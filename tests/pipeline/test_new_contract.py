"""A contract that came after the installation was made: its first delivery needs no other command before it."""

from collections.abc import Callable
from pathlib import Path

from pipeline import steps
from pipeline.settings import Settings
from tests.factory import small_county

FEED = "weijian_siwang"


def test_tables_are_made_when_a_feed_first_publishes(installation: Callable[[Path], Settings], tmp_path: Path) -> None:
    settings = installation(small_county(tmp_path))
    steps.prepare(settings)
    with steps.server(settings).connect("owner") as conn:
        conn.execute(f"drop table content.{FEED}, identifiers.{FEED} cascade".encode())
    ids = steps.publish(settings, steps.check(settings, steps.receive(settings, FEED, "2026-09")))
    assert len(ids) == 1
    with steps.server(settings).connect("loader") as conn:
        many = conn.execute(f"select count(*) from content.{FEED}".encode()).fetchone()
    assert many is not None
    assert many[0] > 0
