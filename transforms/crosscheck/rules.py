"""Rule files: a YAML head in a comment, then one SELECT; validated, then compiled with the registers as of a month.

A rule says `from gongan_hukou h join member m ...`; `compile` puts common table expressions of those names in front:

    period   first_day, last_day (of the month), next_first
    <feed>   content.<feed> as it was valid in that month and as we know it today
    member   the crosswalk as of that month, so that a key is its holder's of then: feed, record_key, role, person_id,
             score, method, agreement (how surely it is this person: 3 by a valid number that agrees or by a human,
             2 by all the rest or in no doubt, 1 presumably)
    person   person_id, sex, born_from and born_to (first and last day the person can have been born on)
    doubt    person_id, other_id: who may be whom, as recognition could not tell and nobody has said
    rule     grace_days
    and the questions shared by several rules, from shared/, that the rule lists under `uses`

and, for a rule that says which register somebody is missing from (`absent_from`):

    explained  person_id, feed, record_key, role: records that account for an absence, of that register or of a death
    doubted    person_id, records: who may be somebody that is accounted for, with those records of theirs

A rule answers with person_id, evidence_level, evidence, facts and grace_until, one row a person.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from contracts import by_feed
from contracts.errors import Stop
from contracts.lines import Malformed, parsed
from contracts.model import Contract

PERIOD = "period"  # name of the one bound parameter: the first day of the month
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Text = Annotated[str, StringConstraints(min_length=1)]
Level = Literal["E1", "E2", "E3"]

_HEAD = re.compile(r"\s*/\*(.*?)\*/(.*)", re.DOTALL)
_QUIET = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", re.DOTALL)  # comments and text literals
_OTHER_STATEMENTS = re.compile(
    r"\b(insert|update|delete|merge|truncate|create|alter|drop|grant|revoke|copy|call|do|set|reset|lock|listen|notify"
    r"|vacuum|execute|prepare|into)\b"
)
_SCHEMAS = re.compile(r"\b(content|identity|identifiers|mart|ledger|share|pg_catalog|information_schema)\s*\.")

_PERIOD_CTE = """period as (
  select d as first_day, (d + interval '1 month - 1 day')::date as last_day,
    (d + interval '1 month')::date as next_first
  from (select date_trunc('month', %(period)s::date)::date as d) as given
)"""
# An inlined expression lets the planner push a rule's conditions into the tables' indexes.
_FEED_CTE = """{feed} as not materialized (
  select h.* from content.{feed} h, period p
  where h.recorded_to is null and h.valid_from <= p.first_day and (h.valid_to is null or h.valid_to > p.first_day)
)"""
_MEMBER_CTE = """member as not materialized (
  select m.feed, m.record_key, m.role, m.person_id, m.score, m.method, case
      when m.method in ('spine', 'decision') then 3 when m.method = 'alone' or m.score >= 0.99 then 2 else 1
    end as agreement
  from identity.member_span m, period p
  where m.valid_from <= p.first_day and (m.valid_to is null or m.valid_to > p.first_day)
)"""
_PERSON_CTE = """person as not materialized (
  select person_id, sex, born_on as born_from, case born_precision
      when 'year' then (born_on + interval '1 year - 1 day')::date
      when 'month' then (born_on + interval '1 month - 1 day')::date else born_on end as born_to
  from identity.person_birth
)"""

_DOUBT_CTE = "doubt as not materialized (select person_id, other_id from identity.doubt)"
# Whoever a record accounts for is missing nowhere; who may be them is missing presumably.
_ABSENCE_CTES = """explained as (
  select m.person_id, m.feed, m.record_key, m.role
  from {register} r join member m on m.feed = '{register}' and m.record_key = r.record_key and m.role = 'person'
  union all
  select person_id, feed, record_key, role from death_record
),
doubted as (
  select d.person_id, jsonb_agg(distinct jsonb_build_object('feed', x.feed, 'record_key', x.record_key, 'role', x.role))
    as records
  from doubt d join explained x on x.person_id = d.other_id
  group by d.person_id
)"""


class Model(BaseModel):
    """Frozen, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Shared(Model):
    """A question several rules build on (who has died): one common table expression or more, in a file of its own."""

    name: Name
    purposes: Annotated[tuple[Name, ...], Field(min_length=1)]
    needs: Annotated[tuple[Name, ...], Field(min_length=1)]
    uses: tuple[Name, ...] = ()
    sql: Text


