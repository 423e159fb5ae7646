"""docs/link_tables.md: every command on the page runs as printed, and both languages print the same ones."""

import re
import shlex
import shutil
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest
import yaml

from contracts.linkage import Compared, Kind, Linkage, Table, checked
from tests.pipeline.commands import said

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "docs" / "link_tables.md", ROOT / "docs" / "link_tables.zh-CN.md"]


def _commands(page: Path) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def test_every_command_runs_as_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In order, in a folder that has the examples; what the page promises lies there afterwards."""
    commands = _commands(PAGES[0])
    assert commands == _commands(PAGES[1])
    shutil.copytree(ROOT / "examples" / "linkage", tmp_path / "examples" / "linkage")
    monkeypatch.chdir(tmp_path)
    for command in commands:
        name, *words = shlex.split(command)
        done = said(words)
        assert (name, done.exit_code) == ("huilian", 0), f"{command}: {done.output}"
    made = {"members.parquet", "pairs.parquet", "model.json", "report.html", "report.json", "kept", "events.parquet"}
    assert made <= {p.name for p in (tmp_path / "found").iterdir()}
    assert (tmp_path / "why.svg").is_file()


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_key_and_kind_of_a_config_is_on_the_page(page: Path) -> None:
    """And the config that is printed is valid."""
    text = page.read_text(encoding="utf-8")
    keys = {key.name for part in (Linkage, Table, Compared) for key in fields(part)}
    kinds = set(get_args(Kind))
    told = set(re.findall(r"`([a-z_]+)(?:: true)?`", text))
    assert keys | kinds <= told
    printed = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert printed
    checked(yaml.safe_load(printed[1]))
