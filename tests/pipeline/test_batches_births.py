"""Whether the first of January is a birthday or "some day of the year", in batches that are too small to tell."""

import random
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from tests.factory import id_number
from tests.pipeline.tables import config, huilian, ids

SURNAMES, GIVEN = "王李张陈赵刘杨黄周", "建国秀英春梅志强玉兰海燕"
LATE = range(2900, 2908)  # whose record in the second register comes with the batch
FIELDS = {"name": "name", "born": "birth_date", "id_number": "number", "sex": "sex"}


def registers(some_day: bool) -> pa.Table:
    """Two registers of the same people, a few with numbers; with `some_day`, the second writes every third birth as the
    first of January, and else only those of LATE were born on it."""
    draw, rows = random.Random(5), []
    for i in range(3000):
        born = date(1940, 1, 2) + timedelta(draw.randrange(8000))
        born = born.replace(year=1942 + 2 * (i % 8), month=1, day=1) if i in LATE and not some_day else born
        one = {"record_key": f"{i}", "person": i, "name": draw.choice(SURNAMES) + draw.choice(GIVEN)}
        one |= {"sex": draw.choice("男女"), "id_number": id_number(born, i + 1) if i < 600 else None}
        vague = born.replace(month=1, day=1) if some_day and (i % 3 == 0 or i in LATE) else born
        rows.append({"source": "a", "born": f"{born}", **one})
        if i < 1500 or i in LATE:
            rows.append({"source": "b", "born": f"{vague}", **one})
    return pa.Table.from_pylist(rows)


def joined(out: Path) -> dict[str, bool]:
    found = ids(out)
    return {f"{i}": found["a", f"{i}"] == found["b", f"{i}"] for i in LATE}


@pytest.mark.parametrize("some_day", [False, True])
def test_a_batch_takes_it_as_a_whole_run_does(tmp_path: Path, some_day: bool) -> None:
    everybody = registers(some_day)
    late = pa.array([r["source"] == "b" and r["person"] in LATE for r in everybody.to_pylist()])
    batch = everybody.filter(late)
    huilian(str(config(tmp_path, "all", everybody, FIELDS)), "--out", str(tmp_path / "all"))
    first = everybody.filter(pa.compute.invert(late))
    huilian(str(config(tmp_path, "first", first, FIELDS)), "--out", str(tmp_path / "out"), "--keep")
    for name, part in (("one", batch.slice(0, 6)), ("two", batch.slice(6))):
        huilian(str(config(tmp_path, name, part, FIELDS)), "--out", str(tmp_path / "out"), "--add")
    assert joined(tmp_path / "out") == joined(tmp_path / "all")
    assert any(joined(tmp_path / "all").values()) is not some_day
