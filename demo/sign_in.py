"""As whom the pages can be looked at after the demo."""

from collections.abc import Iterable

from demo.story import Story
from shared.auth import EVERYWHERE, Principal
from shared.issuer import Persona


def personas(story: Story) -> list[Persona]:
    """One person per role, and learners who completed, never came, or had no money."""
    cast = story.cycle.cast
    learner = story.first_people[0]
    offices: Iterable[tuple[str, Principal]] = (
        ("bkpsdm", cast.office),
        ("evaluator", cast.evaluator),
        ("anggaran", cast.budget_officer),
        ("auditor", cast.auditor),
        ("operator", cast.operator),
        ("pengelola-opd", cast.officer(cast.person(learner).agency_id)),
        ("atasan", cast.supervisor(learner) or cast.office),
        ("peserta", cast.learner(learner)),
    )
    return [_persona(story, key, principal) for key, principal in offices]


def _persona(story: Story, key: str, principal: Principal) -> Persona:
    person = story.cycle.cast.person(principal.id)
    names = {row.code: row.name for row in story.city.agencies}
    # A persona has one agency; whoever has an office in all has their own record there as well.
    agency = EVERYWHERE if EVERYWHERE in principal.roles else person.agency_id
    roles = sorted({role for held in principal.roles.values() for role in held})
    return Persona(key, person.row.name, person.person_id, tuple(roles), agency, names[person.row.agency])
