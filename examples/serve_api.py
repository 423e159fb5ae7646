#!/usr/bin/env python3
"""A stand-in for the REST interfaces of three departments, for the demo and the tests. Standard library only.

    python examples/serve_api.py --root examples/county --port 8765 --token secret --flaky 5

GET /<month>/<name>?page=N with ``Authorization: Bearer <token>`` answers one page of <root>/<month>/*/<name>.json:
200 {"code": 0, "page", "pages", "total", "items"}; 401 without the token; 404 for a name that is not there; with
--flaky K every K-th answer is a 429 (with Retry-After) or a 503, as busy departmental systems do. Port 0 takes a free
one; --port-file says which. With --until-eof it ends when its standard input closes, that is with whoever started it.
"""

import argparse
import itertools
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse


def page_of(root: Path, path: str, page: int) -> dict[str, Any] | None:
    """The answer for ``/<month>/<name>`` and a page number from 1, or None when there is no such interface."""
    parts = path.strip("/").split("/")
    if len(parts) != 2 or any(p in {"", ".", ".."} for p in parts):
        return None
    month, name = parts
    found = sorted((root / month).glob(f"*/{name}.json"))
    if len(found) != 1:
        return None
    document = json.loads(found[0].read_text(encoding="utf-8"))
    size, items = document["page_size"], document["items"]
    pages = max(1, -(-len(items) // size))
    return {
        "code": 0,
        "page": page,
        "pages": pages,
        "total": len(items),
        "items": items[(page - 1) * size : page * size],
    }


def handler(root: Path, token: str, flaky: int) -> type[BaseHTTPRequestHandler]:
    """A request handler class bound to one folder, one token and one rate of trouble."""
    count = itertools.count(1)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            number, url = next(count), urlparse(self.path)
            if self.headers.get("Authorization") != f"Bearer {token}":
                return self.answer(401, {"code": 401, "message": "token missing or wrong"})
            if flaky and number % flaky == 0:
                return self.answer(429 if number % (2 * flaky) else 503, {"code": -1, "message": "busy"})
            body = page_of(root, url.path, int(parse_qs(url.query).get("page", ["1"])[0]))
            return self.answer(200, body) if body else self.answer(404, {"code": 404, "message": "no such interface"})

        def answer(self, status: int, document: dict[str, Any]) -> None:
            body = json.dumps(document, ensure_ascii=False).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            if status == 429:
                self.send_header("Retry-After", "1")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: requests of a demo are not worth a line each."""

    return Handler


def end_with_input(server: ThreadingHTTPServer) -> None:
    """Stop serving once standard input ends."""
    sys.stdin.read()
    server.shutdown()


def main() -> None:
    """Serve until killed, on the loopback address only."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=Path(__file__).parent / "county")
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--port-file", type=Path)
    parser.add_argument("--token", default="secret")
    parser.add_argument("--flaky", type=int, default=0)
    parser.add_argument("--until-eof", action="store_true")
    args = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", args.port), handler(args.root, args.token, args.flaky))
    if args.port_file:
        partial = args.port_file.with_suffix(".part")
        partial.write_text(str(server.server_port), encoding="ascii")
        partial.replace(args.port_file)
    print(f"serving {args.root} on http://127.0.0.1:{server.server_port}", flush=True)
    if args.until_eof:
        threading.Thread(target=end_with_input, args=(server,), daemon=True).start()
    server.serve_forever()


if __name__ == "__main__":
    main()
