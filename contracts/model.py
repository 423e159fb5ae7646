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
Percent = Annotated[float, Value(ge=0, le=100)]
Encoding = Literal["utf-8", "utf8", "utf-8-sig", "gb18030", "gbk", "gb2312", "cp936"]  # what connectors.encoding reads


class Model(BaseModel):
    """Frozen, no unknown keys, no silent conversion of numbers to text (a region code must be quoted in YAML).

    The sentence under a key is its description in the JSON Schema and in docs/reference/contract.md.
    """

    # a command that reads no contract need not wait for the validators of all of them
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, defer_build=True)


class Column(Model):
    """One column (or nested value) a department promised. `source` is its header, tag or path as delivered.

    For JSON and XML `source` is a path from the record: ``母亲/姓名``, ``@属性``. ``@sheet`` is the worksheet's name.
    `width` is in bytes and only for fixed width. `values` maps what they write to what we store.
    """

    name: Identifier
    """Our name of the field: lower case, digits, underscores. It says kind and unit (`amount_fen`, `died_on`)."""
    source: Text
    """The department's own name: header, DBF column, tag or path. `@sheet` is the worksheet's name."""
    kind: KindName
    """What it is; type, sensitivity, checks and mask follow from it. See the kinds below."""
    required: bool = False
    """A row without it is set aside and goes back to the department. A name is only asked for, and the row kept, where
    the valid number beside it says who it is.
    """
    width: int | None = Value(default=None, gt=0)
    """Bytes, fixed width only; fields stand in the order of the file."""
    values: dict[str, str] = {}
    """What they write, to what we store. Any other value is `code_unknown`."""
    keep_in_content: bool = False
    """Store it with the content although a mention names it. Not for kinds that identify a person."""
    title: str = ""
    """Chinese name for receipts and reports, where `source` is not one."""

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
    """Our name of the list."""
    source: Text
    """Path of the list in the record."""
    role: Text
    """Role of each item; `{n}` is its position from 1."""
    fields: tuple[Column, ...]
    """Fields of an item, named like the attributes of a mention (name, id_number, phone, ...)."""
    entity: Literal["person", "organisation"] = "person"
    """Whether the items are people or organisations."""
    address: Identifier | None = None
    """A field of the record that says where the item's people are likely to live."""


class Kin(Model):
    """This mention's relation to another role of the same record, as evidence for recognising people."""

    role: Text
    """The other role of the same record."""
    relation: Literal["spouse", "child", "parent", "ward", "guardian"]
    """What this mention is to that role: a pupil is `ward` of the 监护人. Evidence for recognition, nothing else."""


class Mention(Model):
    """One person or organisation named in a record. All but `role`, `entity`, `kin` and `optional` name fields."""

    role: Text
    """`person` where the record is about one person, else the part they play: 男方, 母亲, 法定代表人."""
    entity: Literal["person", "organisation"] = "person"
    """Whether it names a person or an organisation."""
    name: Identifier | None = None
    """Field with the name."""
    id_number: Identifier | None = None
    """Field with the identity number."""
    credit_code: Identifier | None = None
    """Field with the unified social credit code."""
    sex: Identifier | None = None
    """Field with the sex."""
    born_on: Identifier | None = None
    """Field with the date of birth; a month or a year alone will do."""
    age: Identifier | None = None
    """Field with the age, where there is no date of birth."""
    phone: Identifier | None = None
    """Field with the telephone number."""
    address: Identifier | None = None
    """Field with the address."""
    household: Identifier | None = None
    """Field with the household number."""
    relation: Identifier | None = None
    """Field with the relation to the head of household."""
    kin: tuple[Kin, ...] = ()
    """Relations to other roles of the same record."""
    optional: bool = False
    """The record may leave this one out without being wrong."""

    def columns(self) -> dict[str, str]:
        """Attribute to field name, of the attributes that are given."""
        skip = {"role", "entity", "kin", "optional"}
        return {k: v for k, v in self.__dict__.items() if v is not None and k not in skip}


class Csv(Model):
    """Delimited text. `quote` is empty where the department's system never quotes."""

    format: Literal["csv"]
    """`csv`: delimited text."""
    delimiter: str = ","
    """One character: comma, tab, pipe. Another is found where all promised columns are separated by it."""
    quote: str = '"'
    """Quotation mark; empty where the department's system never quotes."""
    footers: tuple[str, ...] = ()
    """First words of rows below the data, which are not records: of text that was a workbook before."""


class Workbook(Model):
    """XLSX or XLS. The header row is found by its names; `footers` are the first words of rows below the data."""

    format: Literal["workbook"]
    """`workbook`: XLSX or XLS."""
    sheets: Literal["first", "all"] = "first"
    """`first`, or `all` where each worksheet is a school, a street, a year."""
    footers: tuple[str, ...] = ("合计", "总计", "填表人", "制表", "审核人", "填报")
    """First words of rows below the data, which are not records."""


class Dbf(Model):
    """dBase III and later."""

    format: Literal["dbf"]
    """`dbf`: dBase III and later."""


class FixedWidth(Model):
    """Fixed width counted in bytes of the source encoding, before decoding."""

    format: Literal["fixed_width"]
    """`fixed_width`: columns counted in bytes of the source encoding."""


class Xml(Model):
    """XML; `record` is the tag of one record."""

    format: Literal["xml"]
    """`xml`: one element a record."""
    record: Text
    """Tag of one record."""


class JsonLines(Model):
    """One JSON object a line."""

    format: Literal["jsonl"]
    """`jsonl`: one JSON object a line."""


