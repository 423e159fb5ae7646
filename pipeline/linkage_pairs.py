"""pairs.parquet: every pair that was scored and kept, by names of records, with its pattern of agreement.

Both engines write the same columns: left_source, left_key, right_source, right_key, score (probability), odds (bits),
pattern (uint64: the levels of all fields, see patterns of the engine), rules (those that found it, by name), state
(merged, grey, refused) and veto (what rules it out, null for nothing).
"""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from transforms.matching.named import SIDES

Ints = NDArray[np.int64]
STATES = ("merged", "grey", "refused")


def told(edges: pa.Table, rules: dict[str, int], vetoes: tuple[str, ...]) -> pa.Table:
    """`edges` of the engine for Chinese people (see its evidence.edges) in these columns, but for the names of records:
    they stay the rows `left` and `right`.

    `rules` gives the bit of every blocking rule, `vetoes` the name of every veto, the first being none.
    """
    columns: dict[str, Any] = {side: edges[side].cast(pa.int32()) for side in SIDES}
    odds, veto = edges["odds"].to_numpy().astype(np.float32), edges["veto"].to_numpy()
    chance = 1 / (1 + np.exp2(-np.clip(odds, -60, 60)))
    chance[veto > 0] = 0
    columns["score"] = pa.array(chance, pa.float32())
    columns["odds"] = edges["odds"]
    columns["pattern"] = pa.array(edges["pattern"].to_numpy().astype(np.uint64))
    columns["rules"] = _named_rules(edges["rules"].to_numpy(), rules)
    columns["state"] = _coded(edges["state"].to_numpy(), list(STATES))
    columns["veto"] = _coded(veto, list(vetoes), veto == 0)
    return pa.table(columns)


def named(pairs: pa.Table, members: pa.Table) -> pa.Table:
    """Pairs as they were `told`, by the names of the records of `members` (source, record_key)."""
    columns: dict[str, Any] = {}
    source, key = members["source"], members["record_key"]
    source = source if pa.types.is_dictionary(source.type) else source.dictionary_encode()
    for side in SIDES:
        rows = pairs[side].combine_chunks()
        columns[f"{side}_source"], columns[f"{side}_key"] = source.take(rows), key.take(rows)
    return pa.table(columns | {name: pairs[name] for name in pairs.column_names if name not in SIDES})


def _named_rules(masks: Ints, bits: dict[str, int]) -> pa.DictionaryArray:
    # masks are small, and sorting them all takes ten times as long
    there = np.zeros(int(masks.max(initial=0)) + 1, bool)
    there[masks] = True
    distinct, back = np.flatnonzero(there), (np.cumsum(there, dtype=np.int32) - 1)[masks]
    names = [" ".join(name for name, bit in bits.items() if int(mask) & bit) for mask in distinct]
    return pa.DictionaryArray.from_arrays(pa.array(back, pa.int32()), pa.array(names, pa.string()))


def _coded(codes: Any, names: list[str], none: Any = None) -> pa.DictionaryArray:
    indices = pa.array(codes.astype(np.int8))
    if none is not None:
        known = pa.py_buffer(np.packbits(~none, bitorder="little"))
        indices = pa.Array.from_buffers(indices.type, len(indices), [known, indices.buffers()[1]])
    return pa.DictionaryArray.from_arrays(indices, pa.array(names, pa.string()), safe=False)
