import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import contracts
from contracts.kinds import KINDS
from contracts.mentions import MENTION
from contracts.model import Contract
from contracts.reasons import REASONS
from transforms.conform import MENTIONS, Conformed, conform, deduplicate
from transforms.kinds import TYPES

GOLDEN = Path(__file__).parent.parent / "golden"
CASES = sorted(p.parent for p in GOLDEN.glob("*/*/raw.csv"))
SEPTEMBER = date(2026, 9, 1)

Row = dict[str, str]


def table(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def delivered(rows: list[dict[str, Any]]) -> pa.Table:
    lines = pa.array([int(r["_line"]) for r in rows], pa.int64())
    names = [n for n in (rows[0] if rows else {}) if n != "_line"]
    return pa.table({"_line": lines, **{n: pa.array([r[n] or None for r in rows], pa.string()) for n in names}})


def shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ";".join(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def listed(found: pa.Table, columns: list[str]) -> list[Row]:
    return [{c: shown(row[c]) for c in columns} for row in found.select(columns).to_pylist()]


def contract(**changes: Any) -> Contract:
    base: dict[str, Any] = {
        "feed": "test_feed", "title": "试", "department": "试", "contact_office": "试", "legal_basis": ["试"],
        "sharing": "conditional", "purposes": ["test"], "delivery": {"mode": "snapshot", "drop": "a/b.csv"},
        "source": {"format": "csv"}, "key": "no",
        "fields": [{"name": "no", "source": "no", "kind": "code", "required": True}],
    }  # fmt: skip
    return Contract.model_validate({**base, **changes})


def fields(*names_and_kinds: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"name": n, "source": n, "kind": k} for n, k in (("no", "code"), *names_and_kinds)]


def run(spec: Contract, *rows: dict[str, Any]) -> Conformed:
    names = [f.name for f in spec.fields] + [g.name for g in spec.groups]
    return conform(
        delivered([{"_line": i, **{n: r.get(n) for n in names}} for i, r in enumerate(rows, 2)]), spec, SEPTEMBER
    )


@pytest.mark.parametrize("case", CASES, ids=lambda p: f"{p.parent.name}-{p.name}")
def test_golden(case: Path) -> None:
    spec = contracts.get(case.parent.name)
    raw = table(case / "raw.csv")
    found = conform(delivered(raw), spec, SEPTEMBER)
    assert found.rows.num_rows + found.quarantined.num_rows == len(raw)
    for name in ("rows", "mentions", "quarantined", "issues"):
        expected = table(case / f"{name}.csv")
        with (case / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            columns = next(csv.reader(file))
        result = getattr(found, name)
        if name == "issues":
            texts = [REASONS[code].text for code in result.column("reason").to_pylist()]
            result = result.append_column("text", pa.array(texts, pa.string()))
        assert listed(result, columns) == expected, name
        left_out = [c for c in result.column_names if c not in columns]
        assert all(result.column(c).null_count == result.num_rows for c in left_out), name


def test_there_are_golden_cases() -> None:
    assert len(CASES) >= 10


@pytest.mark.parametrize("feed", [c.feed for c in contracts.load_all()])
def test_every_feed_has_its_types_even_without_rows(feed: str) -> None:
    spec = contracts.get(feed)
    names = [f.name for f in spec.fields] + [g.name for g in spec.groups]
    empty = pa.table({"_line": pa.array([], pa.int64()), **{n: pa.array([], pa.string()) for n in names}})
    found = conform(empty, spec, SEPTEMBER)
    assert found.rows.schema.names == ["_line", "record_key", *(f.name for f in spec.fields)]
    for field in spec.fields:
        assert found.rows.schema.field(field.name).type == TYPES[KINDS[field.kind].arrow]
    assert found.mentions.schema == MENTIONS
    assert found.mentions.schema.names == ["_line", *MENTION]
    assert deduplicate(found)[1].num_rows == 0


def test_a_column_the_delivery_lacks_is_null() -> None:
    spec = contract(fields=fields(("note", "text")))
    raw = pa.table({"_line": pa.array([2], pa.int64()), "no": ["T1"]})
    assert conform(raw, spec, SEPTEMBER).rows.to_pylist() == [
        {"_line": 2, "record_key": "T1", "no": "T1", "note": None}
    ]


def test_input_in_several_chunks_is_read_as_one() -> None:
    spec = contract(fields=fields(("name", "person_name")), mentions=[{"role": "person", "name": "name"}])
    rows = delivered([{"_line": i, "no": f"T{i}", "name": "甲小山"} for i in range(5)])
    chunked = pa.concat_tables([rows.slice(0, 2), rows.slice(2)])
    assert conform(chunked, spec, SEPTEMBER).mentions.num_rows == 5


def test_every_reason_to_set_a_row_aside_is_named() -> None:
    columns = fields(("when", "date"), ("amount", "integer"), ("name", "person_name"), ("number", "id_number"))
    spec = contract(fields=[{**f, "required": True} for f in columns])
    good = {"no": "T1", "when": "2026-09-01", "amount": "1", "name": "甲小山", "number": "无"}
    found = run(
        spec,
        good,
        {**good, "no": "无", "when": "2026-02-30", "amount": None},
        {**good, "no": "T3", "when": "长期"},
        {**good, "no": "T4", "name": " "},
        {**good, "no": "T5", "name": "不详"},
    )
    assert found.quarantined.column("reasons").to_pylist() == [
        ["key_missing", "required_invalid:when", "required_missing:amount"],
        ["required_missing:when"],
        ["required_missing:name"],
    ]
    assert json.loads(found.quarantined.column("raw")[0].as_py())["when"] == "2026-02-30"
    assert found.rows.column("record_key").to_pylist() == ["T1", "T5"]
    assert [(i["_line"], i["record_key"], i["field"], i["reason"]) for i in found.issues.to_pylist()] == [
        (2, "T1", "number", "id_missing"),
        (6, "T5", "name", "name_missing"),
        (6, "T5", "number", "id_missing"),
    ]


def test_a_row_without_the_name_stays_where_a_valid_number_says_who_it_is() -> None:
    columns = [
        {**f, "required": f["kind"] == "person_name"} for f in fields(("name", "person_name"), ("number", "id_number"))
    ]
    good, slip, masked = "360299197001010013", "360299197001010014", "360299********0013"
    person = {"role": "person", "name": "name", "id_number": "number"}
    spec = contract(fields=columns, mentions=[person])
    found = run(spec, *({"no": f"T{i}", "number": n} for i, n in enumerate((good, slip, masked, None), 1)))
    assert found.rows.column("record_key").to_pylist() == ["T1"]
    assert found.quarantined.column("reasons").to_pylist() == [["required_missing:name"]] * 3
    [mention] = found.mentions.to_pylist()
    assert (mention["name"], mention["id_number"], mention["born_on"]) == (None, good, date(1970, 1, 1))
    assert [(i["field"], i["reason"]) for i in found.issues.to_pylist()] == [("name", "name_missing")]
    alone = run(contract(fields=columns), {"no": "T1", "number": good})
    assert alone.rows.num_rows == 0, "a number that is nobody's by contract identifies nobody"


def test_a_month_is_no_day_but_a_birth_keeps_what_is_known() -> None:
    columns = fields(("name", "person_name"), ("born_on", "date"), ("died_on", "date"), ("signed_on", "date"))
    spec = contract(
        fields=[{**f, "required": f["name"] == "died_on"} for f in columns],
        mentions=[{"role": "person", "name": "name", "born_on": "born_on"}],
    )
    found = run(
        spec,
        {"no": "1", "name": "某甲", "born_on": "1946年8月", "died_on": "2026-09-02", "signed_on": "2026年"},
        {"no": "2", "name": "某乙", "born_on": "1946-08-01", "died_on": "2026年9月"},
    )
    assert found.rows.column("born_on").to_pylist() == [date(1946, 8, 1)]
    assert found.mentions.column("born_precision").to_pylist() == ["month"]
    assert found.rows.column("signed_on").to_pylist() == [None]
    assert listed(found.issues, ["field", "reason"]) == [{"field": "signed_on", "reason": "date_invalid"}]
    assert found.quarantined.column("reasons").to_pylist() == [["required_invalid:died_on"]]


def test_only_what_happened_can_be_too_late() -> None:
    spec = contract(
        fields=fields(("found_at", "timestamp"), ("done_on", "date"), ("rectify_by", "date"), ("expires_on", "date"))
    )
    late = {
        "found_at": "2026-10-01 00:00:00",
        "done_on": "2026-10-01",
        "rectify_by": "2026-12-01",
        "expires_on": "2030-01-01",
    }
    found = run(spec, {"no": "T1", **late}, {"no": "T2", "found_at": "2026-09-30 23:59:59", "done_on": "2026-09-30"})
    assert [(i["field"], i["reason"]) for i in found.issues.to_pylist()] == [
        ("found_at", "date_future"),
        ("done_on", "date_future"),
    ]
    assert found.rows.column("done_on").to_pylist() == [date(2026, 10, 1), date(2026, 9, 30)]


def test_a_number_is_not_missed_where_nobody_is_named() -> None:
    mention = {"role": "监护人", "name": "name", "id_number": "number", "optional": True}
    spec = contract(fields=fields(("name", "person_name"), ("number", "id_number")), mentions=[mention])
    found = run(spec, {"no": "T1"}, {"no": "T2", "name": "甲小山"}, {"no": "T3", "number": "360299197001010013"})
    assert [(i["record_key"], i["reason"]) for i in found.issues.to_pylist()] == [("T2", "id_missing")]
    assert found.mentions.column("record_key").to_pylist() == ["T2", "T3"]


def test_the_last_row_of_a_key_stays_with_its_mentions_and_issues() -> None:
    people = [
        {"role": "甲方", "name": "first", "id_number": "number"},
        {"role": "乙方", "name": "second", "optional": True},
    ]
    spec = contract(
        fields=fields(("first", "person_name"), ("number", "id_number"), ("second", "person_name")), mentions=people
    )
    found = run(
        spec,
        {"no": "T1", "first": "甲小山", "second": "乙小云"},
        {"no": "T2", "first": "丙小海", "number": "360299197001010013"},
        {"no": "T1", "first": "甲大山", "number": "360299197001020035"},
    )
    kept, dropped = deduplicate(found)
    assert kept.rows.column("_line").to_pylist() == [3, 4]
    assert dropped.to_pylist() == [{"_line": 2, "record_key": "T1"}]
    assert kept.mentions.select(["record_key", "role", "name"]).to_pylist() == [
        {"record_key": "T2", "role": "甲方", "name": "丙小海"},
        {"record_key": "T1", "role": "甲方", "name": "甲大山"},
    ]
    assert found.issues.num_rows == 1
    assert kept.issues.num_rows == 0
    assert deduplicate(kept)[0] is kept


def test_rows_of_two_sheets_with_one_line_number_are_told_apart() -> None:
    spec = contract(fields=fields(("name", "person_name")), mentions=[{"role": "person", "name": "name"}])
    rows = [("T1", "甲小山"), ("T2", "乙小云"), ("T2", "乙大云")]
    raw = delivered([{"_line": 3, "no": no, "name": name} for no, name in rows])
    kept, dropped = deduplicate(conform(raw, spec, SEPTEMBER))
    assert kept.mentions.column("name").to_pylist() == ["甲小山", "乙大云"]
    assert dropped.num_rows == 1


def test_a_text_that_a_spreadsheet_shall_leave_alone_is_taken_out_of_its_formula() -> None:
    spec = contract(
        fields=fields(("name", "person_name"), ("number", "id_number")),
        mentions=[{"role": "person", "name": "name", "id_number": "number"}],
    )
    found = run(spec, {"no": '="0012"', "name": "甲小山", "number": '="360299197001010013"'}, {"no": 'a="b"c'})
    assert found.rows.column("record_key").to_pylist() == ["0012", 'a="b"c']
    assert found.mentions.column("id_status").to_pylist()[0] == "valid"


def test_a_cell_that_swallowed_rows_is_not_stored_and_a_key_like_that_sets_its_row_aside() -> None:
    spec = contract(
        fields=fields(("name", "person_name"), ("address", "address"), ("note", "text")),
        mentions=[{"role": "person", "name": "name", "address": "address"}],
    )
    long = {"no": "T1", "name": "甲" * 201, "address": "村" * 1_001, "note": "说" * 20_001}
    found = run(spec, long, {"no": "9" * 201}, {"no": "9" * 200, "note": "说" * 20_000})
    assert [(i["_line"], i["field"], i["reason"]) for i in found.issues.to_pylist()] == [
        (2, "name", "too_long"),
        (2, "address", "too_long"),
        (2, "note", "too_long"),
    ]
    assert found.rows.column("note").to_pylist() == [None, "说" * 20_000]
    assert found.quarantined.column("reasons").to_pylist() == [["key_missing"]]
    assert max(len(str(value)) for value in found.mentions.to_pylist()[0].values()) < 100
    keyed = contract(fields=[{"name": "no", "source": "no", "kind": "text"}])
    assert run(keyed, {"no": "说" * 201}).quarantined.num_rows == 1, "nor is there an index for it"
