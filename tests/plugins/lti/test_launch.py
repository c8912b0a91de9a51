"""Opening Bangkom from an LMS: who enters and as what, the roster, the grade, the link into a course."""

import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from services.portal.identity import person_of
from shared import clock
from shared.auth import LEARNER, TRAINER
from shared.events.enrolment import CompletedSeat, PeopleChanged, SeatsCompleted, Segment
from shared.ids import new_id
from tests.plugins.lti.conftest import Place, code_of
from tests.plugins.lti.peer import INSTRUCTOR, TOKEN, User
from tests.services.bridge.given import batch_opened, nip_of, people
from tests.services.portal import answers


def entered(client: Any) -> Any:
    """Who is signed in at the portal in this browser."""
    with client.session_transaction() as session:
        return person_of(session["token"], "") if "token" in session else None


def complete(place: Place, programme: UUID, batch: UUID | None = None) -> SeatsCompleted:
    """The person completes a programme in a batch of the site's course; answers what was said."""
    batch = batch or new_id()
    seat = CompletedSeat(
        seat_id=new_id(),
        attempt=1,
        person_id=place.person,
        presence_percent=100,
        segment=Segment(grade_band="III", agency_id=place.agency, unit="Sekretariat"),
    )
    said = SeatsCompleted(
        batch_id=batch, programme_id=programme, version=1, line_id=new_id(), jp=20, at=clock.now(), seats=(seat,)
    )
    place.town.hear("bridge", batch_opened(batch, programme))
    place.town.hear("bridge", said)
    return said


def test_a_person_whom_the_lms_names_by_nip_enters_as_a_learner(place: Place) -> None:
    place.register()
    client = place.app.test_client()
    answer = place.launch(client)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    who = entered(client)
    assert who.id == str(place.person)
    assert who.principal.roles == {str(place.agency): frozenset({LEARNER})}
    assert who.name == "Pegawai 1"


def test_the_link_decides_which_page_is_opened(place: Place) -> None:
    place.register()
    for target, path in {
        "record": "/me",
        "tasks": "/",
        f"programme:{answers.PROGRAMME}": f"/programmes/{answers.PROGRAMME}",
        "surveys": f"/s/{answers.LINK}",
        "//evil.example": "/",
        "programme:x": "/",
    }.items():
        place.peer.custom = {"bangkom": target}
        assert place.launch(place.app.test_client()).headers["Location"] == path


def test_whoever_teaches_there_is_a_trainer_only_where_the_operator_allowed_it(place: Place) -> None:
    place.peer.users["u1"].roles = [INSTRUCTOR]
    for options, roles in (((), {LEARNER}), (("--trainers",), {LEARNER, TRAINER})):
        place.register(*options) if not options else _again(place, *options)
        client = place.app.test_client()
        place.launch(client)
        assert entered(client).principal.roles == {str(place.agency): frozenset(roles)}


def test_somebody_whom_bangkom_does_not_know_is_told_so_in_two_languages_and_nobody_is_made(place: Place) -> None:
    place.register()
    place.peer.users["u1"].nip = "199912312020121999"
    client = place.app.test_client()
    answer = place.launch(client)
    assert (answer.status_code, code_of(answer)) == (404, "lti.unknown_person")
    assert "LMS tidak memberi NIP" in answer.text
    assert "The LMS gives no NIP" in answer.text
    assert entered(client) is None


def test_an_email_counts_only_where_the_operator_allowed_it_and_never_against_a_nip(place: Place) -> None:
    place.register()
    place.peer.users["u1"].nip = ""
    assert code_of(place.launch(place.app.test_client())) == "lti.unknown_person"
    _again(place, "--email")
    client = place.app.test_client()
    place.launch(client)
    assert entered(client).id == str(place.person)
    place.peer.users["u1"].nip = "199912312020121999"
    assert code_of(place.launch(place.app.test_client())) == "lti.unknown_person"


def test_a_nip_in_a_link_counts_only_where_the_operator_said_so(place: Place) -> None:
    place.register()
    place.peer.users["u1"].nip = ""
    place.peer.custom = {"nip": nip_of(1)}
    assert code_of(place.launch(place.app.test_client())) == "lti.unknown_person"
    _again(place, "--custom-nip")
    client = place.app.test_client()
    place.launch(client)
    assert entered(client).id == str(place.person)


def test_people_of_other_agencies_and_people_who_left_do_not_enter(place: Place) -> None:
    place.register()
    other = people(new_id(), agency=new_id(), start=5)
    place.town.hear("bridge", other)
    place.peer.users["u5"] = User(nip_of(5), "Lain", "")
    assert code_of(place.launch(place.app.test_client(), "u5")) == "lti.unknown_person"
    told = people(place.person, agency=place.agency, rev=2).people[0]
    place.town.hear("bridge", PeopleChanged(agency_id=place.agency, people=(replace(told, standing="left"),)))
    assert code_of(place.launch(place.app.test_client())) == "lti.unknown_person"


