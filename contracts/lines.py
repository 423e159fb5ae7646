"""Where in a YAML file something stands, for errors that name a line."""

from collections.abc import Iterable

import yaml


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
