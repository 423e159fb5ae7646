"""The rules a contract implies, compiled to SQL predicates and limits. One list, read by three executors:

checks.py measures them in DuckDB, expectations.py has Great Expectations judge what was measured, and the same list
becomes the ordinary column suite for Great Expectations directly on a frame. The meaning is fixed here:
NULL is neither valid nor invalid (only `present` counts it), ranges are inclusive, a repeated key counts every row of
its group (but `key_unique_most` the rows that get lost), and percentages are of `among`.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal, NamedTuple

from contracts.kinds import KINDS
from contracts.model import Column, Contract
from quality.report import Severity

Property = Literal["规范性", "完整性", "准确性", "一致性", "时效性", "可访问性"]
# GB/T 36344-2018 names these six; the evaluation by six properties and five grades follows DB11/T 2317-2024.
PROPERTIES: tuple[Property, ...] = ("规范性", "完整性", "准确性", "一致性", "时效性", "可访问性")

EARLIEST = date(1900, 1, 1)  # no living person and no register kept since is older
DAYS_AHEAD = 366  # a rectification date may lie ahead; a typing error lies further
SMALL = 20  # below this many rows a percentage says nothing: one bad row of three is not a broken export
FEW = 5  # nor are three of twenty-five: a clerk's slips don't stop a register, what is broken has more
DATE_LIMIT = 1.0
CATEGORY_LIMIT = 1.0
MONTH_LIMIT = 5.0  # arrears are paid for other months
MISSING_ID_LIMIT = 50.0
INVALID_ID_LIMIT = 5.0
# A lawful number ends 000 in 1 of 1,100 (sequence ..00, check digit 0); a spreadsheet that keeps 15 digits, always.
TRUNCATED_LIMIT = 10.0


class Rule(NamedTuple):
    """One rule. `limit` is the percentage of failures still accepted, None when the rule only measures.

    `bad` is a SQL predicate, true for what fails, over the rows or the mentions (`over`); empty for rules computed from
    counts. `among` restricts what is counted at all. A percentage is judged when there are at least `least` cases and
    `few` failures.
    """

    name: str
    severity: Severity
    limit: float | None
    text: str
    reason: str = ""
    field: str = ""
    over: Literal["rows", "mentions", "batch"] = "batch"
    bad: str = ""
    among: str = ""
    least: int = 1
    few: int = 1


def rules(contract: Contract, period: date) -> tuple[Rule, ...]:
    """Every rule of `contract` for the month that begins on `period`, each name once.

    Names, severities and limits are the same for every period; only the predicates know the date.
    """
    found = (*_batch(contract), *_fields(contract, period), *_checks(contract), *_mentions(contract))
    return tuple({rule.name: rule for rule in found}.values())


def quoted(name: str) -> str:
    """`name` as a SQL identifier, safe when a field is called like a keyword."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """`text` as a SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def bounds(period: date) -> tuple[date, date]:
    """The first and the last date a field of the month that begins on `period` may reasonably hold."""
    return EARLIEST, period + timedelta(days=31 + DAYS_AHEAD)


def property_of(rule: str) -> str:
    """The property (of PROPERTIES) that a stored rule name speaks for; empty for the others."""
    return _PROPERTY.get(rule.partition(":")[0], "")


_PROPERTY: dict[str, Property] = {
    "line_balance": "完整性",
    "rows_floor": "完整性",
    "rows_set_aside": "规范性",
    "key_unique": "一致性",
    "same_bytes": "时效性",
    "columns_unknown": "规范性",
    "required": "完整性",
    "date_range": "准确性",
    "category": "规范性",
    "month": "一致性",
    "check": "一致性",
    "id_missing": "完整性",
    "id_invalid": "准确性",
    "id_truncated": "准确性",
}


def _batch(contract: Contract) -> Iterator[Rule]:
    most = contract.rows.max_bad_percent
    key = contract.key
    yield Rule("line_balance", "stop", 0.0, "行数核对应平衡", reason="line_balance")
    # Before the floor: where rows are too few because they are bad, that is what the department has to mend.
    bad = Rule("bad_rows", "stop", most, "不合格行的比例应在约定上限以内", "too_many_bad_rows", least=SMALL, few=FEW)
    yield bad
    yield Rule("rows_floor", "stop", 0.0, "行数不应少于约定下限", reason="too_few_rows")
    if contract.rows.ceiling is not None:
        yield Rule("rows_ceiling", "warn", 0.0, "行数不应超过约定上限")
    yield Rule("rows_set_aside", "warn", 0.0, "各行均应合格，不合格行不入库")
    yield Rule("key_unique", "warn", 0.0, "主键编号不应重复", field=key)
    yield bad._replace(name="key_unique_most", text="主键编号不应大量重复", field=key)
    if contract.delivery.mode == "snapshot":
        gone = contract.rows.max_deleted_percent
        text = "与上期相比不应有大量记录消失"
        yield Rule("deleted", "stop", gone, text, "too_many_deleted", least=SMALL, few=FEW)
    yield Rule("same_bytes", "warn", 0.0, "本期文件不应与另一期的文件完全相同")
    yield Rule("columns_unknown", "warn", 0.0, "文件不应有约定以外的列（多出的列未予接收，如确需报送请联系登记）")
    yield Rule("columns_refused", "info", None, "按规定不得接收的列（已丢弃）")


