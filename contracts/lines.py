"""A YAML file as text and as data, and where in it something stands, for errors that name a line."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from contracts.errors import Stop

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the first where yaml came with it: ten times as quick


def text(path: Path, of: str) -> str:
    """The text of the YAML file that should hold an `of`. Raises Stop when there is none that can be read."""
    then = f"give the path of a {of} in YAML"
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise Stop(str(path), "there is no such file", then) from error
    except IsADirectoryError as error:
        raise Stop(str(path), "is a folder", then) from error
    except (OSError, UnicodeDecodeError) as error:
        raise Stop(str(path), "can't be read as UTF-8 text", then) from error


def parsed(written: str) -> tuple[yaml.Node | None, Any]:
    """The one document of a text as YAML's nodes, which know their lines, and as data. Raises yaml.YAMLError."""
    loader = _LOADER(written)
    node = loader.get_single_node()
    return node, loader.construct_document(node) if node is not None else None


def line(node: yaml.Node | None, place: Iterable[int | str]) -> int:
    """The line (from 1) of the YAML node at `place` (keys and positions), or of the nearest parent that exists."""
    found = 1
    for part in place:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if pair is None:
                continue  # pydantic puts a union's tag into the path; YAML has no node for it
            found, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            found = node.start_mark.line + 1
    return found
