"""Gunicorn's settings of the measurements: every worker says when it is ready, so that none is measured without."""

from typing import Any

READY = "this worker is ready"


def post_worker_init(worker: Any) -> None:
    """Gunicorn calls this when a worker has loaded its app."""
    worker.log.warning(READY)
