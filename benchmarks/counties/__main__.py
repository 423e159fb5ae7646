"""Write an invented county: its deliveries and the truth.

    python -m benchmarks.counties --out DIR --people 3000 --seed 7 --dirt 2.0 [--months 2026-09,2026-10]

Then `make demo DROPS=DIR/drops DATA=...` and `make score TRUTH=DIR/truth DATA=...`.
"""

import argparse
from collections import Counter
from datetime import date
from pathlib import Path

from benchmarks.counties.build import Dirt, build


def main(words: list[str] | None = None) -> int:
    """Entry point; see the module's head."""
    parser = argparse.ArgumentParser(description="Write an invented county: its deliveries and the truth.")
    parser.add_argument("--out", type=Path, required=True, help="folder for drops/ and truth/")
    parser.add_argument("--people", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--dirt", type=float, default=1.0, help="how bad the data is; 1.0 is usual")
    parser.add_argument("--traps", action="store_true", help="the traps of real registers as well")
    parser.add_argument("--months", default="2026-09,2026-10", help="in order, separated by commas")
    given = parser.parse_args(words)
    months = [date.fromisoformat(f"{month}-01") for month in given.months.split(",")]
    built = build(given.out, given.people, given.seed, Dirt(given.dirt, given.traps), months)
    for (month, feed), rows in built.written.items():
        print(f"{month:%Y-%m}  {feed:20} {len(rows):6} rows, {sum(e.broken for e, _ in rows)} unusable")
    kinds = Counter((f.kind, f.month) for f in built.findings)
    for (kind, month), count in sorted(kinds.items()):
        print(f"{month:%Y-%m}  {kind:38} {count:4}")
    print(f"{len(built.county.people)} people in {given.out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
