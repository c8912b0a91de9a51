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
proc_name = "bangkom"

# Metrics of all processes are added up through files in a folder that each start makes anew.
_own_folder = "PROMETHEUS_MULTIPROC_DIR" not in os.environ
if _own_folder:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="bangkom-metrics-")


def child_exit(server: Any, worker: Any) -> None:
    """Let what a process that ended had counted stay counted."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Any) -> None:
    """Leave nothing behind."""
    if _own_folder:
        shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
