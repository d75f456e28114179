"""Errors of the tasks: stable code, message for the user, what to do next."""

from __future__ import annotations

from engine.errors import TaskNotOpen


class TaskEnded(TaskNotOpen):
    """The task is over, and the actor may know: its case is theirs to see.

    `message` says who ended it and when; `deployment_id` and `element_id` where its form is.
    """

    code = "task-ended"

    def __init__(self, message: str, deployment_id: int, element_id: str) -> None:
        super().__init__(message)
        self.deployment_id = deployment_id
        self.element_id = element_id
