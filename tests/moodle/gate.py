"""A gate between the bridge and a Moodle: open, shut, or losing what Moodle answers after it did the work."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs

import requests

from tests.ports import free_port


class Gate:
    """Forwards POSTs to `upstream` while its context lasts. Shut, it hangs up before anything is passed on. `lose`
    names functions whose next answer is thrown away after the work was done; `lost` has those for which that
    happened. `passing`, where set, is called once with the next call of a named function just before its answer
    goes back."""

    def __init__(self, upstream: str) -> None:
        self.open = True
        self.turned_away = 0
        self.lose: set[str] = set()
        self.lost: list[str] = []
        self.passed: list[str] = []
        self.passing: dict[str, Callable[[], None]] = {}
        gate = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                name = parse_qs(body.decode()).get("wsfunction", [""])[0].removeprefix("local_bangkom_")
                if not gate.open:
                    gate.turned_away += 1
                    self.close_connection = True
                    return
                # Requests names the upstream as host: a Moodle asked by another name leads elsewhere.
                kept = ("Authorization", "Content-Type", "Accept")
                headers = {word: self.headers[word] for word in kept if self.headers[word]}
                answer = requests.post(
                    upstream + self.path, data=body, headers=headers, timeout=120, allow_redirects=False
                )
                gate.passed.append(name)
                if name in gate.passing:
                    gate.passing.pop(name)()
                if name in gate.lose:
                    gate.lose.discard(name)
                    gate.lost.append(name)
                    self.close_connection = True
                    return
                try:
                    self.send_response(answer.status_code)
                    self.send_header("Content-Type", answer.headers.get("Content-Type", "text/plain"))
                    self.send_header("Content-Length", str(len(answer.content)))
                    self.end_headers()
                    self.wfile.write(answer.content)
                except OSError:
                    self.close_connection = True  # Who asked is gone.

            def log_message(self, *words: object) -> None:
                pass

        port = free_port()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), Door)
        self.url = f"http://127.0.0.1:{port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
