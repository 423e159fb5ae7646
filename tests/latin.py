"""Made-up people of Latin names with slips of the pen, few enough to link in a test."""

import random

import pyarrow as pa

SYLLABLES = ["an", "ber", "ton", "wil", "har", "ley", "mor", "ris", "ford", "ham", "gra", "dun", "mac", "ed", "ward",
             "ker", "ross", "by", "win", "ches", "lan", "pen", "tre", "vel", "ash"]  # fmt: skip
KINDS = {"given": "given_name", "surname": "surname", "born": "birth_date", "town": "place", "number": "number"}

Made = tuple[pa.Table, list[int]]


def people(many: int, copies: int, seed: int) -> Made:
    """`copies` records each of `many` people in sources a, b, ...; the second list says whose each record is."""
    rng = random.Random(seed)
    word = lambda: "".join(rng.choices(SYLLABLES, k=rng.randint(2, 3)))  # noqa: E731
    towns, names = [word() for _ in range(12)], [word() for _ in range(60)]
    rows, whose = [], []
    for person in range(many):
        born = f"{rng.randint(1930, 2005)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
        true = [rng.choice(names), word(), born, rng.choice(towns), f"{rng.randint(0, 9_999_999):07d}"]
        for copy in range(copies):
            seen: list[str | None] = [_slip(rng, v) if rng.random() < 0.12 else v for v in true]
            seen = [None if rng.random() < 0.08 else v for v in seen]
            rows.append(["abcdefgh"[copy], f"{person * 31 % many}-{copy}", *seen])
            whose.append(person)
    order = rng.sample(range(len(rows)), len(rows))
    columns = zip(*(rows[i] for i in order), strict=True)
    names_of = ["source", "record_key", *KINDS]
    table = pa.table({n: pa.array(c, pa.string()) for n, c in zip(names_of, columns, strict=True)})
    return table, [whose[i] for i in order]


def _slip(rng: random.Random, text: str) -> str:
    at = rng.randrange(len(text))
    return text[:at] + rng.choice("abcdefg" if text[at].isalpha() else "0123456789") + text[at + 1 :]
