"""What adding a batch is for any engine: what it must fit to, when so much is new that all is learned again, what it
came to."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.errors import Stop
from contracts.linkage import Linkage
from pipeline.kept import State, forgotten, opened
from pipeline.kept_results import Happened
from transforms.matching.belonging import Ids, living
from transforms.matching.events import EVENTS
from transforms.matching.kernels import Flags

GROWN = 1.5  # times as many records as the model was learned from: then everything is linked anew


class Added(NamedTuple):
    """What a batch came to: counts of records and entities by what happened to them, and what was looked at."""

    counts: dict[str, int]
    report: dict[str, Any]


def stood(out: Path) -> State | None:
    """What was kept before a whole run; what can't be used any more does not matter to it."""
    try:
        return opened(out)
    except Stop:
        forgotten(out)
        return None


def unique_sources(wanted: Linkage, known: Iterable[str]) -> tuple[str, ...]:
    """The sources that name everybody once: those that were `known`, and those of this config."""
    return tuple(sorted({*known, *(table.source for table in wanted.tables if table.unique)}))


def kinds_of(wanted: Linkage) -> dict[str, str]:
    """The kind of each field."""
    return {name: str(field.kind) for name, field in wanted.fields.items()}


def fitting(out: Path, wanted: Linkage) -> State:
    """What `out` keeps. Raises Stop when it keeps nothing, or something of another config."""
    state = opened(out)
    if state is None:
        raise Stop(f"--out {out}", "nothing is kept there to add to", "link everything once with --keep, then --add")
    fields = kinds_of(wanted)
    if (state.entity, state.fields, state.threshold) != (wanted.entity, fields, wanted.threshold):
        odd = sorted({name for name, _ in set(state.fields.items()) ^ set(fields.items())})
        odd += ["threshold"] if state.threshold != wanted.threshold else []
        what = f"what is kept there comes from a config that differs in {', '.join(odd) or 'entity'}"
        raise Stop(
            f"--out {out}", what, "compare by the same fields as before, or link everything into another directory"
        )
    return state


def counts_of(told: Happened, entity: Ids) -> dict[str, int]:
    """Records of new people, records that joined or moved; entities that merged into others or split off."""
    counts: dict[str, int] = {}
    for i, event in enumerate(EVENTS):
        some = told.what == i
        by = {"merged": told.was[some], "split": entity[told.rows[some]]}.get(event)
        counts[event] = int(some.sum()) if by is None else len(np.unique(by))
    return counts | {"entities": int(np.count_nonzero(living(entity, int(entity.max(initial=-1)) + 1)))}


def equal_rows(one: pa.Table, other: pa.Table, columns: Iterable[str]) -> Flags:
    """Which rows of two tables of one length say the same in all of `columns`; nothing is the same as nothing."""
    same = np.ones(one.num_rows, bool)
    for name in columns:
        a, b = one[name], other[name]
        alike = pc.or_(pc.fill_null(pc.equal(a, b), False), pc.and_(pc.is_null(a), pc.is_null(b)))
        same &= alike.to_numpy()
    return same
