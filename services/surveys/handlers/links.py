"""A person's own link."""

import secrets
from uuid import UUID

from sqlalchemy import Connection

from services.surveys.handlers.settings import settings
from services.surveys.store.instruments import setting
from services.surveys.tools.links import invitation_of, token_of


def word_of(db: Connection, invitation_id: UUID) -> str:
    """The token in the link."""
    return token_of(invitation_id, _secret(db))


def invited_by(db: Connection, token: str) -> UUID | None:
    """The invitation a token is for, or None."""
    return invitation_of(token, _secret(db))


def _secret(db: Connection) -> str:
    return settings().link_secret or setting(db, "link_secret", secrets.token_urlsafe(32))
