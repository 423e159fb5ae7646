"""A command's options as one value."""

from typing import Annotated, NamedTuple

import typer
from typer.testing import CliRunner

from pipeline.grouped import grouped


class Greeting(NamedTuple):
    name: Annotated[str, typer.Argument(help="Who is greeted.")]
    times: Annotated[int, typer.Option("--times", help="How often.")] = 1


app = typer.Typer()


@app.command()
@grouped(Greeting)
def greet(asked: Greeting) -> None:
    """Greet somebody."""
    typer.echo(asked.name * asked.times)


def test_fields_are_parameters_with_their_types_and_defaults() -> None:
    assert CliRunner().invoke(app, ["la"]).stdout == "la\n"
    assert CliRunner().invoke(app, ["la", "--times", "3"]).stdout == "lalala\n"
    assert CliRunner().invoke(app, ["la", "--times", "often"]).exit_code == 2
    assert CliRunner().invoke(app, []).exit_code == 2


def test_help_tells_the_command_and_its_fields() -> None:
    said = CliRunner().invoke(app, ["--help"]).stdout
    assert "Greet somebody." in said
    assert "Who is greeted." in said
    assert "How often." in said
