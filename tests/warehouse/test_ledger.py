from concurrent.futures import ThreadPoolExecutor
from datetime import date
from hashlib import sha256

import pytest

from contracts.errors import Stop
from warehouse import ledger
from warehouse.ledger import Arrival, Delivery, Landed, Metric, ReasonCount
from warehouse.server import Server

OCTOBER = date(2026, 10, 1)


@pytest.fixture
def warehouse(blank: Server) -> Server:
    return blank


def landed(text: str) -> Landed:
    """A file whose bytes are `text`, as the landing folder has it."""
    digest = sha256(text.encode()).hexdigest()
    return Landed(digest, len(text), f"landing/{digest}")


def received(warehouse: Server, text: str, feed: str = "minzheng_dibao", period: date = OCTOBER) -> Delivery:
    return ledger.register(warehouse, feed, period, f"{text}.txt", landed(text)).delivery


def test_the_same_bytes_for_the_same_month_are_registered_once(warehouse: Server) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(
            pool.map(lambda _: ledger.register(warehouse, "minzheng_dibao", OCTOBER, "a", landed("once")), range(4))
        )
    assert [r.new for r in found].count(True) == 1
    assert len({r.delivery.delivery_id for r in found}) == 1
    assert found[0].delivery.state == "received"


def test_the_same_bytes_for_another_month_are_another_delivery(warehouse: Server) -> None:
    first = received(warehouse, "again")
    second = received(warehouse, "again", period=date(2026, 11, 1))
    assert first.delivery_id != second.delivery_id
    assert second.delivery_id.startswith("minzheng_dibao-202611-")


def test_steps_record_what_they_found_and_can_be_repeated(warehouse: Server) -> None:
    name = received(warehouse, "steps").delivery_id
    for _ in range(2):
        ledger.advance(warehouse, name, "parsed", lines=10, parsed=9, rejected=1, columns_refused=("民族",))
        done = ledger.advance(warehouse, name, "checked", typed=7, quarantined=2, verdict="warn")
    assert (done.state, done.lines, done.typed, done.columns_refused) == ("checked", 10, 7, ["民族"])
    back = ledger.advance(warehouse, name, "parsed", lines=10, parsed=10, rejected=0)
    assert (back.typed, back.verdict) == (None, None)


@pytest.mark.parametrize(
    ("state", "counts", "equation"),
    [
        ("parsed", {"lines": 10, "parsed": 9, "rejected": 0}, "every_line"),
        ("checked", {"parsed": 9, "typed": 9, "quarantined": 1}, "every_parsed_row"),
    ],
)
def test_counts_that_do_not_add_up_are_refused(
    warehouse: Server, state: ledger.State, counts: ledger.Progress, equation: str
) -> None:
    name = received(warehouse, f"unbalanced {state}").delivery_id
    with pytest.raises(Stop, match=equation):
        ledger.advance(warehouse, name, state, **counts)
    assert ledger.get(warehouse, name).state == "received"


def test_nobody_publishes_past_the_loading_step(warehouse: Server) -> None:
    name = received(warehouse, "shortcut").delivery_id
    with pytest.raises(Stop, match="publish"):
        ledger.advance(warehouse, name, "published")


def test_a_delivery_that_is_not_there_is_named(warehouse: Server) -> None:
    with pytest.raises(Stop, match="nothing-202610-abc"):
        ledger.get(warehouse, "nothing-202610-abc")
    with pytest.raises(Stop, match="register it first"):
        ledger.advance(warehouse, "nothing-202610-abc", "parsed")


def test_a_refused_delivery_keeps_its_reason_until_it_is_taken_up_again(warehouse: Server) -> None:
    name = received(warehouse, "refused").delivery_id
    assert ledger.advance(warehouse, name, "refused", reason="encoding").reason == "encoding"
    assert ledger.advance(warehouse, name, "parsed", lines=0, parsed=0, rejected=0).reason is None


def test_every_meeting_of_a_file_is_counted_and_a_new_one_stays_new(warehouse: Server) -> None:
    delivery = received(warehouse, "met")
    met = Arrival(delivery.feed, OCTOBER, delivery.source_name, delivery.sha256, "new", delivery.delivery_id)
    assert ledger.arrive(warehouse, met) == 1
    assert ledger.arrive(warehouse, met._replace(outcome="duplicate")) == 2
    ledger.arrive(warehouse, Arrival("", OCTOBER, "foreign.zip", "", "waiting"))
    ledger.arrive(warehouse, Arrival("", OCTOBER, "foreign.zip", "", "unknown"))
    rows = {a.source_name: (a.outcome, a.times) for a in ledger.arrivals(warehouse, OCTOBER)}
    assert rows["met.txt"] == ("new", 2)
    assert rows["foreign.zip"] == ("unknown", 2)


def test_findings_are_replaced_not_added(warehouse: Server) -> None:
    name = received(warehouse, "findings").delivery_id
    rules = [Metric("floor", 0, 1, "stop", True), Metric("id_missing", 3, 90, "warn", False)]
    counts = [ReasonCount("id_missing", "id_number", 3), ReasonCount("field_count", None, 9)]
    for _ in range(2):
        ledger.record_metrics(warehouse, name, rules)
        ledger.record_reasons(warehouse, name, counts)
    assert ledger.metrics(warehouse, name) == rules
    assert ledger.reasons(warehouse, name) == counts[::-1]


def test_the_list_is_of_a_month_or_a_feed(warehouse: Server) -> None:
    one = received(warehouse, "listed", feed="gongan_hukou", period=date(2020, 1, 1)).delivery_id
    two = received(warehouse, "listed", feed="gongan_hukou", period=date(2020, 2, 1)).delivery_id
    assert [d.delivery_id for d in ledger.deliveries(warehouse, feed="gongan_hukou")] == [one, two]
    assert [d.delivery_id for d in ledger.deliveries(warehouse, date(2020, 2, 1))] == [two]
    assert ledger.previous_published(warehouse, "gongan_hukou", date(2020, 3, 1)) is None
