"""Reads the facts of the report: one query a section, each with the role that may see that section, counts only."""

from collections.abc import Callable, Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import psycopg
from psycopg.rows import dict_row

import contracts
from contracts.kinds import forbidden_word
from contracts.model import Contract
from pipeline.page import model
from quality.scorecard import scorecard
from transforms import crosscheck

Connect = Callable[[str], psycopg.Connection[Any]]

REACH = 5  # feeds a person; more are counted with it
SIZES = 10  # mentions a person; more are counted with it
MONTHS = 6  # the newest months a page shows; older ones stand in older reports
PACKAGES = ("huilian", "apache-airflow", "duckdb", "pyarrow", "great-expectations", "pandas")

DELIVERIES = """
select feed, to_char(period, 'YYYY-MM'), state, verdict, reason, encoding, coalesce(bytes, 0), lines, parsed, rejected,
       typed, quarantined, published, deduplicated, coalesce(cardinality(columns_unknown), 0),
       coalesce(columns_refused, '{}'), extract(epoch from published_at - received_at)::float8
from ledger.delivery order by period, feed, received_at, delivery_id
"""
# An empty source name says that nothing came; a file that was still being written may have come since.
ARRIVALS = """
select a.feed, to_char(a.period, 'YYYY-MM'), a.outcome, count(*) from ledger.arrival a
where a.source_name <> '' and (a.outcome <> 'waiting' or not exists (
  select from ledger.delivery d where (d.feed, d.period, d.source_name) = (a.feed, a.period, a.source_name)))
group by 1, 2, 3 order by 2, 1, 3
"""
REASONS = """
select d.feed, to_char(d.period, 'YYYY-MM'), r.reason, r.field, sum(r.rows)::bigint
from ledger.reason_count r join ledger.delivery d using (delivery_id)
group by 1, 2, 3, 4 order by 5 desc, 1, 2, 3, 4
"""
GRADED = """
select d.delivery_id, d.feed, d.period, d.state, d.received_at from ledger.delivery d
where to_char(d.period, 'YYYY-MM') = any(%(months)s)
"""
METRICS = """
select m.delivery_id, m.rule, m.failed, m.total from ledger.metric m join ledger.delivery d using (delivery_id)
where to_char(d.period, 'YYYY-MM') = any(%(months)s)
"""
BY_FEED = """
with held as (
  select feed, person_id, count(*) as mentions, count(*) over (partition by person_id) as feeds
  from identity.current_member group by feed, person_id)
select feed, least(feeds, %(most)s)::int, sum(mentions)::bigint, count(*) from held group by 1, 2 order by 1, 2
"""
PERSONS = """
with held as (
  select person_id, count(*) as mentions, count(distinct feed) as feeds from identity.current_member group by person_id)
select 'size', least(mentions, %(sizes)s)::int, count(*) from held group by 2
union all select 'reach', least(feeds, %(reach)s)::int, count(*) from held group by 2
union all select 'organisations', 0, count(distinct person_id) from identity.current_organisation_member
union all select 'addresses', 0, count(distinct address_id) from identity.current_address_member
order by 1, 2
"""
DOUBTS = """
select 'method', method, count(*) from identity.current_member group by 2
union all select 'grey', entity, count(*) from identity.pair where state = 'grey' group by 2
union all select 'conflict', kind, count(*) from identity.conflict group by 2
order by 1, 3 desc, 2
"""
RUNS = """
select r.run_id, r.at, r.entity, r.mentions, r.persons, e.kind, count(e.event_id)
from identity.run r left join identity.event e using (run_id) group by r.run_id, e.kind order by r.at, e.kind
"""
LEADS = """
with held as (
  select l.rule, l.period, l.state, l.evidence_level,
         min(l.period) over (partition by l.rule, coalesce(p.merged_into, l.person_id)) as since,
         exists (select from mart.lead_event e where e.lead_id = l.lead_id and e.to_state = 'refuted') as refuted
  from mart.lead l join identity.person p using (person_id))
select rule, to_char(period, 'YYYY-MM'), state, evidence_level, count(*), count(*) filter (where period = since),
       count(*) filter (where refuted)
from held group by 1, 2, 3, 4 order by 1, 2, 3, 4
"""
PLATFORM = "select now(), current_setting('server_version'), pg_database_size(current_database())"


