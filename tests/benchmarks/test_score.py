import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import score
from benchmarks.score import Lead, Truth
from warehouse import server as servers
from warehouse.migrate import migrate
from warehouse.server import Server

RECORDS = """feed,month,record,role,person
gongan_hukou,2026-09,H1,person,1
gongan_hukou,2026-10,H1,person,1
minzheng_dibao,2026-09,D1,person,1
minzheng_dibao,2026-10,D2,person,2
"""
FINDINGS = """kind,month,person,detail
dibao_paid_twice,2026-09,1,
dibao_paid_twice,2026-10,1,
dibao_paid_twice,2026-10,2,
"""


def key(n: int) -> score.Key:
    return ("f", str(n), "person")


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    (tmp_path / "records.csv").write_text(RECORDS, encoding="utf-8")
    (tmp_path / "findings.csv").write_text(FINDINGS, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    data = Path(tempfile.mkdtemp(prefix="huilian-test-"))
    data.chmod(0o711)
    started = servers.ensure(data)
    migrate(started, [])
    with started.connect() as conn:
        for number, who in enumerate("ABC", 1):
            conn.execute(
                "insert into identity.person (person_id, number, entity, minted_at) values (%s, %s, 'person', now())",
                [who, number],
            )
        for feed, record, who in (("gongan_hukou", "H1", "A"), ("minzheng_dibao", "D1", "A"), ("nobody", "N", "C")):
            conn.execute(
                "insert into identity.member values (%s, %s, 'person', 'person', %s, 1, 'm', '1', now(), null)",
                [feed, record, who],
            )
        for who, month, state in (("A", "09", "suspected"), ("A", "10", "withdrawn"), ("C", "10", "sent")):
            conn.execute(
                "insert into mart.lead (lead_id, rule, person_id, period, state, evidence_level, evidence,"
                " rule_version) values (%s, 'dibao_paid_twice', %s, %s, %s, 'E1', '[]', '1')",
                [who + month, who, f"2026-{month}-01", state],
            )
    yield started
    started.stop()
    shutil.rmtree(data, ignore_errors=True)


def test_a_key_is_one_mention_in_both_months(truth: Path) -> None:
    read = score.read_truth(truth)
    assert len(read.persons) == 3
    assert read.reused == 0


def test_a_key_that_names_somebody_else_later_is_counted(truth: Path) -> None:
    with (truth / "records.csv").open("a") as file:
        file.write("gongan_hukou,2026-11,H1,person,9\n")
    read = score.read_truth(truth)
    assert read.reused == 1
    assert read.persons["gongan_hukou", "H1", "person"] == "9"


def test_a_mention_that_was_not_found_is_alone_and_lowers_coverage() -> None:
    people = {key(1): "a", key(2): "a", key(3): "b", key(4): "b"}
    scored = score.linkage(people, {key(1): "X", key(2): "X", key(9): "X"})
    assert scored["coverage"] == 0.5
    assert (scored["precision"], scored["recall"]) == (1.0, 0.5)
    assert (scored["bcubed_precision"], scored["bcubed_recall"]) == (1.0, 0.75)


def test_a_warehouse_without_a_crosswalk_is_scored_too() -> None:
    scored = score.linkage({key(1): "a", key(2): "a"}, {})
    assert (scored["coverage"], scored["recall"]) == (0.0, 0.0)
    assert score.linkage({}, {})["coverage"] == 1.0


def test_a_person_id_stands_for_whom_most_of_its_mentions_are_about() -> None:
    people = {key(1): "a", key(2): "b", key(3): "b", key(4): "d", key(5): "c"}
    found = {key(1): "X", key(2): "X", key(3): "X", key(4): "Y", key(5): "Y", key(9): "Z"}
    assert score.whose(people, found) == {"X": "b", "Y": "c"}


def test_a_person_counts_once_a_rule_and_month_and_an_unknown_one_is_an_error() -> None:
    real = Truth({}, frozenset({("r", "2026-09", "a"), ("r", "2026-09", "b"), ("s", "2026-09", "a")}), 0)
    leads = [Lead("r", "2026-09", who, "E1") for who in ("X", "Y", "Z")]
    found = score.findings(real, leads, {"X": "a", "Y": "a"})
    assert found["r"]["2026-09"] == score.counts(1, 1, 1) | {"wrong": ["Z"], "missed": ["b"]}
    assert found["s"]["2026-09"]["recall"] == 0.0
    assert score.totals(found)["all"] == score.counts(1, 1, 2)


def test_nothing_found_where_nothing_is_is_right() -> None:
    assert score.counts(0, 0, 0)["precision"] == 1.0
    assert score.counts(0, 0, 0)["recall"] == 1.0


def test_a_warehouse_is_scored_from_its_two_views(
    server: Server, truth: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--truth", str(truth), "--url", server.url("analyst")]
    assert score.main([*words, "--json"]) == 0
    scored = json.loads(capsys.readouterr().out)
    assert scored["linkage"]["coverage"] == pytest.approx(2 / 3)
    months = scored["findings"]["dibao_paid_twice"]
    assert [(m, c["tp"], c["fp"], c["fn"]) for m, c in months.items()] == [("2026-09", 1, 0, 0), ("2026-10", 0, 1, 2)]
    assert score.main([*words, "--errors"]) == 0
    text = capsys.readouterr().out
    assert "wrong ['C']   missed ['1', '2']" in text
    assert text.splitlines()[-1].split() == ["total", "all", "1", "1", "2", "0.5000", "0.3333"]


def test_what_can_not_be_scored_says_why(server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert score.main(["--truth", str(tmp_path), "--url", server.url("analyst")]) == 2
    assert "FileNotFoundError" in capsys.readouterr().err
