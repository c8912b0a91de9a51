"""`up`, `web` and `work`: the processes."""

import os
import signal
import sys
import threading
from functools import partial
from pathlib import Path

import click
from flask import Flask
from waitress.server import create_server

from shared import traces
from shared.config import BadSettings, PageSettings, UpSettings, WebSettings, WorkSettings, read
from shared.db import engine_of
from shared.home import home
from shared.observe import logs, whole_process
from shared.services import names, service_named
from shared.web import health
from shared.work import Worker

_ROOT = Path(__file__).resolve().parent.parent.parent
_GUNICORN = _ROOT / "deploy" / "gunicorn.conf.py"
_STOP_WITHIN = 30.0


def service_name(_context: click.Context, _option: click.Parameter, name: str) -> str:
    """The name of a registered service, for arguments and options."""
    try:
        return names([name])[0]
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="The port; 0 takes any free one.")
@click.option("--host", help="The address to listen on; this machine only without it.")
def up(port: int | None, host: str | None) -> None:
    """Run everything in one process on this machine, for development."""
    from shared.up import Up  # With all that the other processes do without, who are not to wait for it.

    settings = read(UpSettings, process="bangkom up")
    logs(settings.log_level, pretty=sys.stderr.isatty(), service="up")
    whole_process()
    place = (host or settings.listen[0], settings.listen[1] if port is None else port)
    whole = Up(home(), UpSettings(**{**vars(settings), "listen": place}))
    asked = stop_when_asked()
    whole.start()
    click.echo(f"Bangkom: {whole.address}  (data in {whole.home}; Ctrl-C stops it)")
    if place[0] not in ("127.0.0.1", "::1", "localhost"):
        click.echo("This is a development server: whoever reaches it can sign in as anybody.", err=True)
    asked.wait()
    whole.stop()


@click.command()
@click.argument("name", callback=service_name)
def web(name: str) -> None:
    """Serve the HTTP side of one service with gunicorn."""
    service = service_named(name)
    settings = read(WebSettings, name) if service.app is None else read(PageSettings, name)
    if service.check_settings is not None:
        service.check_settings()
    if not _GUNICORN.is_file():
        raise BadSettings(f"web {name}", {str(_GUNICORN): "is missing; run from a checkout or the image"})
    environ = {**os.environ, "BANGKOM_LISTEN": f"{_shown(settings.listen[0])}:{settings.listen[1]}"}
    words = [sys.executable, "-m", "gunicorn", "-c", str(_GUNICORN), "-n", name, f"shared.web.entry:app_of({name!r})"]
    os.chdir(_ROOT)
    os.execve(sys.executable, words, environ)  # noqa: S606 (gunicorn takes this process's place and its signals)


@click.command()
@click.argument("name", callback=service_name)
def work(name: str) -> None:
    """Run the worker of one service: relay, consumer, effects, sweeps."""
    settings = read(WorkSettings, name)
    logs(settings.log_level, service=name)
    whole_process()
    traces.start(name)
    service = service_named(name)
    if service.metadata is None:
        raise click.BadParameter(f"{name} owns no data, so it has nothing to work on")
    if service.check_settings is not None:
        service.check_settings()
    engine = engine_of(settings.database_url, pool=settings.pool, name=f"bangkom work {name}")
    worker = Worker(service, engine, settings.broker_url)
    asked = stop_when_asked()

    app = Flask("shared.work", static_folder=None)
    health.install(app, checks(worker, health.at_migration_head(engine, service)))
    host, port = settings.listen
    server = create_server(app, host=host, port=port, threads=2, ident=None)
    threading.Thread(target=server.run, name="http", daemon=True).start()
    worker.start()
    click.echo(f"Bangkom works on {name}; health on http://{_shown(host)}:{server.effective_port}")
    asked.wait()
    worker.stop()
    ended = worker.join(_STOP_WITHIN)
    engine.dispose()
    sys.exit(0 if ended else 1)


def checks(worker: Worker, at_head: health.Check) -> dict[str, health.Check]:
    """What a worker's /ready looks at: `database` is at the newest schema and in reach of relay and consumer, `broker`
    is in reach of both."""

    def reached(what: str) -> None:
        if not worker.ready()[what]:
            raise RuntimeError(f"the {what} is out of reach")

    def database() -> None:
        at_head()
        reached("database")

    return {"database": database, "broker": partial(reached, "broker")}


def stop_when_asked() -> threading.Event:
    """An event that SIGTERM or Ctrl-C sets."""
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    return asked


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
