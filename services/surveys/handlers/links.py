"""A person's own link."""

import secrets
from uuid import UUID

from sqlalchemy.orm import Session

from services.surveys.handlers.settings import settings
from services.surveys.store.instruments import setting
from services.surveys.tools.links import invitation_of, token_of


def word_of(session: Session, invitation_id: UUID) -> str:
    """The token in the link."""
    return token_of(invitation_id, _secret(session))


def invited_by(session: Session, token: str) -> UUID | None:
    """The invitation a token is for, or None."""
    return invitation_of(token, _secret(session))


def _secret(session: Session) -> str:
    return settings().link_secret or setting(session, "link_secret", secrets.token_urlsafe(32))
