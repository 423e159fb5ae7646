"""Recognition of places over everything published: texts of addresses in, ids for life out."""

import pyarrow as pa

from pipeline.organisations import Recognised
from transforms.matching.address_link import VERSION, link_addresses
from transforms.matching.persons import keep_ids
from warehouse import addresses, decisions, identity
from warehouse.identity import PERSON, Found, Run
from warehouse.server import Server


def recognise(server: Server, stamp: str) -> Recognised:
    """Link every distinct text of an address, under a run named after `stamp`, and note which record says which."""
    addresses.refresh(server)
    found = link_addresses(addresses.texts(server), decisions.in_force(server))
    before = identity.members(server, "address").select(["feed", "record_key", "role", "person_id", "number"])
    members = keep_ids(before, found.members)
    nothing = pa.nulls(members.num_rows, pa.date32())  # what a text says, it says for ever
    for name, column in (("valid_from", nothing), ("valid_to", nothing), ("is_last", pa.repeat(True, len(nothing)))):
        members = members.append_column(name, column)
    run = Run(f"{stamp}-address", "address", VERSION, found.report)
    written = identity.write(server, run, Found(members, PERSON.empty_table(), found.pairs, found.conflicts))
    return Recognised(written, found.pairs.num_rows, found.conflicts.num_rows)
