"""Two months of a small county, from files to leads: what a data engineer would look at afterwards."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq

from pipeline.settings import Settings
from tests.factory import CANARY_ETHNIC, CANARY_POLITICS
from tests.pipeline.conftest import MONTHS, County, errors, look, receipts, through
from warehouse import server as servers


def leads(county: County) -> dict[tuple[str, str], int]:
    server = servers.ensure(county.settings.data, county.settings.warehouse)
    with server.connect("analyst") as conn:
        found = conn.execute(
            "select rule, to_char(period, 'YYYY-MM'), count(*) from mart.current_lead group by 1, 2"
        ).fetchall()
    return {(rule, month): n for rule, month, n in found}


def test_every_feed_is_taken_through_without_trouble(county: County) -> None:
    assert errors(county) == []
    assert county.outcome.exit_code == 0
    assert len(county.said) == 2 * (20 + 2)


def test_the_equation_holds_for_every_delivery(county: County) -> None:
    rows = look(county.settings)["ledger.delivery"]
    assert len(rows) == 2 * 9  # five feeds with news, and four sources that answer "nothing" on purpose
    server = servers.ensure(county.settings.data, county.settings.warehouse)
    with server.connect("loader") as conn:
        wrong = conn.execute(
            "select count(*) from ledger.delivery where state <> 'published' or lines <> parsed + rejected"
            " or parsed <> typed + quarantined or typed <> published + deduplicated"
        ).fetchone()
    assert wrong == (0,)


def test_the_paid_dead_and_the_twice_paid_are_found_and_nobody_else(county: County) -> None:
    found = leads(county)
    for month in MONTHS:
        assert found[("pension_paid_after_death", month)] == 1
        assert found[("deceased_not_deregistered", month)] == 1
        assert found[("dibao_paid_twice", month)] == 1
        assert ("bus_card_used_after_death", month) not in found


def test_people_keep_their_ids_when_the_second_month_arrives(county: County) -> None:
    server = servers.ensure(county.settings.data, county.settings.warehouse)
    with server.connect("linker") as conn:
        changed = conn.execute(
            "select count(*) from (select from identity.member group by feed, record_key, role"
            " having count(distinct person_id) > 1) moved"
        ).fetchone()
        persons = conn.execute("select count(distinct person_id) from identity.current_member").fetchone()
    assert changed == (0,)
    assert persons == (40,)


def test_refused_columns_are_found_in_no_byte_after_landing(county: County) -> None:
    """Every file outside landing, every text in the warehouse, every line said."""
    canaries = [c.encode(e) for c in (CANARY_ETHNIC, CANARY_POLITICS) for e in ("utf-8", "gb18030", "utf-16-le")]
    landed = b"".join(p.read_bytes() for p in county.settings.landing.rglob("*") if p.is_file())
    assert any(c in landed for c in canaries), "the canary must be in what was sent, or this test proves nothing"
    for path in county.settings.data.rglob("*"):
        if path.is_file() and county.settings.landing not in path.parents:
            assert not any(c in path.read_bytes() for c in canaries), path
            if path.suffix == ".parquet":
                text = json.dumps(pq.read_table(path).to_pylist(), ensure_ascii=False, default=str)
                assert CANARY_ETHNIC not in text, path
    assert CANARY_ETHNIC not in repr(look(county.settings))
    assert CANARY_POLITICS not in repr(look(county.settings))
    assert not any(CANARY_ETHNIC in line or CANARY_POLITICS in line for line in county.said)


def test_the_refused_columns_are_named_to_the_engineer(county: County) -> None:
    server = servers.ensure(county.settings.data, county.settings.warehouse)
    with server.connect("loader") as conn:
        named = conn.execute(
            "select distinct columns_refused from ledger.delivery where feed = 'gongan_hukou'"
        ).fetchall()
    assert named == [(["民族", "政治面貌"],)]


def test_every_delivery_has_a_receipt_in_chinese(county: County) -> None:
    found = [json.loads(p.read_text(encoding="utf-8")) for p in county.settings.outbox.rglob("*.json")]
    assert len(found) == 18
    assert {r["verdict"] for r in found} <= {"接收", "接收并提示"}
    assert len(list(county.settings.outbox.rglob("*.xlsx"))) == 18


def test_running_it_again_changes_nothing_but_says_duplicate(
    county: County, copied: Callable[[Settings], Settings]
) -> None:
    settings = copied(county.settings)
    before, answered = look(settings), receipts(settings)
    again = through(settings)
    assert again.outcome.exit_code == 0
    after = look(settings)
    assert {t for t in before if before[t] != after[t]} == set()
    assert receipts(settings) == answered
    duplicates = [p for p in settings.outbox.rglob("*_重复.json")]
    assert len(duplicates) == 18


def test_the_page_is_one_file_that_fetches_nothing_and_names_nobody(county: County) -> None:
    html = Path(county.outcome.report).read_text(encoding="utf-8")
    assert "疑点线索" in html
    assert "src=" not in html.replace("src='data:", "")
    assert "://" not in html.replace("http://www.w3.org/2000/svg", "")
    assert "990101" not in html


def test_a_dry_run_writes_nothing(county: County, tmp_path: Path) -> None:
    import sys

    env = {"HUILIAN_DATA": str(tmp_path / "untouched"), "HUILIAN_INBOX": str(county.settings.inbox), "PATH": "/usr/bin"}
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "run", "--dry-run", "--json"],
        env=env, cwd=root, capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    rows = json.loads(done.stdout)
    assert any(r["feed"] == "gongan_hukou" and r["what"].startswith("read ") for r in rows)
    assert any(r["what"] == "nothing came" for r in rows)
    assert not (tmp_path / "untouched").exists()
