"""A bridge and a portal of ours, and an LMS that is not, each behind a real address of its own."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from services.bridge.app import SERVICE
from services.portal import build
from services.portal.app import create_portal
from services.portal.backend import Reply
from services.portal.settings import SERVICES, Settings
from shared.ids import new_id
from tests.plugins.lti.peer import TOKEN, Peer, User
from tests.services.bridge.given import nip_of, people
from tests.services.bridge.untouched import rows
from tests.services.portal.fake import FakeIssuer, served
from tests.services.portal.fake import Town as Backends
from tests.town import Town


@dataclass
class Place:
    """Everything of one test: `person` has the account `u1` at the LMS, `portal` is our address there."""

    town: Town
    peer: Peer
    backends: Backends
    app: Flask
    portal: str
    agency: UUID = field(default_factory=new_id)
    person: UUID = field(default_factory=new_id)
    before: dict[str, list[str]] = field(default_factory=dict)

    def command(self, *words: str) -> Any:
        commands = SERVICE.commands
        assert commands is not None
        return CliRunner().invoke(commands, ["lms", *words])

    def link(self, *options: str) -> str:
        """A registration link for the site `kota`."""
        ran = self.command("lti-link", "kota", *options)
        assert ran.exit_code == 0, ran.output
        return str(ran.output.split()[0])

    def register(self, *options: str) -> None:
        """Register the LMS as its administrator would."""
        client = self.app.test_client()
        path = urlsplit(self.link("--agency", str(self.agency), *options)).path
        page = client.get(path, query_string={"openid_configuration": f"{self.peer.url}/configuration"})
        assert "127.0.0.1" in page.text
        sent = {"configuration": f"{self.peer.url}/configuration", "token": TOKEN}
        answer = client.post(path, data=sent)
        assert answer.status_code == 200, answer.text
        self.before = self.rows()

    def rows(self) -> dict[str, list[str]]:
        """Every row of the bridge that an attack must leave as it was; logins begin and keys are read all the same."""
        return rows(self.town, "lti_note", "lti_platform.jwks", "lti_platform.jwks_at", "signing_key")

    def begin(self, client: FlaskClient, user: str = "u1", kind: str = "resource") -> str:
        """Open the link as a browser does; answers where the LMS is asked."""
        began = client.get(inside(self.peer.start(user, kind)))
        assert began.status_code == 303, began.text
        gone = client.get(began.headers["Location"])
        assert gone.status_code == 302, gone.text
        return str(gone.headers["Location"])

    def launch(self, client: FlaskClient, user: str = "u1", kind: str = "resource", frame: bool = False) -> Any:
        """A whole launch; answers what the portal said at its end."""
        made = self.peer.answer(query_of(self.begin(client, user, kind)))
        return self.present(client, made, frame)

    def present(self, client: FlaskClient, made: dict[str, Any], frame: bool = False) -> Any:
        """Bring the LMS's answer to the portal."""
        data = {name: made[name] for name in ("state", "id_token")}
        return client.post("/lti/launch", data=data, headers={"Sec-Fetch-Dest": "iframe" if frame else "document"})


def inside(address: str) -> str:
    """An address without its host."""
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


def query_of(address: str) -> dict[str, str]:
    """The query of an address."""
    return dict(parse_qsl(urlsplit(address).query, keep_blank_values=True))


def code_of(answer: Any) -> str:
    """The code word on a page that says no; empty where nothing was said."""
    found = re.search(r"Kode: ([a-z]+\.[a-z_]+)", answer.text)
    return found.group(1) if found else ""


@pytest.fixture
def place(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setenv("BANGKOM_HOME", str(tmp_path))
    monkeypatch.setenv("BANGKOM_PRIVATE_HOSTS", "127.0.0.1")
    url = town.engines["bridge"].url.render_as_string(hide_password=False)
    monkeypatch.setenv("BANGKOM_BRIDGE_DATABASE_URL", url)
    build.build()
    backends, bridge = Backends(), town.client("bridge").flask.application

    def carry(method: str, url: str, **more: Any) -> Reply:
        parts = urlsplit(url)
        if parts.path.split("/")[1] != "bridge":
            return backends.transport(method, url, **more)
        answer = bridge.test_client().open(
            parts.path.removeprefix("/bridge"),
            method=method,
            query_string=more["query"],
            json=more["body"],
            headers=more["headers"],
        )
        return Reply(answer.status_code, answer.data)

    settings = Settings(
        env="development",
        secret="secret-of-the-tests",
        urls={service: f"http://fake/{service}" for service in SERVICES},
        secure_cookies=False,
    )
    peer = Peer()
    app = create_portal(settings, transport=carry, issuer=FakeIssuer())
    with ExitStack() as stack:
        portal = stack.enter_context(served(app)).replace("127.0.0.1", "localhost")
        peer.url = stack.enter_context(served(peer.app()))
        monkeypatch.setenv("BANGKOM_PUBLIC_URL", portal)
        made = Place(town, peer, backends, app, portal)
        town.hear("bridge", people(made.person, new_id(), agency=made.agency))
        peer.users["u1"] = User(nip_of(1), "Pegawai 1", "p1@example.go.id")
        yield made
