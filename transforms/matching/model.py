"""What agreement is worth: the probabilities of each level of each field, as a versioned JSON document.

A pair is explained in one of three ways, and every level of every field has a probability under each:

    m  the two are one person
    f  they are two people of one family (one home, one telephone, often one surname, sometimes one birthday)
    u  they are strangers

The third hypothesis of Fellegi and Sunter (1969) is split in two because a county's false links are relatives: what a
family shares says which family it is, and never which of its members.
"""

import json
import pkgutil
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.errors import Stop
from transforms.matching import kernels

LEVELS: dict[str, tuple[str, ...]] = {
    "name": kernels.NAME,
    "born": kernels.BIRTH,
    "year": kernels.YEARS,
    "sex": kernels.SEX,
    "number": kernels.NUMBER,
    "mask": kernels.MASK,
    "phone": kernels.PHONE,
    "place": kernels.PLACE,
    "kin": kernels.KIN,
}
FIELDS = tuple(LEVELS)
REST = ("coverage", "covers", "family", "repeat", "ages", "sexes", "trained")  # what the document has besides
NUMBERS = ("coverage", "family")  # of these; the others are tables


@dataclass(frozen=True)
class Model:
    """Probabilities by field and level (index 0, missing, is always 1), and what sources are like.

    `coverage` is the chance that a mentioned person is mentioned elsewhere too, `covers` the same by "feed role".
    `family` is how many relatives a person has among the mentions. `repeat` gives, by "feed role", log2 of how much
    likelier a second entry there is for the same person than for a stranger; `ages` (by decade of birth) and `sexes`
    (1, 2) log2 of how typical they are of it.
    """

    version: str
    m: dict[str, tuple[float, ...]]
    u: dict[str, tuple[float, ...]]
    f: dict[str, tuple[float, ...]]
    coverage: float = 0.9
    family: float = 2.5
    covers: dict[str, float] = field(default_factory=dict)
    repeat: dict[str, float] = field(default_factory=dict)
    ages: dict[str, dict[str, float]] = field(default_factory=dict)
    sexes: dict[str, dict[str, float]] = field(default_factory=dict)
    trained: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def logs(self) -> NDArray[np.float64]:
        """log2 of m, f and u: (fields, levels of the longest field, 3)."""
        table = np.zeros((len(FIELDS), max(map(len, LEVELS.values())), 3))
        for row, name in enumerate(FIELDS):
            for column, by_level in enumerate((self.m, self.f, self.u)):
                table[row, : len(by_level[name]), column] = np.log2(by_level[name])
        return table

    def to_json(self) -> str:
        """The document, keys sorted, so that equal models are equal text."""
        tables = {
            name: {
                level: [round(float(t[name][i]), 9) for t in (self.m, self.f, self.u)]
                for i, level in enumerate(LEVELS[name])
                if i
            }
            for name in FIELDS
        }
        rest = {k: getattr(self, k) for k in REST}
        return json.dumps(
            {"version": self.version, "levels_m_f_u": tables, **rest}, indent=1, sort_keys=True, ensure_ascii=False
        )

    @staticmethod
    def from_json(text: str) -> "Model":
        """Read what to_json wrote. Raises Stop when it is another document or has a wrong probability."""
        try:
            document = json.loads(text)
        except ValueError as error:
            raise _unfit("linkage model", "it is no JSON document") from error
        if not isinstance(document, dict) or not isinstance(document.get("levels_m_f_u"), dict):
            raise _unfit("linkage model", "it has no table levels_m_f_u, so it is no model of this engine's")
        if not isinstance(document.get("version"), str):
            raise _unfit("linkage model", "it has no version")
        where = f"linkage model {document['version']}"
        columns: tuple[dict[str, tuple[float, ...]], ...] = ({}, {}, {})
        for name in FIELDS:
            rows = document["levels_m_f_u"].get(name)
            lost = [level for level in LEVELS[name][1:] if not _probable(rows, level)]
            if lost:
                raise _unfit(where, f"field {name!r}: levels {lost} lack three probabilities in (0, 1]")
            for column, table in enumerate(columns):
                table[name] = (1.0, *(float(rows[level][column]) for level in LEVELS[name][1:]))
        rest = {k: document[k] for k in REST if k in document}
        for name, value in rest.items():
            wanted = (int, float) if name in NUMBERS else dict
            if not isinstance(value, wanted) or isinstance(value, bool):
                raise _unfit(where, f"{name!r} is not a {'number' if name in NUMBERS else 'table'}")
        m, f, u = columns
        return Model(version=document["version"], m=m, u=u, f=f, **rest)

    def with_tables(self, **tables: dict[str, tuple[float, ...]]) -> "Model":
        """A copy with some fields' probabilities replaced, e.g. ``m={"name": (...)}``."""
        changed: dict[str, Any] = {k: {**getattr(self, k), **v} for k, v in tables.items()}
        return replace(self, **changed)


def _probable(rows: Any, level: str) -> bool:
    """Does a field's table have three probabilities for `level`?"""
    row = rows.get(level) if isinstance(rows, dict) else None
    return isinstance(row, list) and len(row) == 3 and all(isinstance(p, int | float) and 0 < p <= 1 for p in row)


def _unfit(where: str, what: str) -> Stop:
    return Stop(where, what, "train a new model (link without one), or start from the one that is shipped")


def shipped() -> Model:
    """The model that comes with the program, for scoring without training and as the prior of any training."""
    text = pkgutil.get_data("transforms.matching", "person.json")
    if text is None:
        raise Stop("transforms/matching/person.json", "the shipped model is missing", "reinstall the program")
    return Model.from_json(text.decode())
