"""Functions as commands: what their parameters become, and what is said of words that make no sense."""

import json
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import pytest

from pipeline.verbs import Argument, Group, Misused, Option
from tests.pipeline.commands import said

app = Group("Things to do.")
below = app.group("below", "More of them.")


@app.command()
def take(
    words: list[str],
    pair: Annotated[tuple[str, str] | None, Option("Two.")] = None,
    several: Annotated[list[str] | None, Option("Of 100 %.", "--each")] = None,
    keep: bool | None = None,
    loud: bool = False,
    day: date | None = None,
    least: Annotated[int, Option(least=1)] = 3,
) -> None:
    """Take it all. Or leave it."""
    sys.stdout.write(json.dumps([words, pair, several, keep, loud, day, least], default=str))
    assert pair is None or isinstance(pair, tuple)


@below.command("read")
def read_it(place: Annotated[Path | None, Argument("Where.")] = None, role: str = "owner") -> None:
    """Read it."""
    if role == "nobody":
        raise Misused("--role: nobody reads")
    sys.stdout.write(f"{place} {role}")


@pytest.mark.parametrize(
    ("words", "value"),
    [
        (["a"], [["a"], None, None, None, False, None, 3]),
        (["a", "b", "--pair", "x", "y"], [["a", "b"], ["x", "y"], None, None, False, None, 3]),
        (["--pair", "x", "y", "a"], [["a"], ["x", "y"], None, None, False, None, 3]),
        (["a", "--each", "1", "--each=2"], [["a"], None, ["1", "2"], None, False, None, 3]),
        (["a", "--no-keep", "--loud"], [["a"], None, None, False, True, None, 3]),
        (["a", "--keep", "--day", "2026-10-31", "--least", "1"], [["a"], None, None, True, False, "2026-10-31", 1]),
    ],
)
def test_words_become_values_of_the_types_a_function_takes(words: list[str], value: list[Any]) -> None:
    assert json.loads(said(["take", *words], app).stdout) == value


@pytest.mark.parametrize("words", [[], ["a.yml"], ["--role", "owner"], ["--role", "owner", "a.yml"]])
def test_an_argument_may_come_anywhere_or_not_at_all(words: list[str]) -> None:
    assert said(["below", "read", *words], app).stdout == f"{'a.yml' if 'a.yml' in words else None} owner"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["take"], "WORDS"),
        (["take", "a", "--day", "2026-02-30"], "no day like"),
        (["take", "a", "--least", "0"], "less than 1"),
        (["take", "a", "--least", "few"], "invalid"),
        (["take", "a", "--lou"], "--lou"),
        (["below", "read", "--role", "nobody"], "nobody reads"),
        (["below", "write"], "there is no write"),
        (["below"], "Read it."),
        ([], "below"),
    ],
)
def test_what_makes_no_sense_is_said_with_the_usage(words: list[str], says: str) -> None:
    done = said(words, app)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "usage: huilian" in done.output
    assert says in done.output


def test_help_tells_what_there_is() -> None:
    assert "  take          Take it all.\n" in said(["--help"], app).stdout
    told = said(["take", "--help"], app)
    assert told.exit_code == 0
    assert "Of 100 %." in told.stdout


def test_commands_are_found_below_groups() -> None:
    assert [path for path, _ in app.commands()] == [("below", "read"), ("take",)]
