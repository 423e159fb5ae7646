"""Cross-checks: one question a file in rules/, put to the registers in SQL. They find leads, never verdicts."""

from transforms.crosscheck.rules import PERIOD, Rule, compile, load, load_all

__all__ = ["PERIOD", "Rule", "compile", "load", "load_all"]
