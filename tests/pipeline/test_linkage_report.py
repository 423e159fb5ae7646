"""DIR/report.json and report.html: figures that add up, and nobody's data."""

import json
import re
from datetime import date
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.linkage_judged import judged, left_over, mergers
from pipeline.linkage_page import page
from pipeline.linkage_plot import reliability
from pipeline.linkage_report import numbered
from tests.pipeline.tables import Row, someone, two_tables
from transforms.matching.calibration import Band


def _rows(source: str) -> list[Row]:
    births = [date(1950 + i % 40, 1 + i % 12, 1 + i * 7 % 28) for i in range(100)]
    rows = [{"id": f"{source}{i}", **someone(i, b), "sex": "男" if (i + 1) % 2 else "女"} for i, b in enumerate(births)]
    if source == "b":
        for row in rows[::3]:
            row["sfz"] = ""
        rows[8]["sex"] = "女"
    return rows


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """The report of a hundred people in two tables, a third of them without a number in one."""
    path = two_tables(tmp_path_factory.mktemp("report"), _rows, "  sex: {kind: sex}\n")
    return json.loads((path / "out" / "report.json").read_text(encoding="utf-8")), path / "out"


def test_figures_add_up(done: tuple[dict[str, Any], Path]) -> None:
    """Records and entities, mergers by pass, pairs by state, shares of groups."""
    report, out = done
    entities = pq.read_table(out / "members.parquet")["entity_id"].to_pylist()
    assert (report["records"], report["entities"]) == (200, len(set(entities)))
    assert sum(int(size) * n for size, n in report["sizes"].items()) == 200
    assert sum(p["mergers"] for p in report["passes"]) == 200 - report["entities"]
    assert sum(report["pairs"].values()) == pq.read_table(out / "pairs.parquet").num_rows
    assert [g["records"] for g in report["subgroups"]["source"]] == [100, 100]
    assert sum(g["estimated_false"] for g in report["subgroups"]["source"]) == pytest.approx(
        report["estimated_false"], abs=0.02
    )
    assert {t["source"]: t["records"] for t in report["tables"]} == {"a": 100, "b": 100}
    assert report["conflicting"]["sexes"] == 1
    assert report["engine"] == "Chinese people"


def test_no_value_of_a_person_is_in_it(done: tuple[dict[str, Any], Path]) -> None:
    """Neither name nor number nor birth, in either file; and nothing is fetched from anywhere."""
    for name in ("report.json", "report.html"):
        text = (done[1] / name).read_text(encoding="utf-8")
        for person in _rows("a"):
            assert not any(person[k] in text for k in ("xm", "sfz", "born"))
        assert not re.search(r"https?://(?!www\.w3\.org)", text)
        assert "<script" not in text


def test_the_page_is_whole_and_shows_the_figures(done: tuple[dict[str, Any], Path]) -> None:
    """Every tag that opens closes; the plot is there when there is something to plot."""
    report = done[0]
    band = Band(0.9, 0.95, 50, 0.93, 0.9, 0.79, 0.96)
    tried = {"by": "numbers", "pairs": 50, "bands": [band._asdict()], "brier": 0.08, "error": 0.03}
    html = page(report | {"calibration": tried})
    open_tags: list[str] = []

    class Checker(HTMLParser):
        def handle_starttag(self, tag: str, attrs: Any) -> None:
            if tag not in {"meta", "link", "br", "line", "rect", "circle"}:
                open_tags.append(tag)

        def handle_endtag(self, tag: str) -> None:
            if tag not in {"line", "rect", "circle"}:
                assert open_tags.pop() == tag

    Checker().feed(html)
    assert open_tags == []
    assert f"{report['records']:,}" in html
    assert 'data-pairs="50"' in html
    assert "没有经过检验" in page(report | {"calibration": None})


def test_the_page_is_told_in_chinese(done: tuple[dict[str, Any], Path]) -> None:
    """Notes, rules over any fields, stages; decades stand in their own order."""
    rules = [{"rule": "xm.first_sound", "pairs": 3, "recall": 0.99999}]
    more = {"notes": [{"note": "unused", "field": "x", "says": "x: not used"}]}
    html = page(done[0] | more | {"blocking": rules, "fields": {"xm": "name"}, "seconds": {"reading": 1.0}})
    assert "字段 x：" in html
    assert "not used" not in html
    assert "姓名（xm）第一个词的读音" in html
    assert "> 99.9%" in unescape(html)
    assert "读取 1.0" in html
    decades = re.findall(r'<th scope="row">(\d{4})-\d{4}', html)
    assert len(decades) > 1
    assert decades == sorted(decades)


def test_points_of_the_plot_lie_where_they_should() -> None:
    """A band on the diagonal is on the dashed line: as far from the left as from the bottom."""
    svg = reliability([Band(0.5, 0.6, 9, 0.55, 0.55, 0.3, 0.8)._asdict()], "t")
    x, y = (float(re.search(rf'c{c}="([\d.]+)"', svg)[1]) for c in "xy")  # type: ignore[index]
    line = {k: float(v) for k, v in re.findall(r'(x1|y1|x2|y2)="([\d.]+)"', svg.split("stroke-dasharray")[0][-120:])}
    assert x - line["x1"] == pytest.approx(line["y1"] - y)


def test_mergers_are_a_forest_of_the_merged_pairs() -> None:
    """Three records tied by three pairs were two mergers, the strongest two; what is grey is left over."""
    members = pa.table({"source": ["a"] * 4, "record_key": list("1234"), "entity_id": [1, 1, 1, 4]})
    pairs = pa.table(
        {
            "left_source": ["a"] * 5,
            "left_key": ["1", "1", "2", "1", "2"],
            "right_source": ["a"] * 5,
            "right_key": ["2", "3", "3", "4", "4"],
            "odds": [9.0, 5.0, 3.0, 0.0, -1.0],
            "state": ["merged", "merged", "merged", "grey", "grey"],
            "rules": ["name", "kin name", "name", "akin", ""],
        }
    )
    found = judged(members, pairs)
    made, rows = mergers(found, 4)
    assert rows.tolist() == [0, 1]
    assert made.kin.tolist() == [False, True]
    assert left_over(found, members["entity_id"].to_numpy()).tolist() == [0.5]


@pytest.mark.parametrize("ids", [[5, 3, 5, 9], [10**15, 7, 10**15, 8], [-4, 2, -4, 0], []])
def test_entities_are_numbered_without_gaps(ids: list[int]) -> None:
    """Whatever ids there are: equal ones alike, in their order."""
    found = numbered(np.array(ids, np.int64)).tolist()
    assert found == [sorted(set(ids)).index(i) for i in ids]
