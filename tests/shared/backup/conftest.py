from tests.shared.backup.fixtures import *  # noqa: F403 - pytest finds fixtures by name in this module
from tests.shared.bus.fixtures import rabbit, toy_databases, toy_engines  # noqa: F401
