"""The broker: does it answer, is everything declared, does anybody listen, what lies in the dead letters."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from shared import topology
from shared.config import BadSettings, BrokerSettings, read
from shared.doctor.finding import BAD, OK, WARN, Finding, first_line
from shared.memory import is_memory
from shared.service import Service
from shared.topology import Exchange, Names, Queue

_LEAST = (3, 10)
_NO_RIGHT, _MISSING, _OTHER = 403, 404, 406


def broker(services: Sequence[Service], names: Names | None = None) -> Iterator[Finding]:
    """Connect as the environment says and compare what there is with the plan. Declares nothing that is missing."""
    try:
        url = read(BrokerSettings).broker_url
    except BadSettings:
        yield Finding(
            "broker",
            "AMQP_URL",
            BAD,
            "",
            "Isi AMQP_URL, seperti amqp://pengguna:sandi@host:5672/vhost.",
            "Set AMQP_URL, such as amqp://user:password@host:5672/vhost.",
        )
        return
    if is_memory(url):
        yield Finding("broker", "AMQP_URL", OK, "memory")
        return
    connection: Any = topology.broker(url)
    try:
        connection.connect()
    except (OSError, *connection.connection_errors, *connection.channel_errors) as error:
        yield Finding(
            "broker",
            "AMQP_URL",
            BAD,
            first_line(error),
            "Apakah RabbitMQ hidup, alamat, pengguna dan vhost benar? Tanpa broker tidak ada yang hilang, hanya tunda.",
            "Is RabbitMQ up, are address, user and vhost right? Without it nothing is lost, only late.",
        )
        return
    try:
        yield _version(connection)
        yield from _parts(connection, services, names or Names())
    finally:
        connection.release()


def _version(connection: Any) -> Finding:
    told = str(connection.connection.server_properties.get("version", ""))
    parts = tuple(int(part) for part in told.split(".")[:2] if part.isdigit())
    if parts >= _LEAST:
        return Finding("broker", "AMQP_URL", OK, f"RabbitMQ {told}")
    return Finding("broker", "AMQP_URL", WARN, told, "Pasang RabbitMQ 3.10 atau 4.", "Install RabbitMQ 3.10 or 4.")


def _parts(connection: Any, services: Sequence[Service], names: Names) -> Iterator[Finding]:
    wrong: dict[int, list[str]] = {_NO_RIGHT: [], _MISSING: [], _OTHER: []}
    planned = [*topology.plan(services, names), Exchange(names.applied, "fanout")]
    parts = [part for part in planned if isinstance(part, Exchange | Queue)]
    for part in parts:
        code, answer = _asked(connection, partial(_passive, part))
        if code == 0 and isinstance(part, Queue):
            yield from _queue(part.name, answer, services, names)
        if code == 0:
            # Declared again it must be the same; who may not declare can't compare, which is no fault.
            code, _ = _asked(connection, partial(_same, part))
            code = 0 if code == _NO_RIGHT else code
        if code:
            wrong.setdefault(code, []).append(part.name)
    if not any(wrong.values()):
        yield Finding("topology", "AMQP_URL", OK, str(len(parts)))
    for code, found in wrong.items():
        if found:
            yield Finding("topology", _some(found), BAD, _SEEN.get(code, str(code)), *_DO.get(code, _DO[_MISSING]))


_SEEN = {_NO_RIGHT: "no permission", _MISSING: "missing", _OTHER: "other arguments"}
_DO = {
    _NO_RIGHT: (
        "Pengguna ini tidak berhak: `bangkom broker-users`, atau pakai pengguna topology.",
        "This user has no right to it: `bangkom broker-users`, or use the user topology.",
    ),
    _MISSING: ("Jalankan `bangkom topology apply`.", "Run `bangkom topology apply`."),
    _OTHER: (
        "Argumen antrean tidak dapat diubah: kosongkan, hapus, lalu `bangkom topology apply`.",
        "Arguments can't be changed: empty it, delete it, then `bangkom topology apply`.",
    ),
}


def _queue(name: str, answer: Any, services: Sequence[Service], names: Names) -> Iterator[Finding]:
    heard = {names.queue(service.name): service.name for service in services}
    dead = {names.dead_queue(service.name): service.name for service in services}
    if name in heard and answer.consumer_count == 0:
        yield Finding(
            "broker",
            name,
            WARN,
            f"0 consumers, {answer.message_count} messages",
            f"Tidak ada yang mendengar: hidupkan `bangkom work {heard[name]}`.",
            f"Nobody listens: start `bangkom work {heard[name]}`.",
        )
    if name in dead and answer.message_count:
        yield Finding(
            "dead letters",
            dead[name],
            WARN,
            str(answer.message_count),
            f"Lihat `bangkom dead list --service {dead[name]}`, perbaiki, lalu `dead replay`.",
            f"See `bangkom dead list --service {dead[name]}`, mend the cause, then `dead replay`.",
        )


def _asked(connection: Any, ask: Callable[[Any], Any]) -> tuple[int, Any]:
    """The broker's refusal as its number, 0 for none, and its answer; each question has a channel of its own."""
    channel = connection.channel()
    try:
        answer = ask(channel)
    except connection.channel_errors as error:
        return int(getattr(error, "code", 0) or getattr(error, "reply_code", 0) or _MISSING), None
    channel.close()
    return 0, answer


def _passive(part: Exchange | Queue, channel: Any) -> Any:
    if isinstance(part, Exchange):
        return channel.exchange_declare(exchange=part.name, type=part.kind, passive=True)
    return channel.queue_declare(queue=part.name, passive=True)


def _same(part: Exchange | Queue, channel: Any) -> None:
    topology.declare(channel, [part])


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} (+{len(names) - 3})"
