"""Worker and scheduler inside the web process: `dangwu run` needs no server to install."""

from __future__ import annotations

import threading
import warnings

from celery import Celery
from celery.apps.worker import Worker
from celery.exceptions import SecurityWarning

from services.worker.scheduler import schedule_sweeps


class EmbeddedWorker:
    """A Celery worker thread and a scheduler thread over the in-process broker."""

    def __init__(self, celery: Celery, sweep_seconds: float) -> None:
        self._stopping = threading.Event()
        self._worker = create_worker(celery, concurrency=2)
        self._threads = (
            threading.Thread(target=self._worker.start, name="celery-worker", daemon=True),
            threading.Thread(
                target=schedule_sweeps,
                args=(celery, sweep_seconds, self._stopping),
                name="scheduler",
                daemon=True,
            ),
        )

    def start(self) -> None:
        """Start both threads."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop scheduling, let running jobs finish, and wait for the threads."""
        self._stopping.set()
        self._worker.stop()
        for thread in self._threads:
            thread.join(timeout=10)


def create_worker(celery: Celery, concurrency: int) -> Worker:
    """Return a Celery worker that consumes our queue with threads."""
    # Who runs the product is the operator's choice; only JSON is accepted, so root is no hole.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    return Worker(
        app=celery,
        pool="threads",
        concurrency=concurrency,
        loglevel="WARNING",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
