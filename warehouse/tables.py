"""Tables of one feed, from its contract: ``identifiers.<feed>`` (who) and ``content.<feed>`` (what), both with history.

Every row carries when it was so (valid_from, valid_to: the department's months) and when we held it to be so
(recorded_from, recorded_to). A null end is open. Rows are added; the only column ever changed is recorded_to.
"""

from typing import NamedTuple, cast

from psycopg import sql

from contracts.errors import Stop
from contracts.kinds import KINDS
from contracts.mentions import KEY, MENTION
from contracts.model import Contract
from warehouse.server import Connection

HISTORY: dict[str, str] = {
    "delivery_id": "text",
    "row_hash": "bytea",
    "valid_from": "date",
    "valid_to": "date",
    "recorded_from": "timestamptz",
    "recorded_to": "timestamptz",
}
HISTORY_TITLES = ("报送批次", "内容摘要", "有效期起", "有效期止（不含）", "入库时间", "更正时间")
SQL_OF = {"string": "text", "date32": "date"}
MENTION_TITLES: dict[str, str] = {
    "record_key": "记录编号",
    "role": "角色",
    "entity": "主体类型",
    "name": "姓名或名称",
    "name_raw": "姓名或名称（原文）",
    "sex": "性别",
    "born_on": "出生日期",
    "born_precision": "出生日期精度",
    "id_number": "证件号码",
    "id_status": "证件号码状态",
    "phone": "电话",
    "credit_code": "统一社会信用代码",
    "household": "户号",
    "relation": "与户主关系",
    "address": "地址",
    "town": "乡镇街道",
    "village": "村（社区）",
    "village_group": "村民小组",
    "road": "道路",
    "road_no": "道路门牌",
    "compound": "小区",
    "building": "楼栋",
    "unit": "单元",
    "room": "室号",
    "house_no": "门牌号",
    "address_key": "标准地点",
    "kin": "亲属关系线索",
}


class Table(NamedTuple):
    """One of a feed's two tables: `columns` (name -> SQL type) hold what was delivered, `key` says about what."""

    schema: str
    feed: str
    key: tuple[str, ...]
    columns: dict[str, str]
    titles: dict[str, str]

    @property
    def name(self) -> sql.Identifier:
        """Schema and table, quoted."""
        return sql.Identifier(self.schema, self.feed)


def content(contract: Contract) -> Table:
    """The table of what `contract` delivers, without what says who. Raises Stop when a field has a name of ours."""
    fields = [f for f in contract.content_fields() if f.name != contract.key]
    taken = sorted({f.name for f in fields} & {"record_key", *HISTORY})
    if taken:
        raise Stop(f"contracts/feeds/{contract.feed}.yml", f"fields {taken} have names of our own", "rename them")
    columns = {"record_key": "text"} | {f.name: KINDS[f.kind].sql for f in fields}
    titles = {"record_key": contract.field(contract.key).label} | {f.name: f.label for f in fields}
    return Table("content", contract.feed, ("record_key",), columns, titles)


def identifiers(contract: Contract) -> Table:
    """The table of the people and organisations `contract` mentions; the same columns for every feed."""
    columns = {name: SQL_OF[arrow] for name, arrow in MENTION.items()}
    return Table("identifiers", contract.feed, KEY, columns, MENTION_TITLES)


def ensure(conn: Connection, contract: Contract) -> list[str]:
    """Create the feed's tables or add their new columns, with titles and grants; returns what was new.

    Raises Stop when a column is there with another type.
    """
    done = []
    for table, reader in ((identifiers(contract), "linker"), (content(contract), "analyst")):
        there = _columns(conn, table)
        wanted = table.columns | HISTORY
        if not there:
            _create(conn, table)
            done.append(f"{table.schema}.{table.feed}")
        else:
            wrong = sorted(c for c, kind in wanted.items() if there.get(c, kind) != kind)
            if wrong:
                where = f"{table.schema}.{table.feed}"
                raise Stop(where, f"columns {wrong} have another type", "give a field of a new kind a new name")
            for column in wanted.keys() - there.keys():
                conn.execute(compose("ALTER TABLE {} ADD COLUMN {} " + wanted[column], table.name, column))
                done.append(f"{table.schema}.{table.feed}.{column}")
        _describe(conn, table, contract.title)
        _grant(conn, table, reader)
    return done


