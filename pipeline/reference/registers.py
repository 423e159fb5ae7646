"""The pages on what is shipped: feeds, purposes and cross-checks."""

from collections.abc import Iterator

import contracts
from contracts import model, purposes
from pipeline.reference.markdown import NOTE, keys, page, prose, table
from transforms import crosscheck


def feeds_page() -> str:
    """The data dictionary: every feed with its fields."""
    out = ["# Feeds", NOTE]
    for c in contracts.load_all():
        out += [
            f"## {c.feed}",
            f"{c.title}，{c.department}（{c.contact_office}）。{c.source.format}，{c.delivery.mode}。"
            f"依据：{'；'.join(c.legal_basis)}。用途：{'、'.join(c.purposes)}。",
            table(("field", "source", "kind", "required"), _feed_rows(c)),
        ]
        if c.ignore:
            out.append(f"Not taken: {'、'.join(c.ignore)}.")
    return page(out)


def _feed_rows(contract: model.Contract) -> Iterator[tuple[str, str, str, str]]:
    for f in contract.fields:
        yield f"`{f.name}`", f.source, f.kind, "yes" if f.required else ""
    for group in contract.groups:
        for f in group.fields:
            yield f"`{group.name}.{f.name}`", f"{group.source}/{f.source}", f.kind, "yes" if f.required else ""


def purposes_page() -> str:
    """Keys of a purpose, and who may read what today."""
    each = purposes.Purpose
    out = [
        "# Purposes",
        NOTE,
        "One YAML file each in `contracts/purposes/`. What no purpose names, no consumer can read.",
        "As one of them, who may read its own views among those that `\\dv share.*` names:",
        '`psql "$(huilian warehouse url --role reader_<purpose>)"`.',
    ]
    out += [prose(each.__doc__), keys(each), "## Who may read what"]
    for p in purposes.load_all():
        facts = [
            ("read by", p.read_by),
            ("serves", p.serves),
            ("legal basis", "；".join(p.legal_basis)),
            ("leads of", ", ".join(p.rules)),
            ("with record keys of", ", ".join(p.records_of)),
            ("and the facts", ", ".join(p.facts)),
            ("content", "; ".join(f"{feed}: {', '.join(fields)}" for feed, fields in p.content.items())),
            ("leads are shown for", f"{p.keep_days} days" if p.rules else ""),
            ("ends on", p.ends_on.isoformat()),
        ]
        out += [f"### {p.purpose}", p.title, table(("", ""), [f for f in facts if f[1]])]
    return page(out)


def rules_page() -> str:
    """Every cross-check as its file describes it, the ones that bring people what is theirs first."""
    out = [
        "# Cross-checks",
        NOTE,
        "A lead is a discrepancy for the owner to verify. 线索须经核实，不得据此直接停发待遇。",
    ]
    for rule in crosscheck.load_all():
        facts = [
            ("asks", rule.question),
            ("owner", rule.owner),
            ("brings people what is theirs", "yes" if rule.benefit else "no"),
            ("legal basis", "；".join(rule.legal_basis)),
            ("purposes", ", ".join(rule.purposes)),
            ("reads", ", ".join(rule.feeds)),
            ("grace", f"{rule.grace_days} days"),
            ("to be answered in", f"{rule.due_working_days} working days"),
            *((level, text) for level, text in sorted(rule.evidence_levels.items(), reverse=True)),
        ]
        out += [f"## {rule.name}", rule.title.split("：", 1)[-1], table(("", ""), facts)]
    return page(out)
