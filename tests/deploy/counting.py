"""An application for gunicorn that counts its requests and says which process it is, and when its code was loaded."""

import os
import socket

from flask import Flask

from shared import metrics
from shared.web import health


def _listens(place: str) -> bool:
    host, _, port = place.rpartition(":")
    with socket.socket() as tried:
        return tried.connect_ex((host, int(port))) == 0


LISTENED_WHILE_LOADING = _listens(os.environ["BANGKOM_LISTEN"])


def app() -> Flask:
    made = Flask("counting")
    health.install(made, {})

    @made.get("/count")
    def count() -> str:
        metrics.SWEEPS.labels("counting", "requests").inc()
        return str(os.getpid())

    @made.get("/listened-while-loading")
    def listened() -> str:
        return str(LISTENED_WHILE_LOADING)

    return made
