"""Recognition over everything published: holders of keys out, persons and organisations that keep their ids back in."""

from datetime import UTC, datetime

import pyarrow.compute as pc

from pipeline import addresses, holding, organisations
from transforms.carried import carried
from transforms.matching.golden import settle
from transforms.matching.holders import Holders, holders, of_now, spanned
from transforms.matching.link import Linked
from transforms.matching.link import link as link_people
from warehouse import identity
from warehouse.identity import Found, Run
from warehouse.server import Server


def link(server: Server, month: str) -> dict[str, int]:
    """Recognise people, organisations and addresses. Counts: mentions, ids, changed memberships, doubts, conflicts.

    The result depends on what is published and decided alone; a run that finds nothing new writes one row, its own.
    """
    with server.connect("linker") as conn:
        # Held until the connection ends: two runs at once would each start from what the other is about to change.
        conn.execute("select pg_advisory_lock(hashtextextended('huilian:link', 0))")
        return _link(server, month)


def _link(server: Server, month: str) -> dict[str, int]:
    stamp = f"{month}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    held = holders(carried(identity.mentions(server, "person")))
    linked = link_people(held.mentions, None, holding.decided(server, held))
    written = identity.write(server, Run(f"{stamp}-person", "person", linked.model.version, linked.report),
                             _persons(server, held, linked))  # fmt: skip
    also = organisations.recognise(server, stamp)
    places = addresses.recognise(server, stamp)
    return {
        "mentions": written.mentions,
        "persons": written.persons,
        "opened": written.opened + also.written.opened,
        "closed": written.closed + also.written.closed,
        "in_doubt": linked.pairs.num_rows + also.in_doubt,
        "conflicts": linked.conflicts.num_rows + also.conflicts,
        "organisations": also.written.persons,
        "addresses": places.written.persons,
    }


def _persons(server: Server, held: Holders, linked: Linked) -> Found:
    members = holding.named(server, "person", held, linked.members)
    score = pc.fill_null(members["score"], 1.0)  # nobody to be compared with: certain to be who they are
    members = members.set_column(members.schema.get_field_index("score"), "score", score)
    # Nobody is asked about who held a key before: what they would decide changes no month to come.
    pairs, conflicts = of_now(linked.pairs, held), of_now(linked.conflicts, held)
    return Found(spanned(members, held), settle(members, held.mentions), pairs, conflicts)
