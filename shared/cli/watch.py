"""`watch`: the process that looks at the house and around it, for /metrics."""

import os
import threading

import click
from flask import Flask
from waitress.server import create_server

from shared.backup import BackupSettings
from shared.cli.house import audited
from shared.cli.run import stop_when_asked
from shared.config import level, read
from shared.observe import logs
from shared.watch import AuditWatch, SurroundingsWatch, WatchSettings
from shared.web import health

_STOP_WITHIN = 10.0


@click.command()
def watch() -> None:
    """Audit the house at intervals and watch certificates, disks, backups and standbys; shown at /metrics."""
    settings = read(WatchSettings, process="bangkom watch")
    logs(level(os.environ.get("BANGKOM_LOG_LEVEL", "info")))
    loops = (
        AuditWatch(lambda: audited(settled=False), settings.minutes * 60.0),
        SurroundingsWatch(settings, read(BackupSettings).place),
    )
    asked = stop_when_asked()
    app = Flask("shared.watch", static_folder=None)
    health.install(app, {})
    host, port = settings.listen
    server = create_server(app, host=host, port=port, threads=2, ident=None)
    threading.Thread(target=server.run, name="http", daemon=True).start()
    for loop in loops:
        loop.start()
    click.echo(f"Bangkom watches; metrics on http://{host}:{server.effective_port}/metrics")
    asked.wait()
    for loop in loops:
        loop.stop()
    for loop in loops:
        # An audit in hand may take minutes and changes nothing, so nobody waits for it.
        loop.join(_STOP_WITHIN)
