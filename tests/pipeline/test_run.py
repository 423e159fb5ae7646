"""What a run says at its end, where people look: troubles once more, and counts as people read them."""

from contracts.errors import Quarantine, Retry
from pipeline.run import Outcome, closing, counted


def test_the_last_lines_name_every_trouble_and_the_report() -> None:
    outcome = Outcome(["2026-10"], deliveries=3, seconds={"receive": 1.25}, report="data/reports/latest.html")
    outcome.troubles = [
        ("gongan_hukou", "2026-10", Quarantine("x", "1 delivery can't be used", "see its receipt")),
        ("jiaotong_laonianka", "2026-10", Retry("x", "the database file isn't there", "run again")),
    ]
    assert closing(outcome).splitlines() == [
        "deliveries 3   receive 1.2 s",
        "trouble    2026-10 gongan_hukou: 1 delivery can't be used",
        "trouble    2026-10 jiaotong_laonianka: the database file isn't there",
        "report     data/reports/latest.html",
    ]


def test_a_rule_that_could_not_be_asked_has_no_number() -> None:
    assert [counted(n) for n in (-1, 0, 1234)] == ["not asked", "0", "1,234"]
