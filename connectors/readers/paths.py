"""Nested records (JSON objects, XML elements as dictionaries): promised paths to text, the rest dropped by name."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.readers import headers
from contracts.model import Column, Contract

TEXT = "#text"  # the text of an XML element that has attributes as well


class Unfit(Exception):
    """A value isn't what the contract promises at its path (a list where text belongs). Carries no value."""


class Paths:
    """Takes records apart by one contract's paths and remembers which keys were seen, wanted or not."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._fields = [tuple(f.source.split("/")) for f in contract.fields]
        self._groups = [(tuple(g.source.split("/")), _columns(g.fields)) for g in contract.groups]
        self._tree: dict[str, Any] = {}
        for path in self._fields:
            _grow(self._tree, path)
        for path, columns in self._groups:
            node = _grow(self._tree, path)
            for _, inner in columns:
                _grow(node, inner)
        self._extra: dict[str, None] = {}
        self._seen: set[tuple[str, ...]] = set()
        self._met = 0

    def values(self, record: Mapping[str, Any]) -> list[str | None]:
        """The fields, then the groups (JSON lists of objects keyed by field name; null when there is no item).

        Raises Unfit when a value can't be text or a group isn't made of objects.
        """
        self._met += 1
        self._notice(record, self._tree, ())
        flat = [_text(_follow(record, path)) for path in self._fields]
        return flat + [_items(_follow(record, path), columns) for path, columns in self._groups]

    def dropped(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Keys met that aren't promised, as (unknown, refused)."""
        return headers.sort_out(list(self._extra), self._contract)

    def missing(self) -> list[str]:
        """Required paths that no record had, not even as null; empty when there was no record."""
        if not self._met:
            return []
        required = {f.source: p for f, p in zip(self._contract.fields, self._fields, strict=True) if f.required}
        return [source for source, path in required.items() if path not in self._seen]

    def _notice(self, record: Any, tree: dict[str, Any], at: tuple[str, ...]) -> None:
        for item in record if isinstance(record, list) else (record,):
            if not isinstance(item, Mapping):
                continue
            for key, value in item.items():
                if key in tree:
                    self._seen.add((*at, key))
                    if tree[key]:
                        self._notice(value, tree[key], (*at, key))
                elif key != TEXT and len(self._extra) < 200:
                    self._extra["/".join((*at, key))] = None


def _columns(fields: Sequence[Column]) -> list[tuple[str, tuple[str, ...]]]:
    return [(f.name, tuple(f.source.split("/"))) for f in fields]


def _grow(tree: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    for key in path:
        tree = tree.setdefault(key, {})
    return tree


def _follow(record: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        if record is None or record == "":  # a whole part may be left out
            return None
        if not isinstance(record, Mapping):
            raise Unfit
        record = record.get(key)
    return record


def _text(value: Any) -> str | None:
    if isinstance(value, Mapping) and isinstance(value.get(TEXT), str):
        value = value[TEXT]
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise Unfit


def _items(value: Any, columns: list[tuple[str, tuple[str, ...]]]) -> str | None:
    if not value:
        return None
    items = value if isinstance(value, list) else [value]  # converters write a list of one as the item itself
    if not all(isinstance(item, Mapping) for item in items):
        raise Unfit
    return json.dumps([{n: _text(_follow(item, p)) or None for n, p in columns} for item in items], ensure_ascii=False)
