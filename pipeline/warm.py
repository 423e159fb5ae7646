"""`python -m pipeline.warm`: machine code for everything that is compiled, before anybody waits for it.

`make setup` does it once. Invented people go through the functions of every command, so that exactly what those need is
there; where it is already, this takes seconds. Without it the first command makes what it needs.
"""

import io
from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from contracts.mentions import MENTION
from pipeline import adding, linkage
from pipeline.linkage_explain import Asked, why
from pipeline.linkage_progress import Progress
from transforms.clean.id_numbers import check_character
from transforms.matching import link as people
from transforms.matching.waiting import follow

SURNAMES = "王李张陈赵刘杨黄周吴"
GIVEN = ("建国", "秀英", "春梅", "志强", "玉兰", "海燕", "文斌", "小红", "永康", "丽华")
FIELDS = """
fields:
  name: {kind: name}
  number: {kind: number}
  sex: {kind: sex}
  born: {kind: birth_date}
  phone: {kind: phone}
  address: {kind: address}
"""
ANY = "fields:\n  name: {kind: name}\n  born: {kind: birth_date}\n  address: {kind: text}\n  phone: {kind: number}\n"
TABLE = "  - {{source: {0}, path: {0}.csv, key: id, unique: {1}}}\n"
EVERY = 10  # functions, a line: some ten seconds
Row = dict[str, Any]


def warm(folder: Path, say: Progress) -> list[Any]:
    """Run every command over invented people in `folder`. Returns the functions that are compiled."""
    rows = _rows(240)
    seen = _otherwise(rows)
    for source, part in (("a", rows[:200]), ("b", seen[:160]), ("c", seen[150:210]), ("d", seen[190:])):
        pa_csv.write_csv(pa.Table.from_pylist(part), folder / f"{source}.csv")
    both, more, last = TABLE.format("a", "true") + TABLE.format("b", "false"), *(TABLE.format(t, "false") for t in "cd")
    wanted = [("people", both, FIELDS), ("batch", more, FIELDS), ("another", last, FIELDS), ("any", both, ANY)]
    wanted.append(("later", last, ANY))
    for name, tables, fields in wanted:
        (folder / f"{name}.yml").write_text(f"entity: person\ntables:\n{tables}{fields}", encoding="utf-8")
    config, out = folder / "people.yml", folder / "out"
    linkage.link(config, out, None, say, linkage.Stays(batches=True))
    adding.run(folder / "batch.yml", out, False, say)
    adding.run(folder / "another.yml", out, False, say)
    for other in ("b:3", "b:77"):
        why(Asked(config, out, out / "model.json", "a:3", other))
    linkage.link(folder / "any.yml", folder / "any", None, say, linkage.Stays(batches=True))
    adding.run(folder / "later.yml", folder / "any", False, say)
    _families(rows)
    from transforms.matching.compiled import COMPILED

    return COMPILED


def main() -> None:
    """Do it in a folder that is gone afterwards, and say how long it took."""
    progress, made = Progress(), count(1)
    follow(partial(_tell, progress, made))
    with TemporaryDirectory() as folder:
        done = warm(Path(folder), Progress(io.StringIO()))
    anew = sum(bool(f.made) for f in done)
    progress(f"machine code: {len(done)} functions, {anew} of them made now")


def _tell(say: Progress, numbers: Iterator[int]) -> None:
    if (made := next(numbers)) % EVERY == 0:
        say(f"machine code: {made} functions so far")


def _rows(size: int) -> list[Row]:
    """People of a region that was never assigned, in families of four who live behind one door."""
    dice = np.random.default_rng(1)
    out: list[Row] = []
    for i in range(size):
        home, day = i // 4, f"{1940 + i * 7 % 70}{1 + i % 12:02d}{1 + i * 5 % 28:02d}"
        first = f"990101{day}{100 + i:03d}"
        given = GIVEN[int(dice.integers(10))][: 2 - i % 9 // 8] + ("" if i % 7 else GIVEN[i % 10][:1])
        out.append({
            "id": f"{i}", "name": SURNAMES[home % 10] + given, "number": first + check_character(first),
            "sex": "女男"[(100 + i) % 2], "born": f"{day[:4]}-{day[4:6]}-{day[6:]}", "phone": f"139{home * 7:08d}",
            "address": f"云溪镇石坑村{home % 9 + 1}组{home + 1}号",
        })  # fmt: skip
    return out


def _otherwise(rows: list[Row]) -> list[Row]:
    """The same people as another department writes them: values missing, hidden, and with slips."""
    out = [dict(row) for row in rows]
    for i, row in enumerate(out):
        if i % 3 == 0:
            row["number"] = ""
        if i % 5 == 0:
            row["phone"] = ""
        if i % 7 == 0:
            row["number"] = row["number"] and row["number"][:6] + "********" + row["number"][14:]
        if i % 8 == 0:
            row["name"] = row["name"][0] + row["name"][:0:-1]
        if i % 10 == 0:
            row["address"] = "城中街道翠湖花园9栋1单元903室"
        if i % 11 == 0:
            row["born"] = row["born"][:8] + "28"
        if i % 13 == 0:
            row["number"] = row["number"] and row["number"][:10] + row["number"][11:]
    return out


def _families(rows: list[Row]) -> None:
    """People with their relatives, as the registers in the warehouse have them, some settled by a decision."""
    table, columns = [], {"record_key": "id", "name": "name", "phone": "phone", "id_number": "number"}
    for feed, part in (("register", rows), ("marriages", _otherwise(rows))):
        for i, row in enumerate(part):
            one = {k: row[v] or None for k, v in columns.items()} | {"feed": feed, "entity": "person"}
            couple = f"{i - i % 2}" if i % 4 < 2 else row["id"]
            one |= {"record_key": couple, "role": "husband" if i % 2 else "wife", "name_raw": row["name"]}
            one |= {"born_on": np.datetime64(row["born"]).item(), "born_precision": "day", "sex": f"{1 + (i % 2)}"}
            one |= {"id_status": "valid" if len(row["number"]) == 18 else "missing", "household": f"{i // 4}"}
            table.append(one | {"kin": '[["husband", "spouse"], ["wife", "spouse"]]', "address_key": row["address"]})
    schema = pa.schema([("feed", pa.string()), *((k, pa.type_for_alias(v)) for k, v in MENTION.items())])
    sides = {f"{side}_{c}": [v, v] for side, feed in (("left", "register"), ("right", "marriages"))
             for c, v in (("feed", feed), ("role", "wife"))}  # fmt: skip
    keys = {"left_key": ["0", "4"], "right_key": ["0", "8"], "verdict": ["same", "different"]}
    people.link(pa.Table.from_pylist(table, schema), None, pa.table(sides | keys))


if __name__ == "__main__":
    main()
