"""Who acts in the demo: people of the imported city and the roles their tokens carry."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from demo.city import City
from demo.city.agencies import EDUCATION, TRAINING_OFFICE
from demo.city.staff import StaffRow
from demo.world import Doors, Json
from shared import auth
from shared.auth import EVERYWHERE, Principal
from shared.ids import new_id

SETTING_UP = Principal(str(new_id()), {EVERYWHERE: frozenset({auth.TRAINING_OFFICE, auth.AUDITOR, auth.OPERATOR})})
"""Who looks the first people up, before anybody of the city is known."""


@dataclass(frozen=True)
class Somebody:
    """A person of the city: `row` is what the file said, `person_id` what enrolment calls them."""

    person_id: str
    agency_id: str
    row: StaffRow

    @property
    def band(self) -> str:
        """The first part of the grade: II of II/c."""
        return self.row.grade.split("/")[0]


@dataclass(frozen=True)
class Cast:
    """The people of the demo. Offices are held by staff of the training office, everywhere; a learner holds
    no more than their own record."""

    people: Mapping[str, Somebody]
    """By NIP."""
    agencies: Mapping[str, str]
    """Agency id by code."""
    office: Principal
    evaluator: Principal
    budget_officer: Principal
    auditor: Principal
    operator: Principal
    _by_id: dict[str, Somebody] = field(default_factory=dict)

    def learner(self, person_id: str) -> Principal:
        person = self._by_id[person_id]
        return Principal(person_id, {person.agency_id: frozenset({auth.LEARNER})})

    def officer(self, agency_id: str) -> Principal:
        """The agency's officer: the head of its first unit."""
        heads = [one for one in self._of(agency_id) if one.row.position.startswith("Kepala")]
        held = frozenset({auth.LEARNER, auth.AGENCY_OFFICER})
        return Principal(heads[min(1, len(heads) - 1)].person_id, {agency_id: held})

    def supervisor(self, person_id: str) -> Principal | None:
        """The person's supervisor; None for the head of an agency."""
        above = self.people.get(self._by_id[person_id].row.supervisor)
        if above is None:
            return None
        return Principal(above.person_id, {above.agency_id: frozenset({auth.LEARNER, auth.SUPERVISOR})})

    def person(self, person_id: str) -> Somebody:
        return self._by_id[person_id]

    def school_staff(self) -> list[Somebody]:
        """Active staff below the heads of the education office, school administration first."""
        own = [one for one in self._of(self.agencies[EDUCATION]) if self._may_learn(one)]
        return sorted(own, key=lambda one: one.row.position != "Tenaga Administrasi Sekolah")

    def others(self) -> list[Somebody]:
        """Active staff below the heads outside the education office."""
        education = self.agencies[EDUCATION]
        return [one for one in self.people.values() if one.agency_id != education and self._may_learn(one)]

    def _of(self, agency_id: str) -> Iterator[Somebody]:
        return (one for one in self.people.values() if one.agency_id == agency_id)

    @staticmethod
    def _may_learn(one: Somebody) -> bool:
        return one.row.standing == "Aktif" and not one.row.position.startswith("Kepala")


def find_cast(doors: Doors, city: City) -> Cast:
    """The cast, with ids as enrolment answers them over HTTP."""
    agencies = {
        str(row["code"]): str(row["agency_id"]) for row in pages(doors, "enrolment", "/v1/agencies", SETTING_UP)
    }
    # Lists mask numbers, as they should; what they show beside tells the people of this city apart.
    ids: dict[tuple[str, ...], list[str]] = {}
    for row in pages(doors, "enrolment", "/v1/people", SETTING_UP):
        key = (*(str(row[name]) for name in ("name", "agency_id", "unit", "position")), _ends(str(row["nip_masked"])))
        ids.setdefault(key, []).append(str(row["person_id"]))
    people: dict[str, Somebody] = {}
    for one in city.staff:
        agency_id = agencies[one.agency]
        found = ids[one.name, agency_id, one.unit, one.position, _ends(one.nip)]
        people[one.nip] = Somebody(found.pop(), agency_id, one)
    by_id = {one.person_id: one for one in people.values()}
    bkpsdm = [one for one in people.values() if one.agency_id == agencies[TRAINING_OFFICE]]

    def holds(index: int, *roles: str) -> Principal:
        one = bkpsdm[min(index, len(bkpsdm) - 1)]
        return Principal(one.person_id, {EVERYWHERE: frozenset(roles), one.agency_id: frozenset({auth.LEARNER})})

    return Cast(
        people=people,
        agencies=agencies,
        office=holds(2, auth.TRAINING_OFFICE),
        evaluator=holds(3, auth.EVALUATOR),
        budget_officer=holds(4, auth.BUDGET_OFFICER),
        auditor=holds(5, auth.AUDITOR),
        operator=holds(6, auth.OPERATOR),
        _by_id=by_id,
    )


def _ends(nip: str) -> str:
    """What a masked number still shows."""
    return nip[:4] + nip[-2:]


def pages(doors: Doors, service: str, path: str, by: Principal, **query: str) -> Iterator[Json]:
    """All rows of a list, page by page."""
    after: str | None = None
    while True:
        asked = {**query, "limit": "500", **({"after": after} if after else {})}
        answer = doors.call("GET", service, path, by, query=asked)
        rows: Sequence[Json] = answer["items"]
        yield from rows
        after = answer.get("next")
        if not after:
            return
