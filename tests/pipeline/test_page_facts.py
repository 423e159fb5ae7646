"""What the page says is what the warehouse holds: counted by the roles that may count it, on a real server."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet as pq
import pytest

import contracts
from pipeline.page import gather, render
from pipeline.page.model import Facts
from pipeline.settings import Settings
from warehouse import server as servers
from warehouse.migrate import migrate
from warehouse.server import Server

SECRETS = ("张三丰", "P0000001A", "H-000001", "低保_张三丰.txt")

LEDGER = """
insert into ledger.delivery (delivery_id, feed, period, source_name, sha256, bytes, landed, encoding, state, verdict,
  reason, lines, parsed, rejected, typed, quarantined, published, deduplicated, columns_unknown, columns_refused,
  received_at, published_at)
values
 ('a', 'gongan_hukou', '2026-09-01', '低保_张三丰.txt', repeat('a', 64), 2048, '-', 'gb18030', 'published', 'warn',
  null, 10, 9, 1, 8, 1, 7, 1, '{张三丰, 第二列}', '{民族, 政治面貌}', '2026-10-01', '2026-10-01 00:00:03'),
 ('b', 'gongan_hukou', '2026-10-01', 'x', repeat('b', 64), 0, '-', null, 'refused', null,
  'empty_file', null, null, null, null, null, null, null, '{}', '{}', '2026-11-01', null);
insert into ledger.arrival (feed, period, source_name, sha256, outcome, delivery_id, times) values
 ('gongan_hukou', '2026-09-01', '低保_张三丰.txt', repeat('a', 64), 'new', 'a', 1),
 ('gongan_hukou', '2026-09-01', '低保_张三丰.txt', '', 'waiting', null, 1),
 ('gongan_hukou', '2026-10-01', '', '', 'waiting', null, 3),
 ('jiaoyu_xueji', '2026-10-01', '名册_张三丰.xlsx', '', 'waiting', null, 1),
 ('', '2026-10-01', '张三丰.docx', repeat('c', 64), 'unknown', null, 2);
insert into ledger.metric values ('a', 'required:name', 2, 8, 'stop', false);
insert into ledger.reason_count values ('a', 'id_missing', 'id_number', 2), ('a', 'field_count', null, 1);
"""
IDENTITY = """
insert into identity.run values ('r1', '1', 4, 3, '{}', '2026-11-01 10:00+08');
insert into identity.person (person_id, number, entity, minted_at, retired_at, merged_into) values
 ('P0000001A', 1, 'person', now(), null, null), ('P0000002B', 2, 'person', now(), now(), 'P0000001A'),
 ('O0000001A', 1, 'organisation', now(), null, null);
insert into identity.member values
 ('gongan_hukou', 'H-000001', 'person', 'person', 'P0000001A', 1, 'spine', '1', now(), null),
 ('minzheng_dibao', 'D-1', 'person', 'person', 'P0000001A', 1, 'spine', '1', now(), null),
 ('minzheng_dibao', 'D-2', 'person', 'person', 'P0000001A', 0.9, 'pair', '1', now(), null),
 ('shichang_qiye', 'Q-1', '企业', 'organisation', 'O0000001A', 1, 'code', '1', now(), null);
insert into identity.event (run_id, kind, person_id) values
 ('r1', 'minted', 'P0000001A'), ('r1', 'minted', 'P0000002B'), ('r1', 'merged', 'P0000002B');
insert into identity.pair values ('a', 'x', 'person', 'b', 'y', 'person', 0.5, '{}', '1', 'grey');
insert into identity.conflict (run_id, kind, person_ids, mentions) values ('r1', 'id_conflict', '{P0000001A}', '[]');
"""
MART = """
insert into mart.lead (lead_id, rule, person_id, period, state, evidence_level, evidence, facts, rule_version) values
 ('l1', 'dibao_paid_twice', 'P0000001A', '2026-09-01', 'suspected', 'E3', '[{"record_key": "H-000001"}]', '{}', '1'),
 ('l2', 'dibao_paid_twice', 'P0000002B', '2026-10-01', 'suspected', 'E3', '[]', '{}', '1'),
 ('l3', 'school_age_not_enrolled', 'P0000001A', '2026-10-01', 'closed', 'E2', '[]', '{}', '1');
insert into mart.lead_event (lead_id, who, from_state, to_state) values ('l3', '张三丰', 'sent', 'refuted');
"""


@pytest.fixture(scope="module")
def server(installation: Callable[[Path], Settings], tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A warehouse of its own with a little of everything, written by its owner."""
    settings = installation(tmp_path_factory.mktemp("inbox"))
    started = servers.ensure(settings.data, settings.warehouse)
    migrate(started, contracts.load_all())
    with started.connect() as conn:
        for statements in (LEDGER, IDENTITY, MART):
            conn.execute(statements)  # type: ignore[call-overload]
    return started


