"""Generated pages follow the code, and a page that doesn't is named."""

from pathlib import Path

import pytest

from pipeline import reference
from pipeline.cli import app
from pipeline.reference.commands import commands


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return reference.pages()


def write(folder: Path, pages: dict[str, str]) -> None:
    for name, text in pages.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def test_fresh_pages_are_not_named_and_changed_or_missing_ones_are(tmp_path: Path, pages: dict[str, str]) -> None:
    write(tmp_path, pages)
    assert reference.stale(tmp_path) == []
    (tmp_path / "reference" / "cli.md").write_text("old", encoding="utf-8")
    (tmp_path / "reference" / "feeds.md").unlink()
    assert reference.stale(tmp_path) == ["reference/feeds.md", "reference/cli.md"]


def test_writing_renews_what_is_stale_and_checking_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reference, "FOLDER", tmp_path)
    monkeypatch.setattr(reference, "stale", lambda: ["reference/cli.md"])
    assert reference.main([]) == 1
    assert not list(tmp_path.iterdir())
    assert reference.main(["--write"]) == 0
    assert (tmp_path / "reference" / "cli.md").is_file()
    assert "reference/cli.md: written" in capsys.readouterr().err


def test_commands_are_found_below_groups_too() -> None:
    words = [path for path, _ in commands(app)]
    assert ("run",) in words
    assert ("lead", "decide") in words
    assert ("lead",) not in words


def test_contract_page_says_what_a_yaml_author_needs(pages: dict[str, str]) -> None:
    page = pages["reference/contract.md"]
    assert "| `mode` | `snapshot`, `increment` | required |" in page
    assert '| `delimiter` | text | `","` |' in page
    assert "list of [Column](#column)" in page
    assert "| `id_number` | 证件号码 |" in page


def test_feeds_page_lists_nested_fields_and_what_is_not_taken(pages: dict[str, str]) -> None:
    page = pages["reference/feeds.md"]
    assert "| `owners.name` | 权利人列表/权利人/姓名 | person_name |" in page
    assert "Not taken: 民族、政治面貌." in page


def test_every_option_a_command_has_is_told(pages: dict[str, str]) -> None:
    part = pages["reference/cli.md"].split("## huilian receive")[1].split("\n## ")[0]
    assert "huilian receive FEED [OPTIONS]" in part
    assert "| `--month` | required |" in part
