"""From text to typed rows, and the decision whether the batch is fit to load."""

import json
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

import contracts
from contracts.errors import Stop
from contracts.model import Contract
from pipeline import lake, receipts
from pipeline.boundary import boundary
from pipeline.settings import Settings
from quality import expectations
from quality.checks import BatchFacts, Measured, measure
from quality.objections import Objections, collect, tally
from quality.report import Report
from transforms.conform import Conformed, conform, deduplicate
from warehouse import ledger
from warehouse.ledger import Delivery
from warehouse.server import Server


def check(settings: Settings, server: Server, delivery_id: str) -> Delivery:
    """Conform and judge one delivery; its state afterwards is checked or stopped. Published ones are left alone.

    The lake gets rows, mentions, quarantined, issues and dropped; the ledger the counts, metrics and reasons.
    """
    delivery = ledger.get(server, delivery_id)
    if delivery.state in ("published", "refused", "checked"):
        return delivery
    contract = contracts.get(delivery.feed)
    folder = lake.folder(settings.lake, delivery.feed, delivery_id)
    found = conform(lake.read(folder, "raw"), contract, delivery.period)
    measured = measure(found.rows, found.mentions, contract, _facts(settings, server, delivery, found))
    found = _set_aside(found, measured)
    kept, dropped = deduplicate(found)
    for stage in ("rows", "mentions", "quarantined", "issues"):
        lake.write(folder, stage, getattr(kept, stage))
    lake.write(folder, "dropped", dropped)
    lake.write(folder, "bad_rows", measured.bad_rows)
    boundary(settings.kill_at, "conformed")
    report = expectations.judge(measured, contract)
    if report.errored:
        raise Stop(delivery_id, "a quality rule could not be evaluated", "see the rules of its contract and run again")
    lake.write_text(folder, receipts.REPORT, json.dumps(report.as_dict(), ensure_ascii=False))
    receipts.withdraw(settings, delivery)
    delivery = _record(server, delivery, kept, dropped, report)
    ledger.record_reasons(server, delivery_id, _reasons(lake.read(folder, "rejects"), kept, measured, dropped))
    if delivery.state == "stopped":
        receipts.answer(settings, server, delivery)
    boundary(settings.kill_at, "checked")
    return delivery


def _facts(settings: Settings, server: Server, delivery: Delivery, found: Conformed) -> BatchFacts:
    """What the ledger knows beside the rows: counts so far, and how this batch compares with the one before."""
    contract = contracts.get(delivery.feed)
    before = ledger.previous_published(server, delivery.feed, delivery.period)
    previous = deleted = None
    if before is not None and contract.delivery.mode == "snapshot":
        folder = lake.folder(settings.lake, before.feed, before.delivery_id)
        if lake.has(folder, "rows"):
            keys = lake.read(folder, "rows", ["record_key"]).column("record_key")
            previous = len(keys)
            here = pc.is_in(keys, value_set=found.rows.column("record_key"))
            deleted = previous - int(pc.sum(here).as_py() or 0)
    issues = tally(collect(Objections(issues=found.issues)))
    return BatchFacts(
        period=delivery.period,
        lines=delivery.lines or 0,
        parsed=delivery.parsed or 0,
        rejected=delivery.rejected or 0,
        quarantined=found.quarantined.num_rows,
        previous=previous,
        deleted=deleted,
        same_bytes_as=_same_bytes(server, contract, delivery),
        unknown=len(delivery.columns_unknown),
        refused=len(delivery.columns_refused),
        objections=tuple(issues),
    )


def _same_bytes(server: Server, contract: Contract, delivery: Delivery) -> str | None:
    """The month of another published delivery with the same bytes; an empty increment says nothing by being equal."""
    if contract.delivery.may_be_empty and not delivery.lines:
        return None
    others: list[date] = [
        d.period
        for d in ledger.deliveries(server, feed=delivery.feed)
        if d.sha256 == delivery.sha256 and d.period != delivery.period and d.state == "published"
    ]
    return f"{others[-1]:%Y-%m}" if others else None


def _set_aside(found: Conformed, measured: Measured) -> Conformed:
    """Move rows that break a `row` rule from the typed rows to the quarantined ones, with what they said."""
    if measured.bad_rows.num_rows == 0:
        return found
    bad = _places(measured.bad_rows)
    rows = found.rows.filter(pc.is_in(_places(found.rows), value_set=bad))
    aside = pa.table(
        {
            "_line": rows.column("_line"),
            "record_key": rows.column("record_key"),
            "reasons": pa.array([["rule_failed"]] * rows.num_rows, pa.list_(pa.string())),
            "raw": pa.nulls(rows.num_rows, pa.string()),
        }
    ).cast(found.quarantined.schema)

    def without(table: pa.Table) -> pa.Table:
        return table.filter(pc.invert(pc.is_in(_places(table), value_set=bad)))

    return Conformed(
        without(found.rows),
        without(found.mentions),
        pa.concat_tables([found.quarantined, aside]),
        without(found.issues),
    )


def _places(table: pa.Table) -> pa.ChunkedArray:
    """Line and key of every row as one text: in a workbook each sheet counts its own lines."""
    line = table.column("_line").cast(pa.string())
    return pc.binary_join_element_wise(line, pc.fill_null(table.column("record_key"), ""), " ")


def _record(server: Server, delivery: Delivery, kept: Conformed, dropped: pa.Table, report: Report) -> Delivery:
    metrics = [
        ledger.Metric(f.rule, f.failed, f.total, f.severity, f.state == "passed")
        for f in report.findings
        if f.limit is not None
    ]
    ledger.record_metrics(server, delivery.delivery_id, metrics)
    stopped = report.verdict == "stop"
    return ledger.advance(
        server,
        delivery.delivery_id,
        "stopped" if stopped else "checked",
        verdict=report.verdict,
        reason=report.reason or None,
        typed=kept.rows.num_rows + dropped.num_rows,
        quarantined=kept.quarantined.num_rows,
        deduplicated=dropped.num_rows,
    )


def _reasons(rejects: pa.Table, kept: Conformed, measured: Measured, dropped: pa.Table) -> list[ledger.ReasonCount]:
    found = Objections(rejects, kept.quarantined, kept.issues, measured.bad_rows, dropped)
    return [ledger.ReasonCount(reason, field or None, rows) for reason, field, rows in tally(collect(found))]
