"""Purposes: who may read what out of the warehouse, for which task, by which law, until when. One YAML each.

A purpose becomes a login of its own with views of its own. What no purpose names, no consumer can read.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field as Value
from pydantic import StringConstraints, ValidationError, model_validator

from contracts import by_feed
from contracts.errors import Stop
from contracts.lines import Malformed, parsed
from contracts.model import Contract, Identifier, Model, Text

FOLDER = Path(__file__).parent / "purposes"
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class Purpose(Model):
    """One authorisation: leads of some rules, or content of some feeds, for one office of one department.

    `serves` is the purpose for which the departments share (the contracts' `purposes`). Of a lead the consumer sees the
    record keys of `records_of` feeds (its own, or those a department lets it ask for) and the listed `facts`; never a
    person id or a name. `content` maps a feed to its fields. Leads older than `keep_days` and anything after `ends_on`
    are no longer shown.
    """

    purpose: Name
    """Name of the purpose, its file, its login and its views."""
    title: Text
    """Chinese name."""
    serves: Identifier
    """The purpose of the contracts (`purposes`) under which the departments share."""
    department: Text
    """The department that reads."""
    read_by: Text
    """The office that reads and answers for it."""
    legal_basis: Annotated[tuple[Text, ...], Value(min_length=1)]
    """Law and article that let this office read this."""
    rules: tuple[Identifier, ...] = ()
    """Cross-checks whose leads it sees."""
    records_of: tuple[Identifier, ...] = ()
    """Feeds whose record keys it sees in the evidence of a lead."""
    facts: tuple[Identifier, ...] = ()
    """Facts of a lead it sees."""
    content: dict[Identifier, Annotated[tuple[Identifier, ...], Value(min_length=1)]] = {}
    """Feed to the content fields it sees."""
    keep_days: int = Value(default=366, gt=0)
    """Leads older than this are no longer shown."""
    ends_on: date
    """The last day of the authorisation."""

    @model_validator(mode="after")
    def _says_something(self) -> "Purpose":
        if not self.rules and not self.content:
            raise ValueError("neither `rules` nor `content`: name what may be read")
        if not self.rules and (self.records_of or self.facts):
            raise ValueError("`records_of` and `facts` belong to leads: name their `rules`")
        return self


def load(path: Path, contracts: Mapping[str, Contract] | None = None) -> Purpose:
    """Read one purpose file and hold it against the contracts by feed (None: the shipped ones).

    Raises Stop naming the file and what is wrong: bad YAML, an unknown key, a feed or field that no contract promises,
    that isn't content, or that its department does not share for what the purpose serves.
    """
    where = f"contracts/purposes/{path.name}"
    try:
        purpose = Purpose.model_validate(parsed(path.read_text(encoding="utf-8"))[1])
    except Malformed as error:
        raise Stop(f"{where}:{error.line}", error.what, "correct that line") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "purpose"
        raise Stop(where, f"{key}: {first['msg'].removeprefix('Value error, ')}", "correct that key") from error
    if purpose.purpose != path.stem:
        raise Stop(where, f"purpose is {purpose.purpose!r}", "name the file and the purpose alike")
    check(purpose, by_feed() if contracts is None else contracts)
    return purpose


def load_all(folder: Path = FOLDER, contracts: Mapping[str, Contract] | None = None) -> tuple[Purpose, ...]:
    """Every purpose of `folder`, by name. Raises Stop at the first that is wrong."""
    return tuple(load(path, contracts) for path in sorted(folder.glob("*.yml")))


def check(purpose: Purpose, contracts: Mapping[str, Contract]) -> None:
    """Raise Stop when `purpose` would show what a contract does not promise, keep as content, or share for this."""
    where = f"contracts/purposes/{purpose.purpose}.yml"
    for feed in (*purpose.records_of, *purpose.content):
        contract = contracts.get(feed)
        if contract is None:
            raise Stop(where, f"no contract promises {feed!r}", "see `huilian feeds`")
        if len(f"{purpose.purpose}_{feed}") > 63:
            raise Stop(where, f"a view called {purpose.purpose}_{feed} has too long a name", "shorten the purpose's")
        if purpose.serves not in contract.purposes or contract.sharing == "none":
            what = f"{contract.department} does not share {feed!r} for {purpose.serves!r}"
            raise Stop(where, what, "agree on it with the department and put it in the contract, or do without")
        fields = {f.name for f in contract.content_fields()}
        astray = sorted(set(purpose.content.get(feed, ())) - fields)
        if astray:
            raise Stop(where, f"{feed}: {astray} are not content", f"name fields of {sorted(fields)}")
