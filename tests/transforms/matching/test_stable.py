"""Words by which runs meet that know nothing of each other: the values, and what stands for what is not known."""

import zlib
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from transforms.matching.counts import scopes
from transforms.matching.hashing import mix
from transforms.matching.kernels import Words
from transforms.matching.stable import CUTS, PlaceWords, number_word, place_words, short, spread
from transforms.matching.values import Values, encode


def plain(values: Words, salt: str) -> Words:
    seed = np.full(len(values), zlib.crc32(salt.encode()))
    return np.where(values == 0, np.uint64(0), mix([values, seed]) | np.uint64(1))


@given(st.lists(st.integers(0, 2**64 - 1)), st.sampled_from(["born", "phone"]))
def test_a_word_is_the_hash_of_value_and_attribute(values: list[int], salt: str) -> None:
    given = np.array(values, np.uint64)
    assert spread(given, salt).tolist() == plain(given, salt).tolist()


def test_words_are_what_earlier_runs_kept() -> None:
    """Kept keys are looked up by later programs: these words may never change."""
    assert spread(np.array([0, 1, 2]), "sex").tolist() == [0, 14807106995153329963, 4661929079311427067]


def test_a_part_of_a_number_is_its_digits_from_either_end(write: Any) -> None:
    whole = write.number()["id_number"]
    texts = [whole, whole[:6] + "********" + whole[14:], whole[:5], "12X"]
    status = ["valid", "masked", "invalid", "invalid"]
    values = encoded(write, [{"id_number": n, "id_status": s} for n, s in zip(texts, status, strict=True)])
    for part, (first, many) in CUTS.items():
        for text, word in zip(values.number_text, number_word(values, part).tolist(), strict=True):
            digits = (text + "0" * many)[:many] if first else text[-many:].rjust(many, "0")
            packed = 0
            for digit in digits:
                packed = packed << 4 | (10 if digit == "X" else 15 if digit == "*" else int(digit))
            wanted = plain(np.array([packed + 1], np.uint64), part)[0]
            assert word == (0 if "*" in digits else wanted)


def test_a_place_is_its_parts_from_the_outside_in(write: Any) -> None:
    values = encoded(
        write, [write.RURAL, write.FLAT, {"town": "云溪镇"}, {"town": "云溪镇", "road": "大道", "road_no": "5"}]
    )
    ids = scopes(values.places)
    part = {p: np.append(h, np.uint64(0))[getattr(values.places, p)] for p, h in values.hashes.parts.items()}
    rural = values.places.village >= 0
    street = plain(mix([part["road"], part["road_no"]]), "street")
    urban = np.where(values.places.compound >= 0, plain(part["compound"], "compound"), street)
    area = np.where(rural, plain(part["village"], "village"), urban)
    near = mix([area, np.where(rural, part["group"], part["building"])])
    door = mix([near, np.where(rural, part["house"], part["room"])])
    found = place_words(values, ids)
    for scope, word in zip(PlaceWords._fields, (door, near, area, part["town"]), strict=True):
        wanted = np.where(getattr(ids, scope) >= 0, plain(word, scope), np.uint64(0))
        assert getattr(found, scope).tolist() == wanted.tolist()
    assert np.count_nonzero(found.door) == 2
    assert np.count_nonzero(found.area) == 3


def encoded(write: Any, rows: list[dict[str, Any]]) -> Values:
    people = [write.mention("a", str(i), "唐志远", **row) for i, row in enumerate(rows)]
    return encode(pa.Table.from_pylist(people, schema=write.SCHEMA))[1]


@given(st.lists(st.one_of(st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 1))))
def test_half_of_a_word_is_none_for_what_is_not_known_alone(values: list[int]) -> None:
    half = short(np.array(values, np.uint64))
    assert half.tolist() == [value >> 32 or int(value > 0) for value in values]
