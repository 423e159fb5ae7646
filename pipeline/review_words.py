"""The review list in a clerk's Chinese: what agrees, what does not, why this pair is asked, what decisions came to."""

import shlex
from collections.abc import Mapping
from typing import Any

from pipeline import linkage_words as words
from transforms.matching.teaching import Gain, Question

ENTITIES = {"person": "人员", "organisation": "单位", "address": "地址"}
FIELDS = {
    "credit_code": "信用代码", "region": "行政区划", "town": "乡镇街道", "road": "道路", "name": "名称",
    "place": "村或小区", "door": "门牌号",
}  # fmt: skip
LEVELS = {"short form": "疑似简称", "part": "缺一段号码", "same": "完全相同"}
SHOWN = {
    "name": "姓名或名称", "sex": "性别", "born_on": "出生日期", "id_number": "证件号码", "phone": "电话",
    "town": "乡镇街道", "village": "村", "credit_code": "信用代码", "road": "道路", "address": "地址",
}  # fmt: skip
SIDES = {"left": "甲", "right": "乙"}
SEXES = {"1": "男", "2": "女"}
VERDICTS = {"same": "同一", "different": "不同"}


def evidence(entity: str, said: dict[str, Any]) -> str:
    """Each field with its level; what speaks for it first, marked +, then what speaks against, marked -."""
    fields = sorted(said.get("fields", {}).items(), key=lambda f: -float(f[1].get("strangers", 0)))
    parts = []
    for name, row in fields:
        label = FIELDS.get(name) if entity != "person" else None
        level = LEVELS.get(row["level"]) if entity != "person" else None
        sign = "+" if float(row.get("strangers", 0)) >= 0 else "-"
        parts.append(f"{sign}{label or words.label(name, {})}{level or words.level(name, row['level'])}")
    return "  ".join(parts)


def reason(q: Question, g: Gain) -> str:
    """Why this pair is asked before others."""
    parts = [f"是同一个的可能{words.share(q.score)}", f"两边各有 {q.records[0]:,}、{q.records[1]:,} 条记录"]
    if q.leads:
        also = f"（其中惠民 {q.benefits:,} 条）" if q.benefits else ""
        parts.append(f"牵涉在办线索 {q.leads:,} 条{also}")
    parts.append(f"同样情形待判 {g.alike:,} 对，已判 {g.decided:,} 对")
    return "，".join(parts)


def listed(rows: list[dict[str, Any]], titles: Mapping[str, str]) -> str:
    """The list for a terminal, `titles` by feed; how the first of it is decided stands at the end."""
    lines = []
    for number, row in enumerate(rows, 1):
        lines.append(f"{number}  {ENTITIES[row['entity']]}")
        lines += [f"    {word}  {_side(row, side, titles)}" for side, word in SIDES.items()]
        lines.append(f"    依据：{evidence(row['entity'], row['evidence'])}")
        lines.append(f"    为什么先问：{row['reason']}")
    if not rows:
        return "没有待判定的"
    sides = " ".join(f"--{side} {shlex.join(rows[0][side])}" for side in SIDES)
    command = f"huilian review decide same {sides} --who 姓名 --why 理由"
    return "\n".join([*lines, "", "判定第 1 对（same 同一，different 不同）：", command])


def _side(row: dict[str, Any], side: str, titles: Mapping[str, str]) -> str:
    """A mention by title, feed, key and role, and what it says where that may be seen."""
    says = row.get(f"{side}_says") or {}
    told = "，".join(f"{SHOWN[k]} {_said(k, v)}" for k, v in says.items() if v)
    title = titles.get(row[side].feed, "")
    return f"{title} {' '.join(row[side])}".strip() + (f"：{told}" if told else "")


def _said(field: str, value: str) -> str:
    return SEXES.get(value, value) if field == "sex" else value


def decided(rows: list[dict[str, Any]]) -> str:
    """Decisions in force, for a terminal."""
    lines = []
    for row in rows:
        sides = "  |  ".join(" ".join(row[side]) for side in SIDES)
        waits = "（有一方尚未识别到，待其出现后生效）" if row["waits"] else ""
        lines.append(f"{row['decision_id']}  {VERDICTS[row['verdict']]}  {sides}{waits}")
        lines.append(f"      {row['decided_at']:%Y-%m-%d}  {row['who']}：{row['why']}")
    return "\n".join(lines) or "没有生效的判定"


def reported(found: dict[str, Any]) -> str:
    """What decisions came to, for a terminal."""
    lines = [f"有效判定 {found['decisions']:,} 件，其中 {found['without_score']:,} 件当时不在待判之列，未计入下表"]
    for b in found["bands"]:
        mark = "相符" if b["as_expected"] else "不符"
        many = f"已判 {b['decided']:,} 对，同一 {b['same']:,} 对"
        share = f"实际 {b['observed']:.1%}（95% 区间 {b['least']:.1%} 至 {b['most']:.1%}）"
        span = f"{ENTITIES[b['entity']]}  可能性 {b['from']:.0%} 至 {b['to']:.0%}"
        lines.append(f"{span}  {many}  {share}  程序估计 {b['expected']:.1%}  {mark}")
    return "\n".join(lines)
