"""Names that nearly are another's: abbreviations, and one slip of the pen."""

from collections import defaultdict
from collections.abc import Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

LEAST = 4  # characters of a core name below which one slip makes another name


def near_names(names: Sequence[str], known: Sequence[str]) -> dict[str, tuple[str, str]]:
    """For each of `names` the one of `known` that it is short for ("short form") or one slip away from ("slip").

    Core names (organisations.parse_name). A short form begins with the same two characters and keeps the order of the
    rest: 大唐造纸 of 大唐造纸机械制造. A name near to several is near to none.
    """
    by_head: dict[str, list[str]] = defaultdict(list)
    by_rest: dict[str, list[str]] = defaultdict(list)
    for name in known:
        by_head[name[:2]].append(name)
        by_rest[name[2:]].append(name)
    found = {}
    for name in names:
        if len(name) < LEAST:
            continue
        near = [(other, "short form") for other in by_head[name[:2]] if other != name and _short(name, other)]
        among = [*by_head[name[:2]], *by_rest[name[2:]]]
        near += [(str(hit[0]), "slip") for hit in process.extract(
            name, among, scorer=OSA.distance, score_cutoff=1, processor=None, limit=3) if hit[0] != name]  # fmt: skip
        others = {other for other, _ in near}
        if len(others) == 1:
            found[name] = near[0]
    return found


def _short(name: str, other: str) -> bool:
    """Whether `other` has all of `name` in its order, and more."""
    rest = iter(other)
    return len(name) < len(other) and all(c in rest for c in name)
