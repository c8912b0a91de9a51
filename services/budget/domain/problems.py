"""Every no of the budget, as an answer over HTTP, as the code in a refusal event, or as the outcome of an imported
row.
"""

from shared.errors import problem

HELP_ROLE = "budget_officer"
"""Who can help when money is refused: the officer who may shift or amend the line."""

NO_LINE = problem(
    "budget.no_line",
    404,
    "Baris anggaran ini belum ada. Minta pengelola anggaran mengimpor dokumennya.",
    "There is no such budget line yet. Ask the budget officer to import its document.",
)
WRONG_YEAR = problem(
    "budget.wrong_year",
    409,
    "Baris anggaran ini bukan untuk tahun anggaran yang diminta.",
    "This budget line belongs to another fiscal year than the one asked for.",
)
EXHAUSTED = problem(
    "budget.exhausted",
    409,
    "Sisa pagu Rp{available} tidak cukup untuk Rp{asked}.",
    "Rp{available} is left, not enough for Rp{asked}.",
)
SEAT_WITHDRAWN = problem(
    "seat.withdrawn",
    409,
    "Kursi ini sudah dilepas.",
    "This seat was given up.",
)
BATCH_WITHDRAWN = problem(
    "batch.withdrawn",
    409,
    "Angkatan ini sudah dibatalkan.",
    "This batch was cancelled.",
)
BELOW_USED = problem(
    "budget.below_used",
    409,
    "Pagu Rp{after} lebih kecil daripada Rp{used} yang sudah dipesan atau terealisasi.",
    "A budget of Rp{after} is less than the Rp{used} already reserved or realised.",
)
OLDER_DOCUMENT = problem(
    "budget.older_document",
    409,
    "Baris ini sudah diatur oleh dokumen yang lebih baru ({newer}).",
    "This line was already set by a newer document ({newer}).",
)
DOCUMENT_DIFFERS = problem(
    "budget.document_differs",
    409,
    "Dokumen {kind} nomor {number} sudah diimpor dengan isi lain. Dokumen tidak dapat diubah; pakai nomor baru.",
    "Document {kind} number {number} was imported with another content. A document never changes; use a new number.",
)
BAD_AMOUNT = problem(
    "budget.bad_amount",
    422,
    "Jumlah {value} bukan rupiah bulat, misalnya 1500000 atau 1.500.000,00.",
    "The amount {value} is not in whole rupiah, such as 1500000 or 1.500.000,00.",
)
BAD_CODE = problem(
    "budget.bad_code",
    422,
    "Kode {column} {value} tidak sesuai susunannya, misalnya {example}.",
    "The code {value} in {column} does not have its form, such as {example}.",
)
UNKNOWN_CODE = problem(
    "budget.unknown_code",
    422,
    "Kode {column} {value} tidak ada dalam rujukan dan berkas tidak memuat namanya.",
    "The code {value} in {column} is not in the reference and the file gives no name for it.",
)
REPEATED_ROW = problem(
    "budget.repeated_row",
    422,
    "Baris anggaran ini sudah ada pada baris {row} berkas yang sama.",
    "This budget line is already in row {row} of the same file.",
)
