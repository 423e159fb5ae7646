"""Departments' REST interfaces: all pages of JSON, politely and patiently, landed as JSON lines.

Redirects aren't followed (a token belongs to one host), proxies and .netrc of the environment aren't used, answers are
capped while they arrive, and neither token nor address enters a message.
"""

import email.utils
import json
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from connectors.landing import Landed, store
from contracts.errors import HuilianError, Quarantine, Retry, Stop
from contracts.model import Contract, Rest

PAGES = 100_000  # an interface that promises more is counting wrongly


class Patience(NamedTuple):
    """How long to keep asking. Seconds, except `tries` (of one page) and `page_bytes` (of one answer, unpacked)."""

    tries: int = 6
    first_wait: float = 0.5
    longest_wait: float = 60.0
    timeout: float = 30.0  # connecting, and between two pieces of an answer
    page_time: float = 120.0
    page_bytes: int = 64 << 20


def fetch(contract: Contract, url: str, token: str, landing: Path, patience: Patience = Patience()) -> Landed:  # noqa: B008
    """Ask for page after page (``?page=N``) until the count the first answer gives; land the items, one JSON line each.

    429 waits as long as Retry-After says, 5xx and broken connections twice as long each time, both at most
    `longest_wait`. Raises Retry when `tries` are used up, Stop for 401, 403, 404, a redirect or a token that can't be
    sent, Quarantine unreadable or too_large for an answer that isn't what the contract describes.
    """
    if not isinstance(contract.source, Rest):
        raise TypeError("a rest contract is needed")
    if not token.isascii() or not token.isprintable() or " " in token:
        # httpx would quote it while refusing it.
        raise Stop(contract.feed, "the token has characters no header may have", "set HUILIAN_TOKEN_<FEED> again")
    with httpx.Client(
        headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
        timeout=patience.timeout,
        follow_redirects=False,
        trust_env=False,
        verify=ssl.create_default_context(),
    ) as client:
        return store(_lines(client, url, contract, patience), landing, f"{contract.feed}.jsonl")


def _lines(client: httpx.Client, url: str, contract: Contract, patience: Patience) -> Iterator[bytes]:
    source = contract.source
    if not isinstance(source, Rest):
        raise TypeError("a rest contract is needed")
    page, pages = 1, 1
    while page <= pages:
        answer = _patiently(client, url, page, contract, patience)
        items, pages = _at(answer, source.items), _at(answer, source.pages)
        if not isinstance(items, list) or type(pages) is not int or pages > PAGES:
            raise _unusable(contract, f"page {page} has no list {source.items!r} or no number {source.pages!r}")
        for item in items:
            yield _line(item)
        page += 1


def _patiently(client: httpx.Client, url: str, page: int, contract: Contract, patience: Patience) -> Any:
    """One page's JSON, asked for up to `tries` times."""
    wait, what = patience.first_wait, ""
    for attempt in range(patience.tries):
        if attempt:
            time.sleep(min(wait, patience.longest_wait))
        wait = patience.first_wait * 2**attempt
        try:
            with client.stream("GET", url, params={"page": page}) as response:
                if response.status_code == 429:
                    what, wait = "too many requests (429)", max(_asked(response.headers.get("Retry-After")), wait)
                elif response.status_code >= 500:
                    what = f"status {response.status_code}"
                else:
                    _check(response, contract)
                    return _json(response, contract, patience)
        except httpx.TransportError as error:
            what = type(error).__name__
        except (httpx.InvalidURL, httpx.DecodingError) as error:
            raise _unusable(contract, f"the exchange failed ({type(error).__name__})") from None
    raise Retry(contract.feed, f"page {page}: {what}, {patience.tries} times", "run again later; nothing was landed")


def _check(response: httpx.Response, contract: Contract) -> None:
    """Raise what a status other than 200 means for the operator."""
    status = response.status_code
    if status == 200:
        return
    if status in (401, 403):
        raise Stop(
            contract.feed, f"the token isn't accepted ({status})", "renew HUILIAN_TOKEN_<FEED> or HUILIAN_API_TOKEN"
        )
    if 300 <= status < 400:
        raise Stop(
            contract.feed, f"redirected ({status}), which isn't followed", "put the final address in `source.url`"
        )
    raise Stop(contract.feed, f"no such interface ({status})", "check `source.url`, the month and HUILIAN_API")


def _json(response: httpx.Response, contract: Contract, patience: Patience) -> Any:
    """The answer's body, given up when it grows or takes beyond bounds."""
    body, until = bytearray(), time.monotonic() + patience.page_time
    for piece in response.iter_bytes():
        body += piece
        if len(body) > patience.page_bytes:
            raise Quarantine(
                contract.feed,
                f"one page has more than {patience.page_bytes} bytes",
                "ask the department for smaller pages",
                "too_large",
            )
        if time.monotonic() > until:
            raise httpx.ReadTimeout("slow")
    try:
        return json.loads(bytes(body))
    except (ValueError, RecursionError):
        raise _unusable(contract, "the answer isn't JSON") from None


def _at(answer: Any, path: str) -> Any:
    for key in path.split("/"):
        answer = answer.get(key) if isinstance(answer, dict) else None
    return answer


def _line(item: Any) -> bytes:
    try:
        return json.dumps(item, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:  # half a surrogate pair: kept escaped, as it came
        return json.dumps(item).encode() + b"\n"


def _asked(header: str | None) -> float:
    """Seconds that a Retry-After header asks for: a number or a date (RFC 9110, 10.2.3); 0 when it says nothing."""
    if header is None:
        return 0.0
    if header.strip().isdigit():
        return float(header)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(header).timestamp() - time.time())
    except ValueError:
        return 0.0


def _unusable(contract: Contract, what: str) -> HuilianError:
    return Quarantine(contract.feed, what, "ask the department whether its interface changed", "unreadable")
