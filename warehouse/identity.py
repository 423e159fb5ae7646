"""Who is who: mentions go out to be recognised, persons that keep their ids come back. Connects as `linker`.

A run is written in one transaction, as a difference: a membership that stays as it is isn't touched, one that changes
is closed and another opened. What happened to ids is written down as events, derived from that difference:

    minted   a new id                       joined   a new mention of somebody known
    moved    a mention went to another id   split    a new id for some of an old one's mentions
    merged   an id whose mentions went to an older one       retired   an id nobody is mentioned under any more
"""

import json
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, cast

import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql

from contracts.errors import Stop
from contracts.mentions import MENTION
from warehouse import bulk, changes
from warehouse.server import Connection, Server

Entity = Literal["person", "organisation", "address"]
LETTER: dict[str, str] = {"person": "P", "organisation": "O", "address": "A"}
NEW = "+"  # a person id that begins so is a name for "somebody new", good within one run
MEMBER = pa.schema(
    {
        "feed": pa.string(),
        "record_key": pa.string(),
        "role": pa.string(),
        "person_id": pa.string(),
        "score": pa.float64(),
        "method": pa.string(),
        "valid_from": pa.date32(),  # null: as far back as anybody knows
        "valid_to": pa.date32(),
        "is_last": pa.bool_(),
    }
)
VERSION = {"valid_from": pa.date32(), "valid_to": pa.date32(), "record_until": pa.date32(), "versions": pa.int64()}
PERSON = pa.schema(
    {"person_id": pa.string(), "born_on": pa.date32(), "born_precision": pa.string(), "sex": pa.string()}
)
SIDES = ("left_feed", "left_key", "left_role", "right_feed", "right_key", "right_role")
PAIR = pa.schema({**{c: pa.string() for c in SIDES}, "score": pa.float64(), "evidence": pa.string()})
CONFLICT = pa.schema({"kind": pa.string(), **{c: pa.string() for c in SIDES}, "detail": pa.string()})


class Run(NamedTuple):
    """One run of recognition: its id, over which kind of entity, with which model, and what it says of itself."""

    run_id: str
    entity: Entity
    model_version: str
    report: Mapping[str, Any] = {}


class Found(NamedTuple):
    """What a run found; columns as in MEMBER, PERSON, PAIR, CONFLICT, more are ignored.

    `members`: who held each mention of the entity from when until when, one row a span, of which `is_last` marks one a
    mention; person_id is one from `members(server)` or ``+<anything>`` for somebody new. `persons`: birth and sex as
    settled, for any of them. `pairs`: in doubt, `evidence` JSON; `conflicts`: `detail` JSON.
    """

    members: pa.Table
    persons: pa.Table
    pairs: pa.Table
    conflicts: pa.Table


class Written(NamedTuple):
    """Mentions and persons of the run, memberships that were `opened` and `closed`, and events by kind."""

    mentions: int
    persons: int
    opened: int
    closed: int
    events: dict[str, int]


def mentions(server: Server, entity: Entity = "person") -> pa.Table:
    """Every version of every mention ever made: `feed`, the columns of contracts.mentions.MENTION, and of VERSION.

    Also those of records that have since left their register; what a correction took back isn't among them. In VERSION,
    `record_until` is when the record as a whole ends (null: it has not), and `versions` how many this mention has.
    """
    with server.connect("linker") as conn:
        rows = conn.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'identifiers'::regnamespace AND relkind = 'r' ORDER BY 1"
        ).fetchall()
        columns = sql.SQL(", ").join(map(sql.Identifier, MENTION))
        parts = [
            sql.SQL(_VERSIONS).format(
                feed=sql.Literal(str(feed)),
                columns=columns,
                table=sql.Identifier("identifiers", str(feed)),
                entity=sql.Literal(entity),
            )
            for (feed,) in rows
        ]
        if not parts:
            kinds = {"string": pa.string(), "date32": pa.date32()}
            shape = {"feed": pa.string(), **{c: kinds[k] for c, k in MENTION.items()}, **VERSION}
            return pa.schema(shape).empty_table()
        query = sql.SQL(" UNION ALL ").join(parts).as_string(conn)
    return bulk.read(server, "linker", query)


_VERSIONS = """
(SELECT {feed}::text AS feed, {columns}, valid_from, valid_to,
  nullif(max(coalesce(valid_to, 'infinity')) OVER (PARTITION BY record_key), 'infinity') AS record_until,
  count(*) OVER (PARTITION BY record_key, role) AS versions
FROM {table} WHERE recorded_to IS NULL AND entity = {entity} ORDER BY record_key, role, valid_from)
"""


def members(server: Server, entity: Entity = "person") -> pa.Table:
    """Who is who, as held to be now: the columns of MEMBER, and `number`, which counts ids as minted."""
    query = (
        "SELECT m.feed, m.record_key, m.role, m.person_id, m.score, m.method,"
        " nullif(m.valid_from, '-infinity') AS valid_from, m.valid_to, m.is_last, p.number FROM identity.member m"
        f" JOIN identity.person p USING (person_id) WHERE m.recorded_to IS NULL AND m.entity = '{entity}'"
        " ORDER BY m.feed, m.record_key, m.role, m.valid_from"
    )
    return bulk.read(server, "linker", query)


