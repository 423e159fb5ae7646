"""Organisations' names with the words of their legal form set aside, Chinese or Latin."""

from transforms.matching.organisations import core_name as chinese_core

_FORMS = frozenset(
    [
        "ltd",
        "limited",
        "llc",
        "llp",
        "lp",
        "plc",
        "inc",
        "incorporated",
        "corp",
        "corporation",
        "co",
        "company",
        "gmbh",
        "ag",
        "kg",
        "sa",
        "sas",
        "sarl",
        "srl",
        "spa",
        "bv",
        "nv",
        "oy",
        "ab",
        "as",
        "pte",
        "pty",
        "the",
        "and",
    ]
)


def core_name(name: str) -> str:
    """`name` (cleaned: words, lower case) without legal form; unchanged when nothing would be left."""
    bare = chinese_core(name) if not name.isascii() else name
    words = [w for w in (bare or name).split() if w not in _FORMS]
    return " ".join(words) or name
