"""What the fake services answer: one cycle from a first run to the effect of its change."""

from collections.abc import Mapping
from typing import Any

SUPERVISOR = "01900000-0000-7000-8000-000000000001"
OFFICER = "01900000-0000-7000-8000-000000000002"
OFFICE = "01900000-0000-7000-8000-000000000003"
EVALUATOR = "01900000-0000-7000-8000-000000000004"
BUDGET = "01900000-0000-7000-8000-000000000005"
LEARNER = "01900000-0000-7000-8000-000000000006"
AGENCY = "01900000-0000-7000-8000-0000000000a1"
PROGRAMME = "01900000-0000-7000-8000-0000000000b1"
OTHER_PROGRAMME = "01900000-0000-7000-8000-0000000000b2"
FIRST = "01900000-0000-7000-8000-0000000000c1"
SECOND = "01900000-0000-7000-8000-0000000000c2"
ONLINE = "01900000-0000-7000-8000-0000000000c3"
RUNNING = "01900000-0000-7000-8000-0000000000c4"
LINE = "01900000-0000-7000-8000-0000000000d1"
FINDING = "01900000-0000-7000-8000-0000000000e1"
OPEN_FINDING = "01900000-0000-7000-8000-0000000000e2"
CAMPAIGN = "01900000-0000-7000-8000-0000000000f1"
SESSION = "01900000-0000-7000-8000-000000000101"
MODULE = "01900000-0000-7000-8000-000000000111"
LINK = "tautan-contoh-1"
XSS = '<script>alert("x")</script> & Anak'

NAMES = {OFFICE: "Petugas BKPSDM Contoh"}


def seat_id(number: int) -> str:
    return f"01900000-0000-7000-8000-0000000002{number:02d}"


def person_id(number: int) -> str:
    return f"01900000-0000-7000-8000-0000000003{number:02d}"


def say(indonesian: str, english: str) -> dict[str, str]:
    return {"id": indonesian, "en": english}