def recognised(server: Server, month: str) -> bool:
    """Whether a run over people was made for `month` (2026-10): its id begins with it."""
    with server.connect("linker") as conn:
        query = "SELECT EXISTS (SELECT FROM identity.run WHERE entity = 'person' AND starts_with(run_id, %s))"
        return conn.execute(query, [f"{month}-"]).fetchone() == (True,)


def person_id(entity: Entity, number: int) -> str:
    """The id of the `number`-th of its entity: a letter, seven digits or more, a check character (0-9, X).

    The check is ISO/IEC 7064 MOD 11-2 over the digits: one wrong digit or two swapped ones never give a valid id.
    """
    digits = f"{number:07d}"
    rest = 0
    for digit in digits:
        rest = (rest + int(digit)) * 2 % 11
    return f"{LETTER[entity]}{digits}{'0123456789X'[(12 - rest) % 11]}"


def write(server: Server, run: Run, found: Found) -> Written:
    """Make `found` what is known, and return what that changed. Written before under its run_id: changes nothing.

    Raises Stop when columns are missing or a mention comes twice; Retry when a person id is neither current nor new,
    which happens when another run ended after this one had read `members`.
    """
    given = _shaped(found)
    with server.connect("linker") as conn:
        conn.autocommit = True
        # Held until the connection ends: ids are minted by one run at a time.
        conn.execute("SELECT pg_advisory_lock(hashtextextended('identity', 0))")
        if conn.execute("SELECT 1 FROM identity.run WHERE run_id = %s", [run.run_id]).fetchone() is None:
            renamed, minted = _minted(conn, run.entity, given)
            staged = {**renamed._asdict(), "minted": minted}
            bulk.fill(server, "linker", {("staging_identity", name): rows for name, rows in staged.items()})
            with conn.transaction():
                changes.apply(conn, run.run_id, run.entity, run.model_version, json.dumps(run.report, default=str))
        done = _written(conn, run.run_id)
    if done.opened >= bulk.ANALYZE_FROM:
        bulk.analyze(server, ("identity", "member"), ("identity", "person"))
    return done


def _shaped(found: Found) -> Found:
    out = []
    for table, schema in zip(found, (MEMBER, PERSON, PAIR, CONFLICT), strict=True):
        missing = sorted(set(schema.names) - set(table.column_names))
        if missing:
            raise Stop("identity", f"columns {missing} are missing", "report it: recognition makes them")
        out.append(table.select(schema.names).cast(schema))
    last = out[0].group_by(["feed", "record_key", "role"]).aggregate([("is_last", "sum")])["is_last_sum"]
    if not pc.all(pc.equal(last, 1), min_count=0).as_py():
        raise Stop("identity", "a mention has two persons or none", "report it: recognition gives each mention one")
    return Found(*out)


def _minted(conn: Connection, entity: Entity, found: Found) -> tuple[Found, pa.Table]:
    """Real ids for the new ones, in the order of their first mention, and the table of them: person_id, number."""
    row = conn.execute("SELECT max(number) FROM identity.person WHERE entity = %s", [entity]).fetchone()
    last = cast(int, row[0] or 0) if row else 0
    order = [("feed", "ascending"), ("record_key", "ascending"), ("role", "ascending")]
    labels = found.members.sort_by(order)["person_id"]
    new = pc.unique(labels.filter(pc.starts_with(labels, NEW))).to_pylist()
    numbers = range(last + 1, last + 1 + len(new))
    ids = {label: person_id(entity, number) for label, number in zip(new, numbers, strict=True)}
    members_ = _renamed(found.members, ids)
    persons = _renamed(found.persons, ids)
    table = pa.table({"person_id": pa.array(ids.values(), pa.string()), "number": pa.array(numbers, pa.int64())})
    return found._replace(members=members_, persons=persons), table


def _renamed(table: pa.Table, ids: Mapping[str, str]) -> pa.Table:
    column = table["person_id"].combine_chunks().dictionary_encode()
    names = pa.array([ids.get(label, label) for label in column.dictionary.to_pylist()], pa.string())
    place = table.schema.get_field_index("person_id")
    return table.set_column(place, "person_id", names.take(column.indices))


def _written(conn: Connection, run_id: str) -> Written:
    row = conn.execute(
        "SELECT r.mentions, r.persons, r.at, (SELECT count(*) FROM identity.member m WHERE m.recorded_from = r.at"
        " AND m.entity = r.entity), (SELECT count(*) FROM identity.member m WHERE m.recorded_to = r.at"
        " AND m.entity = r.entity) FROM identity.run r WHERE run_id = %s",
        [run_id],
    ).fetchone()
    counted = conn.execute("SELECT kind, count(*) FROM identity.event WHERE run_id = %s GROUP BY kind", [run_id])
    kinds = {str(kind): cast(int, n) for kind, n in counted}
    if row is None:
        raise Stop(run_id, "no such run", "write it first")
    return Written(cast(int, row[0]), cast(int, row[1]), cast(int, row[3]), cast(int, row[4]), kinds)
