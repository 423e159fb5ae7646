"""People invented for the matcher's tests, written into a small county that gives names and places their frequency."""

import json
import types
from collections.abc import Callable
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from benchmarks.linkage.county import county, id_number
from contracts.mentions import MENTION
from transforms.matching.link import Linked, link

SCHEMA = pa.schema([("feed", pa.string())] + [(k, pa.type_for_alias(v)) for k, v in MENTION.items()])
BORN = date(1980, 5, 17)
RURAL = {"town": "云溪镇", "village": "石坑", "village_group": "3", "house_no": "12", "address_key": "云溪镇|石坑|3|12"}
FLAT = {
    "town": "城中街道",
    "compound": "翠湖花园",
    "building": "9",
    "unit": "1",
    "room": "903",
    "address_key": "翠湖花园|9|903",
}


def number(born: date = BORN, order: int = 601, region: str = "990101") -> dict[str, str]:
    """A valid identity number of a region that was never assigned."""
    return {"id_number": id_number(region, born, order), "id_status": "valid"}


def day(born: date) -> dict[str, Any]:
    """A birth known to the day."""
    return {"born_on": born, "born_precision": "day"}


def kin(*pairs: tuple[str, str]) -> str:
    """Relations to other roles of the record, as a contract gives them: ("mother", "child")."""
    return json.dumps([list(p) for p in pairs])


def mention(feed: str, key: str, name: str | None, role: str = "person", **given: Any) -> dict[str, Any]:
    """One mention; whatever is not given is missing."""
    row = {"feed": feed, "record_key": key, "role": role, "entity": "person", "name": name, "name_raw": name}
    return {**row, "id_status": "missing", **given}


@pytest.fixture(scope="session")
def background() -> pa.Table:
    """A county of 300 people in whom nobody of the tests occurs."""
    return county(300, seed=20)[0]


Linker = Callable[..., Linked]


@pytest.fixture
def linked(background: pa.Table) -> Linker:
    """Link some mentions in the county: ``linked([mention(...), ...], decisions=...)``."""

    def run(rows: list[dict[str, Any]], decisions: pa.Table | None = None) -> Linked:
        table = pa.concat_tables([background, pa.Table.from_pylist(rows, schema=SCHEMA)])
        return link(table, None, decisions)

    return run


@pytest.fixture(scope="session")
def write() -> Any:
    """The builders above, for test modules: write.mention, write.number, write.day, write.kin, write.RURAL, ..."""
    return types.SimpleNamespace(
        SCHEMA=SCHEMA, BORN=BORN, RURAL=RURAL, FLAT=FLAT,
        mention=mention, number=number, day=day, kin=kin, groups=groups,
    )  # fmt: skip


def groups(found: Linked, keys: list[str]) -> dict[str, int]:
    """Cluster by "record_key role" of the wanted record keys."""
    rows = found.members.to_pylist()
    return {f"{r['record_key']} {r['role']}": r["cluster"] for r in rows if r["record_key"] in keys}
