"""Sessions that began inside the page of an LMS.

Such a session has a cookie that a browser keeps inside another site's frame, and keeps apart for each site it is framed
in (CHIPS). Its pages may be shown by the places that the LMS named when the launch was believed, and by nobody else;
every other session may be framed by nobody.
"""

from collections.abc import Sequence
from typing import Any

from flask import Flask, Request, Response, g, session
from flask.sessions import SecureCookieSessionInterface

FRAMES = "frames"
ANYWHERE = "*"
_MOST = 8


class Sessions(SecureCookieSessionInterface):
    """The signed cookie, of the kind that its session needs."""

    def get_cookie_samesite(self, app: Flask) -> str | None:
        """None inside a frame."""
        return "None" if framed() else super().get_cookie_samesite(app)

    def get_cookie_secure(self, app: Flask) -> bool:
        """What is meant for frames must be secure."""
        return True if framed() else super().get_cookie_secure(app)

    def get_cookie_partitioned(self, app: Flask) -> bool:  # noqa: ARG002
        """Apart for each site that frames it."""
        return framed()


def framed() -> bool:
    """Whether the session began inside a frame."""
    return bool(session.get(FRAMES))


def in_frame(request: Request) -> bool:
    """Whether the answer to this request stands inside a frame, as far as the browser says."""
    return request.headers.get("Sec-Fetch-Dest", "document") in ("iframe", "frame", "embed", "object")


def begin(frames: Sequence[str]) -> None:
    """Empty the session for a new one that these may show in a frame. Where the one before had a cookie of the other
    kind, that goes: a browser that frames a page of the same site would send both, and the older could win."""
    if session and framed() != bool(frames):
        g.other_cookie = framed()
    session.clear()
    if frames:
        session[FRAMES] = list(frames)[:_MOST]


def ancestors() -> str:
    """Who may show this page in a frame, as the Content-Security-Policy says it."""
    chosen: str = g.get("frame_ancestors", "")
    return chosen or " ".join(session.get(FRAMES) or ["'none'"])


def forget_other(app: Flask, answer: Response) -> None:
    """Remove the cookie of the kind that the new session has not."""
    if (partitioned := g.get("other_cookie")) is None:
        return
    more: dict[str, Any] = {"secure": True, "samesite": "None", "partitioned": True} if partitioned else {}
    answer.delete_cookie(app.config["SESSION_COOKIE_NAME"], path="/", httponly=True, **more)
