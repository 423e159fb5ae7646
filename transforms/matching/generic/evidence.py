"""Scored pairs with their patterns of agreement: with the model, all that is needed to say why."""

from typing import Any

import numpy as np
import pyarrow as pa

from transforms.matching.generic.model import Model
from transforms.matching.generic.patterns import Pairs, Rows
from transforms.matching.generic.train import probability
from transforms.matching.generic.values import Bits, Ints
from transforms.matching.named import SIDES

COPY = "copy"  # in place of rules, of a pair that says the same in every field
GREY = 0.1  # probability from which a pair that is not one entity is for a person to look at


def table(members: pa.Table, pairs: Pairs, odds: Bits, model: Model) -> pa.Table:
    """left_source, left_key, right_source, right_key, score (probability), odds (bits), pattern (uint64: three bits a
    field, in the order of the model's kinds), rules (names of those that found the pair, joined by a space; or COPY),
    state: merged (one entity), grey (not, though at least as likely as GREY) or refused. In order of the records.
    """
    found = told(members["entity_id"].to_numpy(), pairs, odds, model)
    columns: dict[str, Any] = {}
    for side in SIDES:
        taken = members.take(found[side].combine_chunks())
        columns[f"{side}_source"], columns[f"{side}_key"] = taken["source"], taken["record_key"]
    return pa.table(columns | {name: found[name] for name in found.column_names if name not in SIDES})


def told(entity: Ints | Rows, pairs: Pairs, odds: Bits, model: Model) -> pa.Table:
    """The same by rows, `left` and `right`, of records whose `entity` is known."""
    order = np.lexsort((pairs.b, pairs.a))
    pairs, odds = pairs.take(order), odds[order]
    columns: dict[str, Any] = {"left": pa.array(pairs.a), "right": pa.array(pairs.b)}
    chance = probability(odds)
    columns["score"] = pa.array(chance, pa.float32())
    columns["odds"] = pa.array(odds, pa.float32())
    columns["pattern"] = pa.array(pairs.pattern)
    masks, back = np.unique(pairs.rules, return_inverse=True)
    rules = ["+".join(r) for r in model.rules]
    named = [" ".join(r for at, r in enumerate(rules) if mask >> at & 1) or COPY for mask in masks.tolist()]
    columns["rules"] = pa.DictionaryArray.from_arrays(pa.array(back, pa.int32()), pa.array(named, pa.string()))
    state = np.where(entity[pairs.a] == entity[pairs.b], 0, np.where(chance >= GREY, 1, 2))
    columns["state"] = pa.DictionaryArray.from_arrays(pa.array(state, pa.int32()), ["merged", "grey", "refused"])
    return pa.table(columns)