PEOPLE_OF_LIST = [
    {
        "person_id": person_id(n),
        "name": name,
        "nip_masked": "1990••••••••••••12",
        "status": "pns",
        "standing": "active",
        "agency_id": AGENCY,
        "agency": "Dinas Pendidikan",
        "unit": "Sekretariat",
        "grade": "III/a",
        "position": "Analis",
    }
    for n, name in enumerate(["Peserta Satu", "Peserta Dua", "Peserta Tiga", XSS, "Peserta Lima"], start=1)
]
AGENCIES = [{"agency_id": AGENCY, "code": "1.01.0.00.0.00.01", "name": "Dinas Pendidikan", "parent_id": None}]
SESSIONS = [
    {
        "session_id": SESSION,
        "starts_at": "2026-03-10T01:30:00+00:00",
        "ends_at": "2026-03-10T08:00:00+00:00",
        "trainer_id": None,
        "place": "Aula BKPSDM",
        "present": 25,
    }
]
_BATCH = {
    "programme_id": PROGRAMME,
    "programme": "Manajemen Waktu",
    "programme_code": "MW-01",
    "jp": 14,
    "rev": 3,
    "reason": None,
    "since": "2026-02-02T02:00:00+00:00",
    "begins_at": "2026-03-10T01:30:00+00:00",
    "ends_at": "2026-03-10T08:00:00+00:00",
    "approvals": ["supervisor"],
    "no_show_spends": True,
    "closed": None,
    "mode": "classroom",
    "sessions": SESSIONS,
    "capacity": 40,
    "least": 10,
    "fixed_cost": 5_000_000,
    "seat_price": 350_000,
    "line_id": LINE,
    "fiscal_year": 2026,
    "site": None,
    "course": None,
    "agencies": [],
    "applied": [],
}
BATCHES: dict[str, dict[str, Any]] = {
    FIRST: {
        **_BATCH,
        "batch_id": FIRST,
        "name": "Manajemen Waktu Angkatan I",
        "state": "closed",
        "version": 1,
        "counts": {"completed": 24, "failed": 3, "waiting": 4, "refused": 6, "released": 2},
        "closed": {"confirmed": 27, "took_part": 25, "completed": 24, "failed": 3},
    },
    SECOND: {
        **_BATCH,
        "batch_id": SECOND,
        "name": "Manajemen Waktu Angkatan II",
        "state": "open",
        "version": 2,
        "counts": {"confirmed": 12, "requested": 5, "reserving": 2},
    },
    RUNNING: {
        **_BATCH,
        "batch_id": RUNNING,
        "name": "Manajemen Waktu Angkatan III",
        "state": "running",
        "version": 2,
        "counts": {"confirmed": 12},
    },
    ONLINE: {
        **_BATCH,
        "batch_id": ONLINE,
        "name": "Etika Pemerintahan Daring",
        "programme_id": OTHER_PROGRAMME,
        "programme": "Etika Pemerintahan",
        "state": "cancelled",
        "version": 1,
        "sessions": [],
        "reason": "quorum",
        "begins_at": None,
        "counts": {"released": 4},
    },
}
STATES_OF_SEATS = ["confirmed", "confirmed", "confirmed", "requested", "waiting"]
SEATS = [
    {
        "seat_id": seat_id(n),
        "person_id": person_id(n),
        "name": PEOPLE_OF_LIST[n - 1]["name"],
        "agency_id": AGENCY,
        "agency": "Dinas Pendidikan",
        "state": STATES_OF_SEATS[n - 1],
        "presence_percent": None,
    }
    for n in range(1, 6)
]
TIMELINE = [
    {"at": "2026-02-02T02:00:00+00:00", "what": say("Angkatan dibuka", "The batch was opened"), "count": 1},
    {
        "at": "2026-02-03T02:00:00+00:00",
        "what": say("Usulan disetujui; dana dipesan", "Nominations approved; money asked for"),
        "count": 27,
    },
    {
        "at": "2026-02-03T02:00:05+00:00",
        "what": say("Ditolak karena sisa pagu tidak cukup", "Refused: not enough money left on the line"),
        "count": 6,
    },
]
RECORD = {
    "person_id": LEARNER,
    "name": "Peserta Contoh",
    "nip_masked": "1990••••••••••••12",
    "agency": "Dinas Pendidikan",
    "status": "pns",
    "target": {"kind": "MIN", "jp": 20, "legal_basis": "PP 17/2020 pasal 203", "source": "salinan di situs peraturan"},
    "jp": 14,
    "seats": [
        {
            "seat_id": seat_id(1),
            "batch_id": FIRST,
            "batch": "Manajemen Waktu Angkatan I",
            "programme_id": PROGRAMME,
            "programme": "Manajemen Waktu",
            "version": 1,
            "state": "completed",
            "reason": None,
            "begins_at": "2026-03-10T01:30:00+00:00",
            "presence_percent": 100,
        }
    ],
    "credits": [
        {"jp": 14, "on": "2026-03-12", "programme": "Manajemen Waktu", "programme_id": PROGRAMME, "version": 1}
    ],
}
VERSIONS = [
    {
        "programme_id": PROGRAMME,
        "version": number,
        "draft": False,
        "definition": {
            "code": "MW-01",
            "title": "Manajemen Waktu",
            "goal": "Pegawai menyelesaikan pekerjaan penting lebih dahulu.",
            "form": 8,
            "mode": "classroom",
            "level": level,
            "jp": 14,
            "prerequisites": [],
            "modules": [
                {"module_id": MODULE, "position": 1, "title": "Prioritas", "minutes": 90, "bridging": False},
            ],
            "rule": {"presence_percent": 80, "all_modules": True, "least_score": None},
        },
        "changes": changes,
        "created_at": published,
        "published_at": published,
    }
    for number, level, published, changes in [
        (
            2,
            "basic",
            "2026-04-20T03:00:00+00:00",
            [{"finding_id": FINDING, "kind": "level", "before": "advanced", "after": "basic"}],
        ),
        (1, "advanced", "2026-01-12T03:00:00+00:00", []),
    ]
]
PROGRAMMES = [
    {
        "programme_id": PROGRAMME,
        "code": "MW-01",
        "title": "Manajemen Waktu",
        "version": 2,
        "draft": False,
        "level": "basic",
        "mode": "classroom",
        "jp": 14,
    },
    {
        "programme_id": OTHER_PROGRAMME,
        "code": "EP-01",
        "title": "Etika Pemerintahan",
        "version": 1,
        "draft": False,
        "level": "basic",
        "mode": "online",
        "jp": 6,
    },
]
EFFECT = {
    "finding_id": FINDING,
    "programme_id": PROGRAMME,
    "kind": "too_hard",
    "before": {"version": 1, "count": 15, "n": 25, "share": 0.6, "shown": "60 %", "low": 0.407, "high": 0.766},
    "after": {"version": 2, "count": 5, "n": 28, "share": 0.179, "shown": "18 %", "low": 0.079, "high": 0.356},
    "difference": -0.421,
    "low": -0.62,
    "high": -0.16,
    "state": "improved",
}
FINDINGS: dict[str, dict[str, Any]] = {
    FINDING: {
        "finding_id": FINDING,
        "campaign_id": CAMPAIGN,
        "batch_id": FIRST,
        "programme_id": PROGRAMME,
        "version": 1,
        "kind": "too_hard",
        "sentence": say(
            "60 % dari 25 peserta menilai materinya terlalu sulit",
            "60 % of 25 participants found the material too hard",
        ),
        "state": "measured",
        "share": 0.6,
        "n": 25,
        "low": 0.407,
        "high": 0.766,
        "threshold": 0.3333,
        "worst_segment": {
            "by": "grade_band",
            "value": "II",
            "name": say("golongan II", "grade II"),
            "n": 10,
            "share": 0.9,
            "shown": "90 %",
        },
        "decision": {
            "owner_id": OFFICE,
            "due": "2026-05-01",
            "state": "in_effect",
            "in_effect_version": 2,
            "change": {"kind": "level", "note": "Materi dimulai dari dasar.", "level": "basic"},
        },
        "effect": EFFECT,
        "timeline": [
            {"at": "2026-03-20T02:00:00+00:00", "what": say("Temuan muncul", "The finding was raised")},
            {"at": "2026-03-25T02:00:00+00:00", "what": say("Diputuskan", "Decided")},
        ],
    },
    OPEN_FINDING: {
        "finding_id": OPEN_FINDING,
        "campaign_id": CAMPAIGN,
        "batch_id": FIRST,
        "programme_id": PROGRAMME,
        "version": 1,
        "kind": "too_fast",
        "state": "raised",
        "share": 0.56,
        "n": 25,
        "low": 0.37,
        "high": 0.73,
        "threshold": 0.3333,
        "worst_segment": None,
        "decision": None,
        "effect": None,
        "timeline": [],
    },
}
MEASURES = [
    {"item": "difficulty", "kind": "too_hard", "n": 25, "mean": 71.0, "share": 0.6, "low": 0.407, "high": 0.766},
    {"item": "pace", "kind": "too_fast", "n": 25, "mean": 64.0, "share": 0.56, "low": 0.37, "high": 0.73},
    {"item": "use", "kind": "not_useful", "n": 25, "mean": 22.0, "share": 0.08, "low": 0.02, "high": 0.25},
]
CAMPAIGN_OF_FIRST = {
    "campaign_id": CAMPAIGN,
    "batch_id": FIRST,
    "programme_id": PROGRAMME,
    "version": 1,
    "state": "closed",
    "invited": 27,
    "answered": 25,
    "measures": MEASURES,
}
LINES = [
    {
        "line_id": LINE,
        "instance": "12.73",
        "year": 2026,
        "agency_id": AGENCY,
        "agency_code": "5.03.5.04.0.00.01",
        "agency": "BKPSDM",
        "sub_activity": "5.04.02.2.01.0003",
        "sub_activity_name": "Penyelenggaraan Pengembangan Kompetensi Teknis",
        "account": "5.1.02.02.12.0001",
        "account_name": "Belanja Kursus Singkat/Pelatihan",
        "fund": "PAD",
        "name": "Pelatihan teknis",
        "original": 60_000_000,
        "shifts": -5_000_000,
        "amendment": 0,
        "effective": 55_000_000,
        "reserved": 9_200_000,
        "realised": 14_450_000,
        "available": 31_350_000,
        "remaining": 40_550_000,
        "absorption_percent": 26.3,
    }
]
ENTRIES = [
    {
        "entry_id": seat_id(90),
        "kind": "original",
        "amount": 60_000_000,
        "moment": "2026-01-02T03:00:00+00:00",
        "document": "DPA 1/2026",
        "batch_id": None,
        "seat_id": None,
        "attempt": None,
    },
    {
        "entry_id": seat_id(91),
        "kind": "reserved",
        "amount": 350_000,
        "moment": "2026-02-03T02:00:05+00:00",
        "document": None,
        "batch_id": FIRST,
        "seat_id": seat_id(1),
        "attempt": 1,
    },
]
MONEY = {
    "batch_id": FIRST,
    "reserved": 0,
    "realised": 14_450_000,
    "released": 700_000,
    "refused": 2_100_000,
    "seats": {"reserved": 0, "realised": 27, "released": 2, "refused": 6},
    "lines": [{**LINES[0], "reserved": 0, "realised": 14_450_000, "released": 700_000, "refused": 2_100_000}],
}
FORM = {
    "title": say("Bagaimana pelatihannya?", "How was the training?"),
    "pages": [
        {
            "elements": [
                {
                    "type": "rating",
                    "name": "difficulty",
                    "title": say("Seberapa sulit materinya?", "How hard was the material?"),
                    "isRequired": True,
                    "rateMin": 1,
                    "rateMax": 5,
                    "minRateDescription": say("sangat mudah", "very easy"),
                    "maxRateDescription": say("sangat sulit", "very hard"),
                },
                {
                    "type": "radiogroup",
                    "name": "pace",
                    "title": "Bagaimana kecepatannya?",
                    "isRequired": True,
                    "choices": [{"value": 1, "text": "terlalu lambat"}, {"value": 2, "text": "pas"}, "terlalu cepat"],
                },
                {"type": "boolean", "name": "again", "title": "Apakah Anda akan menyarankannya?"},
                {"type": "comment", "name": "words", "title": "Apa yang perlu diubah?"},
            ]
        }
    ],
}
TASKS = [
    {
        "kind": "approve",
        "id": SECOND,
        "title": say(
            "Setujui 5 usulan: Manajemen Waktu Angkatan II", "Approve 5 nominations: Manajemen Waktu Angkatan II"
        ),
        "count": 5,
        "due": "2026-06-01T09:00:00+00:00",
        "link_to": {"page": "approvals", "id": SECOND},
    },
    {
        "kind": "close_batch",
        "id": FIRST,
        "title": say("Tutup angkatan Manajemen Waktu Angkatan I", "Close the batch Manajemen Waktu Angkatan I"),
        "count": None,
        "due": "2026-03-10T08:00:00+00:00",
        "link_to": {"page": "batch", "id": FIRST},
    },
]
APPROVALS = [
    {
        "seat_id": seat_id(n),
        "batch_id": SECOND,
        "batch": "Manajemen Waktu Angkatan II",
        "person_id": person_id(n),
        "name": name,
        "position": "Analis",
        "role": "supervisor",
        "note": "",
        "due": f"2026-06-0{n}T09:00:00+00:00",
    }
    for n, name in enumerate(["Peserta Satu", "Peserta Dua", "Peserta Tiga", XSS, "Peserta Lima"], start=1)
]
RUNNABLE = [
    {
        "programme_id": PROGRAMME,
        "version": 2,
        "versions": [1, 2],
        "code": "MW-01",
        "title": "Manajemen Waktu",
        "changes": [
            {
                "finding_id": OPEN_FINDING,
                "rev": 1,
                "kind": "venue",
                "change": {"kind": "venue", "note": "Pindah ke ruang yang lebih tenang.", "place": "Ruang Rapat"},
                "due": "2026-06-01",
                "state": "pending",
                "code": None,
                "batch_id": None,
            }
        ],
    }
]
TOLD = {
    "finding_id": FINDING,
    "said": say("60 % dari 25 peserta menilai materinya terlalu sulit", "60 % of 25 found the material too hard"),
    "did": say("Tingkat materi diubah menjadi dasar mulai versi 2", "The level became basic from version 2"),
    "kind": "answer",
    "id": FINDING,
    "title": say("Anda bilang, kami lakukan", "You said, we did"),
    "due": None,
    "link_to": None,
    "at": "2026-04-20T03:00:00+00:00",
    "programme_title": "Manajemen Waktu",
}
INVITATION = {
    "kind": "survey",
    "id": CAMPAIGN,
    "title": say("Jawab survei Manajemen Waktu Angkatan I", "Answer the survey of Manajemen Waktu Angkatan I"),
    "due": "2026-06-12T09:00:00+00:00",
    "path": f"/s/{LINK}",
}
MINE = {
    "seat_id": seat_id(1),
    "batch_id": FIRST,
    "batch_name": "Manajemen Waktu Angkatan I",
    "programme_id": PROGRAMME,
    "version": 1,
    "code": "MW-01",
    "title": "Manajemen Waktu",
    "goal": "",
    "jp": 14,
    "modules": [
        {
            "module_id": MODULE,
            "position": 1,
            "title": "Prioritas",
            "minutes": 90,
            "bridging": False,
            "opened_at": None,
            "completed_at": None,
            "score": None,
            "seconds": None,
        }
    ],
    "finished_at": None,
    "score": None,
}


