"""The same organisation across registers: by its credit code, else by its name where that name is one code's alone."""

import re

import pyarrow as pa

# What a name may or may not carry: brackets, spaces, and the words of its legal form (Company Law 2023, article 7).
_FORM = re.compile(
    r"(股份有限公司|有限责任公司|集团有限公司|有限公司|责任公司|公司|合伙企业|（有限合伙）|\(有限合伙\)|个体工商户)$"
)
_NOISE = re.compile(r"[\s()（）\[\]【】“”\"'·.,，。-]+")


def core_name(name: str | None) -> str | None:
    """A name without brackets, spaces and legal form; None when nothing is left."""
    if not name:
        return None
    bare = _NOISE.sub("", name)
    return _FORM.sub("", bare) or bare or None


def link_organisations(mentions: pa.Table) -> pa.Table:
    """Group mentions of organisations: feed, record_key, role, cluster int64, score, method (code, name or alone).

    mentions: feed, record_key, role, name, credit_code. A mention without a code goes to the one code its core name is
    known with; names of several codes are nobody's, and form clusters of their own.
    """
    codes = mentions["credit_code"].to_pylist()
    names = [core_name(n) for n in mentions["name"].to_pylist()]
    holders: dict[str, set[str]] = {}
    for code, name in zip(codes, names, strict=True):
        if code and name:
            holders.setdefault(name, set()).add(code)
    labels: dict[tuple[str, str], int] = {}
    cluster, method = [], []
    for row, (code, name) in enumerate(zip(codes, names, strict=True)):
        known = holders.get(name or "", set())
        if code or len(known) == 1:
            label, how = ("code", code or next(iter(known))), "code" if code else "name"
        elif name:
            label, how = ("name", name), "name"
        else:
            label, how = ("alone", str(row)), "alone"
        cluster.append(labels.setdefault(label, len(labels)))
        method.append(how)
    table = mentions.select(["feed", "record_key", "role"])
    table = table.append_column("cluster", pa.array(cluster, pa.int64()))
    table = table.append_column("score", pa.array([1.0 if m == "code" else 0.95 for m in method], pa.float64()))
    return table.append_column("method", pa.array(method, pa.string()))
