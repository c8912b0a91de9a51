"""Every no of this service."""

from shared.errors import problem

USED = problem(
    "survey.used",
    410,
    "Tautan ini sudah dipakai; jawaban Anda sudah kami terima. Terima kasih.",
    "This link was used; your answer has been received. Thank you.",
)
CLOSED = problem(
    "survey.closed",
    410,
    "Survei ini sudah ditutup.",
    "This survey is closed.",
)
UNSUPPORTED = problem(
    "survey.unsupported",
    422,
    "Instrumen memakai yang belum didukung: {construct}.",
    "The instrument uses what is not supported: {construct}.",
)
BAD_INSTRUMENT = problem(
    "survey.bad_instrument",
    422,
    "Instrumen belum benar di {place}: {reason}.",
    "The instrument is not right at {place}: {reason}.",
)
UNREADABLE = problem(
    "survey.unreadable",
    422,
    "Berkas {file} bukan JSON SurveyJS yang dapat dibaca.",
    "The file {file} is not SurveyJS JSON that can be read.",
)
BAD_ANSWERS = problem(
    "survey.bad_answers",
    422,
    "Ada jawaban yang belum benar; lihat butir yang ditandai.",
    "Some answers are not right yet; see the marked items.",
)
NOT_OPEN = problem(
    "campaign.not_open",
    409,
    "Survei ini belum dibuka atau sudah ditutup.",
    "This survey is not open yet, or closed already.",
)
DUE_PAST = problem(
    "finding.due_past",
    422,
    "Tenggat {due} sudah lewat; pilih hari ini atau sesudahnya.",
    "The due date {due} has passed; choose today or later.",
)
CHANGE_INCOMPLETE = problem(
    "finding.change_incomplete",
    422,
    "Perubahan {kind} memerlukan: {fields}.",
    "The change {kind} needs: {fields}.",
)
CHANGE_FOREIGN = problem(
    "finding.change_foreign",
    422,
    "Perubahan {kind} tidak memakai: {fields}.",
    "The change {kind} has no use for: {fields}.",
)
IN_EFFECT = problem(
    "finding.in_effect",
    409,
    "Perubahan untuk temuan ini sudah berlaku dan tidak dapat diganti.",
    "The change for this finding is in effect and can't be replaced.",
)
