"""Recognition of organisations over everything published: codes, names and likeness in, ids for life out."""

from typing import NamedTuple

from transforms.matching.organisation_link import VERSION, link_organisations
from transforms.matching.persons import keep_ids
from warehouse import decisions, identity
from warehouse.engines.duckdb import DuckDBEngine
from warehouse.identity import PERSON, Found, Run, Written
from warehouse.server import Server


class Recognised(NamedTuple):
    """What a run wrote, pairs in doubt and conflicts."""

    written: Written
    in_doubt: int
    conflicts: int


def recognise(server: Server, stamp: str) -> Recognised:
    """Link every mention of an organisation, under a run named after `stamp`."""
    mentions = identity.mentions(server, "organisation")
    with DuckDBEngine() as engine:
        found = link_organisations(mentions, engine, decisions.in_force(server))
    members = keep_ids(identity.members(server, "organisation"), found.members)
    run = Run(f"{stamp}-organisation", "organisation", VERSION, found.report)
    written = identity.write(server, run, Found(members, PERSON.empty_table(), found.pairs, found.conflicts))
    return Recognised(written, found.pairs.num_rows, found.conflicts.num_rows)
