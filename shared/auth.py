"""Who acts: a bearer token becomes a Principal with roles per agency."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

LEARNER = "learner"
SUPERVISOR = "supervisor"
AGENCY_OFFICER = "agency_officer"
TRAINING_OFFICE = "training_office"
TRAINER = "trainer"
EVALUATOR = "evaluator"
BUDGET_OFFICER = "budget_officer"
OPERATOR = "operator"
AUDITOR = "auditor"
ROLES = (
    LEARNER,
    SUPERVISOR,
    AGENCY_OFFICER,
    TRAINING_OFFICE,
    TRAINER,
    EVALUATOR,
    BUDGET_OFFICER,
    OPERATOR,
    AUDITOR,
)
EVERYWHERE = "*"
"""The agency under which a role holds for all agencies."""


@dataclass(frozen=True)
class Principal:
    """The subject of a token. `id` is the person_id, or `service:<name>` for the system itself; `roles` maps an agency
    id (or EVERYWHERE) to role names. Relations such as supervisor-of are looked up by the owning service. `lent` says
    that an LMS vouches for them: they act for themselves only."""

    id: str
    roles: Mapping[str, frozenset[str]] = field(default_factory=dict)
    lent: bool = False

    def has(self, role: str, agency: UUID | None = None) -> bool:
        """Whether the role holds for the agency; without an agency, whether it holds for any."""
        if agency is None:
            return any(role in held for held in self.roles.values())
        return role in self.roles.get(str(agency), ()) or role in self.roles.get(EVERYWHERE, ())

    def agencies(self, role: str) -> frozenset[UUID] | None:
        """The agencies for which the role holds; None means all."""
        if role in self.roles.get(EVERYWHERE, ()):
            return None
        return frozenset(UUID(agency) for agency, held in self.roles.items() if role in held)

    @property
    def person_id(self) -> UUID | None:
        """The person behind the principal; None for the system itself."""
        try:
            return UUID(self.id)
        except ValueError:
            return None

    @property
    def over_others(self) -> UUID | None:
        """The person whose relations to others (supervisor-of) give rights; None where they give none, because whoever
        runs an LMS can sign in there as anybody."""
        return None if self.lent else self.person_id


def system(service: str) -> Principal:
    """The principal of a service's own handlers, sweeps and commands."""
    return Principal(f"service:{service}")