@pytest.fixture(scope="module")
def facts(server: Server) -> Facts:
    return gather(server.connect)


def test_deliveries_are_told_month_by_month_with_their_counts(facts: Facts) -> None:
    published, refused = facts.deliveries
    assert facts.months == ("2026-09", "2026-10")
    assert (published.lines, published.bad, published.published) == (10, 2, 7)
    assert published.balanced
    assert published.seconds == 3.0
    assert (refused.state, refused.reason, refused.balanced) == ("refused", "empty_file", None)


def test_refused_columns_are_named_by_the_deny_list_and_unknown_ones_only_counted(facts: Facts) -> None:
    assert facts.deliveries[0].refused_words == ("政治面貌", "民族")
    assert facts.deliveries[0].unknown_columns == 2


def test_files_are_counted_without_their_names_and_forgotten_once_they_have_come(facts: Facts) -> None:
    assert [(a.feed, a.outcome, a.files) for a in facts.arrivals] == [
        ("gongan_hukou", "new", 1),
        (None, "unknown", 1),
        ("jiaoyu_xueji", "waiting", 1),
    ]


def test_grades_are_the_scorecards(facts: Facts) -> None:
    grades = {(g.department, g.month, g.property): (g.grade, g.score) for g in facts.grades}
    assert grades[("公安局", "2026-09", "完整性")] == ("C", 75.0)
    assert grades[("公安局", "2026-10", "可访问性")] == ("E", 0.0)


def test_recognition_counts_mentions_persons_and_how_far_each_reaches(facts: Facts) -> None:
    found = facts.recognition
    assert (found.mentions, found.persons, found.organisations) == (3, 1, 1)
    assert found.sizes == {3: 1}
    assert found.reach == {2: 1}
    assert {f.feed: (f.mentions, f.persons, f.linked) for f in found.by_feed} == {
        "gongan_hukou": (1, 1, 1),
        "minzheng_dibao": (2, 1, 2),
    }
    assert found.methods == {"spine": 2, "pair": 1}
    assert (found.grey, found.conflicts) == ({"person": 1}, {"id_conflict": 1})
    assert found.runs[0].events == {"merged": 1, "minted": 2}


def test_a_lead_is_new_once_even_when_its_person_was_merged(facts: Facts) -> None:
    leads = {(c.rule, c.month): (c.leads, c.fresh, c.refuted) for c in facts.leads}
    assert leads[("dibao_paid_twice", "2026-09")] == (1, 1, 0)
    assert leads[("dibao_paid_twice", "2026-10")] == (1, 0, 0)
    assert leads[("school_age_not_enrolled", "2026-10")] == (1, 1, 1)


def test_a_rule_is_unasked_until_the_register_it_needs_whole_has_come(facts: Facts) -> None:
    unasked = {r.rule: r.unasked for r in facts.rules}
    assert unasked["birth_not_registered"] == ()
    assert unasked["school_age_not_enrolled"] == facts.months
    assert unasked["dibao_paid_twice"] == ()


def test_every_rule_is_described_whether_it_found_anything_or_not(facts: Facts) -> None:
    assert len(facts.rules) >= 10
    assert all(r.legal_basis and r.department and "疑点线索" not in r.title for r in facts.rules)


def test_nothing_that_names_a_person_reaches_the_page(facts: Facts) -> None:
    page = render(facts)
    assert [s for s in SECRETS if s in page] == []
    assert "累计核实不属实 1 条" in page


def test_page_is_written_with_the_rights_of_readers_alone(server: Server) -> None:
    """Each section is read by the role that may read it, and nobody's identifiers are asked for."""
    asked: list[str] = []

    def connect(role: str) -> psycopg.Connection[Any]:
        asked.append(role)
        conn = server.connect(role)
        conn.read_only = True
        return conn

    gather(connect)
    assert asked == ["loader", "linker", "analyst"]


def test_no_value_of_any_mention_is_on_the_report_of_a_whole_run(county: Any) -> None:
    page = (county.settings.reports / "latest.html").read_text(encoding="utf-8")
    values: set[str] = set()
    for path in county.settings.lake.glob("*/*/mentions.parquet"):
        table = pq.read_table(path, columns=["record_key", "name", "name_raw", "id_number", "phone", "address"])
        values |= {v for column in table.columns for v in column.to_pylist() if v and len(v) > 1}
    assert len(values) > 100
    assert [v for v in values if v in page] == []
