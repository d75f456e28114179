"""What a task of a case sees: the variables of the case, or those of a called process."""

from __future__ import annotations

from engine import runtime
from engine.model import Variables
from engine.procedure import Procedure
from engine.values import load_values
from services.processes.models import ProcessInstance


def variables_at(procedure: Procedure, instance: ProcessInstance, task_id: str) -> Variables:
    """Return the variables an open task sees; raises TaskNotOpen for other tasks.

    The state is looked into only where a diagram has other variables than those of the case.
    """
    if procedure.process.has_scopes:
        return runtime.variables_at(procedure.process, instance.state, task_id)
    return load_values(instance.variables)
