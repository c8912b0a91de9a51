"""What the tool says to a platform: an access token asked for, grades given, rosters read, content chosen.

pylti1p3 knows the words; every call goes out through shared.http, so that it ends in time and never goes inside.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from joserfc.jwk import RSAKey
from pylti1p3.assignments_grades import AssignmentsGradesService
from pylti1p3.deep_link import DeepLink
from pylti1p3.deep_link_resource import DeepLinkResource
from pylti1p3.exception import LtiException
from pylti1p3.grade import Grade
from pylti1p3.lineitem import LineItem
from pylti1p3.names_roles import NamesRolesProvisioningService
from pylti1p3.registration import Registration
from pylti1p3.service_connector import ServiceConnector

from plugins.lti.messages import TEACHES
from services.bridge.launching import CallFailed, Item, Member, Platform, SigningKey, Tool
from shared.http import Answer, NoAnswer, Outside, Refused

MOST_PAGES = 200
MOST_MEMBERS = 50_000
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})


class Registered(Registration):
    """The library's registration, which else names the key by its own hash instead of by its name."""

    def __init__(self, platform: Platform, key: SigningKey) -> None:
        self.set_issuer(platform.issuer).set_client_id(platform.client_id).set_auth_token_url(platform.token_url)
        self.set_auth_audience(platform.audience)
        pem = RSAKey.import_key(json.loads(key.private)).as_pem(private=True)
        self.set_tool_private_key(pem.decode("ascii"))
        self._kid = key.kid

    def get_kid(self) -> str:
        """The name of the tool's key."""
        return self._kid


@dataclass(frozen=True)
class _Response:
    """As much of an answer of `requests` as the library reads."""

    answer: Answer

    @property
    def ok(self) -> bool:
        return self.answer.good

    @property
    def content(self) -> bytes:
        return self.answer.body

    @property
    def headers(self) -> Mapping[str, str]:
        return self.answer.headers

    @property
    def text(self) -> str:
        return ""

    def json(self) -> Any:
        return self.answer.json()


@dataclass(frozen=True)
class Session:
    """As much of a session of `requests` as the library uses."""

    outside: Outside

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> _Response:
        return self._send("GET", url, headers=headers)

    def post(self, url: str, data: Any = None, headers: Mapping[str, str] | None = None) -> _Response:
        body = data.encode() if isinstance(data, str) else data
        return self._send("POST", url, data=body, headers=headers)

    def _send(self, method: str, url: str, **parts: Any) -> _Response:
        answer = self.outside.send(method, url, **parts)
        if not answer.good:
            raise CallFailed(f"http.{answer.status}", answer.status in _LATER)
        return _Response(answer)


class _Connector(ServiceConnector):
    """One access token for the life of one call; none is kept."""

    def __init__(self, registration: Registration, session: Session) -> None:
        super().__init__(registration, cast(Any, session))
        self._tokens: dict[str, str] = {}

    def _get_cached_access_token(self, scope_key: str) -> str | None:
        return self._tokens.get(scope_key)

    def _cache_access_token(self, scope_key: str, access_token: str, expires_in: float) -> None:  # noqa: ARG002
        self._tokens[scope_key] = access_token


def keys(outside: Outside, platform: Platform) -> Mapping[str, Any]:
    """The platform's public keys."""
    with told():
        found = Session(outside).get(platform.jwks_url).json()
    if not isinstance(found, dict) or not isinstance(found.get("keys"), list):
        raise CallFailed("not_keys", True)
    return found


def grade(
    outside: Outside, platform: Platform, key: SigningKey, line_item: str, user_id: str, score: int, at: datetime
) -> None:
    """Put a grade into the gradebook. The same grade again changes nothing there."""
    given = (
        Grade()
        .set_score_given(score)
        .set_score_maximum(100)
        .set_activity_progress("Completed")
        .set_grading_progress("FullyGraded")
        .set_timestamp(at.isoformat(timespec="milliseconds"))
        .set_user_id(user_id)
    )
    with told():
        AssignmentsGradesService(
            _Connector(Registered(platform, key), Session(outside)),
            {"scope": ["https://purl.imsglobal.org/spec/lti-ags/scope/score"], "lineitem": line_item},
        ).put_grade(given)


def roster(outside: Outside, platform: Platform, key: SigningKey, url: str) -> Iterator[Member]:
    """Everybody in a course, a page at a time."""
    service = NamesRolesProvisioningService(
        _Connector(Registered(platform, key), Session(outside)), {"context_memberships_url": url}
    )
    following: str | None = url
    count = 0
    for _ in range(MOST_PAGES):
        with told():
            members, following = service.get_members_page(following)
        for member in members if isinstance(members, list) else []:
            if not isinstance(member, dict) or not isinstance(member.get("user_id"), str | int):
                continue
            count += 1
            if count > MOST_MEMBERS:
                raise CallFailed("too_many", False)
            roles = member.get("roles")
            yield Member(
                user_id=str(member["user_id"]),
                nip=str(member.get("lis_person_sourcedid") or "").strip(),
                active=member.get("status", "Active") == "Active",
                teaches=isinstance(roles, list) and any(_full(role) in TEACHES for role in roles),
            )
        if not following:
            return
    raise CallFailed("too_many", False)


def chosen(
    platform: Platform,
    tool: Tool,
    deployment: str,
    choose: Mapping[str, Any],
    items: Sequence[Item],
    key: SigningKey,
) -> tuple[str, str]:
    """Where to send what was chosen, and the signed message."""
    resources = []
    for item in items:
        resource = DeepLinkResource().set_title(item.title).set_url(tool.launch_url)
        resource.set_custom_params({"bangkom": item.target})
        if item.graded:
            resource.set_lineitem(LineItem().set_label(item.title).set_score_maximum(100).set_tag("bangkom"))
        resources.append(resource)
    link = DeepLink(Registered(platform, key), deployment, cast(Any, choose))
    return str(choose["deep_link_return_url"]), link.get_response_jwt(resources)


class told:  # noqa: N801 - reads as a word
    """Whatever goes wrong in a call is told in a word, without what was said."""

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        match error:
            case Refused():
                raise CallFailed("address", False) from None
            case NoAnswer():
                raise CallFailed("no_answer", True) from None
            case LtiException() | KeyError() | TypeError() | AttributeError() | ValueError():
                raise CallFailed("not_understood", True) from None


def _full(role: Any) -> str:
    """A role as rosters may shorten it, in full."""
    text = str(role)
    return text if ":" in text else f"http://purl.imsglobal.org/vocab/lis/v2/membership#{text}"
