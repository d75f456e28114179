"""What is filled in for the tasks of a run that nobody watches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from engine.errors import InvalidState
from engine.model import Advance, Variables

TaskData: TypeAlias = Mapping[str, Variables | Sequence[Variables]]


@dataclass(frozen=True, slots=True)
class Choice:
    """An activity to start in a running ad-hoc sub-process, None to end the sub-process."""

    scope_id: str
    element_id: str | None


class Answers:
    """What to fill in, element by element, time by time; nothing for other elements.

    `given` maps element ids to what is filled in, or to a list of it, one entry per time (the last
    one is used again).  Raises InvalidState for anything but objects.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        for answer in given.values():
            parts = answer if isinstance(answer, list) else [answer]
            if not all(isinstance(part, Mapping) for part in parts):
                raise InvalidState("任务的提交内容应为对象，或对象的列表。", "请改正后重试。")
        self._given: TaskData = given
        self._used: dict[str, int] = {}
        self._chosen: set[Choice] = set()

    def has(self, element_id: str) -> bool:
        """Whether something is given for an element."""
        return element_id in self._given

    def choose(self, advance: Advance) -> Choice | None:
        """Return what to do next in ad-hoc sub-processes when all that was open is done.

        Every activity that may be started is done once, in document order; then what may be ended
        is ended.  Asking again gives the same answer until the choice has been carried out.
        """
        if advance.open_tasks or advance.operations:
            return None
        for available in advance.available:
            choice = Choice(available.scope_id, available.element_id)
            if choice not in self._chosen:
                return choice
        return Choice(advance.finishable[0], None) if advance.finishable else None

    def remember(self, choice: Choice) -> None:
        """Do not choose the same again."""
        self._chosen.add(choice)

    def next(self, element_id: str) -> Variables:
        """Return what is filled in this time."""
        answers = self._given.get(element_id, {})
        if isinstance(answers, Mapping):
            return answers
        used = self._used.get(element_id, 0)
        self._used[element_id] = used + 1
        return answers[min(used, len(answers) - 1)] if answers else {}
