"""A department corrects one file of a month that was recognised: what its run announces, and what follows from it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import steps
from pipeline.settings import Settings
from tests.factory import people, siwang, small_county

MONTHS, DEATHS = ("2026-09", "2026-10"), "weijian_siwang"
FEEDS = ("gongan_hukou", "renshe_yanglao", DEATHS)


@pytest.fixture(scope="module")
def settings(installation: Callable[[Path], Settings], tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Two months of three registers, recognised and compared."""
    made = installation(small_county(tmp_path_factory.mktemp("inbox")))
    steps.prepare(made)
    for month in MONTHS:
        for feed in FEEDS:
            take(made, feed, month)
            assert steps.news(made, feed, month) == "month"
    steps.link(made, "2026-09")
    steps.compare(made, "2026-10")
    return made


def take(settings: Settings, feed: str, month: str) -> list[str]:
    """Everything a feed's DAG does but announce."""
    return steps.publish(settings, steps.check(settings, steps.receive(settings, feed, month)))


def paid_dead(settings: Settings) -> dict[str, set[str]]:
    """Keys of the pensions that leads say are paid after death, by month."""
    with steps.server(settings).connect("analyst") as conn:
        rows = conn.execute(
            "select to_char(period, 'YYYY-MM'), e ->> 'record_key'"
            " from mart.current_lead, jsonb_array_elements(evidence) e"
            " where rule = 'pension_paid_after_death' and e ->> 'feed' = 'renshe_yanglao'"
        ).fetchall()
    return {month: {str(key) for at, key in rows if at == month} for month in MONTHS}


def test_a_corrected_file_is_announced_as_a_correction_until_it_was_recognised(settings: Settings) -> None:
    someone, another = people()[0], next(p for p in people()[3:] if p.born.year < 1966)
    died = paid_dead(settings)
    assert [len(keys) for keys in died.values()] == [1, 1]
    assert steps.news(settings, DEATHS, "2026-09") == "nothing"

    # The name was forgotten over it: the number says who it is.
    siwang(settings.inbox, "2026-09", [(another._replace(name=""), someone.born.replace(year=2026))])
    assert len(take(settings, DEATHS, "2026-09")) == 1
    assert steps.news(settings, DEATHS, "2026-09") == "correction"
    assert steps.news(settings, "gongan_hukou", "2026-09") == "nothing"

    steps.link(settings, "2026-09")
    assert steps.news(settings, DEATHS, "2026-09") == "nothing"
    steps.compare_since(settings, "2026-09")
    after = paid_dead(settings)
    assert [len(keys) for keys in after.values()] == [1, 1]
    assert after["2026-09"] == after["2026-10"] != died["2026-09"]
