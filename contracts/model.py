"""The only schema of a contract: what one department promised to deliver, and what we may do with it.

Everything else follows from these models: reader options, table DDL, quality rules, receipts, the DAG, the data
dictionary and the grants. All are frozen and forbid unknown keys, so a typing error in YAML is an error with a name.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator
from pydantic import Field as Value

from contracts.kinds import KINDS, KindName, forbidden_word

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Text = Annotated[str, StringConstraints(min_length=1)]


class Model(BaseModel):
    """Frozen, no unknown keys, no silent conversion of numbers to text (a region code must be quoted in YAML)."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(Model):
    """One column (or nested value) a department promised. `source` is its header, tag or path as delivered.

    For JSON and XML `source` is a path from the record: ``母亲/姓名``, ``@属性``. ``@sheet`` is the worksheet's name.
    `width` is in bytes and only for fixed width. `values` maps what they write to what we store.
    """

    name: Identifier
    source: Text
    kind: KindName
    required: bool = False
    width: int | None = Value(default=None, gt=0)
    values: dict[str, str] = {}
    keep_in_content: bool = False
    title: str = ""

    @model_validator(mode="after")
    def _lawful(self) -> "Column":
        word = forbidden_word(self.source) or forbidden_word(self.title)
        if word:
            raise ValueError(
                f"column {self.source!r} contains {word!r}, which no contract may take in (uses: deny list); "
                "move it to `ignore`"
            )
        if self.keep_in_content and KINDS[self.kind].identifies:
            raise ValueError(
                f"column {self.name!r} identifies a person and can't be kept in content; drop `keep_in_content`"
            )
        return self

    @property
    def label(self) -> str:
        """The Chinese name shown to people: `title`, else the source header."""
        return self.title or self.source


class Group(Model):
    """A repeated part of a record (owners of a unit, parties to a case): one mention for each item.

    `source` is the path of the list; `role` may contain ``{n}``, the item's position from 1. `address` may name a field
    of the record that says where the item's people are likely to live. The item's fields are called like the attributes
    of a mention (name, id_number, phone, ...), which is how they find their way into it.
    """

    name: Identifier
    source: Text
    role: Text
    fields: tuple[Column, ...]
    entity: Literal["person", "organisation"] = "person"
    address: Identifier | None = None


class Kin(Model):
    """This mention's relation to another role of the same record, as evidence for recognising people."""

    role: Text
    relation: Literal["spouse", "child", "parent", "ward", "guardian"]


class Mention(Model):
    """One person or organisation named in a record. All but `role`, `entity`, `kin` and `optional` name fields."""

    role: Text
    entity: Literal["person", "organisation"] = "person"
    name: Identifier | None = None
    id_number: Identifier | None = None
    credit_code: Identifier | None = None
    sex: Identifier | None = None
    born_on: Identifier | None = None
    age: Identifier | None = None
    phone: Identifier | None = None
    address: Identifier | None = None
    household: Identifier | None = None
    relation: Identifier | None = None
    kin: tuple[Kin, ...] = ()
    optional: bool = False

    def columns(self) -> dict[str, str]:
        """Attribute to field name, of the attributes that are given."""
        skip = {"role", "entity", "kin", "optional"}
        return {k: v for k, v in self.__dict__.items() if v is not None and k not in skip}


class Csv(Model):
    """Delimited text. `quote` is empty where the department's system never quotes."""

    format: Literal["csv"]
    delimiter: str = ","
    quote: str = '"'


class Workbook(Model):
    """XLSX or XLS. The header row is found by its names; `footers` are the first words of rows below the data."""

    format: Literal["workbook"]
    sheets: Literal["first", "all"] = "first"
    footers: tuple[str, ...] = ("合计", "总计", "填表人", "制表", "审核人", "填报")


class Dbf(Model):
    """dBase III and later."""

    format: Literal["dbf"]


class FixedWidth(Model):
    """Fixed width counted in bytes of the source encoding, before decoding."""

    format: Literal["fixed_width"]


class Xml(Model):
    """XML; `record` is the tag of one record."""

    format: Literal["xml"]
    record: Text


class JsonLines(Model):
    """One JSON object a line."""

    format: Literal["jsonl"]


class Database(Model):
    """A department's own database, read through SQLAlchemy by a change-time watermark.

    `url` may contain ``{inbox}`` and ``{month}``; the environment variable HUILIAN_SOURCE_<FEED> replaces it.
    """

    format: Literal["database"]
    url: Text
    table: Identifier
    watermark: Identifier


