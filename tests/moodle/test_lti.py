"""LTI 1.3 with a real Moodle and a real Chromium: registered by one link, linked by a teacher, opened by a learner in
the course's frame, roster and grade. Moodle and portal are two sites."""

import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import create_engine, select

from services.bridge.handlers.line_items import note_completed
from services.bridge.store.tables import PERSON
from services.content.tools import programme_id_of
from services.portal import build
from shared import clock
from shared.events.enrolment import CompletedSeat, SeatsCompleted, Segment
from shared.ids import new_id
from shared.unit import unit_of
from shared.whole import Whole
from tests.moodle.site import Moodle
from tests.ports import free_port

SCENARIO = Path(__file__).with_name("lti.php")
STAFF = """nip;nama;email;kode opd;nama opd;golongan;unit;kedudukan;nip atasan
199001012015031001;Pegawai Satu;p1@contoh.go.id;1.01;Dinas Contoh;III/a;Bidang A;aktif;
198501012010011002;Pegawai Dua;p2@contoh.go.id;1.01;Dinas Contoh;III/c;Bidang A;aktif;
"""
LEARNER, TEACHER = "199001012015031001", "198501012010011002"
PROGRAMME = {
    "code": "MW-01",
    "title": "Manajemen Waktu",
    "goal": "Peserta menyusun jadwal kerja mingguan.",
    "form": 4,
    "mode": "classroom",
    "level": "basic",
    "jp": 20,
    "prerequisites": [],
    "modules": [{"title": "Prioritas", "minutes": 90}],
    "rule": {"presence_percent": 80, "all_modules": True},
}


@dataclass
class Both:
    """A Moodle and a Bangkom that know two people."""

    moodle: Moodle
    whole: Whole
    portal: str
    made: dict[str, Any]
    password: str
    chromium: Browser
    contexts: list[BrowserContext] = field(default_factory=list)

    def ask(self, *words: object) -> Any:
        said = self.moodle.php(SCENARIO, *map(str, words)).splitlines()
        return json.loads(next(line.removeprefix("=> ") for line in said if line.startswith("=> ")))

    def signed_in(self, who: str) -> Page:
        context = self.chromium.new_context(viewport={"width": 1200, "height": 1000})
        context.set_default_timeout(60_000)
        self.contexts.append(context)
        page = context.new_page()
        page.goto(f"{self.moodle.url}/login/index.php")
        page.fill("#username", self.made[who])
        page.fill("#password", self.password)
        page.click("#loginbtn")
        page.wait_for_url(lambda url: "/login/" not in url)
        return page

    def open(self, who: str) -> Any:
        """The frame in which somebody who opens the link from the course page sees Bangkom."""
        page = self.signed_in(who)
        page.goto(f"{self.moodle.url}/course/view.php?id={self.made['course']}")
        page.get_by_role("link", name="Manajemen Waktu").last.click()
        return page.frame_locator("#contentframe")


@pytest.fixture
def both(moodle: Moodle, tmp_path: Path, chromium: Browser) -> Iterator[Both]:
    build.build()
    port = free_port()
    more = {"BANGKOM_PRIVATE_HOSTS": "127.0.0.1", "BANGKOM_PUBLIC_URL": f"http://localhost:{port}"}
    whole = Whole(tmp_path / "home", port=port, more=more)
    names = ("curlsecurityblockedhosts", "curlsecurityallowedport")
    before = {name: moodle.setting(name) for name in names}
    password = f"A1!{secrets.token_urlsafe(12)}"
    whole.start()
    both = Both(moodle, whole, more["BANGKOM_PUBLIC_URL"], {}, password, chromium)
    try:
        for name in names:
            moodle.set(name, "")
        both.made = both.ask("people", LEARNER, TEACHER, password)
        (tmp_path / "staff.csv").write_text(STAFF, encoding="utf-8")
        (tmp_path / "programmes.json").write_text(json.dumps([PROGRAMME]), encoding="utf-8")
        whole.command("import", "reference")
        whole.command("import", "staff", str(tmp_path / "staff.csv"))
        whole.command("import", "programmes", "--publish", str(tmp_path / "programmes.json"))
        yield both
    finally:
        for context in both.contexts:
            context.close()
        whole.stop()
        for name, value in before.items():
            moodle.set(name, value)
        if both.made:
            users = [both.made[who] for who in ("learner", "teacher", "guest", "boss")]
            both.ask("forget", both.ask("tool")["id"], both.made["course"], *users)


