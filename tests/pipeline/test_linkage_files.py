"""Tables as people have them, and what is said of those that can't be read."""

import io
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from contracts.errors import Stop
from pipeline import linkage, linkage_files
from pipeline.linkage_progress import Progress
from tests.pipeline.commands import said

TEXT = "id,name,born\n1,王建国,1960-01-10\n2,李秀英,\n"
WANT = {"id": ["1", "2"], "name": ["王建国", "李秀英"], "born": ["1960-01-10", ""]}


def _read(path: Path) -> tuple[dict[str, list[str]], list[str]]:
    said: list[str] = []
    return linkage_files.table(path, path.name, said.append).to_pydict(), said


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_csv_is_read_in_its_encoding_and_with_its_separator(tmp_path: Path, encoding: str, separator: str) -> None:
    """Missing values and keys stay as they are; another encoding than UTF-8 is told."""
    path = tmp_path / "a.csv"
    path.write_bytes(TEXT.replace(",", separator).encode(encoding))
    found, said = _read(path)
    assert {k: [v or "" for v in values] for k, values in found.items()} == WANT
    assert said == ([] if encoding.startswith("utf-8") else [f"a.csv: read as {encoding.upper()}"])


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ('id;"name, given";born\n1;a;b\n', ["id", "name, given", "born"]),
        ("id;name,given;born\n1;a,b;c\n", ["id", "name,given", "born"]),
        ("id;born\r1;1,5\r2;2,5\r", ["id", "born"]),
        ("\n\nid\tname\n1\ta\n", ["id", "name"]),
        ("id\n1\n", ["id"]),
    ],
)
def test_the_separator_is_the_header_s_outside_quotation_marks(tmp_path: Path, text: str, columns: list[str]) -> None:
    (tmp_path / "a.csv").write_text(text, encoding="utf-8", newline="")
    assert list(_read(tmp_path / "a.csv")[0]) == columns


def test_a_header_in_chinese_is_read_in_its_encoding_too(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("户籍编号,姓名\n1,王建国\n".encode("gb18030"))
    assert _read(path) == ({"户籍编号": ["1"], "姓名": ["王建国"]}, ["a.csv: read as GB18030"])


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "the table is empty"),
        (b"id,\xff\xfe\n1,b\n", "failed at byte"),
        (b"id,name\n1,b\n2,c,d\n", "line 3: it has 3 columns, the header 2"),
        (b"id,name\n1,\xff\xfe\xff\n", "failed at byte"),
        ("id,name\n1,王\n2,李,c\n".encode("gb18030"), "line 3: it has 3 columns, the header 2"),
        (b'id,name\n1,"b\n2,c\n', "never closed"),
    ],
)
def test_a_csv_that_is_wrong_is_named_with_its_line(tmp_path: Path, data: bytes, says: str) -> None:
    """Where, what, and what to do; no value."""
    (tmp_path / "a.csv").write_bytes(data)
    with pytest.raises(Stop, match=says) as raised:
        _read(tmp_path / "a.csv")
    assert "next:" in str(raised.value)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_values_may_have_several_lines_and_a_table_many_of_them(tmp_path: Path, encoding: str, newline: str) -> None:
    """However large it is: Arrow reads a megabyte at a time. Its head has whole values too."""
    where = newline.join(["一村", "", "二组, 三号"])
    rows = "".join(f'{i},"{where}",{i % 7}{newline}' for i in range(60_000))
    path = tmp_path / "a.csv"
    path.write_bytes(f"id,where,some{newline}{rows}".encode(encoding))
    assert path.stat().st_size > 3 << 19  # more than a block of it
    found = linkage_files.table(path, path.name, lambda _: None)
    assert (found.num_rows, pc.unique(found["where"]).to_pylist()) == (60_000, [where])
    for size in range(200, 240, 4):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(linkage_files, "HEAD", size)
            some, many = linkage_files.head(path, path.name, 3, lambda _: None)
        assert set(some["where"].to_pylist()) == {where}
        assert 0.5 < many / 60_000 < 2


@pytest.mark.parametrize("text", ['id,name\n1,5" pipe\n\n2,b\n\n', 'id,name\r\n1,5" pipe\r\n\r\n2,b\r\n\r\n'])
def test_a_mark_of_inches_opens_no_quotation(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.csv").write_text(text, encoding="utf-8", newline="")
    assert _read(tmp_path / "a.csv")[0] == {"id": ["1", "2"], "name": ['5" pipe', "b"]}


def test_a_quotation_mark_that_is_never_closed_is_told_in_a_large_table_too(tmp_path: Path) -> None:
    lines = "".join(f"{i},somebody\n" for i in range(200_000))
    (tmp_path / "a.csv").write_text(f'id,name\n1,"b\n{lines}', encoding="utf-8")
    with pytest.raises(Stop, match="never closed"):
        _read(tmp_path / "a.csv")


def test_other_files_are_named(tmp_path: Path) -> None:
    """Not there, a folder, broken Parquet, a workbook."""
    (tmp_path / "dir.csv").mkdir()
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 no")
    for name, says in (("none.csv", "no such file"), ("dir.csv", "is a folder"), ("broken.parquet", "broken"),
                       ("a.xlsx", "neither")):  # fmt: skip
        with pytest.raises(Stop, match=says):
            _read(tmp_path / name)


def test_keys_that_come_twice_are_counted() -> None:
    """How many, of how many, and of missing ones too."""
    linkage_files.distinct_keys(pa.array(["a", "b"]), "t: column id")
    with pytest.raises(Stop, match="2 of its 4 keys"):
        linkage_files.distinct_keys(pa.array(["a", "a", "a", "b"]), "t: column id")
    with pytest.raises(Stop, match="1 keys are missing"):
        linkage_files.distinct_keys(pa.array(["a", None]), "t: column id")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (pa.array([["a"]]), "are no text"),
        (pa.array([{"x": 1}]), "are no text"),
        (pa.array([b"\xff"]), "are no text"),
        (pa.array([990101198001010011.0, None]), "cut their last digits off"),
    ],
    ids=["list", "struct", "bytes", "float"],
)
def test_a_column_that_is_no_text_is_named_and_its_type(values: pa.Array, says: str) -> None:
    with pytest.raises(Stop, match=says) as raised:
        linkage_files.as_text(pa.chunked_array([values]), "a.parquet: column id")
    assert str(raised.value).startswith("a.parquet: column id")
    assert "99010119" not in str(raised.value)


