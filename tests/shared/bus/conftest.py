from tests.shared.bus.fixtures import *  # noqa: F403 - pytest finds fixtures by name in this module