class Rule(Model):
    """One question to the registers; a lead it finds is for `owner` to verify. `benefit`: it brings people their due.

    `needs` are the feeds its SQL names, `absent_from` the register somebody should be in, `complete` the feeds without
    which absence means nothing: with no row of one in the month, the rule isn't asked. `purposes`: each feed must be
    shared for at least one of them.
    """

    name: Name
    title: Text
    question: Text
    owner: Text
    legal_basis: Annotated[tuple[Text, ...], Field(min_length=1)]
    purposes: Annotated[tuple[Name, ...], Field(min_length=1)]
    benefit: bool = False
    grace_days: int = Field(default=0, ge=0)
    due_working_days: int = Field(default=10, gt=0)
    evidence_levels: Annotated[dict[Level, Text], Field(min_length=1)]
    needs: Annotated[tuple[Name, ...], Field(min_length=1)]
    complete: tuple[Name, ...] = ()
    absent_from: Name | None = None
    uses: tuple[Name, ...] = ()
    revision: int = Field(gt=0)
    sql: Text
    shared: tuple[Shared, ...] = ()

    @property
    def version(self) -> str:
        """Revision and a digest of all the answer depends on: stored with a lead, so it can be explained later."""
        text = "\n".join([self.sql, *(s.sql for s in self.shared), str(self.grace_days)])
        return f"{self.revision}+{hashlib.sha256(text.encode()).hexdigest()[:8]}"

    @property
    def feeds(self) -> tuple[str, ...]:
        """Every feed it reads, its shared questions' included, sorted."""
        return tuple(sorted({*self.needs, *(f for s in self.shared for f in s.needs)}))

    @property
    def query(self) -> str:
        """`compile(self)`: the statement to run."""
        return compile(self)


T = TypeVar("T", Rule, Shared)


def load(name: str, contracts: Mapping[str, Contract] | None = None) -> Rule:
    """The shipped rule `name`, checked against `contracts` by feed (None: the shipped ones).

    Raises Stop naming file and key for a file that is missing or has no head, an unknown key, no legal basis, a feed
    that no contract promises or that is shared for another purpose, or SQL that isn't one plain SELECT over its feeds.
    """
    return parse(name, _text("rules", name), by_feed() if contracts is None else contracts)


