"""What is settled about a person, from mentions that disagree."""

from datetime import date
from typing import Any

import pyarrow as pa

from transforms.matching.golden import settle


def settled(write: Any, *rows: dict[str, Any]) -> dict[str, Any]:
    table = pa.Table.from_pylist(list(rows), schema=write.SCHEMA)
    members = table.select(["feed", "record_key", "role"]).append_column("person_id", pa.array(["P1"] * len(rows)))
    (row,) = settle(members, table).to_pylist()
    return row


def test_a_number_outvotes_two_slips_and_a_day_a_year(write: Any) -> None:
    right, wrong = date(1980, 5, 17), date(1980, 5, 11)
    row = settled(
        write,
        write.mention("a", "1", None, **write.number(), **write.day(right), sex="1"),
        write.mention("b", "2", None, **write.day(wrong), sex="2"),
        write.mention("c", "3", None, **write.day(wrong)),
        *(write.mention("d", str(i), None, born_on=date(1979, 1, 1), born_precision="year") for i in range(9)),
    )
    assert (row["born_on"], row["born_precision"], row["sex"]) == (right, "day", "1")


def test_one_of_whom_nothing_is_known_is_still_there(write: Any) -> None:
    row = settled(write, write.mention("a", "1", "唐志远"))
    assert (row["person_id"], row["born_on"], row["sex"]) == ("P1", None, None)


def test_the_date_inside_a_valid_number_beats_the_one_written_beside_it(write: Any) -> None:
    right, slip = date(1980, 5, 17), date(1970, 5, 17)
    row = settled(write, write.mention("a", "1", None, **write.number(), **write.day(slip)))
    assert row["born_on"] == right
