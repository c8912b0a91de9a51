import stat
from pathlib import Path

import pytest

from shared.auth import SUPERVISOR, Principal
from shared.ids import new_id
from shared.issuer import AUDIENCE, ISSUER, DevelopmentIssuer, DevelopmentOnly, Persona, keep_personas
from shared.tokens import Issuer, Keys, Verifier

PERSON = Principal(str(new_id()), {str(new_id()): frozenset({SUPERVISOR})})


@pytest.fixture(autouse=True)
def development(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANGKOM_ENV", "development")


@pytest.mark.parametrize("env", ["production", "", None, "Development"])
def test_it_refuses_to_exist_outside_development(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, env: str | None
) -> None:
    monkeypatch.delenv("BANGKOM_ENV") if env is None else monkeypatch.setenv("BANGKOM_ENV", env)
    with pytest.raises(DevelopmentOnly):
        DevelopmentIssuer(tmp_path / "home")
    assert not (tmp_path / "home").exists()


def test_its_tokens_are_believed_by_the_same_installation_only(tmp_path: Path) -> None:
    issuer, other = DevelopmentIssuer(tmp_path / "one"), DevelopmentIssuer(tmp_path / "two")
    assert Verifier((Issuer(ISSUER, Keys(str(issuer.jwks))),), AUDIENCE).principal(issuer.token(PERSON)) == PERSON
    with pytest.raises(Exception, match="unauthenticated"):
        Verifier((Issuer(ISSUER, Keys(str(other.jwks))),), AUDIENCE).principal(issuer.token(PERSON))


def test_its_key_is_kept_and_private(tmp_path: Path) -> None:
    first = DevelopmentIssuer(tmp_path / "home").jwks.read_text()
    again = DevelopmentIssuer(tmp_path / "home").jwks
    assert again.read_text() == first
    assert '"d"' not in first
    assert stat.S_IMODE((tmp_path / "home" / "issuer.json").stat().st_mode) == 0o600


def test_a_persona_can_be_signed_in_as(tmp_path: Path) -> None:
    issuer = DevelopmentIssuer(tmp_path / "home")
    client = issuer.app().test_client()
    assert client.get("/personas").get_json() == {"items": [], "next": None}
    agency = str(new_id())
    keep_personas(tmp_path / "home", [Persona("head", "Kepala", PERSON.id, (SUPERVISOR,), agency, "Dinas")])
    shown = client.get("/personas").get_json()["items"]
    assert shown == [{"key": "head", "name": "Kepala", "roles": ["supervisor"], "agency": "Dinas"}]
    token = client.post("/tokens", json={"key": "head"}).get_json()["token"]
    by = Verifier((Issuer(ISSUER, Keys(str(issuer.jwks))),), AUDIENCE).principal(token)
    assert by == Principal(PERSON.id, {agency: frozenset({SUPERVISOR})})
    assert client.post("/tokens", json={"key": "nobody"}).status_code == 404
    assert client.post("/tokens", json=[]).status_code == 404


def test_the_public_key_is_served(tmp_path: Path) -> None:
    answer = DevelopmentIssuer(tmp_path / "home").app().test_client().get("/jwks.json")
    assert answer.get_json()["keys"][0]["crv"] == "Ed25519"
    assert "d" not in answer.get_json()["keys"][0]
