"""Calls to Moodle's REST door. Nothing that it says in its own words is repeated: that may hold personal data."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from services.bridge.contract import SiteFailed
from shared.errors import problem
from shared.http import Answer, NoAnswer, Outside, Refused, private_hosts
from shared.ids import new_id

ADDRESS_REFUSED = problem(
    "moodle.address_refused",
    422,
    "Alamat Moodle tidak boleh dipanggil: pakai https; host di jaringan sendiri disebut di BANGKOM_PRIVATE_HOSTS.",
    "Moodle's address may not be called: use https; name a host of your own network in BANGKOM_PRIVATE_HOSTS.",
)
UNREACHABLE = problem(
    "moodle.unreachable",
    504,
    "Moodle tidak menjawab. Periksa alamatnya, sertifikatnya, dan apakah ia menyala.",
    "Moodle does not answer. Look at its address, its certificate, and whether it runs.",
)
NO_MOODLE = problem(
    "moodle.no_moodle",
    502,
    "Yang menjawab di alamat itu bukan layanan web Moodle. Periksa alamatnya; tanpa pengalihan.",
    "What answers at that address is not Moodle's web service. Look at the address; no redirect is followed.",
)
SERVER_ERROR = problem(
    "moodle.server_error",
    502,
    "Moodle menjawab dengan kesalahan. Lihat catatan galat server Moodle.",
    "Moodle answers with an error. Look into the error log of Moodle's server.",
)
MAINTENANCE = problem(
    "moodle.maintenance",
    503,
    "Moodle sedang dalam mode pemeliharaan.",
    "Moodle is in maintenance mode.",
)
SERVICE_OFF = problem(
    "moodle.service_off",
    502,
    "Layanan web Moodle mati. Nyalakan layanan web, protokol REST, dan layanan Bangkom.",
    "Moodle's web services are off. Enable web services, the REST protocol and the service Bangkom.",
)
TOKEN_REFUSED = problem(
    "moodle.token_refused",
    502,
    "Moodle menolak token. Buat token baru untuk layanan Bangkom, dan periksa pengguna dan IP yang diizinkan.",
    "Moodle refuses the token. Make a new one for the service Bangkom, and look at its authorised users and IPs.",
)
NO_PLUGIN = problem(
    "moodle.no_plugin",
    502,
    "Plugin local_bangkom belum terpasang di Moodle, atau terlalu lama.",
    "The plugin local_bangkom is not installed in Moodle, or is too old.",
)
NO_RIGHTS = problem(
    "moodle.no_rights",
    502,
    "Pengguna token tidak memiliki hak yang diperlukan di Moodle.",
    "The token's user lacks rights in Moodle.",
)
_CODES = {
    "invalidtoken": TOKEN_REFUSED,
    "accessexception": TOKEN_REFUSED,
    "usernotallowed": TOKEN_REFUSED,
    "forcepasswordchangenotice": TOKEN_REFUSED,
    "usernotfullysetup": TOKEN_REFUSED,
    "passwordisexpired": TOKEN_REFUSED,
    "wsaccessusersuspended": TOKEN_REFUSED,
    "wsaccessuserdeleted": TOKEN_REFUSED,
    "wsaccessuserunconfirmed": TOKEN_REFUSED,
    "wsaccessusernologin": TOKEN_REFUSED,
    "wsaccessuserexpired": TOKEN_REFUSED,
    "sitemaintenance": MAINTENANCE,
    "upgraderunning": MAINTENANCE,
    "servicenotavailable": SERVICE_OFF,
    "enablewsdescription": SERVICE_OFF,
    "invalidrecord": NO_PLUGIN,
    "servicerequireslogin": NO_RIGHTS,
    "nopermissions": NO_RIGHTS,
    "requireloginerror": NO_RIGHTS,
    "missingrequiredcapability": NO_RIGHTS,
}
_OUTSIDE = Outside(connect=5.0, read=45.0, whole=50.0, tries=2)


class MoodleSays(Exception):
    """Moodle refused one call in its own way: `code` is its error code, nothing else is kept of it."""

    def __init__(self, code: str) -> None:
        super().__init__("moodle refused")
        self.code = code


class Rest:
    """Moodle's web service of one site."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._url = str(settings.get("url", "")).strip().rstrip("/")
        self._token = str(settings.get("token", "")).strip()

    def call(self, function: str, **given: object) -> Any:
        """What the function answers. SiteFailed where the site as a whole fails, MoodleSays where only this call does.
        A call may be repeated, so a function must do nothing more the second time."""
        form = {"wstoken": self._token, "wsfunction": f"local_bangkom_{function}", "moodlewsrestformat": "json"}
        form |= {name: _text(value) for name, value in given.items()}
        url = f"{self._address()}/webservice/rest/server.php"
        try:
            answer = _OUTSIDE.send("POST", url, data=form, key=str(new_id()))
            return _read(answer)
        except Refused:
            raise SiteFailed(ADDRESS_REFUSED.code) from None
        except NoAnswer:
            raise SiteFailed(UNREACHABLE.code) from None

    def _address(self) -> str:
        try:
            parts = urlsplit(self._url)
            # A token may travel unencrypted only inside our own network.
            plain = parts.scheme == "http" and (parts.hostname or "") not in private_hosts()
            good = parts.scheme in ("http", "https") and parts.hostname and not parts.query and not parts.fragment
        except ValueError:
            raise SiteFailed(ADDRESS_REFUSED.code) from None
        if not good or plain:
            raise SiteFailed(ADDRESS_REFUSED.code)
        return self._url


def _read(answer: Answer) -> Any:
    if answer.status >= 500:
        raise SiteFailed((MAINTENANCE if answer.status == 503 else SERVER_ERROR).code)
    if answer.status == 429:
        raise SiteFailed(SERVER_ERROR.code)
    try:
        body = answer.json()
    except NoAnswer:
        # Moodle says with a page, not with JSON, that web services are off.
        raise SiteFailed((SERVICE_OFF if answer.status == 403 else NO_MOODLE).code) from None
    if not answer.good and not isinstance(body, dict):
        raise SiteFailed(NO_MOODLE.code)
    if isinstance(body, dict) and ("exception" in body or "errorcode" in body):
        code = str(body.get("errorcode", ""))
        known = _CODES.get(code)
        if known is not None:
            raise SiteFailed(known.code)
        if code.startswith(("dml", "ddl")):
            raise SiteFailed(SERVER_ERROR.code)
        raise MoodleSays(code)
    if not answer.good:
        raise SiteFailed(NO_MOODLE.code)
    return body


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