def test_one_link_registers_and_people_open_bangkom_from_their_course(both: Both) -> None:
    _register(both)
    _link_the_programme(both)
    frame = both.open("learner")
    expect(frame.locator("h1")).to_have_text("Manajemen Waktu", timeout=60_000)
    expect(frame.get_by_text("Pegawai Satu").first).to_be_visible()
    expect(both.open("guest").locator("h1")).to_have_text("Belum dapat dibuka", timeout=60_000)
    roster = both.whole.command("lms", "lti-roster", "moodle", both.made["label"], "--json")
    assert json.loads(roster.stdout) == {"active": 3, "inactive": 0, "teaching": 1, "without_nip": 1, "known": 2}
    both.whole.command("lms", "lti-keys", "--now")
    again = both.whole.command("lms", "lti-roster", "moodle", both.made["label"], "--json")
    assert again.stdout == roster.stdout
    assert both.ask("grade", both.made["learner"], both.made["course"]) is None
    _complete(both)
    until = monotonic() + 60
    while (grade := both.ask("grade", both.made["learner"], both.made["course"])) is None and monotonic() < until:
        sleep(0.5)
    assert grade == 100


def _register(both: Both) -> None:
    link = both.whole.command("lms", "lti-link", "moodle", "--name", "LMS").stdout.split()[0]
    page = both.signed_in("boss")
    page.goto(f"{both.moodle.url}/mod/lti/toolconfigure.php")
    page.fill("input[name=url]", link)
    page.get_by_role("button", name="Add LTI Advantage").click()
    frame = page.frame_locator("iframe[src*=startltiadvregistration]")
    frame.get_by_role("button", name="Daftarkan").click()
    page.get_by_text("Activate", exact=True).first.click()
    until = monotonic() + 60
    while (tool := both.ask("tool"))["state"] != 1 and monotonic() < until:
        sleep(0.5)
    assert tool["state"] == 1
    assert tool["client"] in both.whole.command("lms", "lti-list", "moodle").stdout


def _link_the_programme(both: Both) -> None:
    page = both.signed_in("teacher")
    tool = both.ask("tool")["id"]
    page.goto(f"{both.moodle.url}/course/modedit.php?add=lti&course={both.made['course']}&section=0&typeid={tool}")
    page.get_by_role("button", name="Select content").click()
    frame = page.frame_locator(".modal iframe")
    frame.get_by_label("Manajemen Waktu").check()
    frame.get_by_role("button", name="Tautkan").click()
    expect(page.locator("#id_name")).to_have_value("Manajemen Waktu", timeout=60_000)
    page.locator("#id_submitbutton2").click()
    page.wait_for_url(re.compile(r"/course/(view|section)\.php"))


def _complete(both: Both) -> None:
    """The completion as the bridge hears it; how one comes about is not Moodle's affair."""
    engine = create_engine(both.whole.environment["BANGKOM_BRIDGE_DATABASE_URL"])
    with unit_of(engine, "bridge") as unit:
        person = unit.db.execute(select(PERSON).where(PERSON.c.nip == LEARNER)).one()
        seat = CompletedSeat(
            seat_id=new_id(),
            attempt=1,
            person_id=person.person_id,
            presence_percent=100,
            segment=Segment(grade_band="III", agency_id=person.agency_id, unit="Bidang A"),
        )
        programme: UUID = programme_id_of("MW-01")
        said = SeatsCompleted(
            batch_id=new_id(), programme_id=programme, version=1, line_id=new_id(), jp=20, at=clock.now(), seats=(seat,)
        )
        note_completed(unit, said)
    engine.dispose()
