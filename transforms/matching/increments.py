"""A batch against what exists: whom it touches is recognised again, everybody else stays as they are.

Of all the people so far, those are pulled out whole whom a mention of the batch may concern (touching), and around them
those who may be confused with them, as they stand. This small population is linked like any other, from the spine on,
with the model and the frequencies of the whole, so that a batch with numbers can pull apart what an earlier one without
them had put together. What comes out counts as far as the batch explains it (causes); ids are kept (persons).
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from transforms.matching.belonging import Belonging, Ids, belonging
from transforms.matching.births import Birthdays
from transforms.matching.causes import caused
from transforms.matching.compiled import compiled
from transforms.matching.counts import scopes
from transforms.matching.evidence import STATES
from transforms.matching.fingerprints import FEED, PLACE, Fingerprints, Short, Table, feed_words
from transforms.matching.kernels import Flags, Ints, Words
from transforms.matching.link import Linked, link
from transforms.matching.meeting import Kept, meet
from transforms.matching.model import Model
from transforms.matching.persons import homes
from transforms.matching.remains import Edges, Inside, birthdays, by_row, edges, inside, together, words
from transforms.matching.sets import distinct
from transforms.matching.tallies import Seen, Tally, rarity, recalled, replaced, tally
from transforms.matching.touching import LIKELY, met
from transforms.matching.values import encode
from transforms.matching.world import Known, Options

MERGED, GREY = STATES.index("merged"), STATES.index("grey")
NOBODY = np.zeros(0, np.int64)


class Whole(NamedTuple):
    """All that is kept of the runs so far. Entities are lasting ids, and `next_id` is the one that comes next.

    `mentions` gives kept mentions by their rows, the same rows as those of `kept`. `birthdays`
    are theirs. `options` are those that the runs were made with.
    """

    kept: Kept
    edges: Edges
    tally: Tally
    birthdays: Birthdays
    next_id: int
    mentions: Callable[[Ints], pa.Table]
    options: Options = Options()


class Batch(NamedTuple):
    """New mentions, and for each the kept row of the record that it is a new version of, or -1.

    `decided`: kept rows about which a decision says otherwise than things stand; `named`: mentions of the batch that
    decisions are about.
    """

    mentions: pa.Table
    replaces: Ints
    decided: Ints
    named: Ints = NOBODY


class Changed(NamedTuple):
    """What a batch makes of the whole. Rows are the kept ones and, after them, those of the batch.

    `entity` is -1 for a row that was replaced. Who else changed is among `rows`, ascending, which are all there are of
    their entities before and after; `was` is the entity of each before (of what it replaces), -1 for none. `words` are
    those of the batch. `pairs` (evidence.edges, by rows) take the place of those in which a kept row of `again` is,
    which was recognised again or replaced. `figures` say how much was looked at.
    """

    entity: Ids
    rows: Ints
    was: Ids
    trusted: Flags
    words: Fingerprints
    edges: Edges
    tally: Tally
    next_id: int
    pairs: pa.Table
    again: Ints
    figures: dict[str, int]


class _New(NamedTuple):
    """The batch, encoded: by row its words, whether it has a valid number, and the entity it is a new version of."""

    seen: Seen
    words: Fingerprints
    numbered: Flags
    was: Ints


class _Touched(NamedTuple):
    """Entities to be recognised again, and those around them that may be confused with them.

    By row of the batch: `home` is the entity it joins without further ado, or -1; `unknown` marks those with a valid
    number that nobody had. `loosened` are kept rows that may be somebody else than who they are, those `decided` about
    among them.
    """

    active: Ints
    around: Ints
    home: Ints
    unknown: Flags
    loosened: Ints
    decided: Ints


class _Part(NamedTuple):
    """The small population: kept rows and then those of the batch (`loud`) that do not just join somebody. `was` is the
    entity of a kept row, -1 for the batch; `fixed` marks those who are only looked at, `decided` those about whom
    something was decided.
    """

    rows: Ints
    loud: Ints
    was: Ints
    fixed: Flags
    decided: Flags
    mentions: pa.Table


def add(whole: Whole, batch: Batch, model: Model, decisions: pa.Table | None = None) -> Changed:
    """Recognise the mentions of `batch` among all there are; whom it may concern is recognised again."""
    old = batch.replaces
    entity = whole.kept.entity.copy()
    entity[old[old >= 0]] = -1
    now = whole._replace(kept=whole.kept._replace(entity=entity, owned=belonging(entity, whole.kept.people)))
    mentions, days = batch.mentions, together(whole.birthdays, birthdays(batch.mentions))
    was = np.full(len(old), -1)
    was[old >= 0] = whole.kept.entity[old[old >= 0]]
    new = _encoded(mentions, was, days)
    touched = _touched(now, new, batch)
    part = _pulled(now, touched, mentions)
    expected = _expected(whole.tally, new, touched)
    start = part.was.copy()
    start[np.flatnonzero(np.isin(part.rows, touched.loosened))] = -1
    known = Known(lambda values, places: recalled(expected, values, places), lambda nodes: start[nodes.row], days)
    linked = link(part.mentions, model, decisions, whole.options, known)
    changed = _changed(now, (new, touched), part, linked)
    return changed._replace(again=np.append(changed.again, old[old >= 0]))  # of old versions too


def _encoded(mentions: pa.Table, was: Ints, days: Birthdays) -> _New:
    nodes, values = encode(mentions, days)
    seen = Seen(nodes, values, scopes(values.places), np.zeros(nodes.size, bool))
    return _New(seen, words(seen), by_row(nodes, seen.trusted), was)


def _touched(whole: Whole, new: _New, batch: Batch) -> _Touched:
    kept = whole.kept
    at, by = _of_one_number(kept, new.words)
    alike, known = np.zeros((2, len(new.was)), bool)
    same = np.zeros(len(at), bool)
    for column in ("shape", "sound"):
        same |= (kept.column(column)[at] == new.words[column][by]) & (new.words[column][by] != 0)
    alike[by[same]] = True
    known[by] = True
    # under a known number with a name unlike its owner's, it may be anybody, like one without a number
    numbered = new.numbered & (alike | ~known)
    candidates = met(kept, new.words, numbered, partial(rarity, whole.tally))
    home = _once(kept, new, _home(kept, new, (at, by, same)), whole.options.unique)
    home[batch.named] = -1  # what was decided is looked at with the others
    elsewhere = candidates.entity != home[candidates.new]
    home[candidates.new[elsewhere]] = -1
    active = _marks(kept.people, candidates.entity[elsewhere], new.was[new.was >= 0], kept.entity[batch.decided])
    active[kept.entity[at[home[by] < 0]]] = True
    ends = ((whole.edges.a, whole.edges.b), (whole.edges.b, whole.edges.a))
    likely = whole.edges.odds > LIKELY
    stir = _marks(kept.people, home[home >= 0])  # who learns something new may settle what was in doubt
    active[np.concatenate([one[likely & stir[one]] for one, _ in ends])] = True
    # two mentions without numbers may together be somebody whom neither was alone
    rows, loose = kept.owned.members(np.flatnonzero(active)).rows, active.copy()
    loose[kept.entity[rows[kept.trusted[rows]]]] = False
    active[np.concatenate([other[likely & loose[one]] for one, other in ends])] = True
    home[np.append(active, False)[home]] = -1
    near = _marks(kept.people, *(other[active[one]] for one, other in ends))
    loosened = np.append(candidates.row[elsewhere & (candidates.row >= 0)], batch.decided)
    unknown = new.numbered & ~known
    return _Touched(np.flatnonzero(active), np.flatnonzero(near & ~active), home, unknown, loosened, batch.decided)


def _of_one_number(kept: Kept, words: Fingerprints) -> tuple[Ints, Ints]:
    """(kept row, mention of the batch) of one number. Two numbers may share their word by chance, as nothing else is
    asked of who joins by it; not those of their parts too."""
    at, by = meet(kept, words, ("number",), np.ones(len(words["number"]), bool))
    same: Flags = np.logical_and.reduce([kept.column(part)[at] == words[part][by] for part in ("head14", "tail12")])
    return at[same], by[same]


def _home(kept: Kept, new: _New, by_number: tuple[Ints, Ints, Flags]) -> Ints:
    """For each of the batch the entity it is by its number, name and birth beyond doubt (spine), or -1."""
    at, by, same = by_number
    low, high = np.full((2, len(new.was)), -1)
    low[:] = kept.people
    np.minimum.at(low, by, kept.entity[at])
    np.maximum.at(high, by, kept.entity[at])
    shape = kept.column("shape")[at] == new.words["shape"][by]
    sure = np.zeros(len(new.was), bool)
    sure[by[same & kept.trusted[at] & (shape | (new.words["year_again"][by] == 0))]] = True
    sure &= new.numbered & (low == high) & (new.was < 0)
    return np.where(sure, high, -1)


def _once(kept: Kept, new: _New, home: Ints, unique: frozenset[str]) -> Ints:
    """`home` but for mentions of feeds that name everybody once, where one of theirs is there already, or comes too."""
    once = np.flatnonzero(np.isin(new.words[FEED], feed_words(sorted(unique))) & (home >= 0))
    wanted = distinct(home[once])
    theirs = kept.owned.members(wanted)
    there = _pairs_of_words(wanted[theirs.owner()], kept.column(FEED)[theirs.rows])
    comes, back, many = np.unique(
        _pairs_of_words(home[once], new.words[FEED][once]), return_inverse=True, return_counts=True
    )
    again = (np.isin(comes, there) | (many > 1))[back]
    home = home.copy()
    home[once[again]] = -1
    return home


def _pairs_of_words(entity: Ints, words: Short) -> Words:
    return entity.astype(np.uint64) << np.uint64(32) | words


def _marks(size: int, *of: Ints | Ids) -> Flags:
    marks = np.zeros(size, bool)
    for entities in of:
        marks[entities] = True
    return marks


def _expected(whole: Tally, new: _New, touched: _Touched) -> Tally:
    """Frequencies with those whom the batch brings that nobody knew."""
    seen = new.seen
    entity = np.arange(seen.nodes.size)
    first = np.full(len(seen.values.number_text) + 1, seen.nodes.size)
    np.minimum.at(first, seen.nodes.number, entity)
    return replaced(whole, [], [tally(seen, first[seen.nodes.number], touched.unknown[seen.nodes.row])])


def _pulled(whole: Whole, touched: _Touched, batch: pa.Table) -> _Part:
    kept = whole.kept
    rows = np.sort(kept.owned.members(np.append(touched.active, touched.around)).rows)
    loud = np.flatnonzero(touched.home < 0)
    own = kept.entity[rows]
    fixed = _marks(kept.people, touched.around)[own]
    mentions = pa.concat_tables(
        [whole.mentions(rows), batch.take(pa.array(loud))], promote_options="default"
    ).combine_chunks()
    nobody = np.full(len(loud), -1)
    decided = np.append(np.isin(rows, touched.decided), nobody == 0)
    return _Part(rows, loud, np.append(own, nobody), np.append(fixed, nobody == 0), decided, mentions)


def _changed(whole: Whole, batch: tuple[_New, _Touched], part: _Part, linked: Linked) -> Changed:
    """The part that was recognised again, put back into the whole."""
    kept, found, (new, touched), many = whole.kept, inside(linked), batch, len(part.rows)
    cluster = caused(part.was, found.cluster, part.fixed, found.bonds, part.decided)
    ids = homes(np.append(part.was[:many], new.was[part.loud]), cluster)
    ids[ids < 0] = whole.next_id + np.arange(int((ids < 0).sum()))
    now = ids[cluster]
    next_id = max(whole.next_id, int(now.max(initial=0)) + 1)
    places = np.append(part.rows, len(kept.entity) + part.loud)
    entity = np.append(kept.entity, touched.home.astype(np.int32))
    trusted = np.append(kept.trusted, touched.home >= 0)
    entity[places], trusted[places] = now, found.trusted
    rows = np.append(part.rows, len(kept.entity) + np.arange(len(new.was)))
    again, looked_at = _marks(next_id, touched.active), _marks(next_id, now[part.fixed])
    older = ~(again[whole.edges.a] | again[whole.edges.b])
    newer = edges(found.bonds, now, found.cluster)
    fresh = ~(looked_at[newer.a] & looked_at[newer.b])
    return Changed(
        entity,
        rows,
        np.append(part.was[:many], new.was).astype(np.int32),
        trusted,
        new.words,
        whole.edges.rows(older).and_also(newer.rows(fresh)),
        _retallied(whole.tally, (_told(kept, new, touched.home), found), part, cluster),
        next_id,
        _pairs(linked, places, (entity, looked_at)),
        part.rows[~part.fixed[:many]],
        {"touched": len(touched.active), "around": len(touched.around), "looked_at": len(now)},
    )


def _told(kept: Kept, new: _New, home: Ints) -> Tally:
    """What those who just joined somebody (`home`, else -1) say of them that nobody had said before."""

    def new_to_them(column: str) -> Flags:
        fresh = np.zeros(len(home), bool)
        _unheard(kept.owned, kept.words, PLACE[column], (home, new.words[column]), fresh)
        return fresh

    nodes = new.seen.nodes
    place = new_to_them("door") | new_to_them("near") | new_to_them("area") | new_to_them("town")
    told = {"name": new_to_them("shape"), "born": new_to_them("born"), "phone": new_to_them("phone"), "place": place}
    name, born, phone, where = (np.where(told[f][nodes.row], getattr(nodes, f), -1) for f in told)
    some = nodes._replace(name=name, born=born, phone=phone, place=where, number=np.full(nodes.size, -1))
    owner = np.unique(home, return_inverse=True)[1]
    found = tally(new.seen._replace(nodes=some), owner[nodes.row], (home >= 0)[nodes.row])
    also = {f"known_{field}": found.base[field] for field in ("exact", "shape", "sound")}
    also["crowded"] = found.base["phone"]  # whoever else has the telephone has another name
    return found._replace(base={**found.base, **also}, people=0, numbered=1.0)


@compiled
def _unheard(known: Belonging, words: Table, place: int, said: tuple[Ints, Short], fresh: Flags) -> None:
    """Mark the words that are `said` of entities (-1: of nobody) and in no row of theirs."""
    home, word = said
    for at in range(len(home)):
        if home[at] >= 0 and word[at] != 0:
            row = known.first[home[at]]
            while row >= 0 and words[row, place] != word[at]:
                row = known.following[row]
            fresh[at] = row < 0


def _retallied(whole: Tally, now: tuple[Tally, Inside], part: _Part, cluster: Ints) -> Tally:
    """Frequencies after the batch: with what was `told` besides, and those of the part as it was before replaced by
    those of what it is `now`."""
    told, seen = now[0], now[1].seen
    row = seen.nodes.row
    owner = np.unique(part.was, return_inverse=True)[1][row]
    before = tally(seen, owner, part.was[row] >= 0)
    return replaced(whole, [before], [told, tally(seen, cluster[row], np.ones(len(row), bool))])


def _pairs(linked: Linked, places: Ints, now: tuple[Ids, Flags]) -> pa.Table:
    """The pairs of the part (evidence.edges) by rows of the whole, but for those whose sides were both only looked at.

    `now` is the entity of each row, and which entities were looked at. What did not come out as it was scored (causes)
    is in doubt.
    """
    found, (entity, looked_at) = linked.edges(), now
    left, right = (places[linked.setting.nodes.row[found[side].to_numpy()]] for side in ("left", "right"))
    one = entity[left] == entity[right]
    state = found["state"].to_numpy()
    state = np.where(one, MERGED, np.where(state == MERGED, GREY, state)).astype(np.uint8)
    for name, column in (("left", left), ("right", right), ("state", state)):
        found = found.set_column(found.schema.get_field_index(name), name, pa.array(column))
    return found.filter(pa.array(~(looked_at[entity[left]] & looked_at[entity[right]])))
