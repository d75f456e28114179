"""Words for journal entries about who took part in a task: 转办, 委派, 加签, 催办, 抄送传阅."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model import Variables
from services.audit.models import EntryKind
from services.circulation.models import CirculationKind
from services.circulation.names import KIND_NAMES as CIRCULATION_NAMES
from services.tasks.models import SubTaskKind, Verdict
from services.tasks.names import KIND_NAMES, VERDICT_NAMES

STORY = frozenset(
    {
        EntryKind.TASK_TRANSFERRED,
        EntryKind.DELEGATION_ANSWERED,
        EntryKind.SIGNER_ANSWERED,
        EntryKind.SUBMISSION_GIVEN_BACK,
        EntryKind.RECUSED,
        EntryKind.RECUSAL_LIFTED,
        EntryKind.TASK_DESIGNATED,
        EntryKind.HANDED_OVER,
    }
)
"""The kinds that belong to the readable story; the others stand in the journal alone."""


WORDS: Mapping[EntryKind, str] = {
    EntryKind.TASK_TRANSFERRED: "转由{others}办理",
    EntryKind.TASK_DELEGATED: "委派{others}办理",
    EntryKind.DELEGATION_ANSWERED: "受{others}委派办理",
    EntryKind.DELEGATION_WITHDRAWN: "不再委派{others}",
    EntryKind.SIGNERS_ADDED: "请{others}{way}",
    EntryKind.SIGNER_ANSWERED: "应{others}要求{way}：{verdict}",
    EntryKind.SIGNER_REMOVED: "不再请{others}{way}",
    EntryKind.TASK_SUBMITTED: "待{others}加签后生效",
    EntryKind.SUBMISSION_GIVEN_BACK: "提交未生效，交回{others}",
    EntryKind.COUNTERSIGNER_ADDED: "增加{others}会签",
    EntryKind.COUNTERSIGNER_REMOVED: "不再请{others}会签",
    EntryKind.TASK_URGED: "催办{others}",
    EntryKind.CIRCULATION_SENT: "{way}{others}",
    EntryKind.RECUSED: "{others}在本办件中回避",
    EntryKind.RECUSAL_LIFTED: "{others}不再回避",
    EntryKind.CANDIDATES_CHANGED: "{others}",
    EntryKind.TASK_DESIGNATED: "指定{others}办理",
    EntryKind.HANDED_OVER: "{giver}交接给{receiver}",
    EntryKind.CIRCULATION_ANSWERED: "答复{others}的传阅",
}


def people_in(data: Variables) -> tuple[int, ...]:
    """Return whom an entry concerns beside its actor, by id."""
    people = data.get("people")
    return tuple(p for p in people if isinstance(p, int)) if isinstance(people, list) else ()


def told(kind: EntryKind, data: Variables, names: Mapping[int, str]) -> str:
    """Return what an entry says beyond its kind, step and actor; empty for other entries."""
    if kind not in WORDS:
        return ""
    people = [names[person] for person in people_in(data)]
    return WORDS[kind].format(
        others="、".join(people),
        giver=people[0] if people else "",
        receiver=people[-1] if people else "",
        way=_way(str(data.get("kind", ""))),
        verdict=VERDICT_NAMES[Verdict(str(data["verdict"]))] if "verdict" in data else "",
    )


def _way(kind: str) -> str:
    if kind in set(SubTaskKind):
        return KIND_NAMES[SubTaskKind(kind)]
    return CIRCULATION_NAMES[CirculationKind(kind)] if kind in set(CirculationKind) else ""
