"""`--explain`: any pair, by either engine, in words, as JSON and as a picture."""

import io
import json
import re
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from contracts.errors import Stop
from pipeline import linkage_words as words
from pipeline.linkage import Stays, link
from pipeline.linkage_explain import Asked, _named, in_chinese, why
from pipeline.linkage_progress import Progress
from tests.pipeline.commands import said
from tests.pipeline.tables import SURNAMES, Row, someone, two_tables
from transforms.matching.generic.compare import NAMES
from transforms.matching.keys import RULES
from transforms.matching.model import LEVELS
from transforms.matching.vetoes import VETOES

EXAMPLES = Path(__file__).parents[2] / "examples" / "linkage"


def _rows(source: str) -> list[Row]:
    births = [date(1970, 1 + i * 5 // 28, 1 + i * 5 % 28) for i in range(60)]
    rows = [{"id": f"{source}{i}", **someone(i, born), "phone": f"199{i:08d}"} for i, born in enumerate(births)]
    if source == "b":
        rows[3] |= {"sfz": "", "phone": ""}  # known by name and birth alone
        rows[4] |= {"xm": "欧阳不同", "sfz": "", "phone": "", "born": "1990-01-01"}  # nobody's
        rows[6] |= {"phone": rows[5]["phone"]}
    return rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two tables of sixty people, linked."""
    return two_tables(tmp_path_factory.mktemp("people"), _rows, "  phone: {kind: phone}\n")


def _ask(folder: Path, *words_: str) -> Any:
    return said(["link", str(folder / "c.yml"), "--out", str(folder / "out"), "--explain", *words_])


def test_a_pair_is_explained_in_words_and_adds_up(folder: Path) -> None:
    """Name and birth agree, the number is missing: said in Chinese, with the rules, without a value of theirs."""
    done = _ask(folder, "a:a3", "b:b3")
    assert done.exit_code == 0, done.output
    assert "姓名：完全相同 +" in done.stdout
    assert "证件号码：缺" in done.stdout
    assert "姓名加出生日期" in done.stdout
    assert "name_birth" in done.stdout
    assert SURNAMES[3] not in done.stdout
    told = json.loads(_ask(folder, "a:a3", "b:b3", "--json").stdout)
    assert told["together"] is True
    assert told["probability"] > 0.9
    assert round(sum(s["bits"] for s in told["steps"]), 2) == told["odds"]
    assert {s["name"]: s["level"] for s in told["steps"]}["born"] == "exact"


def test_why_not_is_answered_too(folder: Path) -> None:
    """Two people with numbers of their own: what rules them out; two that no rule brings together: that none does."""
    told = json.loads(_ask(folder, "a:a1", "b:b2", "--json").stdout)
    assert (told["veto"], told["probability"], told["together"]) == ("number", 0.0, False)
    done = _ask(folder, "a:a7", "b:b4")
    assert "rules that bring them together: none" in done.stdout
    assert "没有任何规则把这两条记录放到一起比较" in done.stdout
    assert "没有认定为同一人" in done.stdout


@pytest.mark.parametrize(
    ("right", "state", "result"),
    [
        ("b:b5", "by number", "结果：认定为同一人"),  # not through other records
        ("b:b4", "not compared", "结果：没有认定为同一人"),
        (
            "b:b6",
            "not kept",
            "结果：没有认定为同一人",
        ),  # their telephone brings them together, their numbers rule it out
    ],
)
def test_what_became_of_a_pair_that_was_not_kept_is_said(folder: Path, right: str, state: str, result: str) -> None:
    told = json.loads(_ask(folder, "a:a5", right, "--json").stdout)
    assert told["state"] == state
    assert bool(told["rules"]) == (state != "not compared")
    assert {result, f"这一对记录：{words.STATES[state]}"} <= set(told["in_words"])


def test_a_clerk_meets_no_code_for_a_part_of_an_address(tmp_path: Path) -> None:
    config, out = EXAMPLES / "addresses.yml", tmp_path / "out"
    link(config, out, None, Progress(io.StringIO()))
    told, wanted = why(Asked(config, out, out / "model.json", "grid:G0000", "housing:H0000"))
    assert [line.split("：")[0] for line in in_chinese(told, wanted)[1:4]] == [
        "地址的乡镇街道", "地址的村或小区", "地址的户室"
    ]  # fmt: skip


def test_what_somebody_decided_is_said_whatever_speaks_against_it(folder: Path, tmp_path: Path) -> None:
    """Either way round, though one of the pairs was kept and the other never compared."""
    decided = tmp_path / "decided.csv"
    rows = ("left_source,left_key,right_source,right_key,verdict", "a,a3,b,b3,different", "b,b4,a,a1,same")
    decided.write_text("\n".join(rows), encoding="utf-8")
    config, out = folder / "c.yml", tmp_path / "out"
    link(config, out, None, Progress(io.StringIO()), Stays(decisions=decided))
    for pair, state, result in (
        (("a:a3", "b:b3"), "decided different", "结果：没有认定为同一人"),
        (("a:a1", "b:b4"), "decided same", "结果：认定为同一人"),
    ):
        for ends in (pair, pair[::-1]):
            told, wanted = why(Asked(config, out, out / "model.json", *ends))
            assert (told.state, told.together) == (state, state == "decided same")
            assert result in in_chinese(told, wanted)


def test_the_picture_holds_the_same_bits(folder: Path) -> None:
    """--svg writes a well-formed picture whose bars are the steps."""
    picture = folder / "why.svg"
    told = json.loads(_ask(folder, "a:a3", "b:b3", "--json", "--svg", str(picture)).stdout)
    rects = [e for e in ET.parse(picture).iter() if e.get("data-bits")]  # noqa: S314
    assert [float(r.get("data-bits", "")) for r in rects] == [*(s["bits"] for s in told["steps"]), told["odds"]]


@pytest.mark.parametrize(
    ("left", "right", "says"),
    [
        ("a:a3", "c:b3", "begin with one of: a, b"),
        ("a3", "b:b3", "is no source"),
        ("a:a3", "b:nobody", "second record is not"),
        ("a:a3", "a:a3", "same record"),
    ],
)
def test_a_record_that_is_not_there_is_named(folder: Path, left: str, right: str, says: str) -> None:
    """Which of the two, and how to name one."""
    out = folder / "out"
    with pytest.raises(Stop, match=says):
        why(Asked(folder / "c.yml", out, out / "model.json", left, right))


def test_a_picture_is_not_written_over_a_folder(folder: Path) -> None:
    words = ["link", str(folder / "c.yml"), "--out", str(folder / "out"), "--explain", "a:a3", "b:b3", "--svg"]
    with pytest.raises(Stop, match="is a folder"):
        said([*words, str(folder)])


@pytest.mark.parametrize("name", ["members.parquet", "pairs.parquet"])
def test_a_result_that_is_broken_is_named(folder: Path, tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    shutil.copytree(folder / "out", out)
    (out / name).write_text("no table", encoding="utf-8")
    with pytest.raises(Stop, match=f"out/{name}: can't be read"):
        why(Asked(folder / "c.yml", out, out / "model.json", "a:a3", "b:b3"))


def test_a_source_may_have_a_colon_in_its_name() -> None:
    assert [_named(text, ["a", "a:b"]) for text in ("a:1", "a:b:1")] == [("a", "1"), ("a:b", "1")]


def test_records_of_sources_that_a_batch_does_not_have_may_be_asked_about(folder: Path) -> None:
    """A kept pair needs no table; of another pair the table is asked for."""
    out, batch = folder / "out", folder / "batch.yml"
    whole = (folder / "c.yml").read_text(encoding="utf-8")
    batch.write_text(re.sub(r"\n  - \{source: a,.*", "", whole), encoding="utf-8")
    assert "source: a" not in batch.read_text(encoding="utf-8")
    kept, _ = why(Asked(batch, out, out / "model.json", "a:a3", "b:b3"))
    assert (kept.source, kept.together) == ("kept", True)
    with pytest.raises(Stop, match="a config that names their tables"):
        why(Asked(batch, out, out / "model.json", "a:a7", "b:b4"))


def _other(source: str) -> list[Row]:
    """People that the engine for any tables is for."""
    names = [f"{'abcdefgh'[i % 8] * 4} {'klmnop'[i % 6] * 5}" for i in range(40)]
    return [{"id": f"{source}{i}", "xm": n, "sfz": f"N{i}", "born": f"19{10 + i}-01-02"} for i, n in enumerate(names)]


def _chinese(source: str) -> list[Row]:
    return [{"id": f"{source}{i}", **someone(i, date(1970, 1 + i // 28, 1 + i % 28))} for i in range(40)]


@pytest.mark.parametrize(("run", "batch", "field"), [(_chinese, _other, "number"), (_other, _chinese, "id_number")])
def test_a_pair_is_told_by_the_engine_of_the_model_however_few_records_there_are(
    tmp_path: Path, run: Callable[[str], list[Row]], batch: Callable[[str], list[Row]], field: str
) -> None:
    """Two records of a batch may look like the other engine's, and have no value in one of the fields."""
    out = two_tables(tmp_path, run) / "out"
    few = pa.Table.from_pylist([row | {"born": ""} for row in batch("x")[:2]])
    pa_csv.write_csv(few, tmp_path / "a.csv")
    config = re.sub(r"\n  - \{source: b,.*", "", (tmp_path / "c.yml").read_text(encoding="utf-8"))
    (tmp_path / "c.yml").write_text(config, encoding="utf-8")
    told, _ = why(Asked(tmp_path / "c.yml", out, out / "model.json", "a:x0", "a:x1"))
    assert (told.source, field in {s.name for s in told.steps}) == ("records", True)


def test_a_model_of_the_other_engine_is_named(folder: Path, tmp_path: Path) -> None:
    people = EXAMPLES / "people.yml"
    with pytest.raises(Stop, match="which this config is not for"):
        why(Asked(people, None, folder / "out" / "model.json", "clinic:C0000", "library:L0000"))
    link(people, tmp_path, None, Progress(io.StringIO()))
    with pytest.raises(Stop, match="trained for other fields"):
        why(Asked(folder / "c.yml", None, tmp_path / "model.json", "a:a3", "b:b3"))


def test_a_model_that_is_none_is_named(folder: Path) -> None:
    """No model yet, and a document of something else."""
    (folder / "odd.json").write_text("[]", encoding="utf-8")
    for model, says in (("none.json", "no model yet"), ("odd.json", "no model of the engine")):
        with pytest.raises(Stop, match=says):
            why(Asked(folder / "c.yml", None, folder / model, "a:a3", "b:b3"))


def test_every_level_rule_and_veto_has_its_words() -> None:
    """A clerk never meets a code."""
    levels = {level for names in (*LEVELS.values(), *NAMES.values()) for level in names}
    told = {*words.LEVELS, *(level for _, level in words.SPECIAL)}
    assert levels <= told
    assert {r.name for r in RULES} | {"kin"} <= set(words.PARTS)
    assert set(VETOES[1:]) <= set(words.VETOES)
    assert {*LEVELS, *NAMES} <= set(words.FIELDS)


@pytest.mark.parametrize("chinese", [True, False])
def test_a_kept_pair_is_told_for_ever_though_the_tables_are_gone(folder: Path, tmp_path: Path, chinese: bool) -> None:
    """From the pattern in pairs.parquet and the model: state, rules and steps, whichever way round it is asked."""
    config, out = folder / "c.yml", folder / "out"
    if not chinese:
        config, out = EXAMPLES / "people.yml", tmp_path / "out"
        link(config, out, None, Progress(io.StringIO()))
    alone = tmp_path / config.name
    alone.write_text(config.read_text(encoding="utf-8"), encoding="utf-8")
    pairs = pq.read_table(out / "pairs.parquet").to_pylist()
    members = {
        (m["source"], m["record_key"]): m["entity_id"] for m in pq.read_table(out / "members.parquet").to_pylist()
    }
    for row in (pairs[0], pairs[len(pairs) // 2], pairs[-1]):
        ends = [(row[f"{side}_source"], row[f"{side}_key"]) for side in ("left", "right")]
        for one, two in (ends, ends[::-1]):
            told, _ = why(Asked(alone, out, out / "model.json", ":".join(one), ":".join(two)))
            assert (told.source, told.state, told.odds) == ("kept", row["state"], pytest.approx(row["odds"]))
            assert sum(s.bits for s in told.steps) == pytest.approx(told.odds, abs=0.01)
            assert " ".join(told.rules) == row["rules"]
            assert told.together == (members[one] == members[two])
            assert bool(told.bonds) <= bool(told.together)
