"""Options of `huilian link` that would do nothing are refused: above all a dry run that would be none."""

import pytest

from tests.pipeline.commands import said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--month", "2026-10", "--dry-run"], "--dry-run goes with a CONFIG.yml"),
        (["--month", "2026-10", "--no-keep"], "--keep goes with a CONFIG.yml"),
        (["c.yml", "--month", "2026-10", "--out", "x"], "without a CONFIG.yml"),
        (["c.yml", "--out", "x", "--svg", "x.svg"], "--svg goes with --explain"),
        (["c.yml"], "give --out"),
        (["c.yml", "--out", "x", "--explain", "a:1", "a:2", "--add"], "--explain links nothing"),
        (["c.yml", "--out", "x", "--explain", "a:1", "a:2", "--no-keep"], "--explain links nothing"),
        (["c.yml", "--out", "x", "--explain", "a:1", "a:2", "--decisions", "d.csv"], "--explain links nothing"),
        (["c.yml", "--out", "x", "--add", "--no-keep"], "--add keeps what it adds"),
        (["c.yml", "--out", "x", "--add", "--model", "m.json"], "not by --model"),
        (["c.yml", "--explain", "a:1", "a:2"], "--explain needs --model"),
        ([], "give a CONFIG.yml"),
        (["c.yml", "--out", ""], "it is empty"),
    ],
)
def test_an_option_that_would_do_nothing_is_refused(words: list[str], says: str) -> None:
    done = said(["link", *words])
    assert done.exit_code == 2
    assert says in " ".join(done.output.split())
