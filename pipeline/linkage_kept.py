"""What a run of `huilian link` left in its directory: members, kept pairs, model; and a pair told from them alone."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from contracts.errors import Stop
from transforms.matching.telling import Step, Told, complete

Name = tuple[str, str]


class Run(NamedTuple):
    """`members` (source, record_key, entity_id), None for no run; `pairs` is the path of the pairs it kept."""

    members: pa.Table | None
    pairs: Path | None


NONE = Run(None, None)


def run(out: Path) -> Run:
    """What lies in `out`; NONE when nothing was linked there. Raises Stop for files that can't be read."""
    path, pairs = out / "members.parquet", out / "pairs.parquet"
    if not path.is_file():
        return NONE
    try:
        members = pq.read_table(path, columns=["source", "record_key", "entity_id"])
        path = pairs
        kept = pairs.is_file() and "pattern" in pq.read_schema(pairs).names
    except (OSError, pa.ArrowException) as error:
        raise Stop(f"{out.name}/{path.name}", "can't be read", "link again into this directory") from error
    return Run(members, pairs if kept else None)


def sources(run: Run) -> list[str]:
    """The sources of all records that were linked."""
    return [] if run.members is None else sorted(pc.unique(run.members["source"].cast(pa.string())).to_pylist())


def together(run: Run, pair: tuple[Name, ...]) -> bool | None:
    """Whether two records are one entity; None when it is not known."""
    if run.members is None:
        return None
    entities = [_entity(run.members, name) for name in pair]
    return None if None in entities else entities[0] == entities[1]


def _entity(members: pa.Table, name: Name) -> Any:
    found = members.filter((pc.field("source") == name[0]) & (pc.field("record_key") == name[1]))
    return found["entity_id"][0].as_py() if found.num_rows else None


def row(run: Run, pair: tuple[Name, Name]) -> dict[str, Any] | None:
    """What the run kept of the pair, whichever way round; None when it was not kept."""
    if run.pairs is None:
        return None
    either = None
    for one, two in (pair, pair[::-1]):
        sides = zip(("left", "right"), (one, two), strict=True)
        tests = [(pc.field(f"{s}_source") == n[0]) & (pc.field(f"{s}_key") == n[1]) for s, n in sides]
        either = tests[0] & tests[1] if either is None else either | (tests[0] & tests[1])
    found = pq.read_table(run.pairs, filters=either).to_pylist()
    return found[0] if found else None


def bonds(run: Run, pair: tuple[Name, Name], most: int = 10) -> tuple[tuple[str, str, float], ...]:
    """The merged pairs of the entity of the first of `pair`, the weakest first."""
    if run.members is None or run.pairs is None:
        return ()
    mine = run.members.filter(pc.field("entity_id") == _entity(run.members, pair[0]))
    names = set(zip(mine["source"].to_pylist(), mine["record_key"].to_pylist(), strict=True))
    keys = pc.field("left_key").isin(mine["record_key"].combine_chunks())
    rows = pq.read_table(run.pairs, filters=keys & (pc.field("state") == "merged")).to_pylist()
    ends = [((r["left_source"], r["left_key"]), (r["right_source"], r["right_key"]), r["odds"]) for r in rows]
    held = [(":".join(a), ":".join(b), float(odds)) for a, b, odds in ends if a in names and b in names]
    return tuple(sorted(held, key=lambda bond: bond[2])[:most])


def told(run: Run, model: Path, pair: tuple[Name, Name], chinese: bool) -> Told | None:
    """The pair as the run kept it, told by its pattern of agreement and the model; None when it was not kept."""
    found = row(run, pair)
    if found is None:
        return None
    names = [":".join(n) for n in pair]
    version, prior, fields, rules = (_of_people if chinese else _of_any)(run, model, found)
    steps = complete(prior, fields, found["odds"], "frequency")
    one = together(run, pair)
    return Told(names[0], names[1], "kept", version, steps, found["odds"], found.get("veto") or "", found["state"], one,
                tuple(rules), bonds(run, pair) if one else ())  # fmt: skip


def _of_people(run: Run, model: Path, found: dict[str, Any]) -> tuple[str, float, list[Step], list[str]]:
    from transforms.matching import patterns
    from transforms.matching.model import FIELDS, LEVELS

    trained = person_model(model)
    pattern = np.array([found["pattern"]], np.uint32)
    worth = patterns.bits(pattern, trained)
    level = {f: int(at[0]) for f, at in patterns.unpack(pattern).items()}
    shown = [f for f in FIELDS if level[f] or f not in ("year", "mask", "kin")]
    fields = [Step("field", f, LEVELS[f][level[f]], float(worth[f][0]) if level[f] else 0.0) for f in shown]
    people = len(run.members["entity_id"].unique()) if run.members is not None else 2
    return trained.version, float(np.log2(trained.coverage / people)), fields, found["rules"].split()


def _of_any(run: Run, model: Path, found: dict[str, Any]) -> tuple[str, float, list[Step], list[str]]:
    from transforms.matching.generic.explain import kept

    said = kept(any_model(model), found["pattern"], found["odds"], found["rules"])
    fields = [Step("field", name, each["level"], each["strangers"]) for name, each in said["fields"].items()]
    return "", said["prior"], fields, said["rules"]


def model(path: Path) -> Any:
    """The model of either engine. Raises Stop for a file that is none."""
    return person_model(path) if is_person_model(path) else any_model(path)


def any_model(path: Path) -> Any:
    """The model of the engine for any tables. Raises Stop for another document."""
    from transforms.matching.generic.model import from_json

    try:
        return from_json(_text(path))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Stop(path.name, "no model of the engine for any tables", "train one: leave out --model") from error


def is_person_model(path: Path) -> bool:
    """Whether a model is one of the engine for Chinese people: the two write different documents."""
    return '"levels_m_f_u"' in _text(path)


def person_model(path: Path) -> Any:
    """The model of the engine for Chinese people. Raises Stop for another document."""
    from transforms.matching.model import Model

    return Model.from_json(_text(path))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Stop(str(path), "no text that can be read", "give the model.json of a run") from error
