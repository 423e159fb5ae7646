"""What remains of a run for later batches: by row of its mentions their words, whose they are, and what is in doubt."""

from typing import NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from transforms.matching.causes import Bonds
from transforms.matching.fingerprints import Short, fingerprints
from transforms.matching.kernels import DAY, YEAR, Flags, Ints
from transforms.matching.link import Linked
from transforms.matching.profiles import profiles
from transforms.matching.rivals import RIVAL
from transforms.matching.state import Bits
from transforms.matching.tallies import Seen
from transforms.matching.values import Nodes

Column = TypeVar("Column", bound=np.generic)
COMMON = 5  # so many firsts of January and none that means the day tell that a register means "some day of the year"


class Edges(NamedTuple):
    """Pairs of entities that are two and might have been one, with their odds in bits (above -RIVAL)."""

    a: Ints
    b: Ints
    odds: Bits

    def rows(self, chosen: Flags) -> "Edges":
        """Some of them."""
        return Edges(self.a[chosen], self.b[chosen], self.odds[chosen])

    def and_also(self, more: "Edges") -> "Edges":
        """These and those."""
        return Edges(np.append(self.a, more.a), np.append(self.b, more.b), np.append(self.odds, more.odds))


class Inside(NamedTuple):
    """A run in the order of the rows it was given: their clusters (-1: an earlier version of a mention that is there),
    and whether they have a valid number of their own. `bonds` are between clusters. `vague`: see `dated`.
    """

    seen: Seen
    cluster: Ints
    trusted: Flags
    bonds: Bonds
    vague: frozenset[str]

    def words(self) -> dict[str, Short]:
        """The words of each row."""
        return words(self.seen)


def inside(linked: Linked) -> Inside:
    """What a run found, row by row of the mentions it was given."""
    world, found = linked.setting, linked.found
    seen = Seen(world.nodes, world.values, world.places, world.borrowed)
    last = np.append(seen.nodes.key[1:] != seen.nodes.key[:-1], True)[: seen.nodes.size]
    cluster = by_row(seen.nodes, np.where(last, found.entity, -1))
    return Inside(seen, cluster, by_row(seen.nodes, seen.trusted), found.bonds, _vague(seen.nodes))


def words(seen: Seen) -> dict[str, Short]:
    """The words of each row that was encoded."""
    size = seen.nodes.size
    joined = profiles(seen.nodes, seen.values, seen.places, np.arange(size), np.ones(size, bool))
    found = fingerprints(joined, [feed for feed, _ in seen.nodes.sources], seen.nodes.source)
    return {column: by_row(seen.nodes, word) for column, word in found.items()}


def by_row(nodes: Nodes, values: NDArray[Column]) -> NDArray[Column]:
    """What is in the order of `nodes`, in that of the rows they were made from."""
    result = np.empty_like(values)
    result[nodes.row] = values
    return result


def edges(bonds: Bonds, entity: Ints, cluster: Ints) -> Edges:
    """The bonds worth keeping, between the entities that the first rows of their clusters belong to."""
    rows = np.flatnonzero(cluster >= 0)[::-1]
    name = np.full(int(cluster.max(initial=-1)) + 1, -1)
    name[cluster[rows]] = entity[rows]
    worth = (bonds.veto == 0) & (bonds.odds > -RIVAL)
    a, b, odds = name[bonds.a[worth]], name[bonds.b[worth]], bonds.odds[worth]
    two = a != b
    return Edges(np.minimum(a, b)[two], np.maximum(a, b)[two], odds[two])


def dated(mentions: pa.Table, vague: frozenset[str]) -> pa.Table:
    """`mentions` with the first of January taken for its year in those registers ("feed role") that mean that by it.

    A whole run sees that it is far too common there (values); a few mentions of a register can't tell.
    """
    if not vague or not mentions.num_rows:
        return mentions
    register = pc.binary_join_element_wise(mentions["feed"].cast(pa.string()), mentions["role"].cast(pa.string()), " ")
    born = mentions["born_on"]
    first = pc.and_(pc.equal(pc.month(born), 1), pc.equal(pc.day(born), 1))
    meant = pc.fill_null(pc.and_(first, pc.is_in(register, pa.array(sorted(vague)))), False)
    precision = pc.if_else(meant, pa.scalar("year"), mentions["born_precision"].cast(pa.string()))
    return mentions.set_column(mentions.schema.get_field_index("born_precision"), "born_precision", precision)


def _vague(nodes: Nodes) -> frozenset[str]:
    """The registers whose first of January was taken for its year throughout."""
    january = (nodes.born >= 0) & ((nodes.born >> 2) % 10000 == 101)
    size = len(nodes.sources)
    year = np.bincount(nodes.source[january & (nodes.born & 3 == YEAR)], minlength=size)
    day = np.bincount(nodes.source[january & (nodes.born & 3 == DAY)], minlength=size)
    return frozenset(" ".join(nodes.sources[s]) for s in np.flatnonzero((year >= COMMON) & (day == 0)))
