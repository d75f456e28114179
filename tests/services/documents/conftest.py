"""A case to hang files on: the rows only, no engine behind it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.model import InstanceStatus
from services.bootstrap import Application
from services.identity.actor import Actor
from services.processes.models import Deployment, ProcessInstance


@pytest.fixture
def case(app: Application, as_: Callable[[str], Actor]) -> int:
    """A running case about the applicant of the main branch, started by the applicant."""
    applicant = as_("applicant")
    now = app.clock.now()
    with app.database.write() as session:
        deployment = Deployment(
            key="filing",
            version=1,
            label="1",
            title="立卷",
            sha256="0" * 64,
            deployed_at=now,
        )
        session.add(deployment)
        session.flush()
        instance = ProcessInstance(
            deployment_id=deployment.id,
            key="filing",
            year=2026,
            sequence=1,
            number="卷2026-1",
            organization_id=applicant.organization_id,
            subject_id=applicant.person_id,
            started_by=applicant.person_id,
            status=InstanceStatus.ACTIVE,
            state=b"",
            variables=b"{}",
            revision=1,
            started_at=now,
        )
        session.add(instance)
        session.flush()
        return instance.id
