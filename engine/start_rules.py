"""What must hold of the events that start cases, and of `[[starts]]` in procedure.toml."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from engine.expressions import compile_text
from engine.feel import FeelLimitExceeded, FeelSyntaxError
from engine.folder_rules import Folder
from engine.manifest import MANIFEST
from engine.model import StartTrigger, TriggerKind
from engine.procedure import EventStartRule, Subject

_TOGETHER = "同时需要的多个事件"
_WORDS: Mapping[TriggerKind, str] = {TriggerKind.CONDITION: "条件"}


def starts_can_happen(folder: Folder) -> None:
    """Nothing watches conditions, or several events together, for cases that do not exist yet.

    A called process begins when it is called, whatever else it is drawn with.
    """
    main, *called = folder.procedure.processes
    for trigger in main.start_triggers:
        words = _TOGETHER if trigger.together else _WORDS.get(trigger.kind)
        if words is not None:
            path = folder.paths[main.id]
            kind = trigger.kind.value
            folder.report("procedure-start-kind", path, trigger.element_id, words=words, kind=kind)
    for process in called:
        for element_id in {trigger.element_id for trigger in process.start_triggers}:
            folder.report("procedure-start-called", folder.paths[process.id], element_id)


def starts_are_drawn(folder: Folder) -> None:
    """Every rule is about an event that starts a case, and uses what that event has."""
    drawn = _kinds(folder)
    for rule in folder.procedure.starts.values():
        place = f"starts.{rule.event}"
        if rule.event not in drawn:
            folder.report("procedure-start-unknown", MANIFEST, place, event=rule.event)
            continue
        timed = TriggerKind.TIMER in drawn[rule.event]
        spoken = bool(drawn[rule.event] & {TriggerKind.MESSAGE, TriggerKind.SIGNAL})
        if rule.bodies and not timed:
            folder.report("procedure-start-entry", MANIFEST, place, entry="bodies")
        for name, text in _expressions(rule):
            if not spoken:
                folder.report("procedure-start-entry", MANIFEST, place, entry=name)
            _check(folder, place, text)


def timers_know_where(folder: Folder) -> None:
    """A timer says nothing: the folder says in which bodies it opens cases, and about nobody."""
    procedure = folder.procedure
    path = folder.paths[procedure.process.id]
    for element_id, kinds in _kinds(folder).items():
        if TriggerKind.TIMER not in kinds:
            continue
        rule = procedure.starts.get(element_id)
        if rule is None or not rule.bodies:
            folder.report("procedure-start-bodies", path, element_id)
        if procedure.subject is not Subject.NONE:
            folder.report("procedure-start-subject", path, element_id)


START_RULES: tuple[Callable[[Folder], None], ...] = (
    starts_can_happen,
    starts_are_drawn,
    timers_know_where,
)


def _kinds(folder: Folder) -> Mapping[str, set[TriggerKind]]:
    """Return what starts a case, by id of the start event."""
    triggers: tuple[StartTrigger, ...] = folder.procedure.process.start_triggers
    found: dict[str, set[TriggerKind]] = {}
    for trigger in triggers:
        found.setdefault(trigger.element_id, set()).add(trigger.kind)
    return found


def _expressions(rule: EventStartRule) -> Iterator[tuple[str, str]]:
    for name, text in (("organization", rule.organization), ("subject", rule.subject)):
        if text is not None:
            yield name, text


def _check(folder: Folder, place: str, text: str) -> None:
    try:
        compile_text(text)
    except (FeelSyntaxError, FeelLimitExceeded) as error:
        folder.report(
            "procedure-start-expression", MANIFEST, place, text=text, reason=error.message
        )
