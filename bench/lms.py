"""`python -m bench.lms [--json] [--runs N]`: how fast people are enrolled in a Moodle through the bridge and the
plugin, against Moodle's own function; and what the plugin's observers cost who opens a page. MOODLE_DIR is the folder
of a Moodle for tests, MOODLE_URL where it is served."""

import argparse
import json
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import requests
from sqlalchemy import Engine, create_engine, make_url, text

from bench.report import Bar, machine, median, note, report
from bench.stage import ADMIN_URL, until
from services.bridge.app import SERVICE
from services.bridge.handlers.places import on_lms_enrolment_requested
from services.bridge.handlers.sites import add_site, on_people_changed
from services.bridge.store import METADATA
from shared import clock
from shared.effects import EffectWorker
from shared.events.enrolment import LmsEnrolmentRequested, LmsSeatWanted, PeopleChanged, Person
from shared.ids import new_id
from shared.observe import logs
from shared.unit import unit_of
from tests.moodle.site import Moodle, install

BATCHES, BATCH = 2, 500
LEARNERS, PAGES, AGAIN = 6, 6, 1
"""So many people look at so many pages of each kind, and that often at each once more."""
SITE = "bench"
_SCRIPT, _VIEW = Path(__file__).with_suffix(".php"), Path(__file__).with_name("lms_view.php")


@dataclass
class Ground:
    """A Moodle and a bridge that know the same people: `people` in the bridge, `accounts` in the Moodle."""

    moodle: Moodle
    engine: Engine
    manual: dict[str, Any]
    names: list[str]
    people: list[UUID]
    accounts: list[int]

    def course(self, pages: int = 0) -> tuple[str, dict[str, Any]]:
        name = f"BENCH-{secrets.token_hex(6)}"
        made = ask(self.moodle, "course", name, pages)
        return name, made


def ask(moodle: Moodle, *words: object) -> Any:
    """What bench/lms.php answers."""
    said = moodle.php(_SCRIPT, *map(str, words)).splitlines()
    return json.loads(next(line.removeprefix("=> ") for line in said if line.startswith("=> ")))


def by_bangkom(on: Ground) -> float:
    """People enrolled a second: from the first question that the bridge hears to its last answer."""
    course, _ = on.course()
    worker = EffectWorker(SERVICE, on.engine)
    worker.start()
    began = time.perf_counter()
    for start in range(0, len(on.people), BATCH):
        seats = tuple(LmsSeatWanted(seat_id=new_id(), attempt=1, person_id=one) for one in on.people[start:][:BATCH])
        deadline = clock.now() + timedelta(hours=1)
        event = LmsEnrolmentRequested(batch_id=new_id(), site=SITE, course=course, deadline=deadline, seats=seats)
        with unit_of(on.engine, SERVICE.name) as unit:
            on_lms_enrolment_requested(unit, event)
    until(lambda: not _count(on.engine, "effect WHERE done_at IS NULL"), 0.005)
    seconds = time.perf_counter() - began
    worker.stop()
    worker.join(30)
    if _count(on.engine, "request WHERE state = 'enrolled' AND course = :course", course=course) != len(on.people):
        raise RuntimeError("not every seat was answered with a place")
    return _rate(on, course, "bangkom", seconds)


def by_moodle(on: Ground) -> float:
    """People enrolled a second by enrol_manual_enrol_users, called with the same batches over one connection."""
    course, made = on.course()
    asked = []
    for start in range(0, len(on.accounts), BATCH):
        form = {"wstoken": on.manual["token"], "wsfunction": "enrol_manual_enrol_users", "moodlewsrestformat": "json"}
        for number, user in enumerate(on.accounts[start:][:BATCH]):
            one = f"enrolments[{number}]"
            form |= {f"{one}[roleid]": on.manual["role"], f"{one}[userid]": user, f"{one}[courseid]": made["id"]}
        asked.append(form)
    with requests.Session() as session:
        began = time.perf_counter()
        for form in asked:
            answer = session.post(f"{on.moodle.url}/webservice/rest/server.php", data=form, timeout=120)
            if answer.text != "null":
                raise RuntimeError(answer.text[:300])
        seconds = time.perf_counter() - began
    return _rate(on, course, "manual", seconds)


