"""`bangkom lms tell`: people are told something through their LMS, those it is right to tell."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result

from services.bridge.app import SERVICE
from shared.auth import OPERATOR
from shared.ids import new_id
from tests.services.bridge.given import SITE, Lms, add_site, nip_of, people
from tests.town import Town, who

Tell = Callable[..., Result]


@pytest.fixture
def tell(town: Town, monkeypatch: pytest.MonkeyPatch) -> Tell:
    url = town.engines["bridge"].url.render_as_string(hide_password=False)
    monkeypatch.setenv("BANGKOM_BRIDGE_DATABASE_URL", url)
    assert SERVICE.commands is not None
    commands = SERVICE.commands
    words = ["lms", "tell", SITE, "--subject", "Rapat", "--text", "Besok <b>pagi</b>"]
    return lambda *more, **given: CliRunner().invoke(commands, [*words, *more], **given)


def test_people_are_told_once_a_day_the_same_words(town: Town, lms: Lms, tell: Tell) -> None:
    add_site(town, plugin="seer")
    town.hear("bridge", people(new_id(), new_id()))
    for _ in range(2):
        ran = tell(nip_of(1), nip_of(2), nip_of(1))
        assert ran.exit_code == 0, ran.output
    sent = sorted((one.nip, one.subject, one.text) for one in lms.messages.values())
    assert sent == [(nip, "Rapat", "Besok <b>pagi</b>") for nip in sorted((nip_of(1), nip_of(2)))]
    town.travel(days=1)
    assert tell(input=f"{nip_of(1)}\n\n").exit_code == 0
    assert len(lms.messages) == 3


def test_who_is_not_told_is_named_with_the_reason(town: Town, lms: Lms, tell: Tell) -> None:
    agency = new_id()
    add_site(town, plugin="seer")
    town.hear("bridge", people(new_id(), new_id(), agency=agency))
    town.hear("bridge", people(new_id(), agency=new_id(), start=3))
    change: dict[str, Any] = {"name": "LMS", "plugin": "seer", "settings": {}, "agencies": [str(agency)]}
    assert town.client("bridge", who(OPERATOR)).put(f"/v1/sites/{SITE}", change).status_code == 200
    lms.refuse[nip_of(2)] = "lms.user_suspended"
    ran = tell("--json", *(nip_of(number) for number in (1, 2, 3, 4)))
    assert ran.exit_code == 1
    unknown = dict.fromkeys((nip_of(3), nip_of(4)), "lms.unknown_person")
    assert json.loads(ran.stdout)["refused"] == {nip_of(2): "lms.user_suspended", **unknown}
    assert [one.nip for one in lms.messages.values()] == [nip_of(1)]


def test_a_plugin_that_passes_on_no_messages_says_so(town: Town, lms: Lms, tell: Tell) -> None:
    add_site(town)
    town.hear("bridge", people(new_id()))
    ran = tell(nip_of(1))
    assert ran.exit_code == 1
    assert "Penghubung LMS ini tidak dapat melakukan itu" in ran.output
    assert tell(nip_of(1), "--subject", " ").exit_code == 2
