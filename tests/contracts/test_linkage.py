"""The config of a linkage: what is taken as it stands, and what is refused at its place."""

from pathlib import Path
from typing import Any

import pytest

from contracts.errors import Stop
from contracts.linkage import Compared, Table, Wrong, checked, load

TABLE = {"source": "a", "path": "a.csv", "key": "id"}
FIELDS = {"name": {"kind": "name"}}


def _config(**changed: Any) -> dict[str, Any]:
    return {"entity": "person", "tables": [TABLE], "fields": FIELDS} | changed


def test_what_is_given_is_taken_and_the_rest_has_its_default() -> None:
    found = checked(_config())
    assert (found.tables, found.fields) == ((Table("a", "a.csv", "id"),), {"name": Compared("name")})
    assert (found.rules(), found.threshold, found.column("name", "a")) == ((), None, "name")


def test_columns_go_by_source_and_rules_by_their_keys() -> None:
    """A rule is a text with commas or a list; a null column is one that a source has not."""
    two = [TABLE, TABLE | {"source": "b", "unique": True}, TABLE | {"source": "c"}]
    fields = {"name": {"kind": "name", "column": {"a": "Name", "b": None}}, "born": {"kind": "birth_date"}}
    found = checked(_config(tables=two, fields=fields, blocking=["name, born.year", ["born"]], threshold=0.9))
    assert [found.column("name", s) for s in "abc"] == ["Name", None, "name"]
    assert found.rules() == (("name", "born.year"), ("born",))
    assert (found.threshold, [t.unique for t in found.tables]) == (0.9, [False, True, False])


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"entity": "dog"}, "entity"),
        ({"tables": None}, "tables"),
        ({"tables": []}, "tables"),
        ({"tables": [3]}, "tables.0"),
        ({"tables": [TABLE | {"key": 3}]}, "tables.0.key"),
        ({"tables": [TABLE | {"path": ""}]}, "tables.0.path"),
        ({"tables": [TABLE | {"unique": "no"}]}, "tables.0.unique"),
        ({"tables": [{"source": "a", "path": "a.csv"}]}, "tables.0.key"),
        ({"tables": [TABLE, TABLE]}, "tables.1.source"),
        ({"fields": {}}, "fields"),
        ({"fields": {f"f{i}": {"kind": "text"} for i in range(17)}}, "fields"),
        ({"fields": {"Name": {"kind": "name"}}}, "fields.Name"),
        ({"fields": {"source": {"kind": "text"}}}, "fields.source"),
        ({"fields": {"record_key": {"kind": "text"}}}, "fields.record_key"),
        ({"fields": {"name": "name"}}, "fields.name"),
        ({"fields": {"name": {"column": "called"}}}, "fields.name"),
        ({"fields": {"name": {"kind": "lastname"}}}, "fields.name.kind"),
        ({"fields": {"name": {"kind": "name", "column": 3}}}, "fields.name.column"),
        ({"fields": {"name": {"kind": "name", "column": {"b": "x"}}}}, "fields.name.column.b"),
        ({"blocking": "name"}, "blocking"),
        ({"blocking": ["name", "age"]}, "blocking.1"),
        ({"blocking": ["name"] * 61}, "blocking"),
        ({"threshold": 1}, "threshold"),
        ({"threshold": True}, "threshold"),
        ({"treshold": 0.5}, "treshold"),
    ],
)
def test_what_is_wrong_is_refused_at_its_place(changed: dict[str, Any], place: str) -> None:
    with pytest.raises(Wrong) as raised:
        checked(_config(**changed))
    assert ".".join(str(part) for part in raised.value.place) == place
    assert raised.value.what


@pytest.mark.parametrize("text", ["- a", "", "3"])
def test_a_file_that_holds_no_mapping_is_no_config(tmp_path: Path, text: str) -> None:
    (tmp_path / "c.yml").write_text(text, encoding="utf-8")
    with pytest.raises(Stop, match="not a mapping"):
        load(tmp_path / "c.yml")


def test_a_config_that_is_no_file_of_text_is_said(tmp_path: Path) -> None:
    (tmp_path / "gbk.yml").write_bytes("entity: 人".encode("gb18030"))
    for name, says in (("none.yml", "no such file"), ("", "is a folder"), ("gbk.yml", "as UTF-8")):
        with pytest.raises(Stop, match=says):
            load(tmp_path / name)
