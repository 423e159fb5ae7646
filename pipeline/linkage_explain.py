"""`huilian link CONFIG.yml --out DIR --explain LEFT RIGHT`: why two records are, or are not, one entity.

A pair that the run kept is told from DIR alone, for ever; any other is compared anew from the records and the model.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from contracts.errors import Stop
from contracts.linkage import Linkage, load
from pipeline import lake, linkage, linkage_decisions, linkage_kept, linkage_tables
from pipeline import linkage_words as words
from pipeline.kept import CHINESE
from pipeline.linkage_waterfall import Bar, waterfall
from transforms.matching.generic.explain import explain as explain_any
from transforms.matching.generic.routing import suits
from transforms.matching.telling import Step, Told, complete, rounded


class Asked(NamedTuple):
    """What is asked: a config, where a run's results lie (None: nowhere), its model, and two records as source:key."""

    config: Path
    out: Path | None
    model: Path
    left: str
    right: str


def why(asked: Asked) -> tuple[Told, Linkage]:
    """The explanation, and the config it is about. Raises Stop for what is not there, naming it."""
    wanted = load(asked.config)
    run = linkage_kept.run(asked.out) if asked.out else linkage_kept.NONE
    # a config of a batch names the new tables alone
    sources = list(dict.fromkeys([*(table.source for table in wanted.tables), *linkage_kept.sources(run)]))
    pair = _named(asked.left, sources), _named(asked.right, sources)
    if pair[0] == pair[1]:
        raise Stop("--explain", "both are the same record", "give two different ones")
    if not asked.model.is_file():
        raise Stop(asked.model.name, "there is no model yet", "link first: huilian link CONFIG.yml --out DIR")
    found = linkage_kept.told(run, asked.model, pair, linkage_kept.is_person_model(asked.model))
    told = found or _completed(_from_records(asked, wanted, run, pair), run, pair)
    verdict = linkage_decisions.verdict(asked.out, pair) if asked.out else None
    return replace(told, state=f"decided {verdict}") if verdict else told, wanted


def _completed(told: Told, run: linkage_kept.Run, pair: tuple[tuple[str, str], tuple[str, str]]) -> Told:
    """What the run made of a pair that it did not keep."""
    if run.pairs is None:
        return told
    state = told.state or ("not kept" if told.rules else "not compared")
    return replace(told, state=state, bonds=linkage_kept.bonds(run, pair) if told.together else ())


def _named(text: str, sources: list[str]) -> tuple[str, str]:
    named = [source for source in sources if text.startswith(f"{source}:")]
    if not named:
        raise Stop("--explain", f"a record is named source:key, and {text.partition(':')[0][:40]!r} is no source of "
                   "this config, nor of what was linked", f"begin with one of: {', '.join(sources)}")  # fmt: skip
    source = max(named, key=len)  # a source may have a colon in its name
    return source, text[len(source) + 1 :]


def _from_records(
    asked: Asked, wanted: Linkage, run: linkage_kept.Run, pair: tuple[tuple[str, str], tuple[str, str]]
) -> Told:
    # by the engine that linked them, whichever suits the few records that a batch's config names
    chinese = linkage_kept.is_person_model(asked.model)
    if chinese and not (wanted.entity == "person" and suits([str(field.kind) for field in wanted.fields.values()])):
        what = f"it is of the engine for {CHINESE}, which this config is not for"
        raise Stop(asked.model.name, what, "give the model of a run by this config")
    tables = linkage_tables.read(wanted, asked.config.parent, lambda _: None, chinese)
    if chinese:
        return _people(tables, wanted, asked.model, run, pair)
    trained = linkage_kept.any_model(asked.model)
    return _told(explain_any(tables, linkage.chosen(wanted), trained, pair), run, pair)


def _people(tables: pa.Table, wanted: Linkage, model: Path, run: linkage_kept.Run, pair: tuple[Any, ...]) -> Told:
    from transforms.matching import explaining
    from transforms.matching.generic import chinese

    trained, members = linkage_kept.person_model(model), run.members
    if members is not None:
        members = members.rename_columns(["feed", "record_key", "cluster"])
    kinds = {name: str(field.kind) for name, field in wanted.fields.items()}
    unique = frozenset(t.source for t in wanted.tables if t.unique)
    return explaining.explain(chinese.mentions(tables, kinds), explaining.Run(trained, members, unique), pair)


