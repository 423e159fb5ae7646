"""What connectors found out about a file, in the words of the clerk who has to send it again."""

import re

_TABLES = {"delimited text": "分隔文本", "a workbook": "Excel 工作簿", "a dBase file": "DBF 文件"}
_SEPARATORS = {"comma": "逗号", "tab": "制表符", "semicolon": "分号", "pipe": "竖线", "full-width comma": "全角逗号"}
_DECODING = (
    *(
        (f"{came} instead of {agreed}", f"收到“{_TABLES[came]}”，约定“{_TABLES[agreed]}”，已按收到的读取")
        for came in _TABLES
        for agreed in _TABLES
    ),
    *((f"separated by {mark};", f"各列以{word}分隔（与约定不同），已按此读取;") for mark, word in _SEPARATORS.items()),
    ("utf-8-sig", "UTF-8（带 BOM）"),
    ("utf-8", "UTF-8"),
    ("utf-16", "UTF-16"),
    ("gb18030", "GB18030"),
    (r"(\d+) of (\d+) visible worksheets read", r"共 \2 个可见工作表，读取 \1 个"),
    (r" strict failed at byte (\d+)", r" 自第 \1 字节起不符"),
    (r" \(line (\d+)\)", r"（第 \1 行）"),
    (" strict ok but for a character cut by the end of the file", " 全文相符，末尾缺半个字"),
    (" strict ok with byte 0x80 read as the euro sign", " 全文相符，字节 0x80 读作欧元符号"),
    (" strict ok", " 全文相符"),
    (r" strict, (\d+) of (\d+) records undecodable", r"，\2 条记录中有 \1 条无法解码"),
    ("; ", "；"),
)
_FORMATS = {
    **_TABLES,
    "a ZIP archive": "ZIP 压缩包",
    "a ZIP archive or a workbook": "压缩包或 Excel 工作簿",
    "a RAR archive": "RAR 压缩包",
    "a 7z archive": "7z 压缩包",
    "a gzip archive": "gzip 压缩包",
    "a PDF document": "PDF 文档",
    "a document of Office": "Office 文档",
}
_REFUSALS = (
    (r"promised columns are missing: (.+?)(?:; not promised: (.+))?", "缺少的列：{0}；约定以外的列：{1}"),
    (r"columns delivered twice: (.+)", "重复的列：{0}"),
    (r"awaited in this folder: (.+)", "该目录约定接收的文件：{0}"),
    (
        r"not the only file for: (.+)",
        "约定的文件（{0}）收到不止一份，以按约定名称投放的为准；更正请以约定的文件名覆盖投放",
    ),
    (r"the file is (.+)", "文件实际是{0}，不是约定的格式"),
    (r"the workbook has a password", "工作簿设有密码，请取消密码后报送"),
    (r"not a workbook that can be opened", "文件不是 Excel 工作簿，可能只改了扩展名"),
    (r"the workbook's archive is damaged|a worksheet can't be read", "工作簿已损坏"),
    (r"the workbook unpacks to .*", "工作簿解压后过大"),
    (r"blocks of the file were never written", "文件中有未写入的空白块，传输可能没有完成"),
    (r"the list has no end", "JSON 数组没有结尾"),
    (r"the DBF header promises (\d+) records, the file holds (\d+)", "文件头记有 {0} 条记录，文件中有 {1} 条"),
    (r"the DBF header can't be read|the DBF header contradicts itself", "文件不是有效的 DBF 文件"),
    (r"a promised column is a memo, whose file isn't delivered", "约定的列是备注型，其内容不在该文件中"),
    (r"not well-formed XML near line (\d+)", "XML 在第 {0} 行附近有误"),
    (r"the XML declares a document type, which can carry entities", "XML 含有 DOCTYPE，请去掉后导出"),
)


def in_words(evidence: str) -> str:
    """What decoding found (connectors.encoding), for a clerk; a phrase nobody knows stays as it is."""
    for phrase, words in _DECODING:
        evidence = re.sub(phrase, words, evidence)
    return evidence


def why_refused(evidence: str) -> str:
    """What is wrong with a file that can't be used, for a clerk; empty where there are no words for it."""
    for phrase, words in _REFUSALS:
        if found := re.fullmatch(phrase, evidence):
            values = [_FORMATS.get(v, v.replace(", ", "、")) for v in found.groups("")]
            return words.format(*values).removesuffix("；约定以外的列：")
    said = in_words(evidence)
    return said if said != evidence and not re.search("[a-z]{3}", said) else ""
