"""Recognition of organisations over everything published: codes, names and likeness in, ids for life out."""

from typing import NamedTuple

from pipeline import holding
from transforms.matching.holders import holders, of_now, spanned
from transforms.matching.organisation_link import VERSION, link_organisations
from warehouse import identity
from warehouse.identity import PERSON, Found, Run, Written
from warehouse.server import Server


class Recognised(NamedTuple):
    """What a run wrote, pairs in doubt and conflicts."""

    written: Written
    in_doubt: int
    conflicts: int


def recognise(server: Server, stamp: str) -> Recognised:
    """Link every mention of an organisation, under a run named after `stamp`."""
    held = holders(identity.mentions(server, "organisation"), passes=False)
    found = link_organisations(held.mentions, holding.decided(server, held))
    members = spanned(holding.named(server, "organisation", held, found.members), held)
    pairs, conflicts = of_now(found.pairs, held), of_now(found.conflicts, held)
    run = Run(f"{stamp}-organisation", "organisation", VERSION, found.report)
    written = identity.write(server, run, Found(members, PERSON.empty_table(), pairs, conflicts))
    return Recognised(written, pairs.num_rows, conflicts.num_rows)
