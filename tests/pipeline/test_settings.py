"""Settings come from HUILIAN_* variables, once, and travel to a child process unchanged."""

from pathlib import Path

import pytest

from contracts.errors import Stop
from pipeline import steps
from pipeline.settings import ROOT, Settings, checked_month


def test_without_variables_the_sample_county_is_the_inbox() -> None:
    settings = Settings.from_env({})
    assert settings.inbox == ROOT / "examples" / "county"
    assert settings.warehouse is None
    assert settings.months() == ["2026-09", "2026-10"]


def test_settings_survive_the_way_to_a_child_process(tmp_path: Path) -> None:
    settings = Settings.from_env(
        {
            "HUILIAN_DATA": str(tmp_path),
            "HUILIAN_INBOX": str(tmp_path / "in"),
            "HUILIAN_API": "http://127.0.0.1:9/",
            "HUILIAN_API_TOKEN": "t",
            "HUILIAN_SETTLE_SECONDS": "2.5",
            "HUILIAN_TOKEN_SIFA_TIAOJIE": "other",
            "OTHER": "x",
        }
    )
    assert Settings.from_env(settings.to_env()) == settings
    assert settings.token("sifa_tiaojie") == "other"
    assert settings.token("yingji_yinhuan") == "t"


def test_an_interface_without_an_address_says_what_to_set() -> None:
    with pytest.raises(Stop, match="HUILIAN_API"):
        Settings.from_env({}).source_url("sifa_tiaojie", "{api}/{month}/tiaojie", "2026-10")


def test_a_feed_can_have_an_address_of_its_own() -> None:
    settings = Settings.from_env({"HUILIAN_SOURCE_JIAOTONG_LAONIANKA": "postgresql://db/cards"})
    assert settings.source_url("jiaotong_laonianka", "sqlite:///{inbox}", "2026-10") == "postgresql://db/cards"


@pytest.mark.parametrize("month", ["2026-13", "202610", "2026-1", "", "2026-10-01", "0000-01", "9999-12", "2026-10\n"])
def test_what_is_not_a_month_is_refused(month: str) -> None:
    with pytest.raises(Stop, match="2026-10"):
        checked_month(month)


def test_a_missing_inbox_is_said_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="HUILIAN_INBOX"):
        Settings.from_env({"HUILIAN_INBOX": str(tmp_path / "nowhere")}).months()


def test_a_wait_that_is_no_number_is_refused() -> None:
    with pytest.raises(Stop, match="HUILIAN_SETTLE_SECONDS"):
        Settings.from_env({"HUILIAN_SETTLE_SECONDS": "soon"})


def test_a_data_folder_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    assert steps.made(tmp_path / "new" / "data").is_dir()
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(Stop, match="HUILIAN_DATA"):
        steps.made(tmp_path / "file" / "data")
