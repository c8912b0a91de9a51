"""Dynamic registration: the tool tells a platform what it is, and is told who the platform is."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pylti1p3.dynamic_registration import DynamicRegistration

from plugins.lti.messages import SCORE
from plugins.lti.services import Session, told
from services.bridge.launching import CallFailed, NotBelieved, Platform, Tool
from shared.http import Outside, private_hosts

PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
SCOPES = (SCORE, "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly")


class Registration(DynamicRegistration):
    """What the tool says of itself."""

    def __init__(self, tool: Tool) -> None:
        self.tool = tool
        self.client_name, self.description = tool.name, tool.description

    def get_initiate_login_uri(self) -> str:
        return self.tool.login_url

    def get_jwks_uri(self) -> str:
        return self.tool.jwks_url

    def get_redirect_uris(self) -> list[str]:
        return [self.tool.launch_url]

    def get_scopes(self) -> list[str]:
        return list(SCOPES)

    def get_domain(self) -> str:
        return urlsplit(self.tool.base).netloc

    def get_target_link_uri(self) -> str:
        return self.tool.launch_url

    def get_claims(self) -> list[str]:
        return ["iss", "sub", "name", "email"]

    def get_messages(self) -> list[dict[str, str]]:
        link = self.tool.launch_url
        return [
            {"type": "LtiResourceLinkRequest", "target_link_uri": link, "label": self.tool.name},
            {"type": "LtiDeepLinkingRequest", "target_link_uri": link, "label": self.tool.name},
        ]

    def get_logo_uri(self) -> str:
        return f"{self.tool.base}/static/icon.svg"


def register(outside: Outside, tool: Tool, configuration: str, token: str) -> Platform:
    """Register the tool. NotBelieved where the platform's addresses are not to be called or do not fit together."""
    session = Session(outside)
    host = _callable(outside, configuration)
    with told():
        about = session.get(configuration, headers={"Accept": "application/json"}).json()
    if not isinstance(about, dict) or PLATFORM not in about:
        raise CallFailed("not_a_platform", False)
    issuer, endpoint = str(about.get("issuer", "")), str(about.get("registration_endpoint", ""))
    # Else a platform could register in the name of another one.
    if urlsplit(issuer).hostname != host or len(issuer) > 500:
        raise NotBelieved("issuer")
    addresses = [str(about.get(name, "")) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    for each in (endpoint, *addresses):
        _callable(outside, each)
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    with told():
        answer = outside.send("POST", endpoint, json=Registration(tool).lti_registration_data(), headers=headers)
        if not answer.good:
            raise CallFailed(f"http.{answer.status}", False)
        made = answer.json()
    if not isinstance(made, dict) or not isinstance(made.get("client_id"), str) or not made["client_id"]:
        raise CallFailed("no_client", False)
    return Platform(
        issuer=issuer,
        client_id=made["client_id"][:255],
        auth_url=addresses[0],
        token_url=addresses[1],
        jwks_url=addresses[2],
        audience=_audience(about, addresses[1]),
        deployments=_deployments(made),
    )


def _audience(about: Mapping[str, Any], token_url: str) -> str:
    named = about.get("authorization_server")
    return named[:500] if isinstance(named, str) and named else token_url


def _deployments(made: Mapping[str, Any]) -> tuple[str, ...]:
    tool = made.get(TOOL)
    deployment = tool.get("deployment_id") if isinstance(tool, dict) else None
    return (str(deployment)[:255],) if deployment else ()


def _callable(outside: Outside, address: str) -> str:
    """The host of an address that may be called: https, or whatever an operator named as a host inside."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        raise NotBelieved("address") from None
    allowed = private_hosts() if outside.allowed is None else outside.allowed
    inside = parts.scheme == "http" and host.lower() in allowed
    if not host or len(address) > 2000 or parts.username or not (parts.scheme == "https" or inside):
        raise NotBelieved("address")
    return host