def load_all(contracts: Mapping[str, Contract] | None = None) -> tuple[Rule, ...]:
    """Every shipped rule: the ones that bring people what is theirs first, then by name. Raises Stop as `load`."""
    folder = resources.files(__package__) / "rules"
    names = (entry.name.removesuffix(".sql") for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return tuple(sorted((load(n, contracts) for n in names), key=lambda rule: (not rule.benefit, rule.name)))


def parse(name: str, text: str, contracts: Mapping[str, Contract]) -> Rule:
    """The rule in `text`, a rule file's content. Raises Stop as `load`."""
    where = f"transforms/crosscheck/rules/{name}.sql"
    rule = _validated(Rule, where, {"name": name, **_head(where, text)})
    _check(where, rule, contracts)
    shared = {s.name: s for s in (*_shared(rule.uses, contracts), *_absence(where, rule, contracts))}
    rule = rule.model_copy(update={"shared": tuple(shared.values())})
    astray = sorted(set(rule.complete) - set(rule.feeds))
    if astray:
        raise Stop(where, f"complete: {astray} are not among its feeds", "name feeds of `needs`")
    return rule


def compile(rule: Rule) -> str:
    """The whole statement in PostgreSQL's dialect, with one parameter, ``%(period)s``: the first day of the month."""
    parts = [_PERIOD_CTE, *(_FEED_CTE.format(feed=feed) for feed in rule.feeds), _MEMBER_CTE, _PERSON_CTE, _DOUBT_CTE]
    parts.append(f"rule as (select {rule.grace_days}::int as grace_days)")
    # Only the period's expression carries a parameter: any other per cent sign is the rule's own (LIKE).
    parts += [_escape(shared.sql) for shared in rule.shared]
    columns = "person_id, evidence_level, evidence, facts, grace_until"
    return f"with {', '.join(parts)}\nselect {columns} from (\n{_escape(rule.sql)}\n) as answer"


def _escape(sql: str) -> str:
    return sql.replace("%", "%%")


def _text(folder: str, name: str) -> str:
    entry = resources.files(__package__) / folder / f"{name}.sql"
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or not entry.is_file():
        raise Stop(f"transforms/crosscheck/{folder}", f"there is no {name}.sql", "name one that is there, or write it")
    return entry.read_text(encoding="utf-8")


def _head(where: str, text: str) -> dict[str, Any]:
    """The YAML head's keys, with the rest of the file as `sql`."""
    match = _HEAD.fullmatch(text)
    if match is None:
        raise Stop(where, "does not open with a /* */ comment", "open it with the head, as its neighbours do")
    try:
        head = parsed(match[1])[1]
    except Malformed as error:
        raise Stop(f"{where}:{error.line}", f"in the head: {error.what}", "correct that line") from error
    if not isinstance(head, dict) or {"sql", "name", "shared"} & head.keys():
        raise Stop(where, "the head is not a mapping of a rule's keys", "open it as its neighbours do")
    return {**head, "sql": match[2].strip().removesuffix(";").rstrip()}


def _validated(kind: type[T], where: str, head: dict[str, Any]) -> T:
    try:
        return kind.model_validate(head)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise Stop(where, f"{key}: {first['msg'].lower()}", "correct that key of the head") from error


def _shared(names: Iterable[str], contracts: Mapping[str, Contract]) -> list[Shared]:
    """The shared questions `names`, each after the ones it builds on itself."""
    found: dict[str, Shared] = {}
    for name in names:
        where = f"transforms/crosscheck/shared/{name}.sql"
        part = _validated(Shared, where, {"name": name, **_head(where, _text("shared", name))})
        _check(where, part, contracts)
        found |= {s.name: s for s in _shared(part.uses, contracts)} | {name: part}
    return list(found.values())


def _absence(where: str, rule: Rule, contracts: Mapping[str, Contract]) -> list[Shared]:
    """What accounts for somebody's absence from the register that `rule` names, after what that builds on."""
    if rule.absent_from is None:
        return []
    sql, needs = _ABSENCE_CTES.format(register=rule.absent_from), (rule.absent_from,)
    part = Shared(name="absence", purposes=rule.purposes, needs=needs, uses=("death_record",), sql=sql)
    _check(f"{where}: absent_from", part, contracts)
    return [*_shared(part.uses, contracts), part]


def _check(where: str, part: Rule | Shared, contracts: Mapping[str, Contract]) -> None:
    """Hold the SQL against `needs` and `uses`, and `needs` against what departments share for which purpose."""
    unknown = sorted(set(part.needs) - contracts.keys())
    if unknown:
        raise Stop(where, f"needs: no contract promises {unknown}", "see `huilian feeds`; correct `needs`")
    refused = sorted(feed for feed in part.needs if not set(part.purposes) & set(contracts[feed].purposes))
    if refused:
        what = f"{refused} are not shared for any of {sorted(part.purposes)}"
        raise Stop(where, what, "agree on that purpose with the department and put it in the contract, or do without")
    words = set(re.findall(r"[a-z_][a-z0-9_]*", _plain(where, part.sql)))
    unlisted = sorted(words & contracts.keys() - set(part.needs))
    if unlisted:
        raise Stop(where, f"the SQL names {unlisted}", "list under `needs` every feed the SQL names")
    idle = sorted({*part.needs, *part.uses} - words)
    if idle:
        raise Stop(where, f"the SQL does not name {idle}", "drop from `needs` and `uses` what isn't asked: least data")


def _plain(where: str, sql: str) -> str:
    """`sql` without comments and literals, in lower case; Stop unless it is one SELECT that names no schema."""
    plain = _QUIET.sub(" ", sql).lower().strip()
    if ";" in plain or _OTHER_STATEMENTS.search(plain) or not re.match(r"(select|with|\w+ as)\b", plain):
        raise Stop(where, "is not one plain SELECT", "keep a single SELECT after the head")
    if _SCHEMAS.search(plain):
        raise Stop(where, "names a schema", "name feeds bare: only so are they read as of the month")
    return plain
