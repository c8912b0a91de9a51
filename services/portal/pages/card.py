"""A person's card, for the page of an LMS: hours of this year, next session, open surveys, one next step.

Asked by the LMS's server with a token of the person it has signed in. No cookie counts here, and nothing is shown that
the person's own token does not show.
"""

from typing import Any
from urllib.parse import urljoin

from flask import Blueprint, g, jsonify, request, url_for

from services.portal import frame, i18n, identity
from services.portal.backend import Asker, Down, Json, Part, Refusal, get
from services.portal.pages.home import task_of
from shared import clock

pages = Blueprint("card", __name__)
_LONGEST_TOKEN = 16 * 1024
_NO_STEP = {"next_session", "survey", "answer"}
"""Tasks that stand on the card in a place of their own, or ask for nothing."""


@pages.get("/card.json")
def card() -> Any:
    """The card. 401 without a token that is believed, 503 where the hours can't be had; `missing` names the parts that
    could not be fetched."""
    g.language = request.accept_languages.best_match(list(i18n.LANGUAGES), i18n.FIRST)
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    person = identity.person_of(token.strip(), "") if len(token) <= _LONGEST_TOKEN else None
    if scheme.lower() != "bearer" or person is None:
        return _problem(401, "auth.unauthenticated")
    year = clock.now().astimezone(i18n.zone()).year
    asker = frame.backend().asker(person.token, i18n.language(), g.request_id)
    parts = asker.together(
        record=get("enrolment", f"/v1/people/{person.id}/record", year=year),
        enrolment=get("enrolment", "/v1/tasks"),
        surveys=get("surveys", "/v1/tasks"),
    )
    if parts["record"].error is not None:
        return _failed(parts["record"].error)
    tasks = [task_of(item) for part in (parts["enrolment"], parts["surveys"]) for item in part.items]
    session = _next_session(asker, tasks)
    asked = sorted((task for task in tasks if task.get("due")), key=lambda task: str(task["due"]))
    steps = [task for task in asked if task["kind"] not in _NO_STEP and task["url"]]
    surveys = [task for task in asked if task["kind"] == "survey" and task["url"]]
    record = parts["record"].value
    answer = jsonify(
        year=year,
        jp=record.get("jp", 0),
        target=(record.get("target") or {}).get("jp"),
        next_session=session.value or None,
        surveys=[_link(task, "title") for task in surveys],
        next_step=_link(steps[0], "text") if steps else None,
        record_url=url_for("people.me", _external=True),
        missing=sorted(name for name, part in {**parts, "session": session}.items() if not part.ok),
    )
    answer.vary.update(["Authorization", "Accept-Language"])
    return answer


def _next_session(asker: Asker, tasks: list[Json]) -> Part:
    """The next session of a seat of mine; an empty part where there is none."""
    coming = [task for task in tasks if task["kind"] == "next_session" and task.get("due")]
    if not coming:
        return Part()
    task = min(coming, key=lambda task: str(task["due"]))
    part = asker.part(get("enrolment", f"/v1/batches/{(task.get('link_to') or {}).get('id', '')}"))
    if not part.ok:
        return part
    same = [one for one in part.value.get("sessions", []) if one.get("starts_at") == task["due"]]
    place = str(same[0].get("place") or "") if same else ""
    return Part({"name": part.value.get("name", ""), "starts_at": task["due"], "place": place})


def _link(task: Json, name: str) -> Json:
    return {name: frame.said(task.get("title")), "url": urljoin(request.url_root, task["url"])}


def _failed(error: Refusal | Down) -> Any:
    if isinstance(error, Refusal) and error.status in (401, 403, 404):
        return _problem(401, "auth.unauthenticated")
    return _problem(503, "portal.unreachable")


def _problem(status: int, code: str) -> Any:
    answer = jsonify(type="about:blank", status=status, code=code)
    answer.content_type = "application/problem+json"
    answer.status_code = status
    return answer
