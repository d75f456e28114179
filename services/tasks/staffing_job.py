"""Asking for a review of who can take the open tasks, by a job; see `services.cases.staffing`."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from services.clock import SHANGHAI
from services.jobs import queue
from services.jobs.models import JobKind
from services.tasks.models import OPEN_STATES, UserTask


def review_soon(session: Session, now: datetime) -> None:
    """Have all open tasks reviewed as soon as a worker is free."""
    queue.put(session, JobKind.REVIEW_STAFFING, "staffing", now, now)


def review_on(session: Session, day: date) -> None:
    """Have all open tasks reviewed at the beginning of a day: a post has been filled or emptied."""
    if session.scalar(select(exists().where(UserTask.state.in_(OPEN_STATES)))):
        morning = datetime.combine(day, time(), SHANGHAI)
        queue.put(session, JobKind.REVIEW_STAFFING, f"staffing:{day}", morning, morning)
