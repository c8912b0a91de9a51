"""An application for gunicorn that counts its requests and says which process it is."""

import os

from flask import Flask

from shared import metrics
from shared.web import health


def app() -> Flask:
    made = Flask("counting")
    health.install(made, {})

    @made.get("/count")
    def count() -> str:
        metrics.SWEEPS.labels("counting", "requests").inc()
        return str(os.getpid())

    return made
