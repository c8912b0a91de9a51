"""People at work while something happens to a container: nominations, approvals and readings, one after the other."""

import itertools
import threading
from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import requests

from demo.cast import Cast, Somebody
from demo.world import Json
from shared.auth import Principal
from shared.ids import new_id
from tests.containers.house import Containers, until

_BETWEEN_ROUNDS = 0.05


@dataclass(frozen=True)
class Command:
    """Sent under its key until it is accepted."""

    path: str
    by: Principal
    body: Json
    key: str = field(default_factory=lambda: str(new_id()))


@dataclass
class Load:
    """A thread of rounds while it is entered. In a round one command and a reading of each service are tried once; a
    command that failed is sent again under the same key in the next round."""

    house: Containers
    cast: Cast
    batches: Sequence[str]
    people: Sequence[Somebody]
    within: float = 4.0
    """Seconds after which an answer no longer counts."""
    tried: int = 0
    failed: int = 0
    clean_rounds: int = 0
    """Rounds in which nothing failed."""
    seats: dict[str, bool] = field(default_factory=dict)
    """Every seat whose nomination was accepted, and whether its approval was."""
    why: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    """Answers that no fault explains."""
    _end: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Load":
        self._session, self._doors = self.house.session(), self.house.doors
        self._commands = self._work()
        self._command: Command | None = next(self._commands)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        self._end.set()
        self._thread.join()

    def wait_for_requests(self, count: int) -> None:
        """Wait until so many more were tried."""
        least = self.tried + count
        until(f"{count} more requests", lambda: self.tried >= least)

    def wait_for_a_clean_round(self) -> None:
        """Wait until a whole round goes well."""
        least = self.clean_rounds + 1
        until("a round without a failure", lambda: self.clean_rounds >= least)

    def _run(self) -> None:
        while not self._end.wait(_BETWEEN_ROUNDS):
            failed = self.failed
            self._round()
            self.clean_rounds += self.failed == failed

    def _work(self) -> Generator[Command, Json, None]:
        for batch_id, one in itertools.product(self.batches, self.people):
            body = {"people": [one.person_id], "reason": "Kebutuhan pengembangan kompetensi tahun ini."}
            path = f"/api/enrolment/v1/batches/{batch_id}/nominations"
            answer = yield Command(path, self.cast.officer(one.agency_id), body)
            seat_id = answer["items"][0]["seat_id"]
            if seat_id is None:
                self.wrong.append(f"nomination: {answer['items'][0]['code']}")
                continue
            self.seats[seat_id] = False
            above = self.cast.supervisor(one.person_id) or self.cast.office
            answer = yield Command("/api/enrolment/v1/seats/approvals", above, {"seats": [seat_id]})
            if answer["items"][0]["code"] is not None:
                self.wrong.append(f"approval: {answer['items'][0]['code']}")
            self.seats[seat_id] = True

    def _round(self) -> None:
        if self._command is not None:
            asked = self._command
            answer = self._ask("POST", asked.path, asked.by, asked.body, asked.key)
            if answer is not None:
                try:
                    self._command = self._commands.send(answer.json())
                except StopIteration:
                    self._command = None
        cast, learner = self.cast, self.cast.learner(self.people[0].person_id)
        if self.seats:
            self._ask("GET", f"/api/enrolment/v1/seats/{next(reversed(self.seats))}", cast.office)
        self._ask("GET", "/api/budget/v1/lines?limit=5", cast.budget_officer)
        self._ask("GET", "/api/content/v1/mine", learner)
        self._ask("GET", "/api/surveys/v1/tasks", learner)
        self._ask("GET", "/api/bridge/v1/sites", cast.operator)
        self._ask("GET", "/", None)

    def _ask(
        self, method: str, path: str, by: Principal | None, body: Any = None, key: str | None = None
    ) -> requests.Response | None:
        headers = {} if by is None else {"Authorization": f"Bearer {self._doors.token(by)}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        self.tried += 1
        try:
            answer = self._session.request(
                method,
                self.house.address + path,
                json=body,
                headers=headers,
                timeout=self.within,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            self.failed += 1
            self.why[type(error).__name__] += 1
            return None
        if answer.status_code >= 500 or answer.status_code == 429:
            self.failed += 1
            self.why[f"{answer.status_code}"] += 1
            return None
        if answer.status_code >= 400:
            self.wrong.append(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
            return None
        return answer