def test_numbers_with_gaps_among_them_are_read_as_they_were_written() -> None:
    """What made the file wrote them as floating point, with something that is no number in the gaps."""
    column = pa.chunked_array([pa.array([13900000001.0, float("nan"), None])])
    assert linkage_files.as_text(column, "t").to_pylist() == ["13900000001", None, None]


def test_nothing_is_given_up_for_results_that_cannot_be_written(tmp_path: Path) -> None:
    """What is done last is done when all is written, and not at all if that fails."""
    done: list[str] = []
    with pytest.raises(Stop, match="can't be written to"):
        linkage_files.publish(tmp_path, {}, {"no such folder/a.json": "1"}, lambda: done.append("failed"))
    linkage_files.publish(tmp_path, {}, {"a.json": "1"}, lambda: done.append(f"{[*tmp_path.glob('*.json')]}"))
    assert done == ["[]"]


def test_results_are_replaced_all_together_or_not_at_all(tmp_path: Path) -> None:
    """An interruption between two files leaves what was there before, and no litter."""
    linkage_files.publish(tmp_path, {"members": pa.table({"x": [1]}), "pairs": pa.table({"x": [1]})}, {"m.json": "1"})

    class Interrupted(dict[str, pa.Table]):
        def items(self) -> Iterator[tuple[str, pa.Table]]:  # type: ignore[override]
            yield "members", pa.table({"x": [2]})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        linkage_files.publish(tmp_path, Interrupted(), {"m.json": "2"})
    assert pq.read_table(tmp_path / "members.parquet").to_pydict() == {"x": [1]}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m.json", "members.parquet", "pairs.parquet"]


def test_what_is_noted_about_a_table_is_written_with_it(tmp_path: Path) -> None:
    """Which id comes next, above all: pyarrow leaves it out along with its own schema."""
    table = pa.table({"key": pa.array(["a", "b", "a"]).dictionary_encode()}).replace_schema_metadata({"next": "7"})
    linkage_files.publish(tmp_path, {"members": table}, {})
    read = pq.read_table(tmp_path / "members.parquet")
    assert read.schema.metadata == {b"next": b"7"}
    assert read.to_pydict() == {"key": ["a", "b", "a"]}
    assert read.schema.field("key").type == pa.string()


def test_only_what_may_be_missing_is_written_as_if_it_might(tmp_path: Path) -> None:
    table = pa.table({"left_key": ["1", "2"], "veto": ["sex", None]})
    linkage_files.publish(tmp_path, {"pairs": table}, {})
    written = pq.read_table(tmp_path / "pairs.parquet")
    assert written.to_pydict() == table.to_pydict()
    assert [field.nullable for field in written.schema] == [False, True]


def test_an_out_that_is_no_directory_is_refused_before_any_work(tmp_path: Path) -> None:
    """A file in its place, and a file on the way to it."""
    (tmp_path / "f").write_text("x", encoding="utf-8")
    for out in (tmp_path / "f", tmp_path / "f" / "deeper"):
        with pytest.raises(Stop, match="file of that name"):
            linkage_files.ready(out)


def test_one_table_is_not_read_twice_in_the_same_way(tmp_path: Path) -> None:
    """But husband and wife may stand in one line of one file."""
    (tmp_path / "m.csv").write_text("id,man,woman\n1,adam,eve\n2,ben,zoe\n", encoding="utf-8")
    config = (
        "entity: person\ntables:\n  - {source: a, path: m.csv, key: id}\n  - {source: b, path: ./m.csv, key: id}\n"
        "fields:\n  name: {kind: name, column: {a: man, b: %s}}\n"
    )
    (tmp_path / "c.yml").write_text(config % "man", encoding="utf-8")
    with pytest.raises(Stop, match="same columns of the same file as a"):
        linkage.link(tmp_path / "c.yml", tmp_path / "out", None, Progress(io.StringIO()))
    (tmp_path / "c.yml").write_text(config % "woman", encoding="utf-8")
    assert linkage.link(tmp_path / "c.yml", tmp_path / "out", None, Progress(io.StringIO())).counts["entities"] == 4


def test_stopping_it_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while it works: the shell's code for it, and nothing written."""
    (tmp_path / "a.csv").write_text("id,name\n1,b\n", encoding="utf-8")
    (tmp_path / "c.yml").write_text(
        "entity: person\ntables: [{source: a, path: a.csv, key: id}]\nfields: {name: {kind: name}}\n", encoding="utf-8"
    )

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(linkage, "recognise", stopped)
    done = said(["link", str(tmp_path / "c.yml"), "--out", str(tmp_path / "out")])
    assert done.exit_code == 130
    assert "nothing of this run was written" in done.output
    assert list((tmp_path / "out").iterdir()) == []
