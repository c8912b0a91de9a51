"""One training between the real services and a real Moodle: the house, the gate between them, who takes part."""

import json
import random
import re
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from demo.cast import Somebody
from demo.city import build, write
from demo.city.agencies import TRAINING_OFFICE
from demo.city.programmes import ETHICS
from demo.cycle import Cycle
from demo.orders import LINES, Order
from demo.world import HttpDoors
from shared import clock
from shared.provision import setting_of
from shared.whole import Whole
from tests.moodle.gate import Gate
from tests.moodle.site import Moodle
from tests.moodle.test_plugins import a_course
from tests.ports import free_port

SCRIPT = Path(__file__).with_name("training.php")
SITE = "moodle"
MODULES = ("Nilai dasar dan kode etik ASN", "Benturan kepentingan dan gratifikasi")
JP = 6
FIXED_COST, SEAT_PRICE = 1_000_000, 10_000
PATIENCE = 400.0
"""Seconds a state may take: more than the five minutes after which a call is made again whose asker is gone, wherever
that can't be known sooner."""


@dataclass
class Training:
    """An open batch whose programme is a course of the Moodle. `took` keeps the seconds of each part."""

    moodle: Moodle
    whole: Whole
    gate: Gate
    cycle: Cycle
    course: str
    batch_id: str
    people: Sequence[Somebody]
    modules: list[str]
    took: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Note how long a part took."""
        began = time.monotonic()
        yield
        self.took[name] = round(time.monotonic() - began, 1)

    def until(self, what: str, probe: Callable[[], bool]) -> None:
        """Wait until it is so."""
        self.cycle.until(what, lambda: True if probe() else None)

    def a_minute_after(self, began: float) -> None:
        """Wait until a minute has gone by since `began`, by time.monotonic()."""
        self.until("a minute is over", lambda: time.monotonic() > began + 60)

    def approved(self, people: Sequence[Somebody]) -> None:
        """These people are nominated and approved; what follows is not waited for."""
        outcomes = self.cycle.nominate(self.batch_id, people, "Wajib bagi semua pegawai")
        assert [one["code"] for one in outcomes] == [None] * len(people)
        below: dict[str, list[str]] = defaultdict(list)
        supervisors = {}
        for seat in self.cycle.seats(self.batch_id, state="requested"):
            above = self.cycle.cast.supervisor(str(seat["person_id"])) or self.cycle.cast.office
            supervisors[above.id] = above
            below[above.id].append(str(seat["seat_id"]))
        for supervisor_id, seats in below.items():
            self.cycle.post("enrolment", "/v1/seats/approvals", supervisors[supervisor_id], {"seats": seats})

    def have(self, state: str, count: int) -> None:
        """Wait until exactly so many seats are in this state, and none is on its way."""
        counts = self.cycle.count_of(state, self.batch_id, state, count)
        assert counts[state] == count, counts

    def confirmed_or_completed(self, count: int) -> None:
        """Wait until so many have their place."""

        def there() -> bool:
            counts = self.cycle.batch(self.batch_id)["counts"]
            return bool(counts.get("confirmed", 0) + counts.get("completed", 0) == count)

        self.until("places", there)

    def learn(self, people: Sequence[Somebody]) -> None:
        """They work through the course in the Moodle and complete it."""
        nips = [one.row.nip for one in people]
        for module in self.modules:
            self.moodle.scenario("view", module, *nips)
        self.moodle.scenario("complete", self.course, *nips)

    def ask(self, *words: str) -> Any:
        """What training.php answers."""
        said = self.moodle.php(SCRIPT, *words).splitlines()
        return json.loads(next(line.removeprefix("=> ") for line in said if line.startswith("=> ")))

    def there(self) -> list[str]:
        """The NIPs of the active rows of enrol_bangkom in order, one a row. Each has one account."""
        said = self.ask("rows", self.course)
        assert said["accounts"] == len(set(said["nips"]))
        return sorted(said["nips"])

    def found(self, service: str, statement: str) -> list[tuple[Any, ...]]:
        """The rows that a question to a service's database gives; `:batch` is the batch."""
        engine = create_engine(self.whole.environment[setting_of(service)])
        try:
            with engine.connect() as connection:
                return [tuple(row) for row in connection.execute(text(statement), {"batch": self.batch_id})]
        finally:
            engine.dispose()

    def sync(self, *words: str) -> dict[str, int]:
        """What `bangkom lms sync` finds in the course, what is not zero."""
        said = self.whole.command("lms", "sync", SITE, "--course", self.course, "--json", *words, check=False)
        assert said.stdout, said.stderr
        (row,) = json.loads(said.stdout)["courses"]
        assert row.pop("course") == self.course
        found = {name: count for name, count in row.items() if count}
        assert said.returncode == int(bool(found) and "--fix" not in words), said.stderr
        return found


