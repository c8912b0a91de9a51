"""gunicorn under `bangkom web NAME`: threads for requests that wait for the database, processes for cores."""

import importlib
import os
import shutil
import tempfile
from typing import Any

bind = os.environ.get("BANGKOM_LISTEN", "127.0.0.1:8000")
workers = int(os.environ.get("BANGKOM_WEB_WORKERS", "2"))
threads = int(os.environ.get("BANGKOM_WEB_THREADS", "8"))
worker_class = "gthread"
# The application is made in each process after the fork: connections to the database must not be shared. Its code is
# loaded before the fork, and before the port opens; see on_starting.
preload_app = False
timeout = 30
graceful_timeout = 25
keepalive = 5
max_requests = 20_000
max_requests_jitter = 2_000
limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 16_380
# The service writes its own log, without addresses of people and without paths that hold a survey's link.
accesslog = None
errorlog = "-"
loglevel = "warning"
# Nobody steers a process from inside its container, whose root file system is read-only.
control_socket_disable = True
proc_name = "bangkom"
logger_class = "shared.web.server_log.ServerLog"

# Metrics of all processes are added up through files in a folder that each start makes anew.
_own_folder = "PROMETHEUS_MULTIPROC_DIR" not in os.environ
if _own_folder:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="bangkom-metrics-")


_slots: dict[Any, int] = {}
_number = "start"
"""Which files hold what this process counts: those of the start, or of a process by its number."""


def on_starting(server: Any) -> None:
    """Load the code that the processes run. gunicorn opens the port after this and starts the processes then, so who
    connects waits for an application to be made (a twentieth of a second), not for its modules (a second and more for
    each process), and the processes share the memory that the code takes."""
    from prometheus_client import values

    values.ValueClass = values.MultiProcessValue(lambda: _number)  # type: ignore[no-untyped-call]
    importlib.import_module(server.app.app_uri.partition(":")[0])
    # `bangkom web` calls the process by its service.
    if server.cfg.proc_name != proc_name:
        from shared.services import service_named

        service_named(server.cfg.proc_name)


def pre_fork(server: Any, worker: Any) -> None:
    """Give each process the lowest free number. Its metrics lie in files of that number, which the next one to have it
    goes on with: so what was counted stays counted, and the files don't become more with every process that ends."""
    taken = set(_slots.values())
    _slots[worker] = next(number for number in range(len(taken) + 1) if number not in taken)


def post_fork(server: Any, worker: Any) -> None:
    """Let the metrics of this process go into files of its own."""
    global _number
    _number = str(_slots[worker])


def child_exit(server: Any, worker: Any) -> None:
    """The number is free again."""
    _slots.pop(worker, None)


def on_exit(server: Any) -> None:
    """Leave nothing behind."""
    if _own_folder:
        shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
