"""The Chinese words of the page for what the ledger, the linker and the rules store as codes."""

from collections.abc import Mapping

FORMATS = {
    "csv": "文本表格",
    "workbook": "电子表格",
    "dbf": "DBF",
    "fixed_width": "定长文本",
    "xml": "XML",
    "jsonl": "JSON 行",
    "database": "部门数据库",
    "rest": "数据接口",
}
MODES = {"snapshot": "全量", "increment": "增量"}
STATES = {
    "received": "已接收",
    "parsed": "已解析",
    "checked": "已检查",
    "published": "已入库",
    "refused": "拒收",
    "stopped": "暂缓入库",
}
OUTCOMES = {
    "new": "新报送",
    "duplicate": "重复报送",
    "refused": "无法使用",
    "unknown": "不属于任何约定",
    "waiting": "尚在写入",
}
LEAD_STATES = {
    "suspected": "待核实",
    "sent": "已转主管部门",
    "confirmed": "核实属实",
    "refuted": "核实不属实",
    "closed": "已办结",
    "withdrawn": "数据更正后撤回",
}
LEVELS = {"E3": "强", "E2": "中", "E1": "弱"}
EVENTS = {
    "minted": "新识别",
    "joined": "并入记录",
    "moved": "改判记录",
    "merged": "合并",
    "split": "拆分",
    "retired": "停用",
}
METHODS = {
    "spine": "证件号码一致",
    "pair": "多项证据合计",
    "kin": "亲属关系印证",
    "decision": "人工判定",
    "alone": "仅此一条记录",
}
ENCODINGS = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8（带 BOM）", "utf-16": "UTF-16", "gb18030": "GB18030", "workbook": ""}
ENTITIES = {"person": "人", "organisation": "单位", "address": "地址"}
CONFLICTS = {
    "id_conflict": "同一证件号码、不同的人",
    "code_conflict": "信用代码与名称分属两个单位",
    "code_names": "同一信用代码、两个名称",
}


def say(words: Mapping[str, str], code: str | None) -> str:
    """The word for `code`, or the code itself when there is none, or a dash."""
    return words.get(code, code) if code else "—"


def month(text: str) -> str:
    """2026-10 as people write it: 2026年10月."""
    year, number = text.split("-")
    return f"{year}年{int(number)}月"


def size(count: int) -> str:
    """Bytes in the unit people would say."""
    value = float(count)
    for unit in ("字节", "KB", "MB"):
        if value < 1024:
            return f"{value:,.0f} {unit}" if unit == "字节" else f"{value:,.1f} {unit}"
        value /= 1024
    return f"{value:,.1f} GB"


def span(seconds: float | None) -> str:
    """A duration in seconds as people would say it."""
    if seconds is None:
        return "—"
    return f"{seconds:.1f} 秒" if seconds < 90 else f"{seconds / 60:.1f} 分钟"
