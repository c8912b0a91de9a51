"""What a check finds, and running checks against a deadline."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

OK, WARN, BAD = "ok", "warn", "bad"


@dataclass(frozen=True)
class Finding:
    """One line. `check` is the kind, `subject` what was looked at, `seen` the fact; `indonesian` and `english` say what
    to do, and are empty where all is well."""

    check: str
    subject: str
    state: str
    seen: str
    indonesian: str = ""
    english: str = ""

    def do(self, english: bool) -> str:
        return self.english if english else self.indonesian


@dataclass(frozen=True)
class Check:
    """`run` yields findings; what it raises becomes one."""

    kind: str
    subject: str
    run: Callable[[], Iterable[Finding]]


def look(checks: Sequence[Check], within: float) -> list[Finding]:
    """What all checks find, in their order. One that has not ended after `within` seconds is a finding itself, after
    those it had already."""
    found: list[list[Finding]] = [[] for _ in checks]

    def run(at: int) -> None:
        check = checks[at]
        try:
            for finding in check.run():
                found[at].append(finding)
        except Exception as error:  # noqa: BLE001 - whatever it is, the others go on
            found[at].append(failed(check.kind, check.subject, error))

    threads = [threading.Thread(target=run, args=(at,), name=f"doctor:{at}", daemon=True) for at in range(len(checks))]
    until = time.monotonic() + within
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    told = []
    for check, thread, findings in zip(checks, threads, found, strict=True):
        told += list(findings)
        if thread.is_alive():
            told.append(
                Finding(
                    check.kind,
                    check.subject,
                    BAD,
                    f"> {within:g} s",
                    "Tidak menjawab pada waktunya: periksa jaringan dan firewall, atau naikkan --time-out.",
                    "Did not answer in time: look at the network and firewall, or raise --time-out.",
                )
            )
    return told


def failed(kind: str, subject: str, error: BaseException) -> Finding:
    """A check that could not be done."""
    return Finding(
        kind,
        subject,
        BAD,
        first_line(error),
        "Pemeriksaan ini gagal; baca pesannya dan perbaiki penyebabnya.",
        "This check failed; read the message and mend its cause.",
    )


def first_line(error: BaseException) -> str:
    """What an error says, short; never the address with its password, which no driver repeats."""
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else ''}"[:160].rstrip(": ")
