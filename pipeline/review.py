"""Review: pairs that recognition is not sure of, those that teach most first, decided by a person, or undone."""

import getpass
import json
from collections import Counter
from typing import Any, cast

import numpy as np
from psycopg import sql

import contracts
from contracts.errors import Stop
from pipeline import accounts, review_words, steps
from pipeline.settings import Settings
from transforms.masking import MASKS
from transforms.matching.calibration import bands
from transforms.matching.teaching import Gain, Question, gains, pattern
from warehouse import addresses, decisions, labels
from warehouse.casework import PERSONAL
from warehouse.decisions import Mention, Verdict
from warehouse.server import Server

ENTITIES = ("person", "organisation", "address")
ASKED = ENTITIES[:2]  # nothing hangs on an address yet
# What a reviewer compares, and how much of it is shown: names whole, for without them nothing can be decided.
SHOWN = {
    "person": {"name": "", "sex": "", "born_on": "", "id_number": "id_number", "phone": "phone", "town": "",
               "village": ""},
    "organisation": {"name": "", "credit_code": "id_number", "phone": "phone", "town": "", "village": "", "road": ""},
}  # fmt: skip
SIDES = ("left", "right")


def pairs(settings: Settings, most: int, show: bool, entity: str | None = None) -> list[dict[str, Any]]:
    """Undecided pairs, those first whose decision would teach most (transforms.matching.teaching).

    Each has its entity, score, both mentions (feed, key, role), evidence by field, and why it is asked: gain and its
    parts, records and open leads on its sides, `reason` in words. With `show` both sides' values are added, numbers
    masked, for the eyes of a reviewer who may see them. Pairs of addresses come when asked for: nothing hangs on them
    yet. Raises Stop for an entity that is none.
    """
    if entity not in (None, *ENTITIES):
        raise Stop("review", f"there are no pairs of {entity}", f"give one of {', '.join(ENTITIES)}")
    server = steps.server(settings)
    wanted = (entity,) if entity else ASKED
    found = [r for r in labels.undecided(server).to_pylist() if r["entity"] in wanted]
    ranked = sorted(_items(server, found), key=lambda item: (-item["gain"], item["left"], item["right"]))[:most]
    for item in ranked if show else ():
        item |= {f"{side}_says": _values(settings, item["entity"], item[side]) for side in SIDES}
    if show and ranked:
        accounts.note(settings, server, getpass.getuser(), "review.show", pairs=len(ranked))
    return ranked


