"""Review: pairs that recognition is not sure of, listed with their evidence and decided by a person, or undone."""

import getpass
import json
from typing import Any, cast

from psycopg import sql

from contracts.errors import Stop
from pipeline import accounts, steps
from pipeline.settings import Settings
from transforms.masking import MASKS
from warehouse import bulk, decisions
from warehouse.decisions import Mention, Verdict

# What a reviewer compares, and how much of it is shown: names whole, for without them nothing can be decided.
SHOWN = {"name": "", "sex": "", "born_on": "", "id_number": "id_number", "phone": "phone", "town": "", "village": ""}
SIDES = ("left", "right")


# A decision about who held a key before is none about who holds it now.
_UNDECIDED = """
select p.* from identity.pair p where not exists (
  select from identity.decision d where d.undone_at is null
  and (d.left_feed, d.left_key, d.left_role)
    = (least((p.left_feed, p.left_key, p.left_role), (p.right_feed, p.right_key, p.right_role)))
  and (d.right_feed, d.right_key, d.right_role)
    = (greatest((p.left_feed, p.left_key, p.left_role), (p.right_feed, p.right_key, p.right_role)))
  and not exists (select from identity.member m where m.recorded_to is null and m.is_last
    and (m.feed, m.record_key, m.role) = (d.left_feed, d.left_key, d.left_role)
    and d.left_from > '-infinity' and m.valid_from > d.left_from)
  and not exists (select from identity.member m where m.recorded_to is null and m.is_last
    and (m.feed, m.record_key, m.role) = (d.right_feed, d.right_key, d.right_role)
    and d.right_from > '-infinity' and m.valid_from > d.right_from))
"""


def pairs(settings: Settings, most: int, show: bool) -> list[dict[str, Any]]:
    """Undecided pairs, the likeliest to teach something (nearest to even odds) first.

    Each has its score, both mentions (feed, key, role), and levels of agreement by field. With `show` both sides'
    values are added, numbers masked, for the eyes of a reviewer who may see them.
    """
    server = steps.server(settings)
    query = f"{_UNDECIDED} order by abs(p.score - 0.5), p.left_feed, p.left_key, p.left_role limit {int(most)}"
    found = bulk.read(server, "linker", query).to_pylist()
    out = []
    for row in found:
        sides = {s: Mention(*(str(row[f"{s}_{part}"]) for part in ("feed", "key", "role"))) for s in SIDES}
        item = {"score": round(row["score"], 4), **sides, "evidence": json.loads(row["evidence"])}
        if show:
            item |= {f"{side}_says": _values(settings, mention) for side, mention in sides.items()}
        out.append(item)
    if show and out:
        accounts.note(settings, server, getpass.getuser(), "review.show", pairs=len(out))
    return out


def decide(settings: Settings, pair: tuple[Mention, Mention], verdict: str, who: str, why: str) -> int:
    """Write down that two mentions are the same person or different ones; the decision's number. Raises Stop."""
    if verdict not in ("same", "different"):
        raise Stop("review", "a verdict is same or different", "give one of the two")
    server = steps.server(settings)
    number = decisions.decide(server, pair, cast(Verdict, verdict), who, why)
    accounts.note(settings, server, who, "review.decide", decision=number, verdict=verdict)
    return number


def undo(settings: Settings, number: int, who: str) -> None:
    """Put a decision out of force; the next run of recognition goes without it."""
    server = steps.server(settings)
    decisions.undo(server, number, who)
    accounts.note(settings, server, who, "review.undo", decision=number)


def _values(settings: Settings, mention: Mention) -> dict[str, str | None]:
    """What a mention says, masked: enough to compare two of them, too little to take away."""
    query = sql.SQL(
        "select {} from {} where record_key = %s and role = %s and recorded_to is null order by valid_from desc limit 1"
    ).format(sql.SQL(", ").join(map(sql.Identifier, SHOWN)), sql.Identifier("identifiers", mention.feed))
    with steps.server(settings).connect("linker") as conn:
        row = conn.execute(query, [mention.record_key, mention.role]).fetchone() or ()
    return {name: _shown(rule, value) for (name, rule), value in zip(SHOWN.items(), row, strict=False)}


def _shown(rule: str, value: object) -> str | None:
    text = None if value is None else str(value)
    masked = MASKS[rule](text) if rule else text
    return None if masked is None else str(masked)
