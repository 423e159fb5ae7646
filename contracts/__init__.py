"""Contracts: what each department promised. `load` one, `load_all` of them; imports nothing else of ours.

Pydantic and YAML are loaded with the first contract: most commands read none, and need not wait for a quarter second.
"""

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts.errors import Stop

if TYPE_CHECKING:
    from contracts.model import Contract

FEEDS = Path(__file__).parent / "feeds"
COMPILED = Path(__file__).parent / "compiled.json"


def load(path: Path) -> "Contract":
    """Read and validate one contract file.

    Raises Stop naming file, line, key and what to do, for YAML that does not parse, an unknown key or kind, a missing
    legal basis, a forbidden column, or a region code that YAML would read as a number.
    """
    from pydantic import ValidationError

    from contracts.lines import Malformed, line, parsed, text
    from contracts.model import Contract

    where = f"contracts/feeds/{path.name}"
    try:
        node, data = parsed(text(path, "contract"))
    except Malformed as error:
        raise Stop(f"{where}:{error.line}", error.what, "correct that line") from error
    if not isinstance(data, dict):
        raise Stop(f"{where}:1", "not a mapping", "start from a copy of a file in contracts/feeds")
    try:
        contract = Contract.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(p) for p in first["loc"]) or "contract"
        raise Stop(f"{where}:{line(node, first['loc'])}", f"{key}: {_words(first)}", _advice(first)) from error
    if contract.feed != path.stem:
        raise Stop(f"{where}:1", f"feed is {contract.feed!r}, the file is {path.name}", "name both alike")
    return contract


def load_all(folder: Path = FEEDS) -> "tuple[Contract, ...]":
    """Every contract of `folder`, sorted by feed. Raises Stop at the first that is wrong."""
    return tuple(load(p) for p in sorted(folder.glob("*.yml")))


@cache
def by_feed() -> "dict[str, Contract]":
    """The shipped contracts by feed name, read once a process. A broken one is left out: it stops its own feed."""
    found = {}
    for path in sorted(FEEDS.glob("*.yml")):
        try:
            found[path.stem] = load(path)
        except Stop:
            continue
    return found


def names() -> list[str]:
    """The names of all feeds, those with a broken contract too, sorted."""
    return sorted(p.stem for p in FEEDS.glob("*.yml"))


def get(feed: str) -> "Contract":
    """The contract of `feed`. Raises Stop when there is none, or when it is broken."""
    known = by_feed()
    if feed in known:
        return known[feed]
    path = FEEDS / f"{feed}.yml"
    if "/" in feed or not path.is_file():
        raise Stop(feed, "no contract has this name", "see contracts/feeds/ or `huilian feeds`")
    return load(path)


def json_schema() -> dict[str, Any]:
    """JSON Schema of a contract file, for editors (``# yaml-language-server: $schema=...``)."""
    from contracts.model import Contract

    schema: dict[str, Any] = Contract.model_json_schema()
    schema["title"] = "Huilian feed contract"
    return schema


def compile_all() -> str:
    """What DAG files need, as JSON: feed, title, department, mode, format, due day, key.

    A contract that does not load becomes an entry with `error`, so that one broken file takes no other DAG with it.
    """
    out: list[dict[str, Any]] = []
    for path in sorted(FEEDS.glob("*.yml")):
        try:
            c = load(path)
        except Stop as error:
            out.append({"feed": path.stem, "error": str(error)})
            continue
        out.append(
            {
                "feed": c.feed,
                "title": c.title,
                "department": c.department,
                "mode": c.delivery.mode,
                "format": c.source.format,
                "due_day": c.delivery.due_day,
                "key": c.key,
            }
        )
    return json.dumps({"feeds": out}, ensure_ascii=False, indent=1) + "\n"


def _words(error: Any) -> str:
    kind = error["type"]
    if kind == "extra_forbidden":
        return "unknown key"
    if kind == "missing":
        return "required key is missing"
    return str(error["msg"]).removeprefix("Value error, ")


def _advice(error: Any) -> str:
    kind = error["type"]
    if kind == "extra_forbidden":
        return "remove it or correct its spelling; the keys are listed in docs/reference/contract.schema.json"
    if kind == "missing":
        return "add it; docs/onboard_a_feed.md shows each key"
    if kind == "string_type":
        return "put the value in quotes: YAML reads 0555567 as an octal number"
    return "correct the value on that line"
