from typing import Any

import pyarrow as pa

import contracts
from contracts.model import Contract
from quality.checks import BAD_ROWS
from quality.objections import DETAIL, Objections, collect, labels, tally
from quality.tables import schema

REJECTS = schema({"_line": "int64", "reason": "string"})


def quarantined(*rows: tuple[int, str | None, list[str]]) -> pa.Table:
    lines, keys, reasons = zip(*rows, strict=True) if rows else ((), (), ())
    columns: dict[str, Any] = {
        "_line": pa.array(lines, pa.int64()),
        "record_key": pa.array(keys, pa.string()),
        "reasons": pa.array(reasons, pa.list_(pa.string())),
        "raw": pa.array(["{}"] * len(lines), pa.string()),
    }
    return pa.table(columns)


def test_nothing_objected_to_is_an_empty_table() -> None:
    assert collect(Objections()).equals(DETAIL.empty_table())
    assert collect(Objections(quarantined=quarantined())).num_rows == 0


def test_every_step_is_heard_in_the_order_of_the_lines() -> None:
    found = collect(
        Objections(
            rejects=pa.Table.from_pylist([{"_line": 9, "reason": "bad_bytes"}], schema=REJECTS),
            quarantined=quarantined((3, "K1", ["key_missing", "required_missing:name"]), (2, None, ["rule_failed"])),
            issues=pa.table({"_line": [5], "record_key": ["K5"], "field": ["phone"], "reason": ["phone_invalid"]}),
            bad_rows=pa.Table.from_pylist([{"_line": 7, "record_key": "K7", "rule": "check:enough"}], schema=BAD_ROWS),
            dropped=pa.table({"_line": [4], "record_key": ["K4"]}),
        )
    )

    assert [tuple(r.values()) for r in found.to_pylist()] == [
        (2, "", "", "rule_failed"),
        (3, "K1", "", "key_missing"),
        (3, "K1", "name", "required_missing"),
        (4, "K4", "", "key_repeated"),
        (5, "K5", "phone", "phone_invalid"),
        (7, "K7", "check:enough", "rule_failed"),
        (9, "", "", "bad_bytes"),
    ]


def test_a_row_whose_broken_rule_is_named_is_not_objected_to_twice() -> None:
    bad_rows = pa.Table.from_pylist([{"_line": 7, "record_key": "K7", "rule": "check:enough"}], schema=BAD_ROWS)
    moved = quarantined((7, "K7", ["rule_failed"]), (8, "K8", ["rule_failed", "key_missing"]))
    found = collect(Objections(quarantined=moved, bad_rows=bad_rows))

    assert [(r["_line"], r["field"], r["reason"]) for r in found.to_pylist()] == [
        (7, "check:enough", "rule_failed"),
        (8, "", "key_missing"),
        (8, "", "rule_failed"),
    ]


def test_the_raw_row_is_left_behind() -> None:
    assert collect(Objections(quarantined=quarantined((2, "K", ["rule_failed"])))).column_names == DETAIL.names


def test_tallies_count_by_reason_and_field_most_frequent_first() -> None:
    rows = [(2, "K", ["key_missing"]), (3, "K", ["required_missing:name"]), (4, "K", ["required_missing:name"])]

    assert tally(collect(Objections(quarantined=quarantined(*rows)))) == [
        ("required_missing", "name", 2),
        ("key_missing", "", 1),
    ]


def test_fields_are_called_as_the_clerk_calls_them(contract: Contract) -> None:
    names = labels(contract)

    assert names["id_number"] == "身份证号"
    assert names["owners.id_number"] == "权利人/证件号"
    assert names["check:positive"] == "金额应大于 0"
    assert labels(contracts.get("renshe_canbao"))["name"] == "姓名"
    assert labels(None) == {}
