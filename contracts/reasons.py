"""Every reason a file, a row or a cell can be objected to: one code, one sentence a clerk understands, what to do.

The codes are what Parquet, the database and logs carry; receipts and reports look the Chinese sentence up here.
"""

from typing import NamedTuple


class Reason(NamedTuple):
    """`scope` is file, row or cell; `text` and `remedy` are shown to the department in Chinese."""

    scope: str
    text: str
    remedy: str


REASONS: dict[str, Reason] = {
    # whole files
    "unreadable": Reason("file", "文件无法读取（格式损坏或与约定格式不符）", "请重新导出后再次报送"),
    "empty_file": Reason("file", "文件为空（0 字节）", "请确认导出是否成功，重新报送"),
    "truncated": Reason("file", "文件不完整，疑似传输中断", "请在传输完成后重新报送整个文件"),
    "encoding": Reason("file", "文件编码无法识别（既非 UTF-8 也非 GB18030）", "请以约定编码重新导出"),
    "missing_columns": Reason("file", "缺少约定的列", "请按接口说明补齐列后重新报送"),
    "unknown_feed": Reason(
        "file", "文件名与任何约定的数据项都不符", "请核对文件名和投放目录，或联系数据管理部门登记新数据项"
    ),
    "duplicate_columns": Reason("file", "表头有重复的列名", "请删除重复列后重新报送"),
    "secret_mark": Reason(
        "file", "文件带有密级标志，按规定不予接收", "涉密文件请勿投放；如系误标，请由保密员确认后重新报送"
    ),
    "still_writing": Reason("file", "文件仍在写入，本次未接收", "无需处理，写入完成后系统自动接收"),
    "too_few_rows": Reason("file", "行数明显偏少", "请核对导出条件；如确实减少，请联系数据管理部门调整约定"),
    "too_many_deleted": Reason(
        "file", "与上期相比消失的记录过多，疑似导出不完整", "请核对导出范围；如属实，请书面说明后重新报送"
    ),
    "too_many_bad_rows": Reason("file", "不合格行的比例超过约定上限", "请按行号更正后重新报送"),
    "line_balance": Reason("file", "行数核对不平衡", "请重新导出；多见于引号未闭合"),
    "id_truncated_column": Reason(
        "file",
        "证件号码整列疑似被表格软件截断（末三位为 000，或以数值、科学计数法存储）",
        "请将证件号码列设为文本格式后重新导出",
    ),
    "too_large": Reason("file", "文件超出允许的大小或解析资源", "请分批导出，或联系数据管理部门"),
    # rows
    "field_count": Reason("row", "该行的列数与表头不一致", "请检查该行是否多出或缺少分隔符"),
    "bad_bytes": Reason("row", "该行含有无法解码的字符", "请重新录入该行"),
    "bad_json": Reason("row", "该行不是有效的 JSON", "请重新导出该行"),
    "short_record": Reason("row", "该行长度不足（定长格式）", "请检查该行是否被截断"),
    "unclosed_quote": Reason("row", "该行引号未闭合", "请检查该行引号"),
    "key_missing": Reason("row", "缺少主键编号", "请补录编号"),
    "required_missing": Reason("row", "必填项为空", "请补录必填项"),
    "required_invalid": Reason("row", "必填项的值无法识别", "请更正该项"),
    "rule_failed": Reason("row", "不符合业务规则", "请核对该行各项之间的关系"),
    "key_repeated": Reason("row", "同一编号重复出现，保留最后一行", "请核对重复编号"),
    # cells
    "too_long": Reason("cell", "内容过长，疑似引号或分隔符错位", "请核对该单元格的内容"),
    "date_invalid": Reason("cell", "日期无法识别或不存在", "请更正日期"),
    "date_future": Reason("cell", "日期晚于报送期", "请更正日期"),
    "number_invalid": Reason("cell", "数值无法识别", "请更正数值"),
    "code_unknown": Reason("cell", "代码不在约定的取值范围内", "请按代码表更正"),
    "sex_unknown": Reason("cell", "性别取值无法识别", "请更正性别"),
    "id_missing": Reason("cell", "证件号码为空或为占位值", "请补录证件号码"),
    "id_masked": Reason("cell", "证件号码被遮掩", "请提供完整号码，或确认仅能提供遮掩号码"),
    "id_check_digit": Reason("cell", "证件号码校验位不符", "请核对证件号码"),
    "id_birth": Reason("cell", "证件号码中的出生日期不存在", "请核对证件号码"),
    "id_area": Reason("cell", "证件号码中的行政区划不存在", "请核对证件号码"),
    "id_length": Reason("cell", "证件号码位数不对", "请核对证件号码"),
    "id_numeric_cell": Reason("cell", "证件号码以数值存储，末位已丢失", "请将该列设为文本后重新导出"),
    "name_missing": Reason("cell", "姓名为空或为占位值", "请补录姓名"),
    "name_unusual": Reason("cell", "姓名含有异常字符", "请核对姓名"),
    "phone_invalid": Reason("cell", "电话号码无法识别", "请核对电话号码"),
    "glyph_unknown": Reason("cell", "含有自造字，系统无法识别", "请提供该字的标准写法"),
    "credit_code_invalid": Reason("cell", "统一社会信用代码校验不通过", "请核对信用代码"),
}
