"""Deploying procedures."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.definition import load_procedure
from services.bootstrap import Application
from services.processes.folder import read_folder
from services.processes.models import DeployedFile, Deployment


def deploy_folder(app: Application, folder: Path) -> tuple[Deployment, bool]:
    """Deploy a procedure folder; returns the deployment and whether it is new.

    The same bytes again are the same version.  Raises `DefinitionError` with every finding.
    """
    files = read_folder(folder)
    with app.database.write() as session:
        return deploy(session, files, app.clock.now())


def deploy(session: Session, files: dict[str, bytes], now: datetime) -> tuple[Deployment, bool]:
    """Deploy a bundle of files inside the caller's transaction.

    The bytes of an older version make a new version: that is how one goes back.
    """
    procedure = load_procedure(files)
    newest = session.scalars(
        select(Deployment)
        .where(Deployment.key == procedure.key)
        .order_by(Deployment.version.desc())
    ).first()
    if newest is not None and newest.sha256 == procedure.sha256:
        return newest, False
    deployment = Deployment(
        key=procedure.key,
        version=newest.version + 1 if newest is not None else 1,
        label=procedure.version,
        title=procedure.title,
        sha256=procedure.sha256,
        deployed_at=now,
    )
    session.add(deployment)
    session.flush()
    session.add_all(
        DeployedFile(deployment_id=deployment.id, path=path, content=content)
        for path, content in files.items()
    )
    return deployment, True
