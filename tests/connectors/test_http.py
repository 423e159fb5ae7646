"""REST interfaces as they behave in the field: busy, broken, slow, hostile."""

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlparse

import pytest

from connectors import http, readers
from connectors.http import Patience
from contracts.errors import HuilianError, Quarantine, Retry, Stop
from contracts.model import Contract

Feed = Callable[..., Contract]
QUICK = Patience(tries=4, first_wait=0.01, longest_wait=0.05, timeout=60, page_time=60, page_bytes=100_000)
ITEMS = [{"编号": str(n), "姓名": "张三", "次数": 10**20 + n, "备注": None} for n in range(5)]


class Answer(NamedTuple):
    status: int
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()


class Interface:
    """A department's interface that plays a script of answers first, then pages of ITEMS."""

    def __init__(self) -> None:
        self.script: list[Answer] = []
        self.asked: list[str] = []
        interface = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # noqa: N802
                interface.asked.append(self.path)
                answer = interface.answer(self.path, self.headers.get("Authorization", ""))
                body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
                self.send_response(answer.status)
                for name, value in (*answer.headers, ("Content-Length", str(len(body)))):
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/2026-10/shijian"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))

    def answer(self, path: str, authorization: str) -> Answer:
        if self.script:
            return self.script.pop(0)
        if authorization != "Bearer made-up":
            return Answer(401, {"code": 401})
        page = int(parse_qs(urlparse(path).query)["page"][0])
        return Answer(200, {"code": 0, "page": page, "pages": 3, "items": ITEMS[(page - 1) * 2 : page * 2]})


@pytest.fixture
def interface() -> Iterator[Interface]:
    interface = Interface()
    interface.thread.start()
    yield interface
    interface.server.shutdown()
    interface.server.server_close()
    interface.thread.join()


@pytest.fixture
def events(feed: Feed) -> Contract:
    columns = [
        {"name": "no", "source": "编号", "kind": "code", "required": True},
        {"name": "name", "source": "姓名", "kind": "person_name"},
    ]
    return feed({"format": "rest", "url": "{api}/x"}, *columns, delivery={"may_be_empty": True})


def test_all_pages_land_verbatim_in_order(interface: Interface, events: Contract, tmp_path: Path) -> None:
    landed = http.fetch(events, interface.url, "made-up", tmp_path, QUICK)
    assert [json.loads(line) for line in landed.path.read_bytes().splitlines()] == ITEMS
    assert landed.path.read_text(encoding="utf-8").startswith('{"编号": "0", "姓名": "张三"')
    assert landed.path.name == f"{landed.sha256}-mouju_renyuan.jsonl"
    got = readers.read(landed.path, events)
    assert (got.lines, got.unknown) == (5, ("次数", "备注"))


@pytest.mark.parametrize(
    "busy",
    [
        Answer(429, {}, (("Retry-After", "0"),)),
        Answer(429, {}, (("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT"),)),
        Answer(429, {}, (("Retry-After", "soon"),)),
        Answer(503, {}),
        Answer(500, b"<html>"),
        Answer(200, b"cut", (("Content-Length", "10"),)),
    ],
)
def test_a_busy_interface_is_asked_again_for_the_same_page(
    interface: Interface, events: Contract, tmp_path: Path, busy: Answer
) -> None:
    interface.script = [busy, busy]
    landed = http.fetch(events, interface.url, "made-up", tmp_path, QUICK)
    assert len(landed.path.read_bytes().splitlines()) == 5
    assert [parse_qs(urlparse(p).query)["page"] for p in interface.asked] == [["1"], ["1"], ["1"], ["2"], ["3"]]


def test_patience_ends(interface: Interface, events: Contract, tmp_path: Path) -> None:
    interface.script = [Answer(503, {})] * 9
    with pytest.raises(Retry, match="status 503"):
        http.fetch(events, interface.url, "made-up", tmp_path, QUICK)
    assert len(interface.asked) == QUICK.tries
    assert list(tmp_path.iterdir()) == []


def test_nobody_listening_is_worth_another_try(events: Contract, tmp_path: Path) -> None:
    with pytest.raises(Retry, match="ConnectError"):
        http.fetch(events, "http://127.0.0.1:9/x", "made-up", tmp_path, QUICK._replace(tries=2))


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        (Answer(401, {}), Stop, "token isn't accepted"),
        (Answer(403, {}), Stop, "token isn't accepted"),
        (Answer(404, {}), Stop, "no such interface"),
        (Answer(302, {}, (("Location", "http://169.254.169.254/latest"),)), Stop, "redirected"),
        (Answer(200, b"<html>login</html>"), Quarantine, "isn't JSON"),
        (Answer(200, b"[" * 50_000), Quarantine, "isn't JSON"),
        (Answer(200, {"code": 500, "message": "张三"}), Quarantine, "no list 'items'"),
        (Answer(200, {"items": [], "pages": "many"}), Quarantine, "no number 'pages'"),
        (Answer(200, {"items": [], "pages": 10**9}), Quarantine, "no number 'pages'"),
        (Answer(200, b" " * 200_000), Quarantine, "more than 100000 bytes"),
        (Answer(200, gzip.compress(b" " * 9_000_000), (("Content-Encoding", "gzip"),)), Quarantine, "more than"),
        (Answer(200, b"no gzip", (("Content-Encoding", "gzip"),)), Quarantine, "DecodingError"),
    ],
)
def test_an_answer_that_asking_again_does_not_mend(
    interface: Interface, events: Contract, tmp_path: Path, answer: Answer, kind: type[HuilianError], says: str
) -> None:
    interface.script = [answer]
    with pytest.raises(kind, match=says) as caught:
        http.fetch(events, interface.url, "made-up", tmp_path, QUICK)
    assert len(interface.asked) == 1
    assert not any(word in str(caught.value) for word in ("made-up", "张三", interface.url))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("token", ["hunter2\n", "hunter 2", "口令hunter2"])
def test_a_token_no_header_may_hold_is_refused_without_being_told(events: Contract, tmp_path: Path, token: str) -> None:
    with pytest.raises(Stop) as caught:
        http.fetch(events, "http://127.0.0.1:9/x", token, tmp_path, QUICK)
    assert "hunter" not in str(caught.value)


def test_nothing_new_is_a_delivery_of_no_rows(interface: Interface, events: Contract, tmp_path: Path) -> None:
    interface.script = [Answer(200, {"items": [], "pages": 0})]
    landed = http.fetch(events, interface.url, "made-up", tmp_path, QUICK)
    assert landed.bytes == 0
    assert readers.read(landed.path, events).lines == 0


def test_nested_names_of_items_and_pages(interface: Interface, feed: Feed, tmp_path: Path) -> None:
    source = {"format": "rest", "url": "{api}/x", "items": "data/list", "pages": "data/pages"}
    interface.script = [Answer(200, {"data": {"list": [{"编号": 1.5}, {"编号": "\ud800"}], "pages": 1}})]
    landed = http.fetch(feed(source), interface.url, "made-up", tmp_path, QUICK)
    assert landed.path.read_text(encoding="utf-8") == '{"编号": 1.5}\n{"\\u7f16\\u53f7": "\\ud800"}\n'
