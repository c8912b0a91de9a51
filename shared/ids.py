"""Identifiers: UUIDv7. They order nothing; the outbox's bigint identity does."""

from uuid import NAMESPACE_URL, UUID, uuid5

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A new identifier."""
    return uuid7()


def id_of(*words: object) -> UUID:
    """The same identifier for the same words, for things that already have a name in the world (an agency's code)."""
    return uuid5(NAMESPACE_URL, "bangkom:" + ":".join(str(word) for word in words))
