"""People whom an LMS has signed in: what the bridge says of them, and what nobody can make it say."""

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, update

from services.bridge.handlers import sign_in
from services.bridge.handlers.sign_in import BLOCK_SECONDS, renew, replace_key, sweep_keys
from services.bridge.sealing import seal
from services.bridge.signed import signature
from services.bridge.store import keys as site_keys
from services.bridge.store import sites
from services.bridge.store.sign_in import SIGNING_KEY
from services.bridge.tools import signing
from services.bridge.tools.signing import TOKEN
from shared.auth import LEARNER, OPERATOR, Principal
from shared.errors import DomainError
from shared.events.enrolment import PeopleChanged
from shared.ids import new_id
from shared.tokens import MOST_OF_LMS, Issuer, Keys, Verifier
from tests.services.bridge.given import nip_of, people
from tests.town import Town, who

SECRET = "a-secret-of-the-tests-0123456789"
KEY = "kota.k1"


@pytest.fixture(autouse=True)
def _house(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BANGKOM_HOME", str(tmp_path))
    monkeypatch.setenv("BANGKOM_PUBLIC_URL", "https://portal.example/")


def site(town: Town, *agencies: UUID) -> None:
    body = {"code": "kota", "name": "LMS", "plugin": "null", "agencies": [str(one) for one in agencies]}
    assert town.client("bridge", who(OPERATOR)).post("/v1/sites", body).status_code == 201
    with town.unit("bridge") as unit:
        row = {"key_id": KEY, "site": "kota", "number": 1, "secret": seal(SECRET), "created_at": unit.now}
        site_keys.add_key(unit.db, row)


def ask(town: Town, nip: str, secret: str = SECRET, **headers: str) -> Any:
    asked = {"nip": nip, "more": 1} if nip == "extra" else {"nip": nip}
    body, stamp = json.dumps(asked).encode(), str(int(time.time()))
    signed = signature(secret, "POST", "/site/tokens", stamp, body)
    given = {"X-Bangkom-Key": KEY, "X-Bangkom-Timestamp": stamp, "X-Bangkom-Signature": f"sha256={signed}"} | headers
    return town.client("bridge").flask.post("/site/tokens", data=body, headers=given, content_type="application/json")


def verifier(town: Town, tmp_path: Path) -> Verifier:
    place = tmp_path / "lms.json"
    place.write_text(town.client("bridge").get("/jwks.json").text)
    other = Keys(str(tmp_path / "none.json"))
    lms = Issuer("urn:bangkom:lms", Keys(str(place)), MOST_OF_LMS)
    return Verifier((Issuer("https://id.example", other), lms), "bangkom")


def test_a_site_gets_a_token_that_makes_its_person_a_learner_and_no_more(town: Town, tmp_path: Path) -> None:
    person, agency = new_id(), new_id()
    site(town, agency)
    town.hear("bridge", people(person, agency=agency))
    answer = ask(town, nip_of(1))
    assert answer.status_code == 200, answer.text
    assert answer.json["portal"] == "https://portal.example"
    left = datetime.fromisoformat(answer.json["expires_at"]) - datetime.now(UTC)
    assert timedelta(seconds=BLOCK_SECONDS - 60) < left <= timedelta(seconds=BLOCK_SECONDS)
    by = verifier(town, tmp_path).principal(answer.json["token"])
    assert by == Principal(str(person), {str(agency): frozenset({LEARNER})}, lent=True)


@pytest.mark.parametrize("case", ["unknown", "another agency", "left", "empty"])
def test_anybody_else_is_unknown(town: Town, case: str) -> None:
    agency = new_id()
    site(town, agency)
    told = people(new_id(), agency=new_id() if case == "another agency" else agency)
    if case == "left":
        told = PeopleChanged(agency_id=agency, people=(replace(told.people[0], standing="left"),))
    town.hear("bridge", told)
    answer = ask(town, "199001012020121999" if case == "unknown" else " " if case == "empty" else nip_of(1))
    assert (answer.status_code, answer.json["code"]) == (404, "lms.unknown_person")


def test_a_person_who_was_merged_is_who_lives_on(town: Town, tmp_path: Path) -> None:
    old, alive, agency = new_id(), new_id(), new_id()
    site(town, agency)
    before = people(old, agency=agency).people[0]
    told = (replace(before, merged_into=alive), replace(before, person_id=alive, nip=nip_of(7)))
    town.hear("bridge", PeopleChanged(agency_id=agency, people=told))
    answers = [ask(town, nip) for nip in (nip_of(1), nip_of(7))]
    check = verifier(town, tmp_path)
    assert {check.principal(answer.json["token"]).id for answer in answers} == {str(alive)}


@pytest.mark.parametrize(
    ("secret", "headers", "code"),
    [
        ("another-secret", {}, "lms.bad_signature"),
        (SECRET, {"X-Bangkom-Key": "other.k1"}, "lms.bad_signature"),
        (SECRET, {"X-Bangkom-Signature": ""}, "lms.bad_signature"),
    ],
)
def test_without_the_sites_signature_there_is_no_token(
    town: Town, secret: str, headers: Mapping[str, str], code: str
) -> None:
    agency = new_id()
    site(town, agency)
    town.hear("bridge", people(new_id(), agency=agency))
    answer = ask(town, nip_of(1), secret, **headers)
    assert (answer.status_code, answer.json["code"]) == (401, code)


def test_a_call_that_was_overheard_gives_no_second_token(town: Town) -> None:
    agency = new_id()
    site(town, agency)
    town.hear("bridge", people(new_id(), agency=agency))
    body, stamp = json.dumps({"nip": nip_of(1)}).encode(), str(int(time.time()))
    headers = {
        "X-Bangkom-Key": KEY,
        "X-Bangkom-Timestamp": stamp,
        "X-Bangkom-Signature": f"sha256={signature(SECRET, 'POST', '/site/tokens', stamp, body)}",
    }
    flask = town.client("bridge").flask
    both = [flask.post("/site/tokens", data=body, headers=headers, content_type="application/json") for _ in range(2)]
    assert [answer.status_code for answer in both] == [200, 409]


def test_more_than_a_nip_is_refused(town: Town) -> None:
    site(town)
    assert ask(town, "extra").status_code == 422


def test_keys_are_kept_sealed_and_only_public_ones_are_shown(town: Town) -> None:
    shown = town.client("bridge").get("/jwks.json")
    assert [set(key) & {"d", "p", "q"} for key in shown.json["keys"]] == [set()]
    with town.unit("bridge") as unit:
        (row,) = unit.db.execute(SIGNING_KEY.select()).all()
    assert '"d"' not in row.secret
    assert row.kid == shown.json["keys"][0]["kid"]


def test_a_new_key_is_shown_before_it_signs_and_the_old_one_for_a_while_after(town: Town, tmp_path: Path) -> None:
    agency = new_id()
    site(town, agency)
    town.hear("bridge", people(new_id(), new_id(), agency=agency))
    first = ask(town, nip_of(1)).json["token"]
    with town.unit("bridge") as unit:
        late = datetime.now(UTC) - signing.RENEWED_AFTER - timedelta(hours=1)
        unit.db.execute(update(SIGNING_KEY).values(signs_from=late))
        assert sweep_keys(unit) >= 1
    kids = [key["kid"] for key in town.client("bridge").get("/jwks.json").json["keys"]]
    assert len(kids) == 2
    second = ask(town, nip_of(2)).json["token"]
    check = verifier(town, tmp_path)
    assert all(check.principal(one).has(LEARNER) for one in (first, second))
    with town.unit("bridge") as unit:
        renew(unit, TOKEN, at_once=True)
    assert verifier(town, tmp_path).principal(first).has(LEARNER)
    with town.unit("bridge") as unit:
        gone = datetime.now(UTC) - signing.OVERLAP - timedelta(minutes=1)
        unit.db.execute(
            update(SIGNING_KEY)
            .where(SIGNING_KEY.c.kind == TOKEN, SIGNING_KEY.c.kid.not_in(kids))
            .values(signs_from=gone)
        )
        sweep_keys(unit)
    left = {key["kid"] for key in town.client("bridge").get("/jwks.json").json["keys"]}
    assert kids[0] not in left


def test_keys_that_somebody_may_know_are_believed_no_more(town: Town, tmp_path: Path) -> None:
    agency = new_id()
    site(town, agency)
    town.hear("bridge", people(new_id(), new_id(), agency=agency))
    stolen = ask(town, nip_of(1)).json["token"]
    with town.unit("bridge") as unit:
        replace_key(unit, TOKEN)
    check = verifier(town, tmp_path)
    with pytest.raises(DomainError):
        check.principal(stolen)
    assert check.principal(ask(town, nip_of(2)).json["token"]).has(LEARNER)


def test_two_who_make_the_first_key_at_once_end_up_with_one(town: Town) -> None:
    with town.unit("bridge") as unit:
        made = renew(unit, TOKEN, at_once=True)
    assert [key["kid"] for key in town.client("bridge").get("/jwks.json").json["keys"]] == [made.kid]


def test_many_numbers_are_looked_up_in_one_query_by_the_same_rules(town: Town) -> None:
    agency = new_id()
    site(town, agency)
    living, merged, left, foreign = (new_id() for _ in range(4))
    told = people(living, merged, left, agency=agency).people
    changed = (told[0], replace(told[1], merged_into=living), replace(told[2], standing="left"))
    town.hear("bridge", PeopleChanged(agency_id=agency, people=changed))
    town.hear("bridge", people(foreign, agency=new_id(), start=4))
    nips = [nip_of(number) for number in range(1, 8)]
    asked: list[str] = []

    def note(_db: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    with town.unit("bridge") as unit:
        row = sites.site(unit.db, "kota")
        assert row is not None
        one_by_one = {nip for nip in nips if sign_in.person_at(unit, row, nip=nip) is not None}
        event.listen(unit.db, "before_cursor_execute", note)
        assert sign_in.known_at(unit, row, nips) == one_by_one == {nip_of(1), nip_of(2)}
    assert sum("person" in statement for statement in asked) == 1
