"""Numbers that check: identity numbers (GB 11643), credit codes (GB 32100, GB 11714), bank cards (Luhn)."""

from datetime import date
from random import Random

CHECKS = "10X98765432"
CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
PREFIXES = ("135", "138", "139", "150", "152", "159", "177", "182", "187", "188", "191", "198")


def id_number(region: str, born: date, order: int) -> str:
    """18 characters; an odd `order` is a man's."""
    head = f"{region}{born:%Y%m%d}{order:03d}"
    return head + CHECKS[sum(int(d) * pow(2, 17 - i, 11) for i, d in enumerate(head)) % 11]


def credit_code(region: str, serial: int) -> str:
    """18 characters whose outer check and organisation code's check both fit; distinct for distinct serials."""
    body = f"{serial * 7919 % 10**8:08d}"
    rest = 11 - sum(int(d) * w for d, w in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
    head = f"91{region}{body}{'0123456789X0'[rest]}"
    total = sum(pow(3, i, 31) * CREDIT.index(c) for i, c in enumerate(head))
    return head + CREDIT[-total % 31]


def bank_card(random: Random) -> str:
    """19 digits of a bank that isn't."""
    digits = [6, 2, 1, 7, *(random.randrange(10) for _ in range(14))]
    doubled = (d if i % 2 else d * 2 - 9 * (d > 4) for i, d in enumerate(reversed(digits)))
    return "".join(map(str, digits)) + str(-sum(doubled) % 10)


def mobile(random: Random) -> str:
    """A mobile number nobody answers."""
    return random.choice(PREFIXES) + f"{random.randrange(10**8):08d}"