def gather(connect: Connect) -> model.Facts:
    """The facts of everything in the warehouse now.

    `connect(role)` opens a connection as "loader" (ledger), "linker" (identity) or "analyst" (mart); each is closed
    again. Nothing is read from `identifiers` or `content`. Raises psycopg.Error when the warehouse can't be read.
    """
    with connect("loader") as ledger:
        ((now, server, size),) = ledger.execute(PLATFORM).fetchall()
        deliveries = tuple(_delivery(row) for row in ledger.execute(DELIVERIES))
        arrivals = tuple(_arrivals(row) for row in ledger.execute(ARRIVALS))
        reasons = tuple(model.ReasonCount(*row) for row in ledger.execute(REASONS))
        months = tuple(sorted({d.month for d in deliveries} | {a.month for a in arrivals})[-MONTHS:])
        grades = _grades(ledger, months)
    with connect("linker") as identity:
        recognition = _recognition(identity)
    with connect("analyst") as mart:
        leads = tuple(model.LeadCount(*row) for row in mart.execute(LEADS))
    return model.Facts(
        generated_at=now,
        months=months,
        feeds=tuple(_feed(c) for c in contracts.by_feed().values()),
        deliveries=tuple(d for d in deliveries if d.month in months),
        arrivals=tuple(a for a in arrivals if a.month in months),
        reasons=tuple(r for r in reasons if r.month in months),
        grades=grades,
        recognition=recognition,
        rules=tuple(_rule(rule, _unasked(rule, deliveries, months)) for rule in crosscheck.load_all()),
        leads=leads,
        platform=model.Platform({**_versions(PACKAGES), "PostgreSQL": server}, size),
    )


def _feed(contract: Contract) -> model.Feed:
    return model.Feed(
        contract.feed, contract.title, contract.department, contract.source.format, contract.delivery.mode
    )


def _rule(rule: crosscheck.Rule, unasked: tuple[str, ...]) -> model.Rule:
    title = rule.title.split("：", 1)[-1]  # every title opens with 疑点线索：, which the page says once
    days = rule.grace_days or None
    return model.Rule(
        rule.name, title, rule.owner, rule.legal_basis, rule.benefit, days, rule.due_working_days, unasked
    )


def _unasked(rule: crosscheck.Rule, deliveries: Iterable[model.Delivery], months: Iterable[str]) -> tuple[str, ...]:
    """The months before the first published delivery of a feed the rule needs complete."""
    first: dict[str, str] = {}
    for delivery in deliveries:
        if delivery.state == "published":
            first[delivery.feed] = min(delivery.month, first.get(delivery.feed, delivery.month))
    return tuple(m for m in months if any(feed not in first or first[feed] > m for feed in rule.complete))


def _delivery(row: tuple[Any, ...]) -> model.Delivery:
    words = sorted({word for column in row[-2] if (word := forbidden_word(column))})
    return model.Delivery(*[*row[:-2], tuple(words), row[-1]])


def _arrivals(row: tuple[Any, ...]) -> model.Arrivals:
    feed, month, outcome, files = row
    return model.Arrivals(feed if feed in contracts.by_feed() else None, month, outcome, files)


def _grades(ledger: psycopg.Connection[Any], months: tuple[str, ...]) -> tuple[model.Grade, ...]:
    with ledger.cursor(row_factory=dict_row) as cursor:
        deliveries = cursor.execute(GRADED, {"months": list(months)}).fetchall()
        metrics = cursor.execute(METRICS, {"months": list(months)}).fetchall()
    return tuple(model.Grade(*score) for score in scorecard(deliveries, metrics, contracts.by_feed().values()))


def _recognition(identity: psycopg.Connection[Any]) -> model.Recognition:
    feeds: dict[str, dict[int, int]] = {}
    persons: dict[str, int] = {}
    for feed, reach, mentions, people in identity.execute(BY_FEED, {"most": REACH}):
        feeds.setdefault(feed, {})[reach] = mentions
        persons[feed] = persons.get(feed, 0) + people
    counted = _nested(identity.execute(PERSONS, {"sizes": SIZES, "reach": REACH}))
    doubts = _nested(identity.execute(DOUBTS))
    by_feed = tuple(model.LinkedFeed(f, sum(r.values()), persons[f], r) for f, r in sorted(feeds.items()))
    return model.Recognition(
        mentions=sum(f.mentions for f in by_feed),
        persons=sum(counted.get("size", {}).values()),
        organisations=sum(counted.get("organisations", {}).values()),
        addresses=sum(counted.get("addresses", {}).values()),
        by_feed=by_feed,
        sizes=counted.get("size", {}),
        reach=counted.get("reach", {}),
        methods=doubts.get("method", {}),
        grey=doubts.get("grey", {}),
        conflicts=doubts.get("conflict", {}),
        runs=_runs(identity.execute(RUNS)),
    )


def _nested(rows: Iterable[tuple[str, Any, int]]) -> dict[str, dict[Any, int]]:
    out: dict[str, dict[Any, int]] = {}
    for section, key, count in rows:
        out.setdefault(section, {})[key] = count
    return out


def _runs(rows: Iterable[tuple[Any, ...]]) -> tuple[model.Run, ...]:
    heads: dict[str, tuple[Any, ...]] = {}
    events: dict[str, dict[str, int]] = {}
    for run, at, entity, mentions, persons, kind, count in rows:
        heads[run] = (at, entity, mentions, persons)
        if kind is not None:
            events.setdefault(run, {})[kind] = count
    return tuple(model.Run(*[*head, events.get(run, {})]) for run, head in heads.items())


def _versions(packages: Iterable[str]) -> dict[str, str]:
    out = {}
    for package in packages:
        try:
            out[package] = version(package)
        except PackageNotFoundError:  # optional, or run from a checkout that was not installed
            continue
    return out
