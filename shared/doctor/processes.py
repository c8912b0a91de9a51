"""The settings of every process, read as the process would read them."""

from collections.abc import Iterator
from typing import Any

from shared.config import BadSettings, PageSettings, WebSettings, WorkSettings, read
from shared.doctor.finding import BAD, OK, Finding
from shared.service import Service


def settings(service: Service) -> Iterator[Finding]:
    """One finding for each process of the service."""
    kinds: dict[str, type[Any]] = {"web": PageSettings}
    if service.metadata is not None:
        kinds = {"web": WebSettings, "work": WorkSettings}
    for process, kind in kinds.items():
        missing: list[str] = []
        try:
            read(kind, service.name)
        except BadSettings as error:
            missing += error.names
        try:
            if service.check_settings is not None:
                service.check_settings()
        except BadSettings as error:
            missing += error.names
        subject = f"{process} {service.name}"
        if not missing:
            yield Finding("settings", subject, OK, "")
            continue
        names = ", ".join(dict.fromkeys(missing))
        yield Finding(
            "settings",
            subject,
            BAD,
            names,
            "Tidak ada atau salah: isi seperti di docs/settings.md.",
            "Missing or wrong: set them as docs/settings.md says.",
        )
