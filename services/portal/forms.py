"""What a form sent: values are kept, everything wrong is collected, and only then is anything handed over."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask import request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from services.portal.backend import Down, Refusal, new_key
from services.portal.i18n import zone

KEY_FIELD = "key"


@dataclass
class Form:
    """One filled form. `wrong` maps a field to the sentence shown beside it and in the summary; `refusal` is what a
    service answered to the whole. `key` is the idempotency key, kept while it is not known whether the command came."""

    values: MultiDict[str, str]
    wrong: dict[str, str] = field(default_factory=dict)
    refusal: Refusal | Down | None = None
    key: str = field(default_factory=new_key)

    def get(self, name: str, default: str = "") -> str:
        """The value as it was typed."""
        return self.values.get(name, default)

    def all(self, name: str) -> list[str]:
        """Every chosen value of a field."""
        return self.values.getlist(name)

    def text(self, name: str, *, needed: str = "", most: int = 2000) -> str:
        """A trimmed text; `needed` is what to say where it is empty."""
        value = self.get(name).strip()
        if needed and not value:
            self.wrong[name] = needed
        elif len(value) > most:
            self.wrong[name] = _("Paling banyak %(most)s huruf.", most=most)
        return value

    def whole(self, name: str, *, needed: str = "", least: int = 0, most: int = 10**12) -> int | None:
        """A whole number; dots between thousands and a leading Rp are allowed."""
        value = self.get(name).strip().removeprefix("Rp").replace(".", "").replace(" ", "")
        if not value:
            if needed:
                self.wrong[name] = needed
            return None
        if not value.isascii() or not value.isdigit() or not least <= int(value[:15]) <= most:
            self.wrong[name] = _("Isi angka bulat dari %(least)s sampai %(most)s.", least=least, most=most)
            return None
        return int(value)

    def day(self, name: str, *, needed: str = "") -> date | None:
        """A date from a date field."""
        value = self.get(name).strip()
        if not value:
            if needed:
                self.wrong[name] = needed
            return None
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.wrong[name] = _("Tulis tanggal lengkap, misalnya 2026-01-31.")
            return None

    def moment(self, name: str, *, needed: str = "") -> datetime | None:
        """A date and time of the city."""
        value = self.get(name).strip()
        if not value:
            if needed:
                self.wrong[name] = needed
            return None
        try:
            return datetime.fromisoformat(value).replace(tzinfo=zone())
        except ValueError:
            self.wrong[name] = _("Tulis tanggal dan jam, misalnya 2026-01-31 09:00.")
            return None

    @property
    def fine(self) -> bool:
        """Whether nothing is wrong so far."""
        return not self.wrong and self.refusal is None

    def hand_over(self, command: Callable[[str], Any], names: dict[str, str] | None = None) -> Any:
        """Run the command with the form's key; None where it was refused or nobody answered. `names` maps a service's
        field to the form's where they differ."""
        try:
            return command(self.key)
        except Refusal as refusal:
            self.refusal = refusal
            for path, sentence in refusal.fields.items():
                mapped = (names or {}).get(path, path)
                self.wrong.setdefault(mapped if mapped in self.values else "", sentence)
            self.key = new_key()
        except Down as down:
            # Whether it arrived is not known: the same key again makes the repeat harmless.
            self.refusal = down
        return None

    @property
    def status(self) -> int:
        """The HTTP status of the page that shows the form again."""
        if isinstance(self.refusal, Down):
            return 503
        if isinstance(self.refusal, Refusal):
            return self.refusal.status
        return 422 if self.wrong else 200


def empty(**values: str) -> Form:
    """A fresh form with these values in it."""
    return Form(MultiDict(values))


def sent() -> Form:
    """The form of this request."""
    key = request.form.get(KEY_FIELD, "")
    return Form(request.form, key=key if key.isalnum() and 16 <= len(key) <= 64 else new_key())
