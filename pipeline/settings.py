"""Where things are: the only code that reads the environment. Everything below gets what it needs as arguments."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from contracts.errors import Stop

ROOT = Path(__file__).resolve().parent.parent
MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class Settings:
    """One installation.

    `data` holds everything Huilian writes; `inbox` is what departments drop into; `warehouse` is the URL of a city's
    PostgreSQL, or None for the private server under `data`; `api` is the base URL of REST interfaces; `overrides`
    holds feed-specific keys (HUILIAN_SOURCE_<FEED>, HUILIAN_TOKEN_<FEED>). `kill_at` names a step boundary at which the
    process is to die (HUILIAN_KILL_AT): for tests of recovery.
    """

    data: Path
    inbox: Path
    warehouse: str | None = None
    role_password: str | None = None
    pg_bin: Path | None = None
    api: str = ""
    api_token: str = ""
    settle_seconds: float = 0.0
    overrides: Mapping[str, str] = field(default_factory=dict)
    kill_at: str = ""

    @classmethod
    def from_env(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Settings from HUILIAN_* variables. Raises Stop for one that can't be understood."""
        env = os.environ if environment is None else environment
        try:
            settle_seconds = float(env.get("HUILIAN_SETTLE_SECONDS", "0"))
        except ValueError:
            raise Stop("HUILIAN_SETTLE_SECONDS", "not a number of seconds", "set it to 0 or more") from None
        pg_bin = env.get("HUILIAN_PG_BIN")
        return cls(
            data=Path(env.get("HUILIAN_DATA", "data")).resolve(),
            inbox=Path(env.get("HUILIAN_INBOX", str(ROOT / "examples" / "county"))).resolve(),
            warehouse=env.get("HUILIAN_WAREHOUSE") or None,
            role_password=env.get("HUILIAN_ROLE_PASSWORD") or None,
            pg_bin=Path(pg_bin) if pg_bin else None,
            api=env.get("HUILIAN_API", "").rstrip("/"),
            api_token=env.get("HUILIAN_API_TOKEN", ""),
            settle_seconds=settle_seconds,
            overrides={k: v for k, v in env.items() if k.startswith(("HUILIAN_SOURCE_", "HUILIAN_TOKEN_"))},
            kill_at=env.get("HUILIAN_KILL_AT", ""),
        )

    def to_env(self) -> dict[str, str]:
        """The variables that make `from_env` give these settings again, for a child process."""
        optional = {
            "HUILIAN_WAREHOUSE": self.warehouse,
            "HUILIAN_ROLE_PASSWORD": self.role_password,
            "HUILIAN_PG_BIN": str(self.pg_bin) if self.pg_bin else None,
            "HUILIAN_API": self.api,
            "HUILIAN_API_TOKEN": self.api_token,
        }
        return {
            "HUILIAN_DATA": str(self.data),
            "HUILIAN_INBOX": str(self.inbox),
            "HUILIAN_SETTLE_SECONDS": str(self.settle_seconds),
            **{k: v for k, v in optional.items() if v},
            **self.overrides,
        }

    def token(self, feed: str) -> str:
        """The bearer token for one feed's interface."""
        return self.overrides.get(f"HUILIAN_TOKEN_{feed.upper()}", self.api_token)

    def source_url(self, feed: str, template: str, month: str) -> str:
        """The address of a database or interface: HUILIAN_SOURCE_<FEED> if set, else the contract's template.

        Raises Stop when the template needs the base URL of the interfaces and none is set.
        """
        text = self.overrides.get(f"HUILIAN_SOURCE_{feed.upper()}", template)
        if "{api}" in text and not self.api:
            raise Stop(feed, "the address of its interface isn't known", "set HUILIAN_API to the base URL, run again")
        return text.format(inbox=self.inbox, api=self.api, month=month)

    @property
    def landing(self) -> Path:
        """Deliveries as sent, by feed."""
        return self.data / "landing"

    @property
    def lake(self) -> Path:
        """Parquet of every stage, by feed and delivery."""
        return self.data / "lake"

    @property
    def outbox(self) -> Path:
        """Receipts, by department."""
        return self.data / "outbox"

    @property
    def reports(self) -> Path:
        """HTML reports, one a run."""
        return self.data / "reports"

    def months(self) -> list[str]:
        """The months that have a folder in the inbox, in order. Raises Stop when there is no inbox."""
        if not self.inbox.is_dir():
            raise Stop("HUILIAN_INBOX", "no such folder", "set it to the folder departments drop into")
        return sorted(p.name for p in self.inbox.iterdir() if p.is_dir() and MONTH.fullmatch(p.name))


def checked_month(month: str) -> str:
    """`month` itself when it reads like 2026-10. Raises Stop otherwise."""
    if not MONTH.fullmatch(month):
        raise Stop("month", "not a month", "write it as 2026-10")
    return month
