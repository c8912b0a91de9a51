"""gunicorn under `bangkom web NAME`: threads for requests that wait for the database, processes for cores."""

import os
import shutil
import tempfile
from typing import Any

bind = os.environ.get("BANGKOM_LISTEN", "127.0.0.1:8000")
workers = int(os.environ.get("BANGKOM_WEB_WORKERS", "2"))
threads = int(os.environ.get("BANGKOM_WEB_THREADS", "8"))
worker_class = "gthread"
# The application is made in each process after the fork: connections to the database must not be shared.
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


def pre_fork(server: Any, worker: Any) -> None:
    """Give each process the lowest free number. Its metrics lie in files of that number, which the next one to have it
    goes on with: so what was counted stays counted, and the files don't become more with every process that ends."""
    taken = set(_slots.values())
    _slots[worker] = next(number for number in range(len(taken) + 1) if number not in taken)


def post_fork(server: Any, worker: Any) -> None:
    """Let the metrics of this process know its number before the first of them is made."""
    from prometheus_client import values

    number = _slots[worker]
    values.ValueClass = values.MultiProcessValue(lambda: number)  # type: ignore[no-untyped-call]


def child_exit(server: Any, worker: Any) -> None:
    """The number is free again."""
    _slots.pop(worker, None)


def on_exit(server: Any) -> None:
    """Leave nothing behind."""
    if _own_folder:
        shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
