"""The pages, split by what they are about. Each only fetches, hands over, and renders."""

from services.portal.pages import (
    answers,
    approvals,
    batch_forms,
    batches,
    findings,
    home,
    installable,
    learning,
    lines,
    opening,
    people,
    preferences,
    programmes,
    seats,
    sign_in,
)

BLUEPRINTS = (
    home.pages,
    sign_in.pages,
    preferences.pages,
    installable.pages,
    batches.pages,
    batch_forms.pages,
    opening.pages,
    seats.pages,
    approvals.pages,
    people.pages,
    programmes.pages,
    findings.pages,
    learning.pages,
    lines.pages,
    answers.pages,
)
