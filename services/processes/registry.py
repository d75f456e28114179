"""Loaded procedures by deployment; loading happens once per process, the rows never change."""

from __future__ import annotations

import threading

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.definition import load_procedure
from engine.procedure import Procedure
from services.errors import NotFound
from services.processes.models import DeployedFile, Deployment


class ProcedureRegistry:
    """A cache over the deployment tables, safe for threads."""

    def __init__(self) -> None:
        self._loaded: dict[int, Procedure] = {}
        self._lock = threading.Lock()

    def get(self, session: Session, deployment_id: int) -> Procedure:
        """Return the procedure of a deployment."""
        procedure = self._loaded.get(deployment_id)
        if procedure is None:
            files = files_of(session, deployment_id)
            with self._lock:
                procedure = self._loaded.get(deployment_id) or load_procedure(files)
                self._loaded[deployment_id] = procedure
        return procedure

    def latest(self, session: Session, key: str) -> tuple[Deployment, Procedure]:
        """Return the newest version of a procedure; `NotFound` if there is none."""
        deployment = session.scalars(
            select(Deployment).where(Deployment.key == key).order_by(Deployment.version.desc())
        ).first()
        if deployment is None:
            raise NotFound
        return deployment, self.get(session, deployment.id)


def files_of(session: Session, deployment_id: int) -> dict[str, bytes]:
    """Return the deployed files by path."""
    rows = session.execute(
        select(DeployedFile.path, DeployedFile.content).where(
            DeployedFile.deployment_id == deployment_id
        )
    )
    return {path: content for path, content in rows}  # noqa: C416 - rows are not pairs to mypy