@contextmanager
def training(moodle: Moodle, folder: Path, count: int) -> Iterator[Training]:
    """The house is up and knows the Moodle through a gate, the batch is open for `count` people, nobody has a seat."""
    names = ("curlsecurityblockedhosts", "curlsecurityallowedport")
    before = {name: moodle.setting(name) for name in names}
    port = free_port()
    more = {"BANGKOM_PRIVATE_HOSTS": "127.0.0.1", "BANGKOM_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    whole = Whole(folder / "home", port=port, more=more)
    with Gate(moodle.url) as gate:
        try:
            for name in names:
                moodle.set(name, "")
            whole.start()
            whole.join()
            _introduce(moodle, whole, gate)
            yield _opened(moodle, whole, gate, folder, count)
        finally:
            whole.stop()
            moodle.php("admin/cli/maintenance.php", "--disable")
            for name, value in before.items():
                moodle.set(name, value)
            moodle.forget_the_outbox()


def _introduce(moodle: Moodle, whole: Whole, gate: Gate) -> None:
    """As the operator and the administrator do it: site, key, settings, token."""
    add = ("lms", "add", SITE, "--plugin", "moodle", "--set", f"url={gate.url}", "--set", "calls_a_minute=600")
    whole.command(*add, "--set", "token=none")
    said = whole.command("lms", "key", SITE).stdout
    key, secret = (re.search(rf"{word}:\s+(\S+)", said) for word in ("key", "secret"))
    assert key is not None
    assert secret is not None
    bridge = whole.addresses["bridge"]
    words = (f"--bridgeurl={bridge}", f"--keyid={key[1]}", f"--secret={secret[1]}", f"--portalurl={whole.address}")
    moodle.token = moodle.php("local/bangkom/cli/connect.php", *words).strip()
    moodle.forget_the_outbox()
    whole.command(*add, "--set", f"token={moodle.token}", "--change")


def _opened(moodle: Moodle, whole: Whole, gate: Gate, folder: Path, count: int) -> Training:
    def run(words: Sequence[str]) -> None:
        said = whole.command(*words, check=False)
        assert said.returncode == 0, said.stdout + said.stderr

    year = clock.now().year
    # A seed of its own each time: the Moodle keeps the accounts of earlier runs.
    city = build(random.SystemRandom().randrange(10**6), year, 4, count + 300)
    cycle = Cycle(HttpDoors(whole.addresses, whole.token, run, patience=120), random.Random(1), patience=PATIENCE)
    (folder / "files").mkdir()
    # The same holds for e-mail addresses, by which a person would be taken for one of an earlier run.
    run_of = uuid.uuid4().hex[:8]
    city = replace(city, staff=[replace(one, email=f"{run_of}.{one.email}") for one in city.staff])
    cycle.import_city(city, write(city, folder / "files"))
    course = a_course(moodle)
    modules = [str(moodle.scenario("page", course, title)) for title in MODULES]
    line = cycle.line((TRAINING_OFFICE, *LINES["online"][:2]), year)
    order = Order(
        name="Etika Pemerintahan di Moodle",
        days=(),
        capacity=count,
        least=1,
        fixed_cost=FIXED_COST,
        seat_price=SEAT_PRICE,
        line_id=str(line["line_id"]),
        year=year,
        site=SITE,
        course=course,
    )
    batch = cycle.open_batch(cycle.programme(ETHICS), order)
    assert batch["state"] == "open", batch
    people = [*cycle.cast.school_staff(), *cycle.cast.others()][:count]
    assert len(people) == count
    return Training(moodle, whole, gate, cycle, course, str(batch["batch_id"]), people, modules)
