"""The Celery application.

Its messages carry hints: `run_job(id)` says that a row may be due, `sweep()` says that somebody
should look.  The rows are the truth, so a lost, late or doubled message changes nothing, and the
settings below prefer doing twice (harmless) to losing (delay until the next sweep).
"""

from __future__ import annotations

from celery import Celery

from services.bootstrap import Application
from services.worker import run

QUEUE = "dangwu"


def create_celery(app: Application) -> Celery:
    """Return a Celery application whose tasks work on `app`."""
    broker = app.settings.broker_url
    celery = Celery("dangwu", broker=broker, set_as_current=False)
    celery.conf.update(
        accept_content=["json"],
        task_serializer="json",
        task_default_queue=QUEUE,
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_enable_remote_control=False,
        broker_connection_retry_on_startup=True,
        broker_transport_options=_transport_options(broker),
        task_time_limit=120,
    )

    @celery.task(name="dangwu.run_job")
    def run_job(job_id: int) -> None:
        run.run_job(app, job_id)

    @celery.task(name="dangwu.sweep")
    def sweep() -> None:
        for job_id in run.sweep(app):
            run_job.delay(job_id)

    return celery


def _transport_options(broker: str) -> dict[str, float | int]:
    if broker.startswith("memory"):
        return {"polling_interval": 0.02}
    if broker.startswith("redis"):
        return {
            "visibility_timeout": 300,
            "unacked_restore_interval": 10,
            "unacked_restore_throttle": 1,
        }
    return {}
