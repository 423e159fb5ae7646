"""Every kept pair with its levels of agreement: with the model, all that is needed to say why."""

from typing import Any

import numpy as np
import pyarrow as pa

from transforms.matching.generic.blocking import Pairs, Rule
from transforms.matching.generic.train import probability
from transforms.matching.generic.values import Bits, Levels


def table(members: pa.Table, pairs: Pairs, odds: Bits, seen: dict[str, Levels], rules: tuple[Rule, ...]) -> pa.Table:
    """left_source, left_key, right_source, right_key, score (probability), odds (bits), a level (uint8) a field as
    `level_<field>`, rules (names of those that found the pair, joined by a space), same (whether they are one entity).
    """
    columns: dict[str, Any] = {}
    for side, rows in (("left", pairs.a), ("right", pairs.b)):
        taken = members.take(pa.array(rows))
        columns[f"{side}_source"], columns[f"{side}_key"] = taken["source"], taken["record_key"]
    entity = members["entity_id"].to_numpy()
    columns["score"] = pa.array(probability(odds), pa.float32())
    columns["odds"] = pa.array(odds, pa.float32())
    for field, level in seen.items():
        columns[f"level_{field}"] = pa.array(level, pa.uint8())
    masks, back = np.unique(pairs.rules, return_inverse=True)
    named = [" ".join("+".join(r) for at, r in enumerate(rules) if int(mask) >> at & 1) for mask in masks]
    columns["rules"] = pa.DictionaryArray.from_arrays(pa.array(back, pa.int32()), pa.array(named, pa.string()))
    columns["same"] = pa.array(entity[pairs.a] == entity[pairs.b])
    return pa.table(columns)
