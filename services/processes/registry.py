"""Loaded procedures by deployment; loading happens once per process, the rows never change."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.definition import load_procedure
from engine.procedure import Procedure
from services.errors import NotFound
from services.processes.models import DeployedFile, Deployment

_by_digest: dict[str, Procedure] = {}
_lock = threading.Lock()


class ProcedureRegistry:
    """A cache over the deployment tables, safe for threads.

    What is loaded is kept by the digest of its files, once for the whole process.
    """

    def __init__(self) -> None:
        self._known: dict[int, Procedure] = {}

    def get(self, session: Session, deployment_id: int) -> Procedure:
        """Return the procedure of a deployment."""
        if deployment_id not in self._known:
            digest = session.get_one(Deployment, deployment_id).sha256
            with _lock:
                if digest not in _by_digest:
                    _by_digest[digest] = load_procedure(files_of(session, deployment_id))
            self._known[deployment_id] = _by_digest[digest]
        return self._known[deployment_id]

    def latest(self, session: Session, key: str) -> tuple[Deployment, Procedure]:
        """Return the newest version of a procedure; `NotFound` if there is none."""
        deployment = session.scalars(
            select(Deployment).where(Deployment.key == key).order_by(Deployment.version.desc())
        ).first()
        if deployment is None:
            raise NotFound
        return deployment, self.get(session, deployment.id)

    def newest(self, session: Session) -> Sequence[Procedure]:
        """Return the newest version of every procedure, in one statement however many there are."""
        ids = session.scalars(select(func.max(Deployment.id)).group_by(Deployment.key))
        return [self.get(session, deployment_id) for deployment_id in ids.all()]


def files_of(session: Session, deployment_id: int) -> dict[str, bytes]:
    """Return the deployed files by path."""
    rows = session.execute(
        select(DeployedFile.path, DeployedFile.content).where(
            DeployedFile.deployment_id == deployment_id
        )
    )
    return {path: content for path, content in rows}  # noqa: C416 - rows are not pairs to mypy
