"""The front page: what I have to do, and what became of what I said. And the one search box."""

from typing import Any

from flask import Blueprint, request, url_for

from services.portal import frame
from services.portal.backend import Json, get

pages = Blueprint("home", __name__)
_ICONS = {
    "approve": "check",
    "nominate": "people",
    "close_batch": "flag",
    "refused_batch": "money",
    "next_session": "calendar",
    "survey": "pencil",
    "finding": "search",
    "change": "book",
}
_LATE = "9999"


@pages.get("/")
def tasks() -> Any:
    """Tasks of both services by due date; answers to what was said before."""
    parts = frame.ask().together(enrolment=get("enrolment", "/v1/tasks"), surveys=get("surveys", "/v1/tasks"))
    every = [task_of(item) for part in parts.values() for item in part.items]
    told = [*parts["surveys"].value.get("answers", []), *(task for task in every if task["kind"] in _TOLD)]
    todo = sorted((task for task in every if task["kind"] not in _TOLD), key=lambda task: task.get("due") or _LATE)
    return frame.page("pages/tasks.html", tasks=todo, told=told, parts=parts)


_TOLD = {"answer", "told", "answer_published"}


def task_of(item: Json) -> Json:
    """A task with the address of the page where it is done."""
    return {**item, "kind": item.get("kind", ""), "url": _address(item), "icon": _icon(str(item.get("kind", "")))}


def _icon(kind: str) -> str:
    return _ICONS.get(kind, "tasks")


def _address(item: Json) -> str:
    path = str(item.get("path") or "")
    if path.startswith("/") and not path.startswith("//"):
        return path
    link = item.get("link_to") or {}
    page, thing = str(link.get("page", "")), str(link.get("id") or "")
    endpoints = {
        "approvals": ("approvals.index", "batch_id"),
        "batch": ("batches.show", "batch_id"),
        "batches": ("batches.show", "batch_id"),
        "nominations": ("batch_forms.nominate", "batch_id"),
        "nomination": ("batch_forms.nominate", "batch_id"),
        "attendance": ("batch_forms.attendance", "batch_id"),
        "closing": ("batch_forms.close", "batch_id"),
        "seat": ("seats.show", "seat_id"),
        "seats": ("seats.show", "seat_id"),
        "person": ("people.show", "person_id"),
        "people": ("people.show", "person_id"),
        "record": ("people.me", None),
        "programme": ("programmes.show", "programme_id"),
        "programmes": ("programmes.show", "programme_id"),
        "finding": ("findings.show", "finding_id"),
        "findings": ("findings.show", "finding_id"),
        "answer": ("answers.show", "token"),
        "answers": ("answers.show", "token"),
        "line": ("lines.show", "line_id"),
        "lines": ("lines.show", "line_id"),
    }
    if page not in endpoints:
        return ""
    endpoint, name = endpoints[page]
    if name is None:
        return url_for(endpoint)
    values: dict[str, Any] = {name: thing}
    return url_for(endpoint, **values) if thing else ""


@pages.get("/search")
def search() -> Any:
    """People, batches and programmes with the word in their name."""
    wanted = request.args.get("q", "").strip()[:100]
    parts = {}
    if len(wanted) >= 2:
        parts = frame.ask().together(
            people=get("enrolment", "/v1/people", search=wanted, limit=20),
            batches=get("enrolment", "/v1/batches", q=wanted, limit=20),
            programmes=get("content", "/v1/programmes"),
        )
    found = {name: part.items for name, part in parts.items()}
    found["programmes"] = [item for item in found.get("programmes", []) if _names(item, wanted)]
    return frame.page("pages/search.html", q=wanted, parts=parts, found=found)


def _names(item: Json, wanted: str) -> bool:
    text = " ".join(str(item.get(key) or "") for key in ("title", "code"))
    return all(word in text.casefold() for word in wanted.casefold().split())


__all__ = ["pages", "task_of"]
