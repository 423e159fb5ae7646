"""A YAML file as text and as data, and where in it something stands, for errors that name a line."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from contracts.errors import Stop

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the first where yaml came with it: ten times as quick


class Malformed(ValueError):
    """A text is no YAML that can be taken: in which line, and what is wrong there."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(line, what)
        self.line, self.what = line, what


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
    """The one document of a text as YAML's nodes, which know their lines, and as data.

    Raises Malformed for what is no YAML, and for a key that is there twice: YAML would take the last, and say nothing.
    """
    loader = _LOADER(written)
    try:
        node = loader.get_single_node()
        if node is not None:
            _once(node)
        return node, loader.construct_document(node) if node is not None else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise Malformed(mark.line + 1 if mark else 1, "not valid YAML") from error


def _once(root: yaml.Node) -> None:
    """Raise Malformed for a mapping at or under `root` in which a key is there twice."""
    waiting, seen = [root], {id(root)}  # an alias is its anchor's node again, which may hold itself
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.MappingNode):
            keys: set[str] = set()
            for key, _ in node.value:
                if isinstance(key, yaml.ScalarNode) and key.value in keys:
                    raise Malformed(key.start_mark.line + 1, f"{key.value} is there twice")
                keys |= {key.value} if isinstance(key, yaml.ScalarNode) else set()
            inner = [value for _, value in node.value]
        else:
            inner = node.value if isinstance(node, yaml.SequenceNode) else []
        waiting += [n for n in inner if id(n) not in seen]
        seen |= {id(n) for n in inner}


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
