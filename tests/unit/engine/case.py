"""Plays a process step by step and checks after each one that saving changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from engine import incidents, lifecycle, runtime
from engine.model import (
    Advance,
    EventType,
    ProcessDefinition,
    Resubmission,
    ReturnOption,
    Value,
    Variables,
)
from engine.runtime import Environment

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def no_decisions(decision: str, inputs: Variables, now: datetime) -> tuple[Value, Value]:
    raise AssertionError(decision)


class Case:
    def __init__(
        self,
        process: ProcessDefinition,
        decide: Callable[[str, Variables, datetime], tuple[Value, Value]] = no_decisions,
        functions: Mapping[str, Callable[..., Any]] | None = None,
        now: datetime = NOW,
        start_event: str | None = None,
        **variables: Any,
    ) -> None:
        self.process = process
        self.now = now
        self.environment = Environment(decide, functions or {})
        self.advance: Any = None
        self._take(runtime.start(process, variables, start_event=start_event, **self.outside))

    @property
    def outside(self) -> dict[str, Any]:
        return {"now": self.now, "environment": self.environment}

    @property
    def open(self) -> list[str]:
        return sorted(task.element_id for task in self.advance.open_tasks)

    @property
    def status(self) -> str:
        return self.advance.status.value

    @property
    def variables(self) -> dict[str, Value]:
        return dict(self.advance.variables)

    def seen(self, *kinds: EventType) -> list[str | None]:
        return [event.element_id for event in self.advance.events if event.type in kinds]

    def task_id(self, element_id: str, index: int = 0) -> str:
        return [t.id for t in self.advance.open_tasks if t.element_id == element_id][index]

    def do(self, element_id: str, index: int = 0, /, **variables: Any) -> Case:
        return self.complete(self.task_id(element_id, index), **variables)

    def complete(self, task_id: str, /, **variables: Any) -> Case:
        return self._take(
            runtime.complete(self.process, self.advance.state, task_id, variables, **self.outside)
        )

    def answer(self, index: int = 0, /, **variables: Any) -> Case:
        operation = self.advance.operations[index]
        return self._take(
            runtime.complete_operation(
                self.process, self.advance.state, operation.id, variables, **self.outside
            )
        )

    def wait(self, **delta: float) -> Case:
        self.now += timedelta(**delta)
        return self._take(runtime.fire_timers(self.process, self.advance.state, **self.outside))

    def tell(self, message: str, **variables: Any) -> Case:
        return self._take(
            runtime.correlate(self.process, self.advance.state, message, variables, **self.outside)
        )

    def signal(self, name: str, **variables: Any) -> Case:
        return self._take(
            runtime.signal(self.process, self.advance.state, name, variables, **self.outside)
        )

    def takes(self, message: str, **variables: Any) -> bool:
        return runtime.would_correlate(
            self.process, self.advance.state, message, variables, **self.outside
        )

    def back(
        self,
        element_id: str,
        target: str,
        index: int = 0,
        way: Resubmission = Resubmission.PATH,
        **variables: Any,
    ) -> Case:
        return self.back_from(self.task_id(element_id, index), target, way, **variables)

    def back_from(self, task_id: str, target: str, way: Resubmission, **variables: Any) -> Case:
        return self._take(
            runtime.return_to(
                self.process, self.advance.state, task_id, target, variables, way, **self.outside
            )
        )

    @property
    def failed(self) -> list[str]:
        return sorted(incident.element_id for incident in self.advance.incidents)

    def retry(self, index: int = 0, /, **variables: Any) -> Case:
        incident = self.advance.incidents[index].task_id
        return self._take(
            incidents.retry(self.process, self.advance.state, incident, variables, **self.outside)
        )

    def skip(self, flow: str | None = None, index: int = 0, /, **variables: Any) -> Case:
        incident = self.advance.incidents[index].task_id
        state = self.advance.state
        return self._take(
            incidents.skip(self.process, state, incident, flow, variables, **self.outside)
        )

    def give_up(self, message: str, index: int = 0) -> Case:
        operation = self.advance.operations[index].id
        state = self.advance.state
        return self._take(
            incidents.fail_operation(
                self.process, state, operation, message, "请核对。", **self.outside
            )
        )

    def add(self, element_id: str, item: Any) -> Case:
        return self._take(
            runtime.add_instance(self.process, self.advance.state, element_id, item, **self.outside)
        )

    def remove(self, element_id: str, index: int = 0) -> Case:
        task_id = self.task_id(element_id, index)
        return self._take(
            runtime.remove_instance(self.process, self.advance.state, task_id, **self.outside)
        )

    def choose(self, element_id: str) -> Case:
        chosen = next(a for a in self.advance.available if a.element_id == element_id)
        return self._take(
            runtime.activate(
                self.process, self.advance.state, chosen.scope_id, element_id, **self.outside
            )
        )

    def finish(self, index: int = 0) -> Case:
        scope_id = self.advance.finishable[index]
        return self._take(
            runtime.finish_ad_hoc(self.process, self.advance.state, scope_id, **self.outside)
        )

    @property
    def choices(self) -> list[str]:
        return [available.element_id for available in self.advance.available]

    def ways_back(self, element_id: str, index: int = 0) -> dict[str, ReturnOption]:
        task_id = self.task_id(element_id, index)
        options = runtime.return_options(self.process, self.advance.state, task_id)
        return {option.element_id: option for option in options}

    def jump(self, element_id: str | None, target: str, index: int = 0) -> Case:
        task_id = self.task_id(element_id, index) if element_id is not None else None
        return self.jump_from(task_id, target)

    def jump_from(self, task_id: str | None, target: str) -> Case:
        return self._take(
            runtime.jump(self.process, self.advance.state, task_id, target, **self.outside)
        )

    def jump_targets(self, element_id: str | None, index: int = 0) -> tuple[str, ...]:
        task_id = self.task_id(element_id, index) if element_id is not None else None
        return runtime.jump_targets(self.process, self.advance.state, task_id)

    def withdraw(self, before: bytes, task_id: str) -> Case:
        return self._take(
            runtime.withdraw(self.process, self.advance.state, before, task_id, **self.outside)
        )

    def suspend(self) -> Case:
        return self._take(lifecycle.suspend(self.process, self.advance.state, **self.outside))

    def resume(self) -> Case:
        return self._take(lifecycle.resume(self.process, self.advance.state, **self.outside))

    def _take(self, advance: Advance) -> Case:
        saved = runtime.inspect(self.process, advance.state)
        assert replace(advance, events=(), opened=(), closed=(), stored={}) == saved
        opened = {task.id for task in advance.opened}
        before = {task.id for task in self.advance.open_tasks} if self.advance else set()
        assert not opened & before
        assert (before - set(advance.closed)) | opened == {task.id for task in advance.open_tasks}
        self.advance = advance
        return self
