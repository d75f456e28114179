"""Putting a case on another step without doing what lies between (自由跳转)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine import runtime
from engine.procedure import Procedure
from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases.completed import completed_view
from services.cases.intervene import Intervene, intervening, tell
from services.cases.intervention import Intervention
from services.cases.return_ import first_act_on, give_back
from services.cases.steps import open_tasks
from services.cases.views import Completed, JumpSource, OpenStep
from services.cases.write_path import Deed
from services.identity.actor import Actor
from services.processes.models import ProcessInstance


@dataclass(frozen=True, slots=True)
class JumpCase(Intervene):
    """Put one task's token (`task_id`), or the whole case (None), on the user task `target`."""

    target: str = ""
    task_id: str | None = None


def jump_case(app: Application, actor: Actor, command: JumpCase) -> Completed:
    """Move the case; the tasks it leaves are cancelled, those between stay undone."""
    with intervening(app, actor, Intervention.JUMP, command) as (case, acting):
        advance = case.apply(runtime.jump, command.task_id, command.target)
        still = {task.id for task in advance.open_tasks}
        left = [t.name for t in open_tasks(case.session, case.instance.id) if t.id not in still]
        tell(case, acting, Intervention.JUMP, command.reason.strip())
        first = first_act_on(case.session, case, command.target)
        case.settle(
            advance,
            Deed(
                kind=EntryKind.CASE_JUMPED,
                acted_on=case.today,
                opens_from=first if first is not None else case.latest_act_on(),
                actor=acting,
                element_id=command.target,
                details={"reason": command.reason.strip(), "left": list(left)},
            ),
        )
        give_back(case.session, case, command.target)
        return completed_view(case, acting)


def jump_sources(
    procedure: Procedure, instance: ProcessInstance, steps: Sequence[OpenStep]
) -> tuple[JumpSource, ...]:
    """Return what may jump where: each open task by itself, then the case as a whole.

    The whole case is left out when it is no more than its only open task.
    """
    process = procedure.process
    sources = [(step.task_id, step.step_name) for step in steps]
    found: dict[str | None, tuple[str, ...]] = {
        task_id: runtime.jump_targets(process, instance.state, task_id) for task_id, _ in sources
    }
    whole = runtime.jump_targets(process, instance.state, None)
    elements = {step.element_id for step in steps}
    if len(steps) != 1 or set(whole) - elements != set(found[steps[0].task_id]):
        found[None] = whole
    names = dict(sources)
    return tuple(
        JumpSource(
            task_id=task_id,
            name=names[task_id] if task_id is not None else "",
            targets=tuple((target, procedure.nodes[target].name) for target in targets),
        )
        for task_id, targets in found.items()
        if targets
    )