def _rate(on: Ground, course: str, method: str, seconds: float) -> float:
    found = ask(on.moodle, "enrolled", course, method)
    if found != len(on.people):
        raise RuntimeError(f"{found} are enrolled by {method}, not {len(on.people)}")
    return len(on.people) / seconds


def _count(engine: Engine, what: str, **given: object) -> int:
    with engine.connect() as connection:
        return connection.scalar(text(f"SELECT count(*) FROM {what}"), given) or 0


def views(on: Ground) -> dict[str, list[list[float]]]:
    """What each view of a page told: milliseconds in our observers, their queries, milliseconds in all. First views, of
    pages that looking at completes and of others, and views again."""
    _, made = on.course(PAGES)
    password = f"A1!{secrets.token_urlsafe(12)}"
    names = [f"v{secrets.token_hex(6)}" for _ in range(LEARNERS)]
    ids = ask(on.moodle, "people", password, ",".join(names))
    form: dict[str, Any] = {"wstoken": on.manual["token"], "wsfunction": "enrol_manual_enrol_users"}
    for number, user in enumerate(ids):
        one = f"enrolments[{number}]"
        form |= {f"{one}[roleid]": on.manual["role"], f"{one}[userid]": user, f"{one}[courseid]": made["id"]}
    requests.post(f"{on.moodle.url}/webservice/rest/server.php", data=form, timeout=120).raise_for_status()
    told: dict[str, list[list[float]]] = {"completes": [], "opens": [], "again": []}
    view = on.moodle.folder / f"bench-{secrets.token_hex(12)}.php"
    shutil.copyfile(_VIEW, view)
    try:
        for name in names:
            with requests.Session() as session:
                _sign_in(session, on.moodle.url, name, password)
                pages = [(kind, cmid) for kind in ("opens", "completes") for cmid in made[kind]]
                for kind, cmid in [*pages, *(("again", cmid) for _, cmid in pages * AGAIN)]:
                    answer = session.get(f"{on.moodle.url}/{view.name}", params={"id": cmid}, timeout=60)
                    line = answer.text.rpartition("\n=> ")[2]
                    # What Moodle adds to a page at its very end is none of it.
                    told[kind].append(json.JSONDecoder().raw_decode(line)[0])
    finally:
        view.unlink()
    if not all(queries for kind in ("opens", "completes") for _, queries, _ in told[kind]):
        raise RuntimeError("a first view wrote nothing down")
    return told


def _sign_in(session: requests.Session, url: str, name: str, password: str) -> None:
    page = session.get(f"{url}/login/index.php", timeout=60).text
    token = page.partition('name="logintoken" value="')[2].partition('"')[0]
    form = {"username": name, "password": password, "logintoken": token}
    session.post(f"{url}/login/index.php", data=form, timeout=60).raise_for_status()


