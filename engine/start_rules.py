"""What must hold of the events that start cases, and of `[[starts]]` in procedure.toml."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from engine.expressions import compile_text
from engine.feel import FeelLimitExceeded, FeelSyntaxError
from engine.folder_rules import Folder
from engine.functions import FUNCTION_NAMES
from engine.manifest import MANIFEST
from engine.model import StartTrigger, TriggerKind
from engine.procedure import EventStartRule, Subject

IN_BODIES = frozenset({TriggerKind.TIMER, TriggerKind.CONDITION})
"""What opens cases in bodies, without anybody saying which."""
BODY_FACTS = frozenset(
    {
        "organization",
        "organization_name",
        "organization_kind",
        "secretary_since",
        "applicant_count",
        "activist_count",
        "probationary_member_count",
        "full_member_count",
    }
)
"""What a condition that starts cases may know: facts about the body it is looked at in."""


def starts_can_happen(folder: Folder) -> None:
    """Nothing watches several events together for cases that do not exist yet.

    A called process begins when it is called, whatever else it is drawn with.
    """
    main, *called = folder.procedure.processes
    for element_id in {trigger.element_id for trigger in main.start_triggers if trigger.together}:
        folder.report("procedure-start-together", folder.paths[main.id], element_id)
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
        in_bodies = bool(drawn[rule.event] & IN_BODIES)
        spoken = bool(drawn[rule.event] & {TriggerKind.MESSAGE, TriggerKind.SIGNAL})
        if rule.bodies and not in_bodies:
            folder.report("procedure-start-entry", MANIFEST, place, entry="bodies")
        for name, text in _expressions(rule):
            if not spoken:
                folder.report("procedure-start-entry", MANIFEST, place, entry=name)
            _check(folder, place, text)


def starts_know_where(folder: Folder) -> None:
    """Timers and conditions say nothing: the folder says in which bodies, and about nobody."""
    procedure = folder.procedure
    path = folder.paths[procedure.process.id]
    for element_id, kinds in _kinds(folder).items():
        if not kinds & IN_BODIES:
            continue
        rule = procedure.starts.get(element_id)
        if rule is None or not rule.bodies:
            folder.report("procedure-start-bodies", path, element_id)
        if procedure.subject is not Subject.NONE:
            folder.report("procedure-start-subject", path, element_id)


def conditions_know_facts(folder: Folder) -> None:
    """A condition uses facts about bodies and nothing else: there is no case to know more."""
    process = folder.procedure.process
    for trigger in process.start_triggers:
        if trigger.kind is not TriggerKind.CONDITION:
            continue
        names = compile_text(trigger.expression or "").names - FUNCTION_NAMES
        for name in sorted(names - BODY_FACTS):
            path = folder.paths[process.id]
            folder.report("procedure-start-fact", path, trigger.element_id, name=name)


START_RULES: tuple[Callable[[Folder], None], ...] = (
    starts_can_happen,
    starts_are_drawn,
    starts_know_where,
    conditions_know_facts,
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