def overlaps(conn: Connection, table: Table, among: sql.Composable | None = None) -> int:
    """How many times two current versions of one key claim the same day: never. `among` narrows it by a join."""
    keys = sql.SQL(", ").join(map(sql.Identifier, table.key))
    query = sql.SQL(
        "SELECT count(*) FROM (SELECT valid_from < lag(coalesce(valid_to, 'infinity')) "
        "OVER (PARTITION BY {} ORDER BY valid_from) AS clash FROM {} {} WHERE recorded_to IS NULL) AS x WHERE clash"
    ).format(keys, table.name, among or sql.SQL(""))
    row = conn.execute(query).fetchone()
    return cast(int, row[0]) if row else 0


def compose(template: str, *names: str | sql.Identifier, text: str | None = None) -> sql.Composed:
    """`template` with its ``{}`` filled by quoted identifiers and, last, by `text` as a literal."""
    parts: list[sql.Composable] = [n if isinstance(n, sql.Identifier) else sql.Identifier(n) for n in names]
    if text is not None:
        parts.append(sql.Literal(text))
    return sql.SQL(template).format(*parts)


def _columns(conn: Connection, table: Table) -> dict[str, str]:
    rows = conn.execute(
        "SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a "
        "WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped",
        [f"{table.schema}.{table.feed}"],
    ).fetchall()
    short = {"timestamp with time zone": "timestamptz"}
    return {str(name): short.get(str(kind), str(kind)) for name, kind in rows}


def _create(conn: Connection, table: Table) -> None:
    open_ended = ("valid_to", "recorded_to")
    required = {*table.key, *HISTORY} - {*open_ended}
    lines = [
        compose("{} " + kind + (" NOT NULL" if name in required else ""), name)
        for name, kind in (table.columns | HISTORY).items()
    ]
    lines += [sql.Composed([sql.SQL("CHECK (valid_to > valid_from)")])]
    lines += [sql.Composed([sql.SQL("CHECK (recorded_to > recorded_from)")])]
    conn.execute(sql.SQL("CREATE TABLE {} ({})").format(table.name, sql.SQL(", ").join(lines)))
    # btree_gist, which an exclusion constraint would need, is missing on some servers: two partial unique indexes keep
    # a key from starting twice on one day and from being open twice; publishing checks the rest.
    keys = sql.SQL(", ").join(map(sql.Identifier, table.key))
    for columns, condition in (
        (sql.SQL("{}, valid_from").format(keys), "recorded_to IS NULL"),
        (keys, "recorded_to IS NULL AND valid_to IS NULL"),
    ):
        conn.execute(sql.SQL("CREATE UNIQUE INDEX ON {} ({}) WHERE ").format(table.name, columns) + sql.SQL(condition))


def _describe(conn: Connection, table: Table, title: str) -> None:
    """The data dictionary: Chinese titles as comments."""
    kind = "身份标识" if table.schema == "identifiers" else "业务内容"
    conn.execute(compose("COMMENT ON TABLE {} IS {}", table.name, text=f"{title}（{kind}）"))
    for column, words in (table.titles | dict(zip(HISTORY, HISTORY_TITLES, strict=True))).items():
        target = sql.Identifier(table.schema, table.feed, column)
        conn.execute(compose("COMMENT ON COLUMN {} IS {}", target, text=words))


def _grant(conn: Connection, table: Table, reader: str) -> None:
    conn.execute(compose("GRANT SELECT, INSERT, UPDATE (recorded_to) ON {} TO huilian_loader", table.name))
    conn.execute(compose("GRANT SELECT ON {} TO {}", table.name, f"huilian_{reader}"))
