"""An LMS site that signs its calls to the bridge, and what it has to tell."""

import json
import time
from dataclasses import dataclass, field
from typing import Any

from services.bridge.handlers.keys import make_key
from services.bridge.signed import signature
from shared.ids import new_id
from tests.services.bridge.given import COURSE, SITE, nip_of
from tests.town import Town


@dataclass
class Signer:
    """A site with one of its keys. What a test gives as a header replaces what a right call has."""

    town: Town
    key: str
    secret: str
    skew: int = 0
    calls: int = 0
    began: int = field(default_factory=lambda: int(time.time()))

    @classmethod
    def of(cls, town: Town, site: str = SITE) -> "Signer":
        with town.unit("bridge") as unit:
            return cls(town, *make_key(unit, site))

    def call(self, path: str, body: object, **headers: str) -> tuple[bytes, dict[str, str]]:
        """The body and the headers of a call."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        # A second of its own for each call: the same body signed twice in one second is a replay.
        self.calls += 1
        stamp = headers.get("X_Bangkom_Timestamp", str(self.began + self.skew - self.calls))
        signed = {
            "X-Bangkom-Key": self.key,
            "X-Bangkom-Timestamp": stamp,
            "X-Bangkom-Signature": f"sha256={signature(self.secret, 'POST', path, stamp, data)}",
            "Content-Type": "application/cloudevents-batch+json",
        }
        return data, signed | {name.replace("_", "-"): value for name, value in headers.items()}

    def send(self, data: bytes, headers: dict[str, str], path: str = "/facts") -> Any:
        """Make a call as it is."""
        return self.town.client("bridge").flask.post(path, data=data, headers=headers)

    def post(self, path: str, body: object, **headers: str) -> Any:
        """Sign and make a call."""
        return self.send(*self.call(path, body, **headers), path=path)

    def facts(self, *rows: object) -> list[tuple[str, str]]:
        """Tell facts; answers the outcome of each and its code."""
        answer = self.post("/facts", list(rows))
        assert answer.status_code == 200, answer.text
        return [(item["outcome"], item["code"]) for item in answer.json["items"]]


def told(kind: str, number: int = 1, **data: Any) -> dict[str, Any]:
    """One CloudEvent of a person's; `data` may replace what is around it by a name that begins with `_`."""
    around = {name[1:]: data.pop(name) for name in list(data) if name.startswith("_")}
    return {
        "specversion": "1.0",
        "id": str(new_id()),
        "source": "https://lms.example.go.id",
        "type": f"lms.{kind}",
        "subject": nip_of(number),
        "time": "2026-03-02T07:00:00Z",
        "data": {"course": COURSE, **data},
        **around,
    }
