"""The config of `huilian link`: which tables, which column is what, and optionally how to block and where to stop.

entity: person
tables:
  - {source: clinic, path: clinic.csv, key: patient_no}
  - {source: register, path: register.parquet, key: id, unique: true}
fields:
  given: {kind: given_name, column: first_name}
  surname: {kind: surname, column: {clinic: last_name, register: family_name}}
  born: {kind: birth_date}
"""

import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass
from dataclasses import fields as keys_of
from pathlib import Path
from typing import Any, Literal, get_args

from contracts.errors import Stop
from contracts.lines import Malformed, line, parsed, text

Entity = Literal["person", "organisation", "address"]
Kind = Literal[
    "name", "given_name", "surname", "birth_date", "sex", "number", "phone", "address", "house_number", "street",
    "place", "postcode", "amount", "text", "category",
]  # fmt: skip
WHERE = "see docs/link_tables.md for every key, examples/linkage for whole configs"
NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
NOT_FIELDS = ("source", "record_key")  # by which all tables, read as one, name their records
MOST_FIELDS, MOST_RULES = 16, 60
Place = tuple[str | int, ...]  # the keys and positions that lead to something in a config


class Wrong(ValueError):
    """Something in a config can't be used: its place, and what is wrong with it."""

    def __init__(self, place: Place, what: str) -> None:
        super().__init__(place, what)
        self.place, self.what = place, what


@dataclass(frozen=True)
class Table:
    """One table of records."""

    source: str
    """Its name in the results."""
    path: str
    """A Parquet file, or a CSV with a header line (.parquet, .csv), relative to the config."""
    key: str
    """The column that names a record; no value of it comes twice."""
    unique: bool = False
    """The table holds every entity once at most, so no two of its records are ever joined."""


@dataclass(frozen=True)
class Compared:
    """One thing that records are compared by."""

    kind: Kind
    """What it is; how it is cleaned and compared follows from it."""
    column: str | Mapping[str, str | None] | None = None
    """The column that holds it, by source where they differ. Default: the field's name. Null: this source has none."""


@dataclass(frozen=True)
class Linkage:
    """What to link, by what."""

    entity: Entity
    """What one record is about."""
    tables: tuple[Table, ...]
    """The tables."""
    fields: dict[str, Compared]
    """What they are compared by, at most 16."""
    blocking: tuple[str | tuple[str, ...], ...] = ()
    """Rules, at most 60: keys that must all agree, like `surname, birth.year`. Default: chosen from the data."""
    threshold: float | None = None
    """The least probability of a merger. Default: 0.5, and as much as 99 right mergers in 100 take."""

    def rules(self) -> tuple[tuple[str, ...], ...]:
        """The blocking rules, each as its keys."""
        parts = [r.split(",") if isinstance(r, str) else r for r in self.blocking]
        return tuple(tuple(k.strip() for k in rule) for rule in parts)

    def column(self, field: str, source: str) -> str | None:
        """The column of `source` that holds `field`; None when it has none."""
        column = self.fields[field].column
        return column or field if isinstance(column, str | None) else column.get(source, field)


def load(path: Path) -> Linkage:
    """Read and validate a config. Raises Stop naming file, line, key and what to do."""
    written = text(path, "config")
    try:
        node, data = parsed(written)
    except Malformed as error:
        raise Stop(f"{path.name}:{error.line}", error.what, "correct that line") from error
    if not isinstance(data, dict):
        raise Stop(f"{path.name}:1", "not a mapping", WHERE)
    try:
        return checked(data)
    except Wrong as error:
        where = f"{path.name}:{line(node, error.place)}"
        key = ".".join(str(p) for p in error.place) or "config"
        raise Stop(where, f"{key}: {error.what}", WHERE) from error


def checked(data: Any) -> Linkage:
    """The config that `data` (of YAML or JSON) holds. Raises Wrong at the first thing that is."""
    given = _keyed(data, (), Linkage)
    given["entity"] = _one_of(given["entity"], ("entity",), get_args(Entity))
    given["tables"] = _tables(given["tables"])
    sources = {table.source for table in given["tables"]}
    given["fields"] = _fields(given["fields"], sources)
    given["blocking"] = _blocking(given.get("blocking") or (), given["fields"])
    given["threshold"] = _threshold(given.get("threshold"))
    return Linkage(**given)


