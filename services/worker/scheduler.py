"""Sends the hint to sweep, at a steady pace.

The pace comes from the monotonic clock: Celery's own beat stops after a backward step of the wall
clock (reliability.md 4.2).  Any number of schedulers may run; a second hint finds nothing to do.
"""

from __future__ import annotations

import threading
import time

import structlog
from celery import Celery

log = structlog.get_logger()


def schedule_sweeps(celery: Celery, seconds: float, stopping: threading.Event) -> None:
    """Send `sweep` every `seconds` until `stopping` is set; keeps trying when a broker is down."""
    sweep = celery.tasks["dangwu.sweep"]
    next_sweep = time.monotonic()
    while not stopping.wait(max(0.0, next_sweep - time.monotonic())):
        next_sweep = time.monotonic() + seconds
        try:
            sweep.delay()
        except Exception:
            log.exception("sweep could not be sent")
