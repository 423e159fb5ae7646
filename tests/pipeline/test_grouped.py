"""A command's options as one value."""

import sys
from typing import Annotated, NamedTuple

from pipeline.grouped import grouped
from pipeline.verbs import Argument, Group, Option
from tests.pipeline.commands import said


class Greeting(NamedTuple):
    name: Annotated[str, Argument("Who is greeted.")]
    times: Annotated[int, Option("How often.")] = 1


app = Group("Politeness.")


@app.command()
@grouped(Greeting)
def greet(asked: Greeting) -> None:
    """Greet somebody."""
    sys.stdout.write(asked.name * asked.times + "\n")


def test_fields_are_parameters_with_their_types_and_defaults() -> None:
    assert said(["greet", "la"], app).stdout == "la\n"
    assert said(["greet", "la", "--times", "3"], app).stdout == "lalala\n"
    assert said(["greet", "la", "--times", "often"], app).exit_code == 2
    assert said(["greet"], app).exit_code == 2


def test_help_tells_the_command_and_its_fields() -> None:
    told = said(["greet", "--help"], app).stdout
    assert "Greet somebody." in told
    assert "Who is greeted." in told
    assert "How often." in told
