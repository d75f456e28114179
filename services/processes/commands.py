"""Deploying procedures."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.definition import load_procedure
from engine.errors import DefinitionError, Severity
from engine.folder_rules import PROCESS
from engine.procedure import Procedure
from engine.soundness import Soundness, explore
from services.bootstrap import Application
from services.events.condition_starts import arm_conditions
from services.events.subscriptions import subscribe_starts
from services.events.timer_starts import arm_starts
from services.processes.folder import read_folder
from services.processes.models import DeployedFile, Deployment

EXPLORED_STATES: Final = 500
EXPLORATION_SECONDS: Final = 0.5
"""Bounds of the exploration at deployment; `dangwu lint --states` looks further."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """The outcome of a deployment; the same bytes as the newest version are nothing new."""

    deployment: Deployment
    is_new: bool


def deploy_folder(app: Application, folder: Path) -> Deployed:
    """Deploy a procedure folder.

    The same bytes again are the same version.  Raises `DefinitionError` with every finding, those
    of the exploration of the diagram included.
    """
    files = read_folder(folder)
    procedure = load_procedure(files)
    with app.database.read() as session:
        newest = _newest(session, procedure.key)
    if newest is not None and newest.sha256 == procedure.sha256:
        return Deployed(newest, is_new=False)
    explored = _explore(procedure)
    with app.database.write() as session:
        return _deploy(session, files, procedure, explored, app.clock.now())


def _explore(procedure: Procedure) -> Soundness:
    """Run through the diagram as far as time allows; raises `DefinitionError` for what is wrong."""
    end = time.monotonic() + EXPLORATION_SECONDS
    found = explore(procedure.process, PROCESS, EXPLORED_STATES, lambda: time.monotonic() > end)
    if any(finding.severity is Severity.ERROR for finding in found.findings):
        raise DefinitionError((*found.findings, *procedure.warnings))
    return found


def _newest(session: Session, key: str) -> Deployment | None:
    return session.scalars(
        select(Deployment).where(Deployment.key == key).order_by(Deployment.version.desc())
    ).first()


def _deploy(
    session: Session,
    files: dict[str, bytes],
    procedure: Procedure,
    explored: Soundness,
    now: datetime,
) -> Deployed:
    """Keep a checked procedure as its next version.

    The bytes of an older version make a new version: that is how one goes back.
    """
    newest = _newest(session, procedure.key)
    if newest is not None and newest.sha256 == procedure.sha256:
        return Deployed(newest, is_new=False)
    deployment = Deployment(
        key=procedure.key,
        version=newest.version + 1 if newest is not None else 1,
        label=procedure.version,
        title=procedure.title,
        sha256=procedure.sha256,
        deployed_at=now,
        explored_states=explored.states,
        explored_fully=explored.complete,
    )
    session.add(deployment)
    session.flush()
    session.add_all(
        DeployedFile(deployment_id=deployment.id, path=path, content=content)
        for path, content in files.items()
    )
    subscribe_starts(session, deployment, procedure.process.start_triggers, now)
    arm_starts(session, deployment, procedure.process.start_triggers, now)
    arm_conditions(session, deployment, procedure.process.start_triggers, now)
    return Deployed(deployment, is_new=True)