def _items(server: Server, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    told = [json.loads(row["evidence"]) for row in rows]
    people = {row[f"{side}_id"] for row in rows if row["entity"] == "person" for side in SIDES} - {None}
    hanging = labels.leads(server, people)
    sides = [[hanging.get(row[f"{side}_id"], (0, 0)) for side in SIDES] for row in rows]
    questions = [
        Question(row["score"], _pattern(row["entity"], said), (row["left_records"], row["right_records"]),
                 one[0] + two[0], one[1] + two[1])
        for row, said, (one, two) in zip(rows, told, sides, strict=True)
    ]  # fmt: skip
    decided = Counter(
        _pattern(row["entity"], json.loads(row["evidence"]))
        for row in labels.labels(server).to_pylist()
        if row["evidence"] is not None
    )
    found = []
    for row, said, q, g in zip(rows, told, questions, gains(questions, decided), strict=True):
        mentions = {s: Mention(*(str(row[f"{s}_{part}"]) for part in ("feed", "key", "role"))) for s in SIDES}
        item = {"entity": row["entity"], "score": round(row["score"], 4), **mentions, "evidence": said}
        found.append(item | _why(q, g))
    return found


def _pattern(entity: str, evidence: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return (("entity", entity), *pattern(evidence))


def _why(q: Question, g: Gain) -> dict[str, Any]:
    return {
        "gain": round(g.gain, 4),
        "uncertainty": round(g.uncertainty, 4),
        "impact": round(g.impact, 4),
        "novelty": round(g.novelty, 4),
        "records": list(q.records),
        "open_leads": q.leads,
        "benefit_leads": q.benefits,
        "alike_undecided": g.alike,
        "alike_decided": g.decided,
        "reason": review_words.reason(q, g),
    }


def report(settings: Settings) -> dict[str, Any]:
    """What decisions in force say of the program: by entity and band of probability, how many pairs were called one.

    `observed` lies in `least` to `most` with 95 % (Wilson); `as_expected`: whether the mean probability does too.
    `without_score`: decisions about pairs that were not in doubt. Weights and thresholds are not changed by any of it.
    """
    rows = labels.labels(steps.server(settings)).to_pylist()
    told = [r for r in rows if r["score"] is not None]
    found = []
    for entity in ENTITIES:
        own = [r for r in told if r["entity"] == entity]
        scores = [r["score"] for r in own]
        for band in bands(_array(scores), _array([r["verdict"] == "same" for r in own]).astype(bool)):
            same = round(band.observed * band.pairs)
            found.append({
                "entity": entity, "from": band.low, "to": band.high, "decided": band.pairs, "same": same,
                "different": band.pairs - same, "expected": round(band.estimated, 4),
                "observed": round(band.observed, 4), "least": round(band.least, 4), "most": round(band.most, 4),
                "as_expected": band.least <= band.estimated <= band.most,
            })  # fmt: skip
    return {"decisions": len(rows), "without_score": len(rows) - len(told), "bands": found}


def _array(values: list[Any]) -> Any:
    return np.array(values, np.float64)


def decide(settings: Settings, pair: tuple[Mention, Mention], verdict: str, who: str, why: str) -> int:
    """Write down that two mentions are the same person or different ones; the decision's number. Raises Stop."""
    if verdict not in ("same", "different"):
        raise Stop("review", "a verdict is same or different", "give one of the two")
    unknown = {mention.feed for mention in pair} - {*titles(), addresses.FEED}
    if unknown:
        raise Stop("review", f"there is no feed {', '.join(sorted(unknown))}", "see `huilian feeds`")
    if PERSONAL.search(f"{who} {why}"):
        raise Stop("review", "the reason holds somebody's number", "say why without it: the decision stays on record")
    server = steps.server(settings)
    number = decisions.decide(server, pair, cast(Verdict, verdict), who, why)
    labels.remember(server, number)
    accounts.note(settings, server, who, "review.decide", decision=number, verdict=verdict)
    return number


def titles() -> dict[str, str]:
    """What each feed is called, by its name."""
    return {c.feed: c.title for c in contracts.load_all()}


def in_force(settings: Settings) -> list[dict[str, Any]]:
    """Decisions that every run obeys (decisions.listed)."""
    return decisions.listed(steps.server(settings))


def undo(settings: Settings, number: int, who: str) -> None:
    """Put a decision out of force; the next run of recognition goes without it."""
    server = steps.server(settings)
    decisions.undo(server, number, who)
    accounts.note(settings, server, who, "review.undo", decision=number)


def _values(settings: Settings, entity: str, mention: Mention) -> dict[str, str | None]:
    """What a mention says, masked: enough to compare two of them, too little to take away."""
    server = steps.server(settings)
    if entity == "address":
        return {"address": addresses.written(server, mention.record_key)}
    shown = SHOWN[entity]
    query = sql.SQL(
        "select {} from {} where record_key = %s and role = %s and recorded_to is null order by valid_from desc limit 1"
    ).format(sql.SQL(", ").join(map(sql.Identifier, shown)), sql.Identifier("identifiers", mention.feed))
    with server.connect("linker") as conn:
        row = conn.execute(query, [mention.record_key, mention.role]).fetchone() or ()
    return {name: _shown(rule, value) for (name, rule), value in zip(shown.items(), row, strict=False)}


def _shown(rule: str, value: object) -> str | None:
    text = None if value is None else str(value)
    masked = MASKS[rule](text) if rule else text
    return None if masked is None else str(masked)
