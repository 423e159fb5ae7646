"""Which engine suits a config: Chinese people have one of their own."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

SAMPLE = 2000
SHARE = 0.5
KINDS = frozenset({"name", "sex", "birth_date", "number", "phone", "address"})


def is_chinese(tables: pa.Table, kinds: dict[str, str]) -> bool:
    """Do these fields and values call for the engine for Chinese people?

    Each kind at most once and none but KINDS, a name that is mostly Han, and a number that mostly has 18 characters.
    """
    if not suits(list(kinds.values())):
        return False
    by_kind = {k: f for f, k in kinds.items()}
    names = share_of(tables[by_kind["name"]], "^[\u3400-\u9fff\u00b7\u2022·]{2,}$")
    numbers = share_of(tables[by_kind["number"]], r"^[0-9*]{14,17}[0-9Xx*]$")
    return min(names, numbers) >= SHARE


def suits(kinds: list[str]) -> bool:
    """Could fields of these kinds be for the engine for Chinese people?"""
    return {"name", "number"} <= set(kinds) <= KINDS and len(set(kinds)) == len(kinds)


def share_of(column: Any, pattern: str) -> float:
    """How many of SAMPLE values, evenly spread, match an RE2 pattern, of 1; 0 when there are none."""
    known = pc.drop_null(column)
    if not len(known):
        return 0.0
    some = known.take(pa.array(np.unique(np.linspace(0, len(known) - 1, SAMPLE).astype(np.int64)))).cast(pa.string())
    return float(np.mean(pc.match_substring_regex(some, pattern).to_numpy(zero_copy_only=False)))
