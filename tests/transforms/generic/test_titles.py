"""Titles that two catalogues write otherwise are found again; invented here, of invented words."""

import random

import pyarrow as pa
import pytest

from transforms.matching.generic.link import link
from transforms.matching.generic.prepared import Wanted
from transforms.matching.generic.values import encode

SYLLABLES = ["ba", "do", "fi", "ka", "lu", "mi", "no", "pe", "ra", "su", "te", "vo", "xi", "zen", "tor", "lan", "quo"]
COMMON = ["a", "the", "of", "for", "in", "and", "on", "with"]
KINDS = {"title": "text", "year": "category"}


def _catalogues(many: int, seed: int) -> pa.Table:
    """Every title in catalogue a, and in b without some of its words, the others in another order."""
    rng = random.Random(seed)
    words = ["".join(rng.choices(SYLLABLES, k=rng.randint(2, 4))) for _ in range(2 * many)]
    rows = []
    for at in range(many):
        title = [rng.choice(words) if rng.random() < 0.6 else rng.choice(COMMON) for _ in range(rng.randint(5, 10))]
        year = str(rng.randint(1990, 2015))
        rows.append(("a", f"{at}", " ".join(title), year))
        kept = [w for w in title if rng.random() > 0.15] or title
        rng.shuffle(kept)
        rows.append(("b", f"{at}", " ".join(kept), year if rng.random() < 0.8 else None))
    columns = zip(*rows, strict=True)
    return pa.table({n: list(c) for n, c in zip(("source", "record_key", *KINDS), columns, strict=True)})


@pytest.mark.parametrize(("fields", "unique"), [(("title", "year"), True), (("title",), True), (("title",), False)])
def test_titles_are_found_by_what_few_others_say(fields: tuple[str, ...], unique: bool) -> None:
    """Whole titles never agree: words that are rare bring them together, and tell them from all others. That they are
    alike is enough, without another field to say how often what is one is."""
    table = _catalogues(800, 3).select(["source", "record_key", *fields])
    linked = link(table, Wanted({f: KINDS[f] for f in fields}, ["a", "b"] if unique else [], "organisation"))
    assert any("title.rarest" in row["rule"] for row in linked.report["rules"])
    entities: dict[int, list[str]] = {}
    for row in linked.members.to_pylist():
        entities.setdefault(row["entity_id"], []).append(row["record_key"])
    pairs = [keys for keys in entities.values() if len(keys) == 2]
    right = sum(one == two for one, two in pairs)
    assert right >= 0.98 * len(pairs)
    assert right >= 0.6 * 800


def test_names_with_numbers_in_them_are_titles() -> None:
    """What is called by make and model is neither a person nor a firm, whose names seldom have a number."""
    models = [f"{make} digital camera {at}00x silver" for at, make in enumerate(("tavola", "quorint", "velmo") * 4)]
    firms = [f"{make} trading and shipping company" for make in ("tavola", "quorint", "velmo")]
    for names, kind, titled in ((models, "name", True), (firms, "name", False), (firms + models[:2], "name", False),
                                (models, "place", False), (firms, "text", True)):  # fmt: skip
        table = pa.table({"source": ["s"] * len(names), "field": names})
        assert (encode(table, {"field": kind}, []).columns["field"].titles is not None) is titled


def test_titles_that_are_all_the_same_make_no_probability_of_more_than_one() -> None:
    same = "some longer title of a thing"
    rows = {
        "source": ["a", "a", "b"],
        "record_key": ["1", "2", "1"],
        "title": [same] * 3,
        "year": ["1999", None, "2001"],
    }
    u = link(pa.table(rows), Wanted(KINDS, [], "organisation")).model.u
    assert all(0 < share < 1 for shares in u.values() for share in shares[1:])
    assert all(sum(shares[1:]) == pytest.approx(1) for shares in u.values())
