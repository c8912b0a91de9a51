from tests.shared.bus.fixtures import broker_door, rabbit, toy_databases, toy_engines  # noqa: F401
from tests.shared.doctor.fixtures import *  # noqa: F403 - pytest finds fixtures by name in this module