class Database(Model):
    """A department's own database, read through SQLAlchemy by a change-time watermark.

    `url` may contain ``{inbox}`` and ``{month}``; the environment variable HUILIAN_SOURCE_<FEED> replaces it.
    """

    format: Literal["database"]
    """`database`: pulled from the department's own database."""
    url: Text
    """SQLAlchemy address, with `{inbox}` and `{month}`; HUILIAN_SOURCE_<FEED> replaces it."""
    table: Identifier
    """Table or view to read."""
    watermark: Identifier
    """Column with the time of the last change; only rows from the last pull on are read."""


class Rest(Model):
    """Pages of JSON; `url` may hold ``{api}`` and ``{month}``. Token: HUILIAN_TOKEN_<FEED>, else HUILIAN_API_TOKEN."""

    format: Literal["rest"]
    """`rest`: pages of JSON."""
    url: Text
    """Address with `{api}` (HUILIAN_API) and `{month}`; HUILIAN_SOURCE_<FEED> replaces it."""
    items: Text = "items"
    """Key of a page that holds the records."""
    pages: Text = "pages"
    """Key of a page that says how many pages there are."""


# Tables whose columns have names: whichever of these was agreed, any of them can be read (connectors.readers.formats).
TABULAR = frozenset({"csv", "workbook", "dbf"})
Source = Annotated[Csv | Workbook | Dbf | FixedWidth | Xml | JsonLines | Database | Rest, Value(discriminator="format")]


class Delivery(Model):
    """How and when it comes. `drop` is ``<department folder>/<file name>``, with ``{month}`` (2026-09) or ``{yyyymm}``.

    snapshot: the whole register each time, absence means gone; increment: only what is new or changed.
    `due_day` is the day of the month after which "nothing came" is said out loud.
    """

    mode: Literal["snapshot", "increment"]
    """`snapshot`: the whole register each time, absence means gone. `increment`: only what is new or changed."""
    drop: Annotated[str, StringConstraints(pattern="^[^/]+/[^/]+$")] | None = None
    """`<department folder>/<file name>` with `{month}` (2026-10) or `{yyyymm}` (202610). Not for database and REST."""
    encoding: Annotated[tuple[Encoding, ...], Value(min_length=1)] = ("utf-8", "gb18030")
    """Encodings the department may use, tried in this order, the whole file, strictly."""
    may_be_empty: bool = False
    """No record at all is a delivery too."""
    due_day: int = Value(default=28, ge=1, le=31)
    """Day of the month after which "nothing came" is said out loud."""
    after_load: Literal["leave", "archive"] = "leave"
    """`leave` the file where it is (default), or `archive` it."""
    not_ours: tuple[str, ...] = ()
    """Files in the inbox that are this feed's own source (a database file) and no delivery."""


class Rows(Model):
    """When a batch is too odd to load: floors stop, ceilings warn; percentages are of the batch or last snapshot."""

    floor: int = Value(default=0, ge=0)
    """Fewer rows stop the batch: a broken export."""
    ceiling: int | None = Value(default=None, ge=0)
    """More rows warn: a busy month."""
    max_bad_percent: Percent = 10.0
    """Share of rows set aside above which the batch stops."""
    max_deleted_percent: Percent = 30.0
    """Share of the last snapshot's records that may be gone before the batch stops."""


class Check(Model):
    """A rule over the typed columns, as a SQL predicate (DuckDB and Spark subset) that is true for a good row.

    NULL counts as good: missing values have rules of their own. severity `row` sets the row aside, `warn` reports the
    batch, `stop` refuses it when more than `max_bad_percent` of rows fail.
    """

    name: Identifier
    """Name of the rule in results and receipts."""
    good: Text
    """SQL predicate over the typed fields that is true for a good row; NULL counts as good."""
    text: Text
    """The sentence the department reads."""
    severity: Literal["row", "warn", "stop"] = "warn"
    """`row` sets the row aside, `warn` reports the batch, `stop` refuses it."""
    max_bad_percent: Percent = 0.0
    """With `stop`: share of failing rows that is still let through."""


class Contract(Model):
    """One feed. `legal_basis` and `purposes` are required: no basis, no data."""

    feed: Identifier
    """`<department>_<subject>` in pinyin, as the department says it; also the file's name."""
    title: Text
    """Chinese name of the register."""
    department: Text
    """The department that delivers, in Chinese; its receipts lie under this name in the outbox."""
    contact_office: Text
    """The office that answers for the data."""
    legal_basis: Annotated[tuple[Text, ...], Value(min_length=1)]
    """Law and article that let the department share this. No basis, no data."""
    sharing: Literal["unconditional", "conditional", "none"]
    """Share attribute of the catalogue entry."""
    purposes: Annotated[tuple[Identifier, ...], Value(min_length=1)]
    """What the data may be used for; a cross-check asks only feeds shared for its purpose."""
    retention_years: int = Value(default=3, gt=0)
    """Years the lake of a delivery is kept; its landed bytes go after half a year."""
    delivery: Delivery
    """How and when it comes."""
    source: Source
    """Its format."""
    key: Identifier
    """The field that identifies a record in this register."""
    fields: Annotated[tuple[Column, ...], Value(min_length=1)]
    """The columns we take, and no others."""
    groups: tuple[Group, ...] = ()
    """Repeated parts of a record."""
    ignore: tuple[Text, ...] = ()
    """Columns that come and are not taken: seen, named, never decoded."""
    mentions: tuple[Mention, ...] = ()
    """Who is named in a record."""
    rows: Rows = Rows()
    """When a batch is too odd to load."""
    checks: tuple[Check, ...] = ()
    """Rules of this register."""

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
