"""/docs: a page to read and try a service's routes, from its own /openapi.json and two small files of ours."""

from pathlib import Path
from typing import Any

from flask import Flask, Response, request, send_from_directory

_FILES = Path(__file__).with_name("static")
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'"
)


def install(app: Flask) -> None:
    """Add the page and its files."""

    @app.get("/docs")
    def docs() -> Response:
        page = (_FILES / "try.html").read_text(encoding="utf-8")
        answer = Response(
            page.replace("{root}", _escaped(request.script_root)), content_type="text/html; charset=utf-8"
        )
        answer.headers["Content-Security-Policy"] = _CSP
        return answer

    @app.get("/docs/<any('try.js', 'try.css'):name>")
    def docs_file(name: str) -> Any:
        return send_from_directory(_FILES, name)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
