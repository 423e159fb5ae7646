"""What the command line shows of an installation: leads by id, decisions by number; and what it refuses, and how."""

import json
from collections.abc import Callable

import pytest

import contracts
from pipeline.cli import main
from pipeline.settings import Settings
from tests.pipeline.conftest import County

Huilian = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def settings(county: County, copied: Callable[[Settings], Settings]) -> Settings:
    """An installation of its own, because leads move on in it."""
    return copied(county.settings)


@pytest.fixture
def huilian(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Huilian:
    """The command as a shell runs it: exit code, stdout, stderr."""
    for name, value in settings.to_env().items():
        monkeypatch.setenv(name, value)

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["huilian", *words])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        return (code, *capsys.readouterr())

    return run


def test_leads_are_counted_by_rule_and_listed_by_id_for_one(huilian: Huilian) -> None:
    _, counted, _ = huilian("lead", "list", "--month", "2026-10")
    month, rule, many = counted.splitlines()[0].split()
    assert month == "2026-10"
    _, listed, _ = huilian("lead", "list", "--month", "2026-10", "--rule", rule)
    assert len(listed.splitlines()) == int(many)
    assert all(line.startswith("L202610-") and "suspected" in line for line in listed.splitlines())
    lead = listed.split()[0]
    sent = huilian("lead", "decide", lead, "sent", "--who", "审核员", "--why", "转交核实")
    assert sent == (0, "", f"lead {lead} is sent\n")
    assert "sent" in huilian("lead", "list", "--rule", rule, "--month", "2026-10")[1]
    code, _, said = huilian("lead", "decide", lead, "closed", "--who", "审核员", "--why", "转交核实")
    assert code == 2
    assert "open to it now: confirmed or refuted" in said


def test_of_a_month_without_leads_it_is_said(huilian: Huilian) -> None:
    assert huilian("lead", "list", "--month", "2020-01") == (0, "", "no open leads\n")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("lead", "list", "--month", "2026-13"), "not a month"),
        (("lead", "list", "--rule", "nothing"), "there is no such rule"),
        (("warehouse", "url", "--role", "boss"), "there is no role boss"),
        (("review", "list", "--most", "0"), "--most"),
        (("review", "undo", "999", "--who", "审核员"), "review decisions"),
        (("feed", "check", "nowhere.yml"), "there is no such file"),
        (("feed", "check", "."), "is a folder"),
    ],
)
def test_what_can_not_be_is_refused_with_what_can(huilian: Huilian, words: tuple[str, ...], says: str) -> None:
    code, out, said = huilian(*words)
    assert (code, out) == (2, "")
    assert says in said


def test_decisions_are_listed_until_they_are_undone(huilian: Huilian) -> None:
    pair = ("--left", "gongan_hukou", "HK0000008", "person", "--right", "gongan_hukou", "HK99", "person")
    code, number, said = huilian("review", "decide", "different", *pair, "--who", "审核员", "--why", "两户")
    assert code == 0
    assert "the decision waits" in said
    _, listed, _ = huilian("review", "decisions")
    assert listed.startswith(f"{number.strip()}  不同  ")
    assert "待其出现后生效" in listed
    huilian("review", "undo", number.strip(), "--who", "审核员")
    assert huilian("review", "decisions")[1] == "没有生效的判定\n"


def test_status_counts_the_feeds_that_are_missing_from_the_latest_month(huilian: Huilian, county: County) -> None:
    code, said, _ = huilian("status", "--json")
    found = json.loads(said)
    came = {d["feed"] for d in found["deliveries"] if d["month"] == "2026-10" and d["state"] == "published"}
    assert code == 0
    assert found["summary"]["missing_feeds"] == len(contracts.names()) - len(came)
    assert found["summary"]["deliveries"] == len(found["deliveries"])


def test_what_a_consumer_sees_can_be_seen_as_that_consumer(huilian: Huilian) -> None:
    code, url, _ = huilian("warehouse", "url", "--role", "reader_benefit_check_renshe")
    assert code == 0
    assert "huilian_reader_benefit_check_renshe@" in url
