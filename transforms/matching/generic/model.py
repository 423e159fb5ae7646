"""What the linker believes: for each field how often each level of agreement is seen for one entity and for two."""

import json
from typing import Any, NamedTuple

import numpy as np

from transforms.matching.generic.compare import NAMES

VERSION = 1

# Where training begins; what the data say takes over. Index 0 is missing and says nothing.
START_M: dict[str, tuple[float, ...]] = {
    "name": (1, 0.04, 0.03, 0.03, 0.08, 0.02, 0.80),
    "given_name": (1, 0.05, 0.03, 0.04, 0.07, 0.01, 0.80),
    "surname": (1, 0.05, 0.01, 0.04, 0.07, 0.01, 0.82),
    "birth_date": (1, 0.02, 0.03, 0.05, 0.08, 0.02, 0.80),
    "sex": (1, 0.03, 0.97),
    "number": (1, 0.03, 0.03, 0.08, 0.86),
    "phone": (1, 0.30, 0.03, 0.07, 0.60),
    "address": (1, 0.25, 0.08, 0.07, 0.05, 0.10, 0.45),
    "house_number": (1, 0.25, 0.05, 0.05, 0.65),
    "street": (1, 0.22, 0.03, 0.05, 0.10, 0.01, 0.59),
    "place": (1, 0.15, 0.03, 0.04, 0.06, 0.01, 0.71),
    "postcode": (1, 0.15, 0.08, 0.07, 0.70),
    "text": (1, 0.30, 0.05, 0.05, 0.08, 0.02, 0.50),
    "category": (1, 0.15, 0.85),
    "amount": (1, 0.20, 0.08, 0.06, 0.06, 0.60),
    "door": (1, 0.05, 0.95),  # of an address that was taken apart
}


# How often two strangers have the same value, as far as is known before any table is seen: a few rows cannot say.
USUAL: dict[str, float] = {
    "name": 5e-4, "given_name": 0.01, "surname": 2e-3, "birth_date": 5e-5, "sex": 0.5, "number": 1e-6, "phone": 1e-5,
    "address": 1e-4, "house_number": 0.01, "street": 5e-3, "place": 0.02, "postcode": 1e-3, "text": 0.02,
    "category": 0.2, "door": 1e-4, "amount": 0.01,
}  # fmt: skip


# What tells neighbours apart; a part of them agree all the same (twins; a number written under the wrong name).
OWN = {"given_name": 0.0, "birth_date": 0.02, "number": 0.02, "name": 0.0, "door": 0.0}


def start_f(kind: str, u: tuple[float, ...]) -> tuple[float, ...]:
    """What is assumed of neighbours before training: strangers in what is one's own, one entity in the rest."""
    if kind in OWN:
        mixed = [p * (1 - OWN[kind]) for p in u[1:]]
        return (1.0, *mixed[:-1], mixed[-1] + OWN[kind])
    m = START_M[kind]
    return u if kind == "sex" else (1.0, *(0.8 * p + 0.2 * q for p, q in zip(m[1:], u[1:], strict=True)))


class Model(NamedTuple):
    """`kinds` by field; m, f and u by field and level (0 is missing), for one entity, two neighbours, two strangers.

    Neighbours are different entities with something in common: a family at one address, firms in one building. `prior`
    and `near` are the shares of all pairs of records that are one entity, and neighbours. `rules` are the blocking
    rules, `report` says how it was trained. `share`: what part of its bits a field gives that repeats others (default
    all). `titles`: texts that are compared by all of their words (titles.py); None in models that do not say.
    """

    kinds: dict[str, str]
    m: dict[str, tuple[float, ...]]
    f: dict[str, tuple[float, ...]]
    u: dict[str, tuple[float, ...]]
    prior: float
    near: float
    rules: tuple[tuple[str, ...], ...]
    report: dict[str, Any]
    share: dict[str, float] = {}
    titles: tuple[str, ...] | None = None

    def to_json(self) -> str:
        """The model as a document that `from_json` reads."""
        levels = {f: list(NAMES[k]) for f, k in self.kinds.items()}
        return json.dumps({"version": VERSION, "levels": levels, **self._asdict()}, ensure_ascii=False, indent=1)


def from_json(text: str) -> Model:
    """Read what `to_json` wrote. Raises ValueError for another version or other levels."""
    data = json.loads(text)
    if data.pop("version", None) != VERSION:
        raise ValueError(f"the model is not of version {VERSION}")
    levels = data.pop("levels")
    if any(tuple(levels[f]) != NAMES[k] for f, k in data["kinds"].items()):
        raise ValueError("the model's levels are not this program's")
    for part in ("m", "f", "u"):
        data[part] = {f: tuple(p) for f, p in data[part].items()}
    data["rules"] = tuple(tuple(r) for r in data["rules"])
    data["titles"] = None if data.get("titles") is None else tuple(data["titles"])
    return Model(**data)


def weights(m: tuple[float, ...], u: tuple[float, ...]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """log2(m/u) by level, 0 for missing (Fellegi and Sunter 1969)."""
    return np.append(0.0, np.log2(np.array(m[1:]) / np.array(u[1:])))