def _fields(contract: Contract, period: date) -> Iterator[Rule]:
    for column in contract.fields:
        name = quoted(column.name)
        empty = f"{name} is null"
        if column.required and column.name != contract.key:
            text = f"必填项“{column.label}”不应为空"
            # Conform sets rows with an empty required field aside; a name may be a placeholder (不详), or be missing
            # where a number says who it is. Many such rows are an export that lost the column.
            named = column.kind == "person_name"
            rule = Rule(f"required:{column.name}", "warn" if named else "stop", 0.0, text, field=column.name,
                        over="rows", bad=empty)  # fmt: skip
            yield rule
            if named:
                most = rule._replace(name=f"required_most:{column.name}", severity="stop", least=SMALL, few=FEW)
                text = f"必填项“{column.label}”为空的行不应超过约定的不合格比例上限"
                yield most._replace(limit=contract.rows.max_bad_percent, text=text, reason="too_many_bad_rows")
        elif column.name != contract.key:
            text = f"“{column.label}”宜填写"
            yield Rule(f"present:{column.name}", "info", None, text, field=column.name, over="rows", bad=empty)
        yield from _values(contract, column, period)


def _values(contract: Contract, column: Column, period: date) -> Iterator[Rule]:
    name = quoted(column.name)
    if KINDS[column.kind].arrow in ("date32", "timestamp"):
        first, last = bounds(period)
        bad = f"cast({name} as date) not between date '{first}' and date '{last}'"
        text = f"“{column.label}”应在合理的日期范围内"
        yield Rule(f"date_range:{column.name}", "warn", DATE_LIMIT, text, field=column.name, over="rows", bad=bad)
    if column.kind == "month" and contract.delivery.mode == "snapshot":
        text = f"“{column.label}”应为报送月份"
        bad = f"{name} <> date '{period}'"
        yield Rule(f"month:{column.name}", "warn", MONTH_LIMIT, text, field=column.name, over="rows", bad=bad)
    if column.kind == "category" and column.values:
        known = ", ".join(literal(v) for v in sorted(set(column.values.values())))
        text = f"“{column.label}”的取值应在约定的代码内"
        bad = f"{name} not in ({known})"
        yield Rule(f"category:{column.name}", "warn", CATEGORY_LIMIT, text, field=column.name, over="rows", bad=bad)


def _checks(contract: Contract) -> Iterator[Rule]:
    for check in contract.checks:
        # The line break ends a comment the predicate may close with.
        bad = f"not coalesce(({check.good}\n), true)"
        yield Rule(f"check:{check.name}", check.severity, check.max_bad_percent, check.text, over="rows", bad=bad)


def _mentions(contract: Contract) -> Iterator[Rule]:
    for role, is_role in _numbered(contract):
        given = f"{is_role} and id_status <> 'missing'"
        for kind, limit, among, text in (
            ("missing", MISSING_ID_LIMIT, is_role, "证件号码不应大量为空"),
            ("invalid", INVALID_ID_LIMIT, given, "证件号码不应大量校验不通过"),
            ("masked", None, given, "证件号码宜完整（未被遮掩）"),
        ):
            severity: Severity = "info" if limit is None else "warn"
            who = text if role == "person" else f"{role}的{text}"
            bad = f"id_status = '{kind}'"
            rule = Rule(f"id_{kind}:{role}", severity, limit, who, over="mentions", least=SMALL)
            yield rule._replace(bad=bad, among=among)
    if any(True for _ in _numbered(contract)):
        yield Rule(
            "id_truncated",
            "stop",
            TRUNCATED_LIMIT,
            "证件号码不应整列末三位为 000，也不应以数值存储（表格软件截断）",
            reason="id_truncated_column",
            over="mentions",
            bad="id_number like '%000'",
            among="length(id_number) = 18",
            least=SMALL,
        )


def _numbered(contract: Contract) -> Iterator[tuple[str, str]]:
    """(role as people read it, SQL predicate) of every person mention that carries an ID number."""
    for mention in contract.mentions:
        if mention.id_number:
            yield mention.role, f"role = {literal(mention.role)}"
    for group in contract.groups:
        if any(f.name == "id_number" for f in group.fields):
            head, _, tail = group.role.partition("{n}")
            like = f"starts_with(role, {literal(head)}) and ends_with(role, {literal(tail)})"
            yield head + tail, f"({like})"
