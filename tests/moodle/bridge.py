"""A bridge for a Moodle to call: it checks signatures, keeps facts, and can be down."""

import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class Bridge:
    """Serves while its context lasts. `down` makes it answer 503; a fact whose text holds one of `unreadable` makes its
    batch a 400. `facts` has every fact by its id, `told` how often each id came."""

    key = "test.k1"
    secret = "a-secret-for-tests-0123456789"

    def __init__(self) -> None:
        self.down = False
        self.unreadable: set[str] = set()
        self.facts: dict[str, dict[str, Any]] = {}
        self.told: list[str] = []
        self._seen: set[str] = set()
        bridge = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = bridge.answer(self.path, dict(self.headers), body)
                said = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *words: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/prefix"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        """Status and JSON, as the words between a Moodle and the bridge have it."""
        path = path.removeprefix("/prefix")
        if self.down:
            return 503, {}
        stamp = headers.get("X-Bangkom-Timestamp", "0")
        signed = f"POST\n{path}\n{stamp}\n".encode() + body
        wanted = "sha256=" + hmac.new(self.secret.encode("ascii"), signed, hashlib.sha256).hexdigest()
        given = headers.get("X-Bangkom-Signature", "")
        if headers.get("X-Bangkom-Key") != self.key or not hmac.compare_digest(wanted, given):
            return 401, {"code": "lms.bad_signature"}
        if abs(time.time() - float(stamp)) > 300:
            return 401, {"code": "lms.late", "time": "2026-01-01T00:00:00Z"}
        if given in self._seen:
            return 409, {"code": "lms.replayed"}
        self._seen.add(given)
        return self._facts(json.loads(body)) if path == "/facts" else (404, {})

    def _facts(self, facts: list[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
        if any(words in json.dumps(fact, ensure_ascii=False) for fact in facts for words in self.unreadable):
            return 400, {"code": "request.malformed"}
        items = []
        for fact in facts:
            outcome = "duplicate" if fact["id"] in self.facts else "accepted"
            self.facts[fact["id"]] = fact
            self.told.append(fact["id"])
            items.append({"id": fact["id"], "outcome": outcome, "code": ""})
        return 200, {"items": items}
