"""The page on the command line, from the commands themselves."""

from collections.abc import Iterator
from typing import Any

import typer

from pipeline.cli import app
from pipeline.reference.markdown import NOTE, page, prose, table


def cli_page() -> str:
    """Every command of `huilian` with its arguments and options."""
    out = ["# `huilian`", NOTE, EXIT_CODES]
    for path, command in commands(typer.main.get_command(app)):
        words = " ".join(["huilian", *path])
        rows = [_parameter(p) for p in command.params if p.name != "help"]
        given = [r[0].strip("`") for r in rows]
        arguments = [g for g in given if not g.startswith("--")] + ["[OPTIONS]"] * any(
            g.startswith("--") for g in given
        )
        out += [f"## {words}", prose(command.help), f"    {' '.join([words, *arguments])}"]
        shown = [r for r in rows if r[0].startswith("`--") or r[2]]
        if shown:
            out.append(table(("argument or option", "default", "meaning"), shown))
    return page(out)


EXIT_CODES = (
    "Data goes to stdout, talk to stderr. Exit codes: 0 ok; 1 something was set aside and its department has a "
    "receipt; 2 somebody must edit a file or a setting here; 75 try again later."
)


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command below `group` (a click command tree) with the words that lead to it, in the order of the code."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def _parameter(parameter: Any) -> tuple[str, str, str]:
    if parameter.param_type_name == "argument":
        dots = "..." if parameter.nargs == -1 or parameter.multiple else ""
        return f"`{parameter.name.upper()}{dots}`", "", getattr(parameter, "help", None) or ""
    default = "" if parameter.default in (None, False, (), []) else f"`{parameter.default}`"
    if parameter.required:
        default = "required"
    return f"`{parameter.opts[-1]}`", default, parameter.help or ""
