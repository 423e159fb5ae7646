"""The page on the command line, from the commands themselves."""

from collections.abc import Iterator

import click

from pipeline.cli import app
from pipeline.reference.markdown import NOTE, page, prose, table


def commands(group: click.Group, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command of `group` with the words that lead to it, in the order of the code."""
    for name, part in group.commands.items():
        if isinstance(part, click.Group):
            yield from commands(part, *path, name)
        else:
            yield (*path, name), part


def cli_page() -> str:
    """Every command of `huilian` with its arguments and options."""
    out = ["# `huilian`", NOTE, EXIT_CODES]
    for path, command in commands(app):
        words = " ".join(["huilian", *path])
        arguments = [_name(p) for p in command.params if isinstance(p, click.Argument)]
        options = ["[OPTIONS]"] * (len(arguments) < len(command.params))
        told = prose(" ".join((command.help or "").split()))
        out += [f"## {words}", told, f"    {' '.join([words, *arguments, *options])}"]
        shown = [_told(p) for p in command.params if isinstance(p, click.Option) or p.help]
        if shown:
            out.append(table(("argument or option", "default", "meaning"), shown))
    return page(out)


EXIT_CODES = (
    "Data goes to stdout, talk to stderr. Exit codes: 0 ok; 1 something was set aside and its department has a "
    "receipt; 2 somebody must edit a file or a setting here; 75 try again later; 130 interrupted."
)


def _name(parameter: click.Parameter) -> str:
    """As it is written in a command."""
    if isinstance(parameter, click.Option):
        return "`, `".join([*parameter.opts, *parameter.secondary_opts])
    return parameter.human_readable_name + "..." * (parameter.nargs < 0)


def _told(parameter: click.Parameter) -> tuple[str, str, str]:
    default = parameter.to_info_dict()["default"]
    told = "" if default in (None, False) else f"`{default}`"
    wanted = isinstance(parameter, click.Option) and parameter.required
    return f"`{_name(parameter)}`", "required" if wanted else told, parameter.help or ""
