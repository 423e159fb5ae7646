"""`huilian link CONFIG.yml`: entities in anybody's tables, no warehouse needed.

Writes members.parquet (source, record_key, entity_id), pairs.parquet (scored pairs with their levels), model.json,
report.json and report.html, all or none. Talk names sources, fields and counts, never a value.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from contracts.errors import Stop
from contracts.linkage import Linkage, load
from pipeline import adding, kept, lasting, linkage_decisions, linkage_files, linkage_kept, linkage_notes
from pipeline.kept import ANY, CHINESE
from pipeline.lasting import Named
from pipeline.linkage_decisions import Decisions
from pipeline.linkage_files import Say
from pipeline.linkage_groups import used
from pipeline.linkage_judged import Judged, judged, of_edges
from pipeline.linkage_page import page
from pipeline.linkage_pairs import named
from pipeline.linkage_progress import Progress
from pipeline.linkage_report import Linked, report
from pipeline.linkage_tables import glance, joined, opened
from transforms.matching.generic import hints
from transforms.matching.generic import link as generic
from transforms.matching.generic.model import Model
from transforms.matching.generic.prepared import Wanted, bar
from transforms.matching.generic.routing import Note, is_chinese, plan, suits, telling


class Done(NamedTuple):
    """How it went: counts for the terminal and the whole report."""

    counts: dict[str, int]
    report: dict[str, Any]


class Found(NamedTuple):
    """What recognition came to: `members` (source, record_key, entity_id), the scored `pairs`, model and report.

    Where there is an `inside` to keep, pairs are by rows of the members (linkage_pairs.told).
    """

    members: pa.Table
    pairs: pa.Table
    model: str
    report: dict[str, Any]
    engine: str
    judged: Judged
    inside: Any = None  # for batches to be added to: link.Inside, or mentions, run and pairs of Chinese people
    rows: Any = None  # of the tables that each of the members is, where it is known


class Stays(NamedTuple):
    """What stays in DIR beside the results: what `batches` need (None: if it does already), and a file of decisions."""

    batches: bool | None = None
    decisions: Path | None = None


NOTHING_MORE = Stays()


@dataclass
class Records:
    """The tables as one (linkage_tables.read), coded where they are for the engine for `chinese` people."""

    tables: pa.Table
    chinese: bool


def link(config: Path, out: Path, model: Path | None, say: Progress, stays: Stays = NOTHING_MORE) -> Done:
    """Link the tables of `config` and write the results under `out`; `model` scores without training.

    Records that `out` holds already keep their ids, and what was decided about them there is obeyed.

    Raises Stop for a config, table, model, directory or file of decisions that can't be used, naming it, and Retry when
    another command is at work on what `out` keeps.
    """
    wanted = load(config)
    trained = linkage_kept.model(model) if model else None
    linkage_files.ready(out)
    with kept.held(out, stays.batches) as keep:
        decided = linkage_decisions.gathered(out, stays.decisions, say)
        with say.stage("reading") as told:
            given = records(wanted, config.parent, say)
            notes = _noted(given, wanted)
            for note in notes:
                say(f"  {linkage_notes.english(note)}")
            told.append(f"{given.tables.num_rows:,} records of {len(wanted.tables)} tables")
        linkage_decisions.told(decided, given.tables, say)
        with say.stage("recognising") as told:
            found = recognise(given, wanted, trained, decided, keep)
            entities = len(found.members["entity_id"].unique())
            told.append(f"{entities:,} entities")
            more = found.report.get("notes", [])
            for note in more:
                say(f"  {linkage_notes.english(note)}")
        with say.stage("reporting"):
            linked = Linked(found.members, found.judged, found.engine, found.report, found.rows)
            told_of = report(given.tables, wanted, linked, say.seconds) | {"notes": linkage_notes.told(notes + more)}
            texts = {"report.json": json.dumps(told_of, ensure_ascii=False, indent=1), "report.html": page(told_of)}
        with say.stage("writing") as told:
            texts["model.json"] = found.model
            gone = _write(out, wanted, found, (texts, decided.results, keep))
            told.append(f"{found.pairs.num_rows:,} pairs")
        if gone:
            say(f"{gone:,} records that {out} held before are not in these tables: they are no longer there")
    for row in found.report.get("rules", []):
        say("  " + "  ".join(f"{k} {v:,}" if not isinstance(v, str) else f"{v:40}" for k, v in row.items()))
    counts = {"records": found.members.num_rows, "entities": entities, "pairs": found.pairs.num_rows}
    return Done(counts, told_of)


def _noted(given: Records, wanted: Linkage) -> list[Note]:
    """What becomes of a config otherwise than it reads."""
    return said_of(given.tables, wanted) if given.chinese else hints.of_fields(given.tables, _kinds(wanted))


def _write(out: Path, wanted: Linkage, found: Found, more: tuple[dict[str, str], dict[str, pa.Table], bool]) -> int:
    """The results with the ids that records of `out` have already; `more`: texts, tables, whether to keep the rest.

    Returns how many records `out` had before that are not among these.
    """
    texts, tables, keep = more
    ids = lasting.named(out, found.members)
    if keep:
        _keep(kept.Store(out, adding.begun(out, wanted, found.engine)), found, ids, (texts, tables))
        return ids.gone
    members = found.members.set_column(2, "entity_id", pa.array(ids.now, pa.int64()))
    tables = {"members": lasting.with_next(members, ids.next_id), "pairs": found.pairs, **tables}
    linkage_files.publish(out, tables, texts, lambda: kept.forgotten(out))
    return ids.gone


def _keep(store: kept.Store, found: Found, ids: Named, more: tuple[dict[str, str], dict[str, pa.Table]]) -> None:
    """Write the results, and with them what batches need."""
    if found.engine == ANY:
        from pipeline import kept_any

        kept_any.begin(store, found.inside, ids, kept_any.More(*more))
    else:
        from pipeline import batches

        texts, tables = more
        (mentions, linked, pairs) = found.inside
        batches.begin(store, batches.Results(mentions, linked, pairs, tables), ids, texts)


def recognise(
    given: Records,
    wanted: Linkage,
    trained: Any,
    decided: Decisions = linkage_decisions.NONE,
    keep: bool = True,
) -> Found:
    """Link what was `given` by the engine that suits it, obeying what was `decided`; with the `trained` model, if any.

    Unless the inside is to `keep`, it is let go, and of what was given all that no report is made of. Raises Stop for a
    model of the other engine.
    """
    if trained is not None and isinstance(trained, Model) == given.chinese:
        what = f"it is not of the engine for {CHINESE if given.chinese else ANY}, which these tables are for"
        raise Stop("--model", what, "train one: leave out --model")
    if given.chinese:
        return _chinese(given, wanted, trained, decided, keep)
    columns = ["source", "record_key", *_kinds(wanted)]
    linked = generic.link(given.tables.select(columns), chosen(wanted), trained, decided.table)
    members, pairs, text, figures = linked.members, linked.pairs, linked.model.to_json(), linked.report
    inside = linked.inside if keep else None
    del linked  # what was found of every record is as large as the records
    return Found(members, pairs, text, figures, ANY, judged(members, pairs), inside)


def chosen(wanted: Linkage) -> Wanted:
    """What the config says, as the matcher takes it."""
    kinds = _kinds(wanted)
    unique = [t.source for t in wanted.tables if t.unique]
    return Wanted(kinds, unique, wanted.entity, wanted.rules(), *bar(wanted.threshold))


def records(wanted: Linkage, folder: Path, say: Say) -> Records:
    """The tables of the config that lies in `folder`, as the engine that suits them takes them."""
    kinds, tables = _kinds(wanted), opened(wanted, folder, say)
    chinese = False
    if wanted.entity == "person" and suits(list(kinds.values())):
        # before anything is loaded, or coded, that only the one engine needs
        chinese = is_chinese(glance(tables, wanted, telling(kinds)), kinds)
    return Records(joined(tables, wanted, say, chinese), chinese)


def said_of(tables: pa.Table, wanted: Linkage) -> list[Note]:
    """What the engine for Chinese people makes of a config otherwise than it reads: nothing is ignored in silence."""
    own: list[Note] = [{"note": "blocking_idle"}] if wanted.blocking else []
    return own + plan(tables, _kinds(wanted)).told()


def _kinds(wanted: Linkage) -> dict[str, str]:
    return {name: str(field.kind) for name, field in wanted.fields.items()}


def _chinese(given: Records, wanted: Linkage, trained: Any, decided: Decisions, keep: bool) -> Found:
    """By the engine for Chinese people, its results in the shape of this command's."""
    # other tables need not wait for it to load
    from pipeline.kept_people import as_pairs, options
    from transforms.matching import link as chinese_people
    from transforms.matching.generic import chinese
    from transforms.matching.held_out import held_out
    from transforms.matching.keys import KIN_BIT

    kinds = _kinds(wanted)
    waiting = [chinese.mentions(given.tables, kinds)]
    mentions = waiting[0] if keep else None
    if not keep:  # a tenth of the memory, once it is encoded
        given.tables = given.tables.select(used(given.tables, kinds))
    how = options(wanted.threshold, [t.source for t in wanted.tables if t.unique])
    linked = chinese_people.link(waiting.pop(), trained, decided.of_people(), how)
    figures = linked.report | {"calibration": held_out(linked.run)}  # before there is more in memory
    source = given.tables["source"].take(pa.array(linked.rows))
    members = pa.table({"source": source, "record_key": linked.keys(), "entity_id": linked.entity})
    edges = linked.edges()
    pairs = as_pairs(edges)
    judged_of = of_edges(edges, KIN_BIT)
    inside = (mentions, linked, pairs) if keep else None
    pairs = pairs if keep else named(pairs, members)  # else they are named when they are written
    return Found(members, pairs, linked.model.to_json(), figures, CHINESE, judged_of, inside, linked.rows)
