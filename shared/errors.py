"""The one way a rule says no: a stable code word, an HTTP status and a sentence in Indonesian and English.

A service defines its problems beside its rules:

    EXHAUSTED = problem(
        "budget.exhausted",
        409,
        "Sisa pagu Rp{available} tidak cukup untuk Rp{asked}.",
        "Rp{available} is left, not enough for Rp{asked}.",
    )
    raise EXHAUSTED(asked=5_000_000, available=1_200_000)

The catalogue of all of them is docs/errors.md, which a test compares with CATALOGUE.
"""

from dataclasses import dataclass
from typing import Any


class DomainError(Exception):
    """A rule's no. `code` and `status` are stable; `facts` fill the sentence and are answered as they are."""

    def __init__(self, problem: "Problem", **facts: Any) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.code = problem.code
        self.status = problem.status
        self.facts = facts

    def sentence(self, language: str = "id") -> str:
        """The sentence for a person, in `id` or `en`."""
        template = self.problem.english if language == "en" else self.problem.indonesian
        return template.format_map(_Facts(self.facts))


class NotYet(Exception):
    """An event refers to something this service has not heard of yet. It waits; it is not dead."""


class Mendable(Exception):
    """What keeps a command from its work and whoever runs it can mend: the text says how, so no trace is shown."""


class _Facts(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return "?"


@dataclass(frozen=True)
class Problem:
    """One kind of no. Called with its facts it makes the error to raise."""

    code: str
    status: int
    indonesian: str
    english: str

    def __call__(self, **facts: Any) -> DomainError:
        return DomainError(self, **facts)


CATALOGUE: dict[str, Problem] = {}


def problem(code: str, status: int, indonesian: str, english: str) -> Problem:
    """Define a problem once; a second one with the same code is a mistake in the code and fails at import."""
    made = Problem(code, status, indonesian, english)
    if CATALOGUE.setdefault(code, made) != made:
        raise ValueError(f"problem {code} is defined twice")
    return made


UNAUTHENTICATED = problem(
    "auth.unauthenticated",
    401,
    "Masuk dahulu: tanda masuk tidak ada, salah, atau kedaluwarsa.",
    "Sign in first: the token is missing, wrong or expired.",
)
FORBIDDEN = problem(
    "auth.forbidden",
    403,
    "Peran Anda tidak mencakup tindakan ini. Hubungi {who}.",
    "Your role does not cover this action. Ask {who}.",
)
NOT_FOUND = problem(
    "request.not_found",
    404,
    "Yang diminta tidak ada, atau bukan untuk Anda.",
    "There is no such thing, or it is not yours to see.",
)
INVALID = problem(
    "request.invalid",
    422,
    "Isian belum benar; lihat rinciannya.",
    "The input is not right yet; see the details.",
)
MALFORMED = problem(
    "request.malformed",
    400,
    "Isi permintaan bukan JSON yang dapat dibaca.",
    "The body is not JSON that can be read.",
)
TOO_LARGE = problem(
    "request.too_large",
    413,
    "Isi permintaan terlalu besar.",
    "The body is too large.",
)
KEY_MISSING = problem(
    "idempotency.missing",
    400,
    "Kirim kepala Idempotency-Key agar permintaan aman diulang.",
    "Send an Idempotency-Key header so that the request is safe to repeat.",
)
KEY_MISMATCH = problem(
    "idempotency.mismatch",
    422,
    "Kunci ini sudah dipakai untuk isi yang lain. Buat kunci baru.",
    "This key was used with another body. Make a new key.",
)
KEY_INVALID = problem(
    "idempotency.invalid",
    400,
    "Idempotency-Key berisi 1 sampai 200 huruf, angka, atau tanda baca.",
    "An Idempotency-Key has 1 to 200 letters, digits or punctuation marks.",
)
