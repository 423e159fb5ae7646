"""Records divided by what they say, never told by it."""

import numpy as np
import pyarrow as pa
import pytest

from pipeline.linkage_groups import AREAS, encoded, groups, rows_of

TABLE = {
    "source": ["a", "a", "b", "b"],
    "record_key": ["1", "2", "1", "3"],
    "xm": ["王伟", "阿依古丽·买买提", "Anna Maria Schulz", "欧阳建国"],
    "xb": ["男", "女", "f", "?"],
    "sr": ["1960-01-02", None, "03/04/1985", "00000000"],
    "sfz": [None, "99010119721005001X", None, "bad"],
    "town": ["甲镇", "甲镇", None, "乙镇"],
}
KINDS = {"xm": "name", "xb": "sex", "sr": "birth_date", "sfz": "number"}


def _names(table: pa.Table, rows: list[int]) -> dict[str, list[str | None]]:
    found = groups(encoded(table.take(rows), KINDS), KINDS)
    return {k: [g.names[i] if i >= 0 else None for i in g.of] for k, g in found.items()}


@pytest.mark.parametrize("coded", [False, True])
def test_records_are_divided_by_every_field_there_is(coded: bool) -> None:
    """A year from the date, else from the number; names by length, style and script; texts encoded or not."""
    table = pa.table(TABLE)
    if coded:
        table = pa.table({c: table[c].dictionary_encode() for c in table.column_names})
    assert _names(table, [0, 1, 2, 3]) == {
        "source": ["a", "a", "b", "b"],
        "sex": ["male", "female", "female", "other"],
        "born": ["1960-1969", "1970-1979", "1980-1989", None],
        "name_length": ["2 characters", "5 characters or more", "3 words or more", "4 characters"],
        "name_style": [
            "up to four characters",
            "long or with a middle dot",
            "other script",
            "up to four characters",
        ],
        "area": ["甲镇", "甲镇", None, "乙镇"],
    }
    assert _names(table, [3, 0])["sex"] == ["other", "male"]


def test_members_find_their_rows() -> None:
    """By source and key together."""
    table = pa.table(TABLE)
    members = table.select(["source", "record_key"]).take([3, 2, 0, 1])
    assert rows_of(table, members).tolist() == [3, 2, 0, 1]


def test_only_the_largest_areas_are_told_apart() -> None:
    """A county has hundreds of villages."""
    towns = [f"town {i:03d}" for i in range(AREAS + 5) for _ in range(2 if i > 4 else 1)]
    table = pa.table({"source": ["a"] * len(towns), "town": towns})
    found = groups(encoded(table, {}), {})["area"]
    assert len(found.names) == AREAS
    assert (found.of < 0).sum() == len(towns) - np.bincount(found.of[found.of >= 0]).sum()
    assert "town 000" not in found.names