def _told(found: dict[str, Any], run: linkage_kept.Run, pair: tuple[Any, ...]) -> Told:
    """The linker for any tables says what its fields are worth; as steps that add up."""
    fields = [Step("field", name, row["level"], row["strangers"]) for name, row in found["fields"].items()]
    names = [":".join(n) for n in pair]
    steps = complete(found["prior"], fields, found["odds"], "neighbours")
    return Told(names[0], names[1], "records", "", steps, found["odds"], rules=tuple(found["rules"]),
                together=linkage_kept.together(run, pair))  # fmt: skip


def as_text(told: Told, wanted: Linkage) -> str:
    """A table of the steps, and the same in a clerk's Chinese."""
    steps, odds = rounded(told.steps)
    lines = [f"{'':22} {'level':20} {'bits':>8}"]
    for s in steps:
        bar = ("+" if s.bits > 0 else "-") * min(round(abs(s.bits)), 30)
        lines.append(f"{s.name:22} {s.level:20} {s.bits:>+8.2f}  {bar}")
    lines.append(f"{'sum':22} {'':20} {odds:>+8.2f}  probability {told.probability:.6f}")
    together = {None: "", True: "; one entity", False: "; two entities"}[told.together]
    ruled = f"; ruled out by {told.veto}" if told.veto else ""
    lines.append(f"told from {told.source}{f'; {told.state}' if told.state else ''}{ruled}{together}")
    lines.append(f"rules that bring them together: {', '.join(told.rules) or 'none'}")
    lines += [f"held together by: {a} = {b} ({bits:+.2f})" for a, b, bits in told.bonds]
    return "\n".join([*lines, "", *in_chinese(told, wanted)])


def in_chinese(told: Told, wanted: Linkage) -> list[str]:
    """Line by line what speaks for and against, the sum, and what came of it; for a clerk, without technical terms."""
    steps, odds = rounded(told.steps)
    kind = {name: str(f.kind) for name, f in wanted.fields.items()}
    lines = []
    for s in steps:
        said = words.level(kind.get(s.name, s.name), s.level) if s.level else ""
        worth = "" if s.level == "missing" else f" {s.bits:+.1f}"
        lines.append(f"{words.label(s.name, kind)}：{(said + worth).strip()}")
    what = words.ENTITIES[wanted.entity]
    lines.append(f"合计 {odds:+.1f}，是同一{what}的可能性{words.share(told.probability)}")
    if told.veto:
        lines.append(f"不能是同一{what}：{words.VETOES.get(told.veto, told.veto)}")
    if told.together is not None:
        through = "，经由其他记录" if told.together and told.state not in ("", *words.DIRECT) else ""
        lines.append(f"结果：{'认定为' if told.together else '没有认定为'}同一{what}{through}")
    if told.state:
        lines.append(f"这一对记录：{words.STATES.get(told.state, told.state)}")
    by = "、".join(words.rule(r, kind) for r in told.rules)
    lines.append(f"因何放到一起比较：{by}" if by else "没有任何规则把这两条记录放到一起比较")
    return lines


def picture(told: Told, wanted: Linkage) -> str:
    """The waterfall as SVG, labels in Chinese beside the codes."""
    steps, _ = rounded(told.steps)
    kind = {name: str(f.kind) for name, f in wanted.fields.items()}
    bars = []
    for s in steps:
        said = f" · {words.level(kind.get(s.name, s.name), s.level)} {s.level}" if s.level else ""
        name = words.label(s.name, kind)
        bars.append(Bar(f"{name if s.name in name else f'{name} {s.name}'}{said}", s.bits, s.what))
    note = f"{words.VETOES.get(told.veto, told.veto)} ({told.veto})" if told.veto else ""
    return waterfall(bars, told.probability, f"{told.left}  =?  {told.right}", note)


def draw(told: Told, wanted: Linkage, path: Path) -> None:
    """Write the picture to `path`, whole or not at all. Raises Stop when it can't be written."""
    if path.is_dir():
        raise Stop(str(path), "is a folder", "name a file for the picture")
    try:
        lake.write_text(path.parent, path.name, picture(told, wanted))
    except OSError as error:
        raise Stop(path.name, "can't be written", "is its folder there, and yours to write to?") from error
