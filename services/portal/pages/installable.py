"""What makes the portal installable: manifest, service worker, offline page."""

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, render_template, url_for
from flask_babel import gettext as _

from services.portal import frame, i18n

pages = Blueprint("installable", __name__)


@pages.get("/manifest.webmanifest")
def manifest() -> Any:
    """The web app manifest."""
    answer = jsonify(
        {
            "name": "Bangkom",
            "short_name": "Bangkom",
            "description": _("Pengembangan kompetensi ASN"),
            "lang": i18n.language(),
            "id": "/",
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": "#f5f4ef",
            "theme_color": "#0b5b60",
            "icons": [
                {"src": url_for("static", filename="icon.svg"), "sizes": "any", "type": "image/svg+xml"},
                {
                    "src": url_for("static", filename="icon-maskable.svg"),
                    "sizes": "any",
                    "type": "image/svg+xml",
                    "purpose": "maskable",
                },
            ],
        }
    )
    answer.content_type = "application/manifest+json"
    return answer


@pages.get("/sw.js")
def worker() -> Any:
    """The service worker: pages from the network, the offline page when there is none; nobody's page is ever kept."""
    files = [url_for("installable.offline"), url_for("static", filename="icon.svg")]
    files += [frame.asset(name) for name in ("portal.css", "htmx.js", "app.js")]
    text = render_template(
        "sw.js", files=files, version="-".join(sorted(current_app.extensions["portal_assets"].values()))
    )
    return Response(text, content_type="text/javascript; charset=utf-8", headers={"Cache-Control": "no-cache"})


@pages.get("/offline")
def offline() -> Any:
    """What is shown without a network. It names nobody, so that it may be kept on the device."""
    return frame.page("pages/offline.html")