def a_list(items: list[Any], **more: Any) -> dict[str, Any]:
    return {"items": items, "next": None, **more}


def find(method: str, service: str, path: str, body: Any, query: Mapping[str, str]) -> Any:
    """The answer to one request; None where there is no such thing."""
    parts = path.strip("/").split("/")[1:]
    if method != "GET":
        return _done(service, parts, body or {})
    return _FOUND[service](parts, query) if service in _FOUND else None


def _done(service: str, parts: list[str], body: dict[str, Any]) -> Any:
    if parts[-1] == "nominations":
        outcomes = [
            {"person_id": each, "seat_id": seat_id(50), "state": "requested", "code": None} for each in body["people"]
        ]
        return a_list(outcomes)
    if parts[-1] in {"approvals", "rejections"}:
        return a_list([{"seat_id": each, "state": "approved", "code": None} for each in body["seats"]])
    if service == "enrolment" and parts == ["batches"]:
        return {"batch_id": SECOND, "state": "opening"}
    return {}


def _enrolment(parts: list[str], query: Mapping[str, str]) -> Any:
    match parts:
        case ["tasks"]:
            return a_list(TASKS)
        case ["approvals"]:
            return a_list(APPROVALS)
        case ["programmes"]:
            return a_list(RUNNABLE)
        case ["batches", _, "sessions", _, "attendance"]:
            return a_list([{"seat_id": seat_id(1), "person_id": person_id(1), "present": True, "code": None}])
        case ["agencies"]:
            return a_list(AGENCIES)
        case ["people"]:
            wanted = query.get("search", "").casefold()
            return a_list([each for each in PEOPLE_OF_LIST if wanted in each["name"].casefold()])
        case ["people", _, "record"]:
            return RECORD
        case ["people", person]:
            return {"person_id": person, "name": NAMES.get(person, "Peserta Contoh"), "agency": "Dinas Pendidikan"}
        case ["batches"]:
            words = query.get("q", "").casefold().split()
            named = [each for each in BATCHES.values() if all(word in each["name"].casefold() for word in words)]
            return a_list([each for each in named if query.get("state", each["state"]) == each["state"]])
        case ["batches", batch, "seats"]:
            return a_list([seat for seat in SEATS if query.get("state", seat["state"]) == seat["state"]])
        case ["batches", batch, "timeline"]:
            return a_list(TIMELINE)
        case ["batches", batch]:
            return BATCHES.get(batch)
        case ["seats", seat]:
            return {
                **SEATS[0],
                "seat_id": seat,
                "batch_id": SECOND,
                "batch": "Manajemen Waktu Angkatan II",
                "approvals": [],
                "timeline": TIMELINE,
            }
    return None


