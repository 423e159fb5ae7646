"""The docs say what the code does: generated pages are fresh, everything is mentioned, examples run as printed."""

import re
from datetime import date
from pathlib import Path

import pytest

import contracts
from contracts import model
from contracts.errors import Stop
from contracts.purposes import Purpose
from contracts.reasons import REASONS
from pipeline import reference
from pipeline.cli import app
from pipeline.reference.commands import commands
from pipeline.reference.contract import MODELS
from pipeline.settings import ROOT

DOCS = sorted((ROOT / "docs").rglob("*.md"))
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
PAGES = [*READMES, ROOT / "CHANGELOG.md", *DOCS]
COMMANDS = [" ".join(["huilian", *words]) for words, _ in commands(app)]
ONBOARD = (ROOT / "docs" / "onboard_a_feed.md").read_text(encoding="utf-8")


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def example(name: str) -> str:
    """The code block of the onboarding page that is marked with `name`."""
    found = re.search(rf"<!-- example: {name} -->\n```\w+\n(.*?)```", ONBOARD, re.DOTALL)
    assert found, name
    return found[1]


def test_generated_pages_are_fresh() -> None:
    assert reference.stale() == [], "run: python -m pipeline.reference --write"


@pytest.mark.parametrize("readme", READMES, ids=lambda p: p.name)
def test_readme_names_both_commands_and_shows_the_picture(readme: Path) -> None:
    assert "make demo" in text(readme)
    assert "make test" in text(readme)
    assert "docs/images/report.png" in text(readme)


@pytest.mark.parametrize("readme", READMES, ids=lambda p: p.name)
def test_readme_lists_every_command_and_no_other(readme: Path) -> None:
    told = set(re.findall(r"^\| `(huilian [a-z]+(?: [a-z]+)?)[^`]*` \|", text(readme), re.MULTILINE))
    assert told == set(COMMANDS)


def test_every_make_target_the_docs_name_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", text(ROOT / "Makefile"), re.MULTILINE))
    named = {
        t for page in PAGES for t in re.findall(r"(?:`|^|\()make (?:-s )?([a-z][a-z-]*)", text(page), re.MULTILINE)
    }
    assert named <= targets


def test_every_setting_is_documented_in_both_languages() -> None:
    read = set(re.findall(r"HUILIAN_[A-Z_]+[A-Z]", text(ROOT / "pipeline" / "settings.py")))
    hidden = {"HUILIAN_KILL_AT"}  # for tests of recovery only
    for readme in READMES:
        told = set(re.findall(r"HUILIAN_[A-Z_]+[A-Z]", text(readme)))
        assert read - hidden <= told | {"HUILIAN_SOURCE", "HUILIAN_TOKEN"}


def test_every_contract_key_has_a_meaning_and_is_in_the_reference() -> None:
    page = text(ROOT / "docs" / "reference" / "contract.md")
    assert set(MODELS) == {m for m in model.Model.__subclasses__() if m.__module__ == model.__name__}
    for each in MODELS:
        for key, field in each.model_fields.items():
            assert field.description, f"{each.__name__}.{key}"
            assert f"| `{key}` |" in page
    assert all(f"| `{code}` |" in page for code in REASONS)


def test_every_purpose_key_has_a_meaning_and_is_in_the_reference() -> None:
    page = text(ROOT / "docs" / "reference" / "purposes.md")
    for key, field in Purpose.model_fields.items():
        assert field.description, key
        assert f"| `{key}` |" in page


def test_every_refusal_has_a_line_in_the_runbook_or_in_the_reference() -> None:
    runbook = text(ROOT / "docs" / "runbook.md")
    told = set(re.findall(r"`([a-z_]+)`", runbook.split("## A file is refused")[1].split("\n## ")[0]))
    files = {code for code, reason in REASONS.items() if reason.scope == "file"}
    of_batches = {
        "too_few_rows",
        "too_many_deleted",
        "too_many_bad_rows",
        "line_balance",
        "id_truncated_column",
    }  # these stop a batch, which has a chapter of its own
    assert files - of_batches <= told


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_page_has_no_machine_paths_and_its_links_lead_somewhere(page: Path) -> None:
    assert not re.search(r"(?<![\w.<])/(?:home|work|root|tmp|Users|opt|var|mnt)/", text(page))
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text(page)):
        if not target.startswith("https://"):
            assert (page.parent / target).exists(), target


def test_every_decision_is_in_the_index() -> None:
    index = text(ROOT / "docs" / "decisions" / "README.md")
    for path in (ROOT / "docs" / "decisions").glob("0*.md"):
        assert f"({path.name})" in index


def test_the_example_contract_is_valid_and_would_not_be_with_the_column_nobody_agreed_on(tmp_path: Path) -> None:
    path = tmp_path / "nongye_butie.yml"
    path.write_text(example("contract"), encoding="utf-8")
    contract = contracts.load(path)
    assert {f.name for f in contract.content_fields()} == {"subsidy_no", "area_mu", "paid_fen", "paid_month"}
    taken = "fields:\n  - {name: minzu, source: 民族, kind: text}"
    path.write_text(example("contract").replace("fields:", taken, 1), encoding="utf-8")
    with pytest.raises(Stop, match="民族"):
        contracts.load(path)


def test_the_example_delivery_becomes_what_the_page_says(tmp_path: Path) -> None:
    from connectors import readers
    from transforms.conform import conform

    (tmp_path / "nongye_butie.yml").write_text(example("contract"), encoding="utf-8")
    contract = contracts.load(tmp_path / "nongye_butie.yml")
    delivery = tmp_path / "耕地补贴_2026-10.csv"
    delivery.write_bytes(example("delivery").encode("gb18030"))
    parsed = readers.read(delivery, contract)
    found = conform(parsed.table, contract, date(2026, 10, 1))
    assert (parsed.lines, parsed.rejects.num_rows) == (3, 0)
    assert found.rows.column("paid_fen").to_pylist() == [54000, 24000]
    assert found.quarantined.column("reasons").to_pylist() == [["key_missing"]]
    assert found.issues.column("reason").to_pylist() == ["id_missing"]
    assert parsed.unknown == ()
    assert "民族" not in parsed.table.column_names
