from tests.journeys.conftest import broker_url, own_environment  # noqa: F401 - likewise
from tests.shared.bus.fixtures import *  # noqa: F403 - pytest finds fixtures by name in this module
