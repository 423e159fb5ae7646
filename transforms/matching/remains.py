"""What remains of a run for later batches: by row of its mentions their words, whose they are, and what is in doubt."""

from typing import NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from transforms.matching.births import Birthdays
from transforms.matching.causes import Bonds
from transforms.matching.fingerprints import Short, fingerprints
from transforms.matching.kernels import Flags, Ints
from transforms.matching.link import Linked
from transforms.matching.profiles import profiles
from transforms.matching.rivals import RIVAL
from transforms.matching.state import Bits
from transforms.matching.tallies import Seen
from transforms.matching.values import Nodes

Column = TypeVar("Column", bound=np.generic)


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
    and whether they have a valid number of their own. `bonds` are between clusters.
    """

    seen: Seen
    cluster: Ints
    trusted: Flags
    bonds: Bonds

    def words(self) -> dict[str, Short]:
        """The words of each row."""
        return words(self.seen)


def inside(linked: Linked) -> Inside:
    """What a run found, row by row of the mentions it was given."""
    world, found = linked.setting, linked.found
    seen = Seen(world.nodes, world.values, world.places, world.borrowed)
    last = np.append(seen.nodes.key[1:] != seen.nodes.key[:-1], True)[: seen.nodes.size]
    cluster = by_row(seen.nodes, np.where(last, found.entity, -1))
    return Inside(seen, cluster, by_row(seen.nodes, seen.trusted), found.bonds)


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


def birthdays(mentions: pa.Table) -> Birthdays:
    """How many births each register ("feed role") tells to the day, and how many of them are the first of January."""
    if "born_on" not in mentions.column_names:
        return {}
    born, how = mentions["born_on"].cast(pa.date32()), mentions["born_precision"].cast(pa.string())
    vague = pc.fill_null(pc.is_in(how, pa.array(["year", "month"])), False)
    first = pc.and_(pc.equal(pc.month(born), 1), pc.equal(pc.day(born), 1)).cast(pa.int64())
    told = pa.table({"feed": mentions["feed"], "role": mentions["role"], "first": first})
    told = told.filter(pc.and_(pc.is_valid(born), pc.invert(vague)))
    found = told.group_by(["feed", "role"]).aggregate([("first", "count"), ("first", "sum")])
    return {f"{r['feed']} {r['role']}": (r["first_count"], r["first_sum"]) for r in found.to_pylist()}


def together(some: Birthdays, more: Birthdays) -> Birthdays:
    """Those of both."""
    none = (0, 0)
    sums = {r: zip(some.get(r, none), more.get(r, none), strict=True) for r in {**some, **more}}
    return {register: tuple(a + b for a, b in pairs) for register, pairs in sums.items()}
