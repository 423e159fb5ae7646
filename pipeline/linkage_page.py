"""DIR/report.html: the report of a linkage as one page, no script, nothing from anywhere else."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from pipeline import charts, linkage_notes
from pipeline import linkage_words as words
from pipeline.linkage_plot import reliability

TEMPLATES = Path(__file__).parent / "page"
SIZES = 12  # columns of the chart; larger entities go into the last
BY = {
    "numbers": "检验办法：取两边都有有效证件号码的记录对，把号码藏起来打分，再用号码是否相同来对照。",
    "decisions": "检验办法：与人工判定的结果对照。",
    "trained": "检验办法：用训练时没有用到的字段对照。",
}
UNKNOWN = "这些表里没有可以独立对照的依据（两边都有的有效号码、人工判定），下面的概率没有经过检验。"


def page(report: dict[str, Any]) -> str:
    """`report` (see linkage_report) as HTML text, UTF-8 when written."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(("html", "j2")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    tried = report["calibration"]
    return environment.get_template("linkage.html.j2").render(
        r=report,
        words=words,
        notes=[linkage_notes.chinese(note) for note in report["notes"]],
        groups=_in_order(report["subgroups"]),
        size_chart=_sizes(report["sizes"]),
        plot=reliability(tried["bands"], "说的概率与实际的比例") if tried else Markup(""),
        calibrated=BY.get(tried["by"], tried["by"]) if tried else UNKNOWN,
    ) + "\n"  # fmt: skip


def _in_order(subgroups: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Groups as the report has them, largest first; decades in their own order."""
    later = {row["group"]: row["group"] or "~" for row in subgroups.get("born", [])}
    return {name: sorted(rows, key=lambda row: later[row["group"]]) if name == "born" else rows
            for name, rows in subgroups.items()}  # fmt: skip


def _sizes(sizes: dict[str, int]) -> Markup:
    most = max((int(s) for s in sizes), default=1)
    last = min(most, SIZES)
    many = [sum(n for s, n in sizes.items() if min(int(s), last) == at) for at in range(1, last + 1)]
    names = [f"{at}{'+' if at == last < most else ''}" for at in range(1, last + 1)]
    columns = [charts.Column(name, [charts.Part("a", n, name)]) for name, n in zip(names, many, strict=True)]
    return charts.columns(columns, "每个对象的记录数")