def _content(parts: list[str], query: Mapping[str, str]) -> Any:
    match parts:
        case ["programmes"]:
            return a_list(PROGRAMMES)
        case ["programmes", programme] if programme == PROGRAMME:
            return {
                "programme_id": PROGRAMME,
                "code": "MW-01",
                "title": "Manajemen Waktu",
                "versions": VERSIONS,
                "draft": None,
                "changes": [],
            }
        case ["programmes", programme] if programme == OTHER_PROGRAMME:
            only = {**VERSIONS[1], "programme_id": OTHER_PROGRAMME, "changes": []}
            return {**PROGRAMMES[1], "versions": [only], "draft": None, "changes": []}
        case ["mine"]:
            return a_list([MINE])
    return None


def _surveys(parts: list[str], query: Mapping[str, str]) -> Any:
    match parts:
        case ["tasks"]:
            return a_list([INVITATION, TOLD])
        case ["answers", link] if link == LINK:
            return {"form": FORM, "batch_name": "Manajemen Waktu Angkatan I"}
        case ["campaigns"]:
            return a_list([CAMPAIGN_OF_FIRST] if query.get("batch_id") == FIRST else [])
        case ["campaigns", _, "comments"]:
            return a_list(
                [{"item": "words", "title": say("Yang perlu diubah", "What to change"), "n": 6, "texts": [XSS]}]
            )
        case ["campaigns", _]:
            return CAMPAIGN_OF_FIRST
        case ["findings"]:
            return a_list([] if query.get("batch_id", FIRST) != FIRST else list(FINDINGS.values()))
        case ["findings", finding]:
            return FINDINGS.get(finding)
        case ["effects"]:
            return a_list([EFFECT])
    return None


def _budget(parts: list[str], query: Mapping[str, str]) -> Any:
    match parts:
        case ["lines"]:
            return a_list(LINES)
        case ["lines", line]:
            return LINES[0] if line == LINE else None
        case ["lines", _, "entries"]:
            return a_list(ENTRIES)
        case ["batches", batch, "money"]:
            return {**MONEY, "batch_id": batch}
    return None


def _bridge(parts: list[str], query: Mapping[str, str]) -> Any:
    return a_list([])


_FOUND = {"enrolment": _enrolment, "content": _content, "surveys": _surveys, "budget": _budget, "bridge": _bridge}
