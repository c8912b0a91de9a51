"""Registration: by one link, once, in one's own name, and never as a way to call something inside."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select, update

from services.bridge.store.launch_tables import NOTE, PLATFORM
from tests.plugins.lti.conftest import Place, code_of
from tests.plugins.lti.peer import TOKEN
from tests.plugins.lti.test_launch import entered
from tests.services.bridge.untouched import untouched

LINK_MADE = ("site", "lti_note")
INSIDE = [
    "http://127.0.0.1:1/configuration",
    "http://169.254.169.254/latest/meta-data",
    "https://169.254.169.254/latest",
    "https://10.0.0.1/x",
    "https://[::1]/x",
    "https://localhost/x",
    "https://0x7f000001/x",
    "http://lms.example/configuration",
    "https://user:secret@lms.example/x",
    "file:///etc/passwd",
    "gopher://lms.example/",
    "https://",
    "x",
]


@pytest.mark.parametrize("address", INSIDE)
def test_registration_calls_nothing_inside_and_nothing_unprotected(
    place: Place, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.delenv("BANGKOM_PRIVATE_HOSTS")
    with untouched(place.town, *LINK_MADE):
        answer = _register(place, configuration=address)
    assert (answer.status_code, code_of(answer)) == (422, "lti.not_registered")
    assert _platforms(place) == 0


@pytest.mark.parametrize("name", ["registration_endpoint", "authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize(
    "address", ["http://169.254.169.254/x", "http://lms.example/x", "ftp://127.0.0.1/x", "", "https://["]
)
def test_no_address_that_a_platform_names_leads_inside(place: Place, name: str, address: str) -> None:
    place.peer.configuration = {name: address}
    with untouched(place.town, *LINK_MADE):
        assert code_of(_register(place)) == "lti.not_registered"
    assert (place.peer.registered, _platforms(place)) == ({}, 0)


@pytest.mark.parametrize(
    "configuration",
    [
        {"issuer": "https://lms.another.go.id"},
        {"issuer": ""},
        {"https://purl.imsglobal.org/spec/lti-platform-configuration": None, "registration_endpoint": None},
    ],
    ids=["of another", "none", "no platform"],
)
def test_a_platform_registers_only_in_its_own_name(place: Place, configuration: Mapping[str, Any]) -> None:
    place.peer.configuration = dict(configuration)
    assert code_of(_register(place)) == "lti.not_registered"
    assert _platforms(place) == 0


def test_a_registration_link_is_good_once_and_for_a_day(place: Place, capfd: pytest.CaptureFixture[str]) -> None:
    path = urlsplit(place.link()).path
    client, data = place.app.test_client(), {"configuration": f"{place.peer.url}/configuration", "token": TOKEN}
    assert client.post(path, data=data).status_code == 200
    assert code_of(client.post(path, data=data)) == "lti.bad_link"
    assert client.get(path).status_code == 410
    assert _platforms(place) == 1
    failed = urlsplit(place.link()).path
    assert client.post(failed, data={**data, "token": "wrong"}).status_code == 422
    assert code_of(client.post(failed, data=data)) == "lti.bad_link"
    late = urlsplit(place.link()).path
    with place.town.unit("bridge") as unit:
        unit.db.execute(update(NOTE).values(expires_at=datetime.now(UTC)))
    assert code_of(client.post(late, data=data)) == "lti.bad_link"
    assert code_of(client.post("/lti/register/made-up", data=data)) == "lti.bad_link"
    assert path.rpartition("/")[2] not in "".join(capfd.readouterr())


def test_looking_at_a_registration_link_does_not_use_it_up(place: Place) -> None:
    path = urlsplit(place.link()).path
    client = place.app.test_client()
    for _ in range(3):
        assert client.get(path, query_string={"openid_configuration": "https://x.example/"}).status_code == 200
    data = {"configuration": f"{place.peer.url}/configuration", "token": TOKEN}
    assert client.post(path, data=data).status_code == 200


def test_one_site_does_not_take_over_the_registration_of_another(place: Place) -> None:
    place.register()
    assert place.command("add", "lain", "--plugin", "null").exit_code == 0
    ran = place.command("lti-link", "lain")
    data = {"configuration": f"{place.peer.url}/configuration", "token": TOKEN}
    answer = place.app.test_client().post(urlsplit(ran.output.split()[0]).path, data=data)
    assert (answer.status_code, code_of(answer)) == (422, "lti.not_registered")
    client = place.app.test_client()
    place.launch(client)
    assert entered(client).id == str(place.person)


def _register(place: Place, configuration: str = "") -> Any:
    data = {"configuration": configuration or f"{place.peer.url}/configuration", "token": TOKEN}
    return place.app.test_client().post(urlsplit(place.link()).path, data=data)


def _platforms(place: Place) -> int:
    with place.town.unit("bridge") as unit:
        return unit.db.scalar(select(func.count()).select_from(PLATFORM)) or 0
