"""How often somebody may begin a launch: each visitor by themselves, though all of them come through the portal."""

import pytest

from shared.service import Service
from shared.web.app import Context, create_app
from tests.plugins.lti.conftest import Place

ASKED = {"iss": "https://lms.example", "login_hint": "u1"}


def statuses(service: Service, place: Place, proxies: int, *visitors: str) -> list[int]:
    """What the bridge answers to one launch of each of these visitors; six a minute, two at once."""
    engine = place.town.engines["bridge"]

    def nobody(_: object) -> None:
        raise AssertionError("nobody is signed in")

    client = create_app(service, Context(engine, nobody, {}, 6, proxies)).test_client()  # type: ignore[arg-type]
    return [client.post("/lti/logins", json=ASKED, headers={"X-Forwarded-For": each}).status_code for each in visitors]


@pytest.mark.parametrize(("proxies", "last"), [(1, [429, 404]), (0, [429, 429])])
def test_a_visitor_who_asks_too_often_holds_up_nobody_else_where_the_portal_is_believed(
    place: Place, proxies: int, last: list[int]
) -> None:
    service = place.town.services["bridge"]
    answers = statuses(service, place, proxies, "10.0.0.1", "10.0.0.1", "10.0.0.1", "10.0.0.2")
    assert answers == [404, 404, *last]


def test_a_visitor_cannot_pass_for_another_by_a_header_of_their_own(place: Place) -> None:
    service = place.town.services["bridge"]
    answers = statuses(service, place, 1, "1.1.1.1, 10.0.0.1", "2.2.2.2, 10.0.0.1", "3.3.3.3, 10.0.0.1")
    assert answers == [404, 404, 429]
