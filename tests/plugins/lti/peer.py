"""An LMS to launch from: lti1p3platform behind a real address, with a course page, a gradebook and a roster.

It can be made to lie: `claims` goes over the claims of the next tokens, `signs_with` signs them, `header` and
`lifetime` change how.
"""

import html
import json
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, jsonify, redirect, request
from lti1p3platform.exceptions import LtiException
from lti1p3platform.ltiplatform import LTI1P3PlatformConfAbstract
from lti1p3platform.message_launch import LTIAdvantageMessageLaunchAbstract
from lti1p3platform.oidc_login import OIDCLoginAbstract
from lti1p3platform.registration import Registration

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
INSTRUCTOR = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"
SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
MEMBERSHIP = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
TOKEN = "registration-token"


def pem() -> str:
    """A new RSA key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    ).decode()


def public_of(private: str) -> str:
    """Its public half."""
    key = serialization.load_pem_private_key(private.encode(), None).public_key()
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


@dataclass
class User:
    """Somebody with an account at the LMS."""

    nip: str
    name: str
    email: str
    roles: list[str] = field(default_factory=lambda: [LEARNER])


class Platform(LTI1P3PlatformConfAbstract):  # type: ignore[misc]
    def init_platform_config(self, registration: Registration) -> None:
        self._registration = registration

    def get_registration_by_params(self, **_: Any) -> Registration:
        return self._registration


class Login(OIDCLoginAbstract):  # type: ignore[misc]
    def set_lti_message_hint(self, hint: str) -> None:
        self._lti_message_hint = hint

    def get_redirect(self, url: str) -> str:
        return url


class Message(LTIAdvantageMessageLaunchAbstract):  # type: ignore[misc]
    def get_preflight_response(self) -> dict[str, Any]:
        return dict(self._request)

    def render_launch_form(self, launch_data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return launch_data


@dataclass
class Peer:
    """The LMS. `grades` and `items` are what the tool sent, `presented` the tokens that were handed out."""

    url: str = ""
    course: str = "MW-1"
    users: dict[str, User] = field(default_factory=dict)
    custom: dict[str, str] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    signs_with: str | None = None
    header: dict[str, Any] | None = None
    lifetime: int = 300
    graded: bool = True
    down: bool = False
    keys_read: int = 0
    page_size: int = 2
    grades: list[dict[str, Any]] = field(default_factory=list)
    items: list[dict[str, Any]] = field(default_factory=list)
    presented: list[dict[str, str]] = field(default_factory=list)
    configuration: dict[str, Any] = field(default_factory=dict)
    registered: dict[str, Any] = field(default_factory=dict)
    registration: Registration = field(default_factory=Registration)

    def __post_init__(self) -> None:
        self.new_key()

    def new_key(self) -> None:
        """Sign with another key from now on, and publish that one alone."""
        private = pem()
        self.registration.set_platform_private_key(private).set_platform_public_key(public_of(private))

    @property
    def platform(self) -> Platform:
        return Platform(registration=self.registration)

    def start(self, user: str, kind: str = "resource") -> str:
        """Where the browser of a user is sent when they open the link."""
        login = Login(None, self.platform)
        login.set_lti_message_hint(f"{user}:{kind}")
        return str(login.initiate_login(user))

    def answer(self, asked: dict[str, str]) -> dict[str, Any]:
        """The signed answer to the tool's question."""
        user_id, _, kind = asked["lti_message_hint"].partition(":")
        user = self.users[user_id]
        message = Message(asked, self.platform)
        message.set_user_data(user_id, user.roles, user.name, user.email)
        message.set_resource_link_claim("link-1", title="Bangkom")
        message.set_launch_context_claim("ctx-1", context_title="Manajemen Waktu", context_label=self.course)
        message.set_launch_presentation_claim("iframe", f"{self.url}/course")
        message.set_custom_parameters_claim(self.custom)
        if self.graded:
            message.set_ags(f"{self.url}/lines?x=1", f"{self.url}/lines/1?type=lti")
        message.set_nrps(f"{self.url}/members")
        message.set_extra_claims({f"{CLAIM}lis": {"person_sourcedid": user.nip}})
        if kind == "deep":
            message.set_dl(f"{self.url}/returned", extra_data={"secret": "kept"})
        message.set_extra_claims(self.claims)
        message.set_id_token_expiration(self.lifetime)
        made: dict[str, Any] = message.lti_launch()
        if self.claims or self.signs_with or self.header:
            made["id_token"] = self._forged(made["id_token"])
        self.presented.append({"state": made["state"], "id_token": made["id_token"]})
        return made

    def _forged(self, token: str) -> str:
        body = json.loads(LTI1P3PlatformConfAbstract.urlsafe_b64decode(None, token.split(".")[1])) | self.claims
        body = {name: value for name, value in body.items() if value is not None}
        header = self.header if self.header is not None else {"kid": self.registration.get_kid()}
        private = self.signs_with or self.registration.get_platform_private_key()
        return str(Registration.encode_and_sign(body, private, header))

    def app(self) -> Flask:
        app = Flask("peer")

        @app.get("/configuration")
        def configuration() -> Any:
            return jsonify(
                {
                    "issuer": self.url,
                    "authorization_endpoint": f"{self.url}/auth",
                    "token_endpoint": f"{self.url}/token",
                    "jwks_uri": f"{self.url}/keys",
                    "registration_endpoint": f"{self.url}/register",
                    "https://purl.imsglobal.org/spec/lti-platform-configuration": {"product_family_code": "peer"},
                }
                | self.configuration
            )

        @app.post("/register")
        def register() -> Any:
            if request.headers.get("Authorization") != f"Bearer {TOKEN}":
                return "", 401
            self.registered = request.get_json()
            tool = "https://purl.imsglobal.org/spec/lti-tool-configuration"
            launch = self.registered["redirect_uris"][0]
            self.registration.set_iss(self.url).set_client_id("tool-1").set_deployment_id("1")
            self.registration.set_oidc_login_url(self.registered["initiate_login_uri"]).set_launch_url(launch)
            self.registration.set_deeplink_launch_url(launch)
            self.registration.set_tool_key_set_url(self.registered["jwks_uri"])
            return jsonify(self.registered | {"client_id": "tool-1", tool: {"deployment_id": "1"}})

        @app.get("/course")
        def course() -> Any:
            address = html.escape(self.start(request.args["user"], request.args.get("kind", "resource")))
            return f'<!doctype html><title>Kursus</title><iframe src="{address}" width="900" height="700"></iframe>'

        @app.get("/start")
        def start() -> Any:
            return redirect(self.start(request.args["user"], request.args.get("kind", "resource")))

        @app.get("/auth")
        def auth() -> Any:
            made = self.answer(request.args.to_dict())
            fields = "".join(
                f'<input type="hidden" name="{name}" value="{html.escape(made[name])}">'
                for name in ("state", "id_token")
            )
            form = f'<form id="f" method="post" action="{html.escape(made["launch_url"])}">{fields}</form>'
            return f"<!doctype html>{form}<script>document.getElementById('f').submit()</script>"

        @app.get("/keys")
        def keys() -> Any:
            self.keys_read += 1
            return jsonify(self.platform.get_jwks())

        @app.post("/token")
        def token() -> Any:
            if self.down:
                return "", 503
            return jsonify(self.platform.get_access_token(request.form.to_dict()))

        @app.get("/members")
        def members() -> Any:
            if not self._allowed(MEMBERSHIP):
                return "", 401
            page = int(request.args.get("page", "0"))
            listed = sorted(self.users.items())[page * self.page_size : (page + 1) * self.page_size]
            found = [
                {"user_id": key, "status": "Active", "roles": ["Learner"], "lis_person_sourcedid": user.nip}
                for key, user in listed
            ]
            answer = jsonify(id=f"{self.url}/members", context={"id": "ctx-1"}, members=found)
            if (page + 1) * self.page_size < len(self.users):
                answer.headers["Link"] = f'<{self.url}/members?page={page + 1}>; rel="next"'
            return answer

        @app.post("/lines/1/scores")
        def scores() -> Any:
            if not self._allowed(SCORE):
                return "", 401
            self.grades.append(json.loads(request.get_data()) | {"query": request.query_string.decode()})
            return "", 204

        @app.post("/returned")
        def returned() -> Any:
            try:
                self.items += self.platform.validate_deeplinking_resp(request.form.to_dict())
            except LtiException as error:
                return type(error).__name__, 400
            return "<!doctype html><title>Kursus</title><h1>Tautan disimpan</h1>"

        return app

    def _allowed(self, scope: str) -> bool:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return bool(self.platform.validate_token(token, [scope]))