def test_a_new_key_of_the_lms_is_read_once_and_then_believed(place: Place) -> None:
    place.register()
    place.launch(place.app.test_client())
    place.launch(place.app.test_client())
    assert place.peer.keys_read == 1


def test_a_grade_goes_to_the_gradebook_when_the_programme_is_completed(place: Place) -> None:
    place.register()
    programme = new_id()
    place.peer.custom = {"bangkom": f"programme:{programme}"}
    place.launch(place.app.test_client())
    complete(place, new_id())
    place.town.run()
    assert place.peer.grades == []
    place.town.hear("bridge", complete(place, programme))
    place.town.run()
    (grade,) = place.peer.grades
    assert (grade["userId"], grade["scoreGiven"], grade["scoreMaximum"]) == ("u1", 100, 100)
    assert (grade["activityProgress"], grade["gradingProgress"]) == ("Completed", "FullyGraded")
    assert grade["query"] == "type=lti"


def test_a_grade_goes_also_where_the_programme_was_completed_before_the_launch(place: Place) -> None:
    place.register()
    programme = new_id()
    complete(place, programme)
    place.peer.custom = {"bangkom": f"programme:{programme}"}
    place.launch(place.app.test_client())
    place.launch(place.app.test_client())
    place.town.run()
    assert len(place.peer.grades) == 1


def test_a_link_without_a_programme_is_graded_by_the_batch_of_its_course(place: Place) -> None:
    place.register()
    place.launch(place.app.test_client())
    complete(place, new_id())
    place.town.run()
    assert len(place.peer.grades) == 1


def test_a_platform_that_is_down_gets_the_grade_later(place: Place) -> None:
    place.register()
    programme = new_id()
    place.peer.custom = {"bangkom": f"programme:{programme}"}
    place.launch(place.app.test_client())
    place.peer.down = True
    complete(place, programme)
    place.town.run()
    assert place.peer.grades == []
    place.peer.down = False
    place.town.run()
    assert len(place.peer.grades) == 1


def test_the_roster_is_counted_page_by_page(place: Place) -> None:
    place.register()
    place.peer.users |= {f"u{n}": User("" if n == 4 else nip_of(n), f"Pegawai {n}", "") for n in range(2, 6)}
    place.launch(place.app.test_client())
    ran = place.command("lti-roster", "kota", "MW-1", "--json")
    assert ran.exit_code == 0, ran.output
    found = json.loads(ran.output)
    assert found == {"active": 5, "inactive": 0, "teaching": 0, "without_nip": 1, "known": 2}
    assert place.command("lti-roster", "kota", "NONE").exit_code == 1


def test_somebody_who_teaches_links_a_programme_into_a_course(place: Place) -> None:
    place.register()
    place.peer.users["u1"].roles = [INSTRUCTOR]
    client = place.app.test_client()
    answer = place.launch(client, kind="deep", frame=True)
    assert answer.headers["Location"] == "/lti/choose"
    page = client.get("/lti/choose")
    assert f"frame-ancestors {place.peer.url}" in page.headers["Content-Security-Policy"]
    word = re.findall(r'name="csrf_token" value="([^"]+)"', page.text)[-1]
    back = client.post("/lti/choose", data={"target": f"programme:{answers.PROGRAMME}", "csrf_token": word})
    assert f"form-action 'self' {place.peer.url}" in back.headers["Content-Security-Policy"]
    message = re.findall(r'name="JWT" value="([^"]+)"', back.text)[0]
    sent = place.peer.app().test_client().post("/returned", data={"JWT": message})
    assert sent.status_code == 200, sent.text
    (item,) = place.peer.items
    assert item["custom"] == {"bangkom": f"programme:{answers.PROGRAMME}"}
    assert (item["title"], item["lineItem"]["scoreMaximum"]) == ("Manajemen Waktu", 100)
    assert item["url"] == f"{place.portal}/lti/launch"
    again = client.post("/lti/choose", data={"target": "record", "csrf_token": word})
    assert again.status_code == 400


def test_the_tool_says_what_it_needs_and_no_more(place: Place) -> None:
    place.register()
    said = place.peer.registered
    assert said["scope"].split() == [
        "https://purl.imsglobal.org/spec/lti-ags/scope/score",
        "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
    ]
    assert said["redirect_uris"] == [f"{place.portal}/lti/launch"]
    assert said["jwks_uri"] == f"{place.portal}/lti/jwks.json"
    listed = place.command("lti-list", "kota", "--json")
    assert [one["client_id"] for one in json.loads(listed.output)["items"]] == ["tool-1"]


def _again(place: Place, *options: str) -> None:
    """Register anew with other options."""
    path = urlsplit(place.link(*options)).path
    data = {"configuration": f"{place.peer.url}/configuration", "token": TOKEN}
    assert place.app.test_client().post(path, data=data).status_code == 200