def _tables(data: Any) -> tuple[Table, ...]:
    tables: list[Table] = []
    for i, each in enumerate(_listed(data, ("tables",))):
        place: Place = ("tables", i)
        given = _keyed(each, place, Table)
        for key in ("source", "path", "key"):
            _text(given[key], (*place, key))
        if not isinstance(given.get("unique", False), bool):
            raise Wrong((*place, "unique"), "should be true or false")
        if given["source"] in {table.source for table in tables}:
            raise Wrong((*place, "source"), f"source {given['source']!r} is there twice")
        tables.append(Table(**given))
    if not tables:
        raise Wrong(("tables",), "there should be at least one")
    return tuple(tables)


def _fields(data: Any, sources: set[str]) -> dict[str, Compared]:
    if not isinstance(data, dict) or not 0 < len(data) <= MOST_FIELDS:
        raise Wrong(("fields",), f"should be 1 to {MOST_FIELDS} names, each with what it is")
    return {name: _field(name, each, sources) for name, each in data.items()}


def _field(name: Any, data: Any, sources: set[str]) -> Compared:
    place: Place = ("fields", name)
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise Wrong(place, "a field's name should be of lower case letters, digits and _, a letter first")
    if name in NOT_FIELDS:
        raise Wrong(place, "results have a column of that name already: give the field another one")
    if isinstance(data, dict) and "kind" not in data:
        raise Wrong(place, f"kind is missing, what the field holds: one of {', '.join(get_args(Kind))}")
    given = _keyed(data, place, Compared)
    _one_of(given["kind"], (*place, "kind"), get_args(Kind))
    _column(given.get("column"), (*place, "column"), sources)
    return Compared(**given)


def _column(data: Any, place: Place, sources: set[str]) -> None:
    """Raise Wrong for what names no column: one of all tables, or one a source."""
    if not isinstance(data, dict):
        if data is not None:
            _text(data, place)
        return
    for source, of in data.items():
        if source not in sources:
            raise Wrong((*place, source), "is no source of this config")
        if of is not None:
            _text(of, (*place, source))


def _blocking(data: Any, fields: dict[str, Compared]) -> tuple[str | tuple[str, ...], ...]:
    rules = _listed(data, ("blocking",))
    if len(rules) > MOST_RULES:
        raise Wrong(("blocking",), f"{len(rules)} rules, at most {MOST_RULES} are taken")
    for i, rule in enumerate(rules):
        for key in rule.split(",") if isinstance(rule, str) else _listed(rule, ("blocking", i)):
            _text(key, ("blocking", i))
            if key.strip().split(".")[0] not in fields:
                raise Wrong(("blocking", i), f"{key.strip()!r} begins with no field of this config")
    return tuple(rule if isinstance(rule, str) else tuple(rule) for rule in rules)


def _threshold(data: Any) -> float | None:
    if data is None:
        return None
    if isinstance(data, bool) or not isinstance(data, int | float) or not 0 < data < 1:
        raise Wrong(("threshold",), "should be a number between 0 and 1")
    return float(data)


def _keyed(data: Any, place: Place, of: type[Any]) -> dict[str, Any]:
    """A mapping with the keys of `of`: none that it has not, none missing that it asks for."""
    known = keys_of(of)
    if not isinstance(data, dict):
        raise Wrong(place, f"should have keys: {', '.join(key.name for key in known)}")
    for name in data:
        if name not in {key.name for key in known}:
            raise Wrong((*place, name), f"unknown key: give {', '.join(key.name for key in known)}")
    for key in known:
        if key.default is MISSING and key.name not in data:
            raise Wrong((*place, key.name), "required key is missing")
    return dict(data)


def _listed(data: Any, place: Place) -> list[Any]:
    if not isinstance(data, list | tuple):
        raise Wrong(place, "should be a list")
    return list(data)


def _one_of(data: Any, place: Place, known: tuple[str, ...]) -> Any:
    if data not in known:
        raise Wrong(place, f"should be one of {', '.join(known)}")
    return data


def _text(data: Any, place: Place) -> None:
    if not isinstance(data, str) or not data:
        raise Wrong(place, "should be a text that is not empty (numbers in quotes)")
