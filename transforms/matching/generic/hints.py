"""What a config could say better, seen from the records: told, and never done in silence.

As data, for whoever shows it has the words (pipeline/linkage_notes.py).
"""

import pyarrow as pa
import pyarrow.compute as pc

from transforms.matching.generic.blocking import Rule
from transforms.matching.generic.routing import Note, share_of
from transforms.matching.generic.rules import Candidate, Likely, found_by, times_found

REACHED = 0.9  # of likely matches; rules that are chosen from the data reach nearly all
FEW = 50  # likely matches that tell nothing
LOOKS_SO = 0.9  # of values, of the shape of another kind
HARDLY = 0.5  # fewer dates than that are no dates
SPARSE = 0.02  # of records: less filled, a field helps nearly nobody
# In this order: the first shape that most values have. A date is a number, too, and a telephone may be one.
SHAPES = {
    "birth_date": r"^\s*(?:\d{4}[-./年]\d{1,2}[-./月]\d{1,2}.*|\d{1,2}[-./]\d{1,2}[-./]\d{4}"
    r"|(?:1[6-9]|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))\s*$",
    "sex": r"(?i)^\s*(?:m|f|male|female|man|woman|男|女|男性|女性)\s*$",
    "phone": r"^\s*(?:\+\d[\d /().-]{6,}|0\d[\d /().-]{6,}|1[3-9]\d{9})\s*$",
    "postcode": r"(?i)^\s*[a-z]{1,2}\d[a-z\d]?\s?\d[a-z]{2}\s*$",
    "number": r"^\s*[A-Za-z]{0,3}[- ]?\d[\d -]{4,}[A-Za-z]?\s*$",
}
AMOUNTS = r"^\s*[€$£¥]?\s?\d[\d ,.']*[,.]\d\d?\s?(?:[€$£¥元]|[A-Z]{3})?\s*$"  # with a decimal point, as no number has
ANYTHING = ("text", "category", "name")  # kinds that a column of another one goes by, and nobody notices
DATES = r"\d{4}|\d{1,2}[-./ ]\w{1,9}[-./ ]\d{2}"  # what every date has in it, somewhere
NO_RULES: Note = {"note": "no_rules"}


def of_fields(tables: pa.Table, kinds: dict[str, str]) -> list[Note]:
    """Fields that look like another kind, are nearly empty, or say the same of everybody; a note each."""
    told: list[Note] = []
    for field, kind in kinds.items():
        known = pc.drop_null(tables[field])
        if not len(known):  # which stops the run
            continue
        shapes = {**SHAPES, "amount": AMOUNTS} if kind in ANYTHING else {"amount": AMOUNTS} if kind == "number" else {}
        like = next((k for k, shape in shapes.items() if share_of(known, shape) >= LOOKS_SO), None)
        if like:
            told.append({"note": "looks_like", "field": field, "like": like, "kind": kind})
        elif kind == "birth_date" and share_of(known, DATES) < HARDLY:
            told.append({"note": "no_dates", "field": field})
        if len(known) < SPARSE * tables.num_rows:
            told.append({"note": "sparse", "field": field, "filled": len(known), "records": tables.num_rows})
        elif tables.num_rows > 1 and pc.count_distinct(known).as_py() == 1:
            told.append({"note": "constant", "field": field})
    return told


def of_rules(seen: Likely, rules: list[Rule], pool: list[Candidate]) -> list[Note]:
    """A note where the config's `rules` reach too few of the likely matches that other rules found.

    Those other rules were not chosen to find what the config's miss, so that these miss as much elsewhere. The rule of
    `pool` that would add most is named.
    """
    missed = times_found(seen, rules) == 0
    share = 1 - missed.mean() if seen.many else 1.0
    if seen.many < FEW or share >= REACHED:
        return []
    more = {c.rule: found_by(seen, c.rule)[missed].mean() for c in pool}
    best = max(more, key=lambda rule: (more[rule], rule), default=None)
    if best is None:
        return [{"note": "narrow_rules", "share": float(share)}]
    return [{"note": "narrower_rules", "share": float(share), "rule": ", ".join(best), "gain": float(more[best])}]
