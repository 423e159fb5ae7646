"""`huilian link NEW.yml --out DIR --add`: new records against what DIR keeps, without linking all of it again.

What is the same for both engines: what a batch must fit to, when so much is new that all is learned anew, and how it is
said what came of it.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.errors import Stop
from contracts.linkage import Linkage, load
from pipeline import linkage_decisions
from pipeline.kept import ANY, CHINESE, State, Store, forgotten, locked, opened
from pipeline.kept_results import Happened
from pipeline.linkage_decisions import Decisions
from pipeline.linkage_progress import Progress
from pipeline.linkage_tables import read
from transforms.matching.belonging import Ids, living
from transforms.matching.events import EVENTS
from transforms.matching.kernels import Flags

GROWN = 1.5  # times as many records as the model was learned from: then everything is linked anew


class Added(NamedTuple):
    """What a batch came to: counts of records and entities by what happened to them, and what was looked at."""

    counts: dict[str, int]
    report: dict[str, Any]


def run(config: Path, out: Path, dry: bool, say: Progress, decisions: Path | None = None) -> Added:
    """Add the records of the tables of `config` to what `out` keeps; `dry` only says what would happen.

    What is decided in `out` is obeyed, and what the file `decisions` adds to that. Raises Stop for a config, table or
    file that can't be used and for an `out` that keeps nothing fitting, Retry when another command is at work there.
    """
    wanted = load(config)
    if not out.is_dir():
        raise Stop(f"--out {out}", "there is no such directory", "link everything first, without --add")
    with locked(out):
        state = _fitting(out, wanted)
        decided = linkage_decisions.gathered(out, decisions, say)
        with say.stage("reading") as told:
            tables = read(wanted, config.parent, say, coded=state.engine == CHINESE)
            told.append(f"{tables.num_rows:,} records of {len(wanted.tables)} tables")
        with say.stage("adding") as told:
            store = Store(out, replace(state, unique=_unique(wanted, state.unique)))
            done = _added_by(state.engine)(store, tables, decided, dry)
            told.append("nothing new" if "nothing_new" in done.report else f"{done.counts['entities']:,} entities")
    return done


def _added_by(engine: str) -> Callable[[Store, pa.Table, Decisions, bool], Added]:
    """How `engine` takes in a batch; what another engine needs is not loaded."""
    if engine == CHINESE:
        from pipeline import batches

        return batches.added
    from pipeline import batches_any

    return batches_any.added


def begun(out: Path, wanted: Linkage, engine: str) -> State:
    """The state a whole run by `engine` begins with: runs and commands are counted on from what was kept before."""
    try:
        before = opened(out)
    except Stop:  # what can't be used any more does not matter to it
        forgotten(out)
        before = None
    known = (before.run, before.generation) if before else (0, 0)
    rules = wanted.rules() if engine == ANY else ()
    state = State(wanted.entity, _kinds(wanted), *known, engine=engine, blocking=rules)
    return replace(state, threshold=wanted.threshold, unique=_unique(wanted, ()))


def _unique(wanted: Linkage, known: Iterable[str]) -> tuple[str, ...]:
    """The sources that name everybody once: those that were `known`, and those of this config."""
    return tuple(sorted({*known, *(table.source for table in wanted.tables if table.unique)}))


def _kinds(wanted: Linkage) -> dict[str, str]:
    return {name: str(field.kind) for name, field in wanted.fields.items()}


def _fitting(out: Path, wanted: Linkage) -> State:
    """What `out` keeps. Raises Stop when it keeps nothing, or something of another config."""
    state = opened(out)
    if state is None:
        raise Stop(f"--out {out}", "nothing is kept there to add to", "link everything once with --keep, then --add")
    fields = _kinds(wanted)
    odd = sorted({name for name, _ in set(state.fields.items()) ^ set(fields.items())})
    told = {
        "entity": state.entity == wanted.entity,
        "threshold": state.threshold == wanted.threshold,
        "blocking": state.engine == CHINESE or state.blocking == wanted.rules(),
    }
    odd += [name for name, same in told.items() if not same]
    if odd:
        what = f"what is kept there comes from a config that differs in {', '.join(odd)}"
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