@contextmanager
def ground(moodle: Moodle) -> Iterator[Ground]:
    """Plugins installed, people on both sides, a database. Plugins, accounts and courses stay in the Moodle:
    taking away what a thousand people are in takes minutes."""
    admin = create_engine(make_url(ADMIN_URL), isolation_level="AUTOCOMMIT")
    database = f"bench_{os.getpid()}_lms"
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{database}"'))
    engine = create_engine(admin.url.set(database=database))
    tag = f"2{secrets.randbelow(10**13):013d}"
    names = [f"{tag}{number:04d}" for number in range(BATCHES * BATCH)]
    on = None
    try:
        METADATA.create_all(engine)
        words = ("--bridgeurl=http://127.0.0.1:9", "--keyid=bench.k1", f"--secret={secrets.token_urlsafe(24)}")
        token = moodle.php("local/bangkom/cli/connect.php", *words).strip()
        manual = ask(moodle, "manual")
        on = Ground(moodle, engine, manual, names, [new_id() for _ in names], [])
        for start in range(0, len(names), BATCH):
            on.accounts += ask(moodle, "people", "", ",".join(names[start:][:BATCH]))
        with unit_of(engine, SERVICE.name) as unit:
            add_site(unit, SITE, "LMS", "moodle", {"url": moodle.url, "token": token}, [])
        for start in range(0, len(names), BATCH):
            with unit_of(engine, SERVICE.name) as unit:
                on_people_changed(unit, _people(on, start))
        yield on
    finally:
        engine.dispose()
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)'))
        admin.dispose()
        if on is not None:
            ask(moodle, "forget", manual["service"])


def _people(on: Ground, start: int) -> PeopleChanged:
    agency = new_id()
    people = tuple(
        Person(
            person_id=person,
            rev=1,
            nip=name,
            name="Sari Dewi",
            email=f"{name}@lms.example",
            standing="active",
            agency_id=agency,
        )
        for person, name in list(zip(on.people, on.names, strict=True))[start:][:BATCH]
    )
    return PeopleChanged(agency_id=agency, people=people)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.lms", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--runs", type=int, default=5, help="the medians are over that many runs")
    chosen = parser.parse_args()
    if not os.environ.get("MOODLE_DIR") or not os.environ.get("MOODLE_URL"):
        parser.error("say where a Moodle for tests is: MOODLE_DIR and MOODLE_URL")
    logs("error")
    moodle = Moodle(Path(os.environ["MOODLE_DIR"]), os.environ["MOODLE_URL"].rstrip("/"))
    install(moodle)
    got: dict[str, list[float]] = {"bangkom": [], "moodle": []}
    with tempfile.TemporaryDirectory() as home:
        host = urlsplit(moodle.url).hostname or ""
        os.environ.update(BANGKOM_ENV="development", BANGKOM_HOME=home, BANGKOM_PRIVATE_HOSTS=host)
        with ground(moodle) as on:
            release = moodle.php("admin/cli/cfg.php", "--name=release").strip()
            on_what = machine(moodle=release)
            measures = {"bangkom": by_bangkom, "moodle": by_moodle}
            for run in range(chosen.runs + 1):
                for name, measure in list(measures.items())[:: 1 if run % 2 else -1]:
                    rate = measure(on)
                    # The first turn fills the caches of both.
                    got[name] += [rate] if run else []
                    note(f"run {run} of {chosen.runs}: {name} {rate:.0f} people a second")
            told = views(on)
    ratios = [ours / theirs for ours, theirs in zip(got["bangkom"], got["moodle"], strict=True)]
    figures: dict[str, Any] = {f"{name} enrolments /s": round(median(rates), 1) for name, rates in got.items()}
    figures |= {"ratios": [round(ratio, 2) for ratio in ratios], "runs": chosen.runs, "people a run": BATCHES * BATCH}
    for kind, some in {**told, "all": [one for each in told.values() for one in each]}.items():
        cost, queries, whole = (sorted(column) for column in zip(*some, strict=True))
        figures[f"view {kind}"] = {
            "views": len(some),
            "observer_ms": round(median(cost), 3),
            "observer_ms_p95": round(cost[int(0.95 * (len(cost) - 1))], 3),
            "queries": median(queries),
            "page_ms": round(median(whole), 1),
        }
    bars = {
        "enrol_vs_manual": Bar(median(ratios), least=1.0),
        "observer_ms": Bar(median(cost for some in told.values() for cost, _, _ in some), most=2.0),
    }
    return report(on_what, bars, figures, chosen.json)


if __name__ == "__main__":
    sys.exit(main())
