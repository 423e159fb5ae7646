"""The page on the command line, from the commands themselves."""

from pipeline.cli import app
from pipeline.reference.markdown import NOTE, page, prose, table
from pipeline.verbs import Parameter


def cli_page() -> str:
    """Every command of `huilian` with its arguments and options."""
    out = ["# `huilian`", NOTE, EXIT_CODES]
    for path, command in app.commands():
        words = " ".join(["huilian", *path])
        rows = [_parameter(p) for p in command.parameters()]
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


def _parameter(parameter: Parameter) -> tuple[str, str, str]:
    name, about = parameter
    if not name.startswith("--"):
        return f"`{name.upper()}{'...' * (about.get('nargs') == '+')}`", "", about["help"]
    default = "" if about.get("default") in (None, False) else f"`{about['default']}`"
    return f"`{name}`", "required" if about["required"] else default, about["help"]
