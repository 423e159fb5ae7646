"""What `huilian` says of words that make no sense, and how it ends."""

import re
import sys
from pathlib import Path

import pytest

import contracts
from contracts.errors import Stop
from pipeline import steps
from pipeline.cli import app, main
from tests.pipeline.commands import said

CLOSE = ["lead", "decide", "3", "closed", "--who", "a", "--why", "b"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "Commands:"),
        (["review"], "Undecided pairs"),
        (["review", "write"], "No such command 'write'"),
        (["receive", "--month", "2026-10"], "Missing argument 'FEED'"),
        (["receive", "gongan_hukou"], "Missing option '--month'"),
        (["run", "--mon", "2026-10"], "No such option '--mon'"),
        (["check"], "Missing argument 'DELIVERY_IDS...'"),
        ([*CLOSE, "--hearing-on", "2026-02-30"], "does not match"),
        (["review", "list", "--most", "0"], "not in the range"),
        (["warehouse", "url", "--role", "nobody"], "give owner, loader"),
    ],
)
def test_what_makes_no_sense_is_said_with_the_usage(words: list[str], says: str) -> None:
    done = said(words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Usage: huilian" in done.stderr
    assert says in " ".join(done.stderr.split())


def test_a_contract_whose_check_is_no_sql_is_refused_before_any_data_comes(tmp_path: Path) -> None:
    shipped = contracts.FEEDS / "minzheng_dibao.yml"
    assert said(["feed", "check", str(shipped)]).output.endswith("ok\n")
    text = re.sub('good: "[^"]*"', 'good: "nobody_has_this > 0"', shipped.read_text(encoding="utf-8"), count=1)
    (tmp_path / shipped.name).write_text(text, encoding="utf-8")
    with pytest.raises(Stop, match="nobody_has_this"):
        said(["feed", "check", str(tmp_path / shipped.name)])


def test_help_tells_commands_in_the_order_of_the_work_each_in_a_whole_sentence() -> None:
    told = said(["--help"])
    lines = told.stdout.split("Commands:\n")[1].splitlines()
    assert told.exit_code == 0
    assert [line.split()[0] for line in lines] == list(app.commands)
    assert all(line.endswith(".") and not line.endswith("...") for line in lines)


def test_a_shell_completes_commands(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name, value in {
        "_HUILIAN_COMPLETE": "bash_complete",
        "COMP_WORDS": "huilian review un",
        "COMP_CWORD": "2",
    }.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        main()
    assert capsys.readouterr().out == "plain,undo\n"


def test_an_interrupted_command_says_so_with_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(steps, "report", interrupted)
    monkeypatch.setattr(sys, "argv", ["huilian", "report"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 130
    assert capsys.readouterr().err.split("\n", 2)[1].startswith("huilian: interrupted")
