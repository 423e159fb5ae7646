"""The page on contracts: their keys, the kinds of fields, refused words and reasons."""

from pydantic import BaseModel

from contracts import model
from contracts.kinds import FORBIDDEN, KINDS
from contracts.reasons import REASONS
from pipeline.reference.markdown import NOTE, keys, page, prose, table

MODELS: tuple[type[BaseModel], ...] = (
    model.Contract,
    model.Delivery,
    model.Csv,
    model.Workbook,
    model.Dbf,
    model.FixedWidth,
    model.Xml,
    model.JsonLines,
    model.Database,
    model.Rest,
    model.Column,
    model.Group,
    model.Mention,
    model.Kin,
    model.Rows,
    model.Check,
)
SCOPES = {"file": "Whole files", "row": "Rows", "cell": "Cells of rows that are kept"}


def contract_page() -> str:
    """Keys of a contract, kinds of fields, refused words and reasons."""
    out = [
        "# Contract reference",
        NOTE,
        "A contract is one YAML file in `contracts/feeds/`. Any other key is an error.",
    ]
    for each in MODELS:
        out += [f"## {each.__name__}", prose(each.__doc__), keys(each)]
    out += [
        "## Kinds",
        "A field's kind carries its type, how sensitive it is, whether it says who somebody is (then it is stored in "
        "`identifiers`, never in `content`) and how a reader sees it.",
        table(
            ("kind", "means", "Parquet", "PostgreSQL", "sensitivity", "says who", "mask"),
            ((f"`{k}`", v.title, v.arrow, v.sql, v.sensitivity, "yes" if v.identifies else "", v.mask)
             for k, v in KINDS.items()),
        ),
        "## Refused columns",
        "A contract may name a column whose header contains one of these words under `ignore` only. Such a column is "
        "dropped before a value is decoded; its name and nothing else is recorded.",
        "、".join(FORBIDDEN),
        "## Reasons",
        "What receipts say. Parquet, the database and logs carry the code.",
    ]  # fmt: skip
    for scope, title in SCOPES.items():
        rows = ((f"`{k}`", r.text, r.remedy) for k, r in REASONS.items() if r.scope == scope)
        out += [f"### {title}", table(("code", "text", "what to do"), rows)]
    return page(out)
