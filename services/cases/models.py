"""Tables of the use cases on cases."""

from __future__ import annotations

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from services.db import Base


class LatestAct(Base):
    """The completed task a case has stood still at since; what 取回 restores.

    `before` is the state before it; `revision` and `journal_length` are those of the case right
    after it, so that anything since shows; `lasting` names the operation it cannot undo, if any.
    """

    __tablename__ = "latest_act"

    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), primary_key=True)
    task_id: Mapped[str] = mapped_column(ForeignKey("user_task.id"))
    before: Mapped[bytes] = mapped_column(LargeBinary)
    revision: Mapped[int]
    journal_length: Mapped[int]
    lasting: Mapped[str] = mapped_column(String(64), default="")
