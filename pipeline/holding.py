"""What recognition was told and found before, put to the holders of keys as they are known now."""

import pyarrow as pa

from transforms.matching.holders import Holders, held_at
from transforms.matching.persons import keep_ids
from warehouse import decisions, identity
from warehouse.identity import Entity
from warehouse.server import Server


def decided(server: Server, held: Holders) -> pa.Table:
    """Decisions in force, about the holders they were made about."""
    said = decisions.in_force(server)
    for side in ("left", "right"):
        key = held_at(said, held, (f"{side}_feed", f"{side}_key", f"{side}_role", f"{side}_from"))
        said = said.set_column(said.schema.get_field_index(f"{side}_key"), f"{side}_key", key)
    return said


def named(server: Server, entity: Entity, held: Holders, clusters: pa.Table) -> pa.Table:
    """`clusters` (as for persons.keep_ids) under the ids they keep: an id goes with the holder, not with the key."""
    before = identity.members(server, entity)
    key = held_at(before, held, ("feed", "record_key", "role", "valid_from"))
    before = before.select(["feed", "role", "person_id", "number"]).append_column("record_key", key)
    return keep_ids(before, clusters)