class Rest(Model):
    """Pages of JSON; `url` may hold ``{api}`` and ``{month}``. Token: HUILIAN_TOKEN_<FEED>, else HUILIAN_API_TOKEN."""

    format: Literal["rest"]
    url: Text
    items: Text = "items"
    pages: Text = "pages"


Source = Annotated[Csv | Workbook | Dbf | FixedWidth | Xml | JsonLines | Database | Rest, Value(discriminator="format")]


class Delivery(Model):
    """How and when it comes. `drop` is ``<department folder>/<file name>``, with ``{month}`` (2026-09) or ``{yyyymm}``.

    snapshot: the whole register each time, absence means gone; increment: only what is new or changed.
    `due_day` is the day of the month after which "nothing came" is said out loud.
    """

    mode: Literal["snapshot", "increment"]
    drop: str | None = None
    encoding: tuple[str, ...] = ("utf-8", "gb18030")
    may_be_empty: bool = False
    due_day: int = Value(default=28, ge=1, le=31)
    after_load: Literal["leave", "archive"] = "leave"
    not_ours: tuple[str, ...] = ()


class Rows(Model):
    """When a batch is too odd to load: floors stop, ceilings warn; percentages are of the batch or last snapshot."""

    floor: int = 0
    ceiling: int | None = None
    max_bad_percent: float = 5.0
    max_deleted_percent: float = 30.0


class Check(Model):
    """A rule over the typed columns, as a SQL predicate (DuckDB and Spark subset) that is true for a good row.

    NULL counts as good: missing values have rules of their own. severity `row` sets the row aside, `warn` reports the
    batch, `stop` refuses it when more than `max_bad_percent` of rows fail.
    """

    name: Identifier
    good: Text
    text: Text
    severity: Literal["row", "warn", "stop"] = "warn"
    max_bad_percent: float = 0.0


class Contract(Model):
    """One feed. `legal_basis` and `purposes` are required: no basis, no data."""

    feed: Identifier
    title: Text
    department: Text
    contact_office: Text
    legal_basis: Annotated[tuple[Text, ...], Value(min_length=1)]
    sharing: Literal["unconditional", "conditional", "none"]
    purposes: Annotated[tuple[Identifier, ...], Value(min_length=1)]
    retention_years: int = Value(default=3, gt=0)
    delivery: Delivery
    source: Source
    key: Identifier
    fields: Annotated[tuple[Column, ...], Value(min_length=1)]
    groups: tuple[Group, ...] = ()
    ignore: tuple[Text, ...] = ()
    mentions: tuple[Mention, ...] = ()
    rows: Rows = Rows()
    checks: tuple[Check, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> "Contract":
        names = [f.name for f in self.fields] + [g.name for g in self.groups]
        twice = sorted({n for n in names if names.count(n) > 1})
        if twice:
            raise ValueError(f"fields named twice: {twice}; give each its own name")
        if self.key not in names:
            raise ValueError(f"key {self.key!r} is not among the fields; name one of {names}")
        for mention in self.mentions:
            lost = sorted(set(mention.columns().values()) - set(names))
            if lost:
                raise ValueError(f"mention {mention.role!r} names fields that don't exist: {lost}")
        if isinstance(self.source, FixedWidth) and any(f.width is None for f in self.fields):
            raise ValueError("fixed width needs `width` (bytes) on every field, in order")
        if not isinstance(self.source, Database | Rest) and not self.delivery.drop:
            raise ValueError("a file feed needs delivery.drop: <department folder>/<file name with {month}>")
        return self

    def field(self, name: str) -> Column:
        """The field called `name`; KeyError when the contract has none."""
        for column in self.fields:
            if column.name == name:
                return column
        raise KeyError(name)

    def mentioned(self) -> set[str]:
        """Names of fields that say who: they go to `identifiers` and not to `content` (unless `keep_in_content`)."""
        from_groups = {g.address for g in self.groups if g.address}
        return {v for m in self.mentions for v in m.columns().values()} | from_groups

    def content_fields(self) -> tuple[Column, ...]:
        """The fields stored in ``content.<feed>``, in order: whatever does not say who, plus the key."""
        who = self.mentioned()
        return tuple(
            f
            for f in self.fields
            if f.name == self.key or f.keep_in_content or not (KINDS[f.kind].identifies or f.name in who)
        )
