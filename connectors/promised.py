"""Which feed a file is of, told by its name: the promised one, or what clerks make of it.

Promised is ``<department folder>/<file name>`` with the month in it. For the same is taken what differs in the width or
case of characters and in spaces, what writes the month another way (2026-10, 202610, 2026年10月), and, where columns
have names, another kind of table: a workbook where text was agreed. A name that is just as promised goes first, and
what may be two things is neither, nor are two that may be one, in one folder or in two.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from contracts.model import TABULAR, Contract

TABLES = r"\.(csv|txt|tsv|psv|xls|xlsx|xlsm|et|ods|dbf|html?)"
_KIND = re.compile(r"\\\.[a-z0-9]+$")
_MONTH = r"\\\{(?:month|yyyymm)\\\}"
ANY_MONTH = r"\d{4}[-._年]?\d{1,2}(?:月份?)?"


class Promised(NamedTuple):
    """What is awaited in one month. `exact`: names (NFC) as promised; `alike`: what is taken for them, folded.

    `any_month` are the folded names of whatever month, `not_ours` those of files that are no delivery.
    """

    exact: dict[str, Contract]
    alike: tuple[tuple[re.Pattern[str], Contract], ...]
    any_month: re.Pattern[str]
    not_ours: frozenset[str]

    def sorted_out(self, files: Mapping[Path, str], archived: Iterable[str]) -> dict[Path, Contract]:
        """The contract of each of the `files` (department/name by where it lies) that is a feed's. What was `archived`
        goes first too: who sends the same month again calls it as promised."""
        found = [(place, self.exact[path]) for place, path in files.items() if path in self.exact]
        exact = {place for place, _ in found}
        there = {contract.feed for _, contract in found} | {self.exact[p].feed for p in archived if p in self.exact}
        found += [
            (place, contract)
            for place, path in files.items()
            for form, contract in self.alike
            if place not in exact and contract.feed not in there and form.fullmatch(folded(path))
        ]
        named, fed = Counter(place for place, _ in found), Counter(contract.feed for _, contract in found)
        return {place: c for place, c in found if named[place] == 1 and fed[c.feed] == 1}

    def of_another_month(self, path: str) -> bool:
        """Whether a file (department/name) without a contract belongs to another month, as its name says."""
        return bool(self.any_month.fullmatch(folded(path))) and not self.meant(path)

    def meant(self, path: str) -> list[str]:
        """The promised names that a file (department/name) may be taken for."""
        feeds = {contract.feed for form, contract in self.alike if form.fullmatch(folded(path))}
        return sorted(name.partition("/")[2] for name, contract in self.exact.items() if contract.feed in feeds)


def promised(month: str, contracts: Iterable[Contract]) -> Promised:
    """What `contracts` promise for `month` ("2026-10")."""
    year, number = month.split("-")
    this = rf"{year}(?:[-._年]?{number}|[-._年]{int(number)})(?:月份?)?"
    exact, alike, any_month, not_ours = {}, [], [], set()
    for contract in contracts:
        not_ours |= {_filled(name, month) for name in contract.delivery.not_ours}
        if contract.delivery.drop:
            exact[_filled(contract.delivery.drop, month)] = contract
            form = _form(contract)
            alike.append((re.compile(re.sub(_MONTH, lambda _: this, form)), contract))
            any_month.append(re.sub(_MONTH, lambda _: ANY_MONTH, form))
    return Promised(exact, tuple(alike), re.compile("|".join(any_month) or r"(?!)"), frozenset(not_ours))


def awaited(month: str, department: str, contracts: Iterable[Contract]) -> list[str]:
    """The names of the files that `contracts` promise for `month` in a department's folder."""
    drops = (_filled(c.delivery.drop, month).partition("/") for c in contracts if c.delivery.drop)
    return sorted(name for folder, _, name in drops if folded(folder) == folded(department))


def folded(name: str) -> str:
    """A name without what clerks and systems change in it: width, case, spaces."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _form(contract: Contract) -> str:
    """A pattern of a contract's folded names, the month left open."""
    form = re.escape(folded(contract.delivery.drop or ""))
    return _KIND.sub(lambda _: TABLES, form) if contract.source.format in TABULAR else form


def _filled(drop: str, month: str) -> str:
    name = unicodedata.normalize("NFC", drop)
    return name.replace("{month}", month).replace("{yyyymm}", month.replace("-", ""))
