"""The three questions that the command line asks of every service."""

import json
from typing import Any

from sqlalchemy import Engine, func, insert, select, update

from shared.ids import new_id
from tests.shared.web.conftest import METADATA, Caller

OUTBOX, INBOX, DEAD = (METADATA.tables[name] for name in ("outbox", "inbox", "dead_letter"))


def facts(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200
    return [json.loads(line) for line in answer.text.splitlines()]


def said(database: Engine, **more: Any) -> Any:
    event_id = new_id()
    row = {"event_id": event_id, "type": "bangkom.x.y.v1", "key": "k", "items": 1, "data": b"{}", **more}
    with database.begin() as connection:
        connection.execute(insert(OUTBOX).values(row))
    return event_id


def test_the_audit_is_for_auditors(office: Caller, stranger: Caller) -> None:
    assert office.get("/internal/audit").json["code"] == "auth.forbidden"
    assert stranger.get("/internal/audit").json["code"] == "auth.unauthenticated"


def test_the_audit_has_the_services_facts_and_those_of_every_service(auditor: Caller, database: Engine) -> None:
    sent = said(database, sent_at=func.now())
    said(database)
    heard = new_id()
    with database.begin() as connection:
        connection.execute(insert(INBOX).values(event_id=heard))
        connection.execute(insert(DEAD).values(letter_id="dead-1", type="t", headers={}, data=b""))
    told = facts(auditor.get("/internal/audit"))
    assert {"fact": "notes", "count": 0} in told
    (sent_fact,) = [fact for fact in told if fact["fact"] == "sent"]
    assert (sent_fact["event_id"], sent_fact["type"], sent_fact["service"]) == (str(sent), "bangkom.x.y.v1", "sample")
    assert {"fact": "claimed", "event_id": str(heard), "service": "sample"} in told
    (outbox,) = [fact for fact in told if fact["fact"] == "outbox"]
    assert (outbox["unsent"], outbox["parked"]) == (1, 0)
    assert {"fact": "dead", "event_id": "dead-1", "service": "sample"} in told
    assert told[-1] == {"fact": "end", "service": "sample", "lines": len(told) - 1}


def test_what_was_sent_long_ago_is_no_longer_asked_about(auditor: Caller, database: Engine) -> None:
    said(database, sent_at=func.now() - func.make_interval(0, 0, 0, 8))
    assert not [fact for fact in facts(auditor.get("/internal/audit")) if fact["fact"] == "sent"]


def test_explain_tells_what_happened(auditor: Caller, office: Caller) -> None:
    assert auditor.get(f"/internal/explain/{new_id()}").json["items"][0]["what"] == {"id": "Dibuat", "en": "Made"}
    assert office.get(f"/internal/explain/{new_id()}").json["code"] == "auth.forbidden"
    assert auditor.get("/internal/explain/nonsense").json["code"] == "request.not_found"


def test_say_again_is_for_operators_and_goes_to_the_service(operator: Caller, auditor: Caller) -> None:
    body = {"kind": "seat", "ids": [str(new_id()), str(new_id())]}
    assert operator.post("/internal/say-again", body).json == {"said": 2}
    assert auditor.post("/internal/say-again", body).json["code"] == "auth.forbidden"


def test_an_event_said_again_goes_back_to_the_relay(operator: Caller, database: Engine) -> None:
    sent = said(database, sent_at=func.now())
    with database.begin() as connection:
        connection.execute(update(OUTBOX).values(attempts=20, parked_at=func.now()))
    assert operator.post("/internal/say-again", {"kind": "event", "ids": [str(sent), str(new_id())]}).json == {
        "said": 1
    }
    with database.connect() as connection:
        row = connection.execute(select(OUTBOX.c.sent_at, OUTBOX.c.parked_at, OUTBOX.c.attempts)).one()
    assert tuple(row) == (None, None, 0)


def test_too_many_ids_at_once_are_refused(operator: Caller) -> None:
    body = {"kind": "seat", "ids": [str(new_id()) for _ in range(501)]}
    assert operator.post("/internal/say-again", body).json["code"] == "request.invalid"
