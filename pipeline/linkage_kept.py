"""What a run of `huilian link` left in its directory: members, kept pairs, model; and a pair told from them alone."""

from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from contracts.errors import Stop
from transforms.matching.telling import Told

Name = tuple[str, str]


class Run(NamedTuple):
    """`members` (source, record_key, entity_id), None for no run; `pairs` is the path of the pairs it kept."""

    members: pa.Table | None
    pairs: Path | None


NONE = Run(None, None)


def run(out: Path) -> Run:
    """What lies in `out`; NONE when nothing was linked there. Raises Stop for files that can't be read."""
    if not (out / "members.parquet").is_file():
        return NONE
    try:
        members = pq.read_table(out / "members.parquet", columns=["source", "record_key", "entity_id"])
    except (OSError, pa.ArrowException) as error:
        raise Stop(f"{out.name}/members.parquet", "can't be read", "link again into this directory") from error
    pairs = out / "pairs.parquet"
    return Run(members, pairs if pairs.is_file() else None)


def together(run: Run, pair: tuple[Name, ...]) -> bool | None:
    """Whether two records are one entity; None when it is not known."""
    if run.members is None:
        return None
    entities = [_entity(run.members, name) for name in pair]
    return None if None in entities else entities[0] == entities[1]


def _entity(members: pa.Table, name: Name) -> Any:
    import pyarrow.compute as pc

    mask = pc.and_(pc.equal(members["source"], name[0]), pc.equal(members["record_key"], name[1]))
    found = members.filter(mask)["entity_id"].to_pylist()
    return found[0] if found else None


def told(run: Run, model: Path, pair: tuple[Name, Name]) -> Told | None:
    """The pair as the run kept it, told by its pattern of agreement and the model; None when it was not kept."""
    return None


def person_model(path: Path) -> Any:
    """The model of the engine for Chinese people. Raises Stop for another document."""
    from transforms.matching.model import Model

    try:
        return Model.from_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise Stop(path.name, "can't be read", "give the model.json of a run") from error
