"""What commands of `huilian` have in common."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from pipeline import memory


class InOrder(click.Group):
    """Commands in the order of the code, which is that of the work; others would be told by the alphabet."""

    group_class = type

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        return list(self.commands)


ABOUT = {"help_option_names": ["-h", "--help"], "show_default": True, "max_content_width": 120}
json_too = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
of_month = click.option("--month", required=True, help="The month a delivery is about, like 2026-10.")
of_months = click.option("--month", "months", multiple=True, help="A month; may be given again. Default: all.")


class Named(click.Path):
    """A path. An empty one, as of a variable that is not set, would be the working directory."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path. Raises click.BadParameter for an empty one."""
        if not value:
            self.fail("it is empty: is a variable not set?", param, ctx)
        return super().convert(value, param, ctx)


a_file = Named(path_type=Path)


def size(text: str) -> int:
    """Bytes, as people write them. Raises BadParameter."""
    try:
        return memory.size(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r}: {error}") from None


def tell(data: Any, as_json: bool, text: str) -> None:
    """Write what was found on stdout: as data, or as `text`, of which there may be none."""
    told = json.dumps(data, ensure_ascii=False, indent=1, default=str) if as_json else text
    sys.stdout.write(f"{told}\n" if told else "")
