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

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field as Value
from pydantic import ValidationError, field_validator, model_validator

import contracts
from contracts.errors import Stop
from contracts.model import Identifier, Model, Text

Kind = Literal[
    "name", "given_name", "surname", "birth_date", "sex", "number", "phone", "address", "house_number", "street",
    "place", "postcode", "text", "category",
]  # fmt: skip
WHERE = "see contracts/linkage.py for every key, examples/linkage for whole configs"


class Table(Model):
    """One table of records."""

    source: Text
    """Its name in the results."""
    path: Text
    """A Parquet or CSV file (.parquet, .csv, UTF-8 with a header), relative to the config."""
    key: Text
    """The column that names a record; no value of it comes twice."""
    unique: bool = False
    """The table holds every entity once at most, so no two of its records are ever joined."""


class Compared(Model):
    """One thing that records are compared by."""

    kind: Kind
    """What it is; how it is cleaned and compared follows from it."""
    column: Text | dict[str, Text | None] | None = None
    """The column that holds it, by source where they differ. Default: the field's name. Null: this source has none."""


class Linkage(Model):
    """What to link, by what."""

    entity: Literal["person", "organisation", "address"]
    """What one record is about."""
    tables: tuple[Table, ...] = Value(min_length=1)
    """The tables."""
    fields: dict[Identifier, Compared] = Value(min_length=1, max_length=16)
    """What they are compared by."""
    blocking: tuple[Text | tuple[Text, ...], ...] = Value(default=(), max_length=60)
    """Rules: keys that must all agree, like `surname, birth.year`. Default: chosen from the data."""
    threshold: float | None = Value(default=None, gt=0, lt=1)
    """The least probability of a merger. Default: 0.5, and as much as 99 right mergers in 100 take."""

    @field_validator("tables")
    @classmethod
    def _named_once(cls, tables: tuple[Table, ...]) -> tuple[Table, ...]:
        names = [t.source for t in tables]
        twice = sorted({n for n in names if names.count(n) > 1})
        if twice:
            raise ValueError(f"source {twice[0]!r} is there twice")
        return tables

    @model_validator(mode="after")
    def _known(self) -> "Linkage":
        sources = {t.source for t in self.tables}
        for name, field in self.fields.items():
            odd = set(field.column) - sources if isinstance(field.column, dict) else set()
            if odd:
                raise ValueError(f"field {name}: {sorted(odd)[0]!r} is no source of this config")
        for rule in self.rules():
            for key in rule:
                if key.split(".")[0] not in self.fields:
                    raise ValueError(f"blocking: {key!r} begins with no field of this config")
        return self

    def rules(self) -> tuple[tuple[str, ...], ...]:
        """The blocking rules, each as its keys."""
        parts = [r.split(",") if isinstance(r, str) else r for r in self.blocking]
        return tuple(tuple(k.strip() for k in rule) for rule in parts)

    def column(self, field: str, source: str) -> str | None:
        """The column of `source` that holds `field`; None when it has none."""
        column = self.fields[field].column
        return column.get(source, field) if isinstance(column, dict) else column or field


def load(path: Path) -> Linkage:
    """Read and validate a config. Raises Stop naming file, line, key and what to do."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise Stop(str(path), "there is no such file", "give the path of a config in YAML") from error
    except (OSError, UnicodeDecodeError) as error:
        raise Stop(str(path), "can't be read as UTF-8 text", "give the path of a config in YAML") from error
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        data: Any = loader.construct_document(node) if node is not None else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise Stop(f"{path.name}:{mark.line + 1 if mark else 1}", "not valid YAML", "fix that line") from error
    if not isinstance(data, dict):
        raise Stop(f"{path.name}:1", "not a mapping", WHERE)
    try:
        return Linkage.model_validate({**data, "blocking": data.get("blocking") or ()})
    except ValidationError as error:
        first = error.errors()[0]
        where = f"{path.name}:{contracts._line(node, first['loc'])}"
        key = ".".join(str(p) for p in first["loc"]) or "config"
        raise Stop(where, f"{key}: {contracts._words(first)}", WHERE) from error
