"""The rules of places in an LMS: what is wanted, what is so, what has to be done and what may be said."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from shared.errors import problem

ENROLLED, ABSENT, UNKNOWN = "enrolled", "absent", "unknown"
ASKED, REFUSED = "asked", "refused"

WITHDRAWN = problem(
    "seat.withdrawn",
    409,
    "Kursi ini sudah dilepas.",
    "This seat was given up.",
)
UNKNOWN_SITE = problem(
    "lms.unknown_site",
    404,
    "LMS {site} belum terdaftar. Hubungi operator.",
    "The LMS {site} is not registered. Ask the operator.",
)
NOT_CAPABLE = problem(
    "lms.not_capable",
    409,
    "Penghubung LMS ini tidak dapat melakukan itu.",
    "The plugin of this LMS can't do that.",
)
TIMEOUT = problem(
    "lms.timeout",
    504,
    "LMS tidak menjawab sampai batas waktu.",
    "The LMS did not answer before the deadline.",
)
LMS_REFUSED = problem(
    "lms.refused",
    409,
    "LMS menolak.",
    "The LMS refused.",
)
UNKNOWN_PLUGIN = problem(
    "lms.unknown_plugin",
    422,
    "Penghubung {plugin} tidak terpasang. Yang ada: {known}.",
    "The plugin {plugin} is not installed. There are: {known}.",
)
PLUGIN_NOT_LOADED = problem(
    "lms.plugin_not_loaded",
    503,
    "Penghubung {plugin} tidak dapat dimuat ({why}). Pasang atau perbaiki paketnya, lalu mulai ulang bridge.",
    "The plugin {plugin} can't be loaded ({why}). Install or mend its package, then start the bridge again.",
)
SITE_EXISTS = problem(
    "lms.site_exists",
    409,
    "LMS dengan kode {code} sudah terdaftar dengan isian lain. Ubah dengan PUT.",
    "An LMS with the code {code} is registered with other particulars. Change it with PUT.",
)
UNKNOWN_PERSON = problem(
    "lms.unknown_person",
    404,
    "NIP ini tidak dikenal.",
    "This NIP is not known.",
)
UNKNOWN_COURSE = problem(
    "lms.unknown_course",
    404,
    "Orang ini tidak memiliki angkatan dengan kursus itu.",
    "This person has no batch with that course.",
)
UNKNOWN_MODULE = problem(
    "lms.unknown_module",
    404,
    "Program angkatan ini tidak memiliki modul itu.",
    "The programme of this batch has no such module.",
)
UNKNOWN_KEY = problem(
    "lms.unknown_key",
    404,
    "Kunci ini bukan milik permintaan terakhir untuk tempat itu.",
    "This key is not that of the last request for the place.",
)
BAD_FACT = problem(
    "lms.bad_fact",
    422,
    "Fakta dari LMS tidak masuk akal.",
    "The fact from the LMS makes no sense.",
)

TRIES_BEFORE_TELLING = 5
"""Calls that may fail before a person is told that a place could not be taken away."""
RETRY_AFTER = timedelta(minutes=10)
"""How long a place that could not be taken away rests before the next try."""
FAILURES_BEFORE_REST = 3
"""Calls to a site that may fail in a row before it is left alone for a while."""
FIRST_REST, LONGEST_REST = timedelta(seconds=10), timedelta(minutes=10)
SITE_FAILED = "site"
"""The result of calls that failed because the site as a whole did not answer or would have none of us."""
CALLS_AT_ONCE = 10
"""Calls to a site that may come faster than its pace, so that a quiet site answers at once."""

_CODE = re.compile(r"[a-z0-9_]{1,40}(\.[a-z0-9_]{1,60}){0,2}")


@dataclass(frozen=True, order=True)
class Triple:
    """Whose place where. Its order is the order in which places are locked."""

    site: str
    person_id: UUID
    course: str


@dataclass
class Place:
    """The wanted and the real state of one person in one course. `rev` counts wishes, `pushed` is the last wish the LMS
    answered, `effect_id` the one open call, `key` that of a wish handed over and not answered yet."""

    triple: Triple
    rev: int
    wanted: str
    actual: str
    pushed: int
    since: datetime
    effect_id: UUID | None = None
    key: UUID | None = None
    retry_at: datetime | None = None
    failed_at: datetime | None = None

    def want(self, wanted: str, now: datetime) -> None:
        """Wish for another state. A place that was never asked for needs nothing to be absent."""
        if wanted == self.wanted:
            return
        self.wanted, self.rev, self.retry_at, self.failed_at, self.since = wanted, self.rev + 1, None, None, now
        if wanted == ABSENT and self.untouched:
            self.actual, self.pushed = ABSENT, self.rev

    def want_again(self, now: datetime) -> None:
        """Wish for the same state again because it was undone outside."""
        self.rev, self.since = self.rev + 1, now

    @property
    def untouched(self) -> bool:
        """Whether the LMS was never asked about it."""
        return self.pushed == 0 and self.effect_id is None

    @property
    def to_push(self) -> bool:
        """Whether the LMS has to be told and no call is open."""
        return self.effect_id is None and self.pushed < self.rev and self.retry_at is None

    @property
    def settled(self) -> bool:
        """Whether the LMS is as wanted, as far as is known."""
        return self.effect_id is None and self.pushed >= self.rev and self.actual == self.wanted

    @property
    def undone_outside(self) -> bool:
        """Whether it was given, and is gone without our doing."""
        done = self.effect_id is None and self.pushed >= self.rev
        return done and self.wanted == ENROLLED and self.actual == ABSENT

    @property
    def at_rest(self) -> bool:
        """Whether nothing is being asked of the LMS, so that it can be compared with what is there."""
        return self.settled or self.undone_outside

    @property
    def free_of_others(self) -> bool:
        """Whether who gave it up has it no more: it is gone, or it belongs to another seat of the same person now."""
        return self.wanted == ENROLLED or self.settled

    def done(self, rev: int, want: str, now: datetime) -> None:
        """The LMS did what wish `rev` was."""
        self.actual, self.pushed, self.key, self.failed_at = want, max(self.pushed, rev), None, None
        self.since = now

    def handed(self, rev: int, key: UUID, now: datetime) -> None:
        """The LMS was asked and answers later under `key`."""
        self.actual, self.pushed, self.key, self.since = UNKNOWN, max(self.pushed, rev), key, now

    def refused(self, rev: int, now: datetime) -> bool:
        """The LMS said no to enrolling. Answers whether that is the answer to the present wish."""
        current = rev == self.rev and self.wanted == ENROLLED
        self.actual, self.pushed, self.key, self.since = ABSENT, max(self.pushed, rev), None, now
        if current:
            self.wanted, self.rev = ABSENT, self.rev + 1
        if self.wanted == ABSENT:
            self.pushed = self.rev
        return current

    def failed(self, now: datetime) -> bool:
        """The LMS would not take the place away; try later. Answers whether that is news."""
        news = self.failed_at is None
        self.pushed, self.key = min(self.pushed, self.rev - 1), None
        self.failed_at = self.failed_at or now
        self.actual, self.retry_at = UNKNOWN, now + RETRY_AFTER
        return news


@dataclass
class Request:
    """One question: a place for an attempt of a seat, and how it was answered."""

    seat_id: UUID
    attempt: int
    batch_id: UUID
    triple: Triple
    deadline: datetime
    state: str
    code: str = ""


def judged(attempt: int, released: int, highest: int, known_site: bool, capable: bool) -> str:
    """The code with which a new question is refused, or an empty one. `released` and `highest` are the highest attempts
    released and asked so far, 0 for none."""
    if released >= attempt or highest > attempt:
        return WITHDRAWN.code
    if not known_site:
        return UNKNOWN_SITE.code
    return "" if capable else NOT_CAPABLE.code


def rest_after(failures: int) -> timedelta | None:
    """How long a site is left alone after so many calls in a row that failed; None for not at all."""
    if failures < FAILURES_BEFORE_REST:
        return None
    return min(LONGEST_REST, FIRST_REST * 2.0 ** min(failures - FAILURES_BEFORE_REST, 20))


def paced(used_until: datetime | None, now: datetime, calls_a_minute: int) -> tuple[datetime, timedelta]:
    """The new moment until which a site's calls have used up its pace, and how long the next call has to wait (then
    the moment stays as it was)."""
    each = timedelta(minutes=1) / calls_a_minute
    used = max(used_until or now, now)
    wait = used - now - each * (CALLS_AT_ONCE - 1)
    return (used, wait) if wait > timedelta(0) else (used + each, timedelta(0))


def code_word(code: object) -> str:
    """A plugin's reason as a stable word; anything else becomes lms.refused."""
    return code if isinstance(code, str) and _CODE.fullmatch(code) else LMS_REFUSED.code


def storable(word: object, most: int = 1000) -> bool:
    """Whether a plugin's word is text that the database can keep."""
    return (
        isinstance(word, str)
        and len(word) <= most
        and "\0" not in word
        and not any("\ud800" <= letter <= "\udfff" for letter in word)
    )
