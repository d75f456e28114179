"""Open tasks, drafts, and what one is asked to do on the tasks of others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import and_, delete, exists, insert, or_, select, update

from engine.procedure import Candidate, LaneRule, TaskRule
from services.cases.variables import variables_at
from services.handover.handing import Handing, Part, nothing
from services.handover.models import HandoverScope, ItemKind, ItemOutcome
from services.people.models import Person, Post
from services.processes.models import ProcessInstance
from services.tasks.arranging import arranger
from services.tasks.candidates import Candidates, candidate_rows, candidates_in
from services.tasks.conditions import is_open
from services.tasks.countersigns import asked_in, names_people
from services.tasks.models import (
    MEMBERS,
    UNANSWERED,
    SubTask,
    SubTaskState,
    TaskCandidate,
    TaskDraft,
    TaskState,
    TaskTransfer,
    UserTask,
)
from services.tasks.names import KIND_NAMES
from services.tasks.sync import find_candidates, note

IN_PERSON = "须由本人办理，不能移交"


def task_parts(handing: Handing) -> Iterator[Part]:
    """Yield the open tasks the leaver has claimed, was given, or is named for."""
    leaver = handing.leaver.id
    is_named = exists().where(
        TaskCandidate.task_id == UserTask.id, TaskCandidate.person_id == leaver
    )
    rows = handing.session.execute(
        select(UserTask, ProcessInstance)
        .join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
        .where(
            is_open(),
            ProcessInstance.ended_at.is_(None),
            or_(
                UserTask.assignee_id == leaver,
                and_(UserTask.assignee_id.is_(None), is_named),
            ),
        )
        .order_by(UserTask.instance_id, UserTask.created_at, UserTask.id)
    ).all()
    for task, instance in rows:
        if handing.lies_with(task.organization_id):
            yield _Case(handing, task, instance).part()


@dataclass(frozen=True, slots=True)
class _Case:
    """One task, looked at."""

    handing: Handing
    task: UserTask
    instance: ProcessInstance

    def part(self) -> Part:
        """Return what becomes of the task."""
        kept = self._why_kept()
        if kept:
            return self._part(ItemOutcome.KEPT, kept)
        why = self._why_not()
        if not why:
            return Part(
                ItemKind.TASK,
                ItemOutcome.HANDED_OVER,
                f"{self._words()}{self._with()}",
                case_id=self.instance.id,
                done=self._hand_over,
            )
        if self.task.state is TaskState.SUBMITTED:
            return self._part(ItemOutcome.KEPT, f"{why}；已提交，待加签确认后生效")
        return Part(
            ItemKind.TASK,
            ItemOutcome.RELEASED,
            self._words(),
            why,
            self.instance.id,
            self._release,
        )

    def _part(self, outcome: ItemOutcome, reason: str) -> Part:
        return Part(ItemKind.TASK, outcome, self._words(), reason, self.instance.id)

    def _words(self) -> str:
        return f"“{self.task.name}”（{self.instance.number}）"

    def _with(self) -> str:
        """Say what goes along with the task."""
        asked = "、".join(
            name for row, name in self._requested() if row.person_id != self.handing.successor.id
        )
        draft = self.handing.session.get(TaskDraft, (self.task.id, self.handing.leaver.id))
        notes = [
            "含草稿" if draft is not None else "",
            f"{asked}的答复交回接收人" if asked else "",
        ]
        words = "，".join(note for note in notes if note)
        return f"，{words}" if words else ""

    def _requested(self) -> Sequence[tuple[SubTask, str]]:
        rows = self.handing.session.execute(
            select(SubTask, Person.name)
            .join(Person, Person.id == SubTask.person_id)
            .where(SubTask.parent_id == self.task.id, SubTask.state.in_(UNANSWERED))
            .order_by(SubTask.id)
        )
        return [(row, name) for row, name in rows]

    def _candidates(self) -> Candidates:
        rows = self.handing.session.scalars(
            select(TaskCandidate).where(TaskCandidate.task_id == self.task.id)
        )
        return candidates_in(rows)

    @property
    def _is_named(self) -> bool:
        return self.handing.leaver.id in self._candidates().people

    @property
    def _is_in_person(self) -> bool:
        procedure = self.handing.procedure_of(self.instance)
        return procedure.tasks.get(self.task.element_id, TaskRule()).in_person

    def _why_kept(self) -> str:
        """Return why the task stays with the leaver; empty if it does not."""
        handing = self.handing
        rule = handing.procedure_of(self.instance).lanes.get(self.task.lane_id)
        if self.instance.subject_id == handing.leaver.id:
            return f"本人的办件，{IN_PERSON}"
        if rule is None or rule.candidate in {Candidate.SUBJECT, Candidate.MEMBERS}:
            return IN_PERSON
        if self._is_in_person and self._is_named:
            return f"{IN_PERSON}；确需调整的，由发起人减签或者退回"
        if handing.is_barred_actor(self.instance):
            return handing.why_barred(self.instance)
        still = handing.still_held(self._candidates().groups)
        if still:
            return f"仍任{still}，继续由其办理"
        if self._is_named and self._stays_named(rule):
            return "按姓名确定由其办理，仍在本组织的继续办理"
        if self.task.state is TaskState.SUBMITTED and any(
            row.person_id == handing.successor.id for row, _ in self._requested()
        ):
            return "接收人正在加签该事项，待其加签后再移交"
        return ""

    def _stays_named(self, rule: LaneRule) -> bool:
        """Tell whether the leaver keeps what they are named for, or have as the starter."""
        if rule.candidate is Candidate.STARTER:
            return self.handing.keeps_a_post
        return self.handing.scope is HandoverScope.POST

    def _why_not(self) -> str:
        """Return why the successor may not take the task; empty if they may."""
        handing = self.handing
        if not self._is_named:
            own = {Post(post) for _, post in self._candidates().groups if post != MEMBERS}
            wanted = frozenset(own) if self._is_in_person else None
            return handing.why_not_by_post(self.task, self.instance, wanted)
        if self._is_countersign and handing.successor.id in asked_in(handing.session, self.task):
            return "接收人已在本次会签中"
        barred = handing.why_barred(self.instance, self.task.separate_from)
        return barred or handing.why_not_by_name(self.instance)

    @property
    def _is_countersign(self) -> bool:
        return names_people(self.handing.procedure_of(self.instance), self.task)

    def _hand_over(self) -> None:
        """Let the successor have the task with its draft and with what others are to answer."""
        handing, task, session = self.handing, self.task, self.handing.session
        leaver, successor = handing.leaver.id, handing.successor.id
        if task.assignee_id is not None:
            task.assignee_id = successor
        if task.state is TaskState.CREATED and task.assignee_id is not None:
            task.state = TaskState.CLAIMED
        session.execute(
            update(TaskCandidate)
            .where(TaskCandidate.task_id == task.id, TaskCandidate.person_id == leaver)
            .values(person_id=successor)
        )
        for row, _ in self._requested():
            if row.person_id == successor:  # nobody works for, or signs after, themselves
                row.state = SubTaskState.WITHDRAWN
                row.ended_at = handing.now
            elif row.requested_by == leaver:
                row.requested_by = successor
        move_draft(handing, task.id)
        session.add(
            TaskTransfer(
                task_id=task.id,
                from_id=leaver,
                to_id=successor,
                reason=f"交接：{handing.reason}",
                transferred_at=handing.now,
            )
        )

    def _release(self) -> None:
        """Take the task from the leaver; find who may do it once the posts have ended."""
        handing, task, session = self.handing, self.task, self.handing.session
        task.assignee_id = None
        task.state = TaskState.CREATED
        session.execute(
            delete(TaskDraft).where(
                TaskDraft.task_id == task.id, TaskDraft.person_id == handing.leaver.id
            )
        )
        if self._is_countersign:
            found = self._nobody()
        else:
            procedure = handing.procedure_of(self.instance)
            seen = variables_at(procedure, self.instance, task.id)
            found = find_candidates(
                session, self.instance, procedure, task, seen, handing.first_day_after
            )
        session.execute(delete(TaskCandidate).where(TaskCandidate.task_id == task.id))
        rows = candidate_rows(task.id, found)
        if rows:
            session.execute(insert(TaskCandidate), rows)

    def _nobody(self) -> Candidates:
        """Leave a part of a countersign to the body above: it is one person's, so nobody else's."""
        handing = self.handing
        above = arranger(handing.session, self.instance.organization_id, handing.today)
        found = Candidates(
            organization_id=self.task.organization_id,
            reason=f"{handing.leaver.name}已交接，{self._why_not()}"
            + (f"，由{above.name}指定办理人" if above is not None else ""),
            arranged_by=above.organization_id if above is not None else None,
        )
        note(self.task, found)
        return found


def move_draft(handing: Handing, task_id: str) -> None:
    """Give the leaver's draft of a task to the successor, unless they have written one."""
    session = handing.session
    draft = session.get(TaskDraft, (task_id, handing.leaver.id))
    if draft is None:
        return
    if session.get(TaskDraft, (task_id, handing.successor.id)) is None:
        session.add(
            TaskDraft(
                task_id=task_id,
                person_id=handing.successor.id,
                data=draft.data,
                opinion=draft.opinion,
                late_reason=draft.late_reason,
                saved_at=draft.saved_at,
            )
        )
    session.delete(draft)
    session.flush()


def draft_parts(handing: Handing) -> Iterator[Part]:
    """Yield what the leaver has drafted on tasks nobody has claimed, of the posts left."""
    leaver = handing.leaver.id
    rows = handing.session.execute(
        select(UserTask, ProcessInstance)
        .join(TaskDraft, TaskDraft.task_id == UserTask.id)
        .join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
        .where(
            TaskDraft.person_id == leaver,
            is_open(),
            UserTask.assignee_id.is_(None),
            ProcessInstance.subject_id.is_distinct_from(leaver),
            ~exists().where(
                TaskCandidate.task_id == UserTask.id, TaskCandidate.person_id == leaver
            ),
        )
        .order_by(UserTask.instance_id, UserTask.id)
    ).all()
    for task, instance in rows:
        if not handing.lies_with(task.organization_id):
            continue
        why = handing.why_not_by_post(task, instance)
        yield Part(
            ItemKind.DRAFT,
            ItemOutcome.KEPT if why else ItemOutcome.HANDED_OVER,
            f"“{task.name}”（{instance.number}）",
            why,
            instance.id,
            nothing if why else partial(move_draft, handing, task.id),
        )


def sub_task_parts(handing: Handing) -> Iterator[Part]:
    """Yield what others have asked the leaver to do or to sign."""
    rows = handing.session.execute(
        select(SubTask, UserTask, ProcessInstance)
        .join(UserTask, UserTask.id == SubTask.parent_id)
        .join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
        .where(
            SubTask.person_id == handing.leaver.id,
            SubTask.state.in_(UNANSWERED),
            is_open(),
            ProcessInstance.ended_at.is_(None),
        )
        .order_by(UserTask.instance_id, SubTask.id)
    ).all()
    for row, task, instance in rows:
        if handing.lies_with(task.organization_id):
            why = _why_not_asked(handing, row, task, instance)
            yield Part(
                ItemKind.SUB_TASK,
                ItemOutcome.KEPT if why else ItemOutcome.HANDED_OVER,
                f"{KIND_NAMES[row.kind]}“{task.name}”（{instance.number}）",
                f"{why}；由办理人撤销后另选" if why else "",
                instance.id,
                nothing if why else partial(_ask_successor, handing, row),
            )


def _why_not_asked(
    handing: Handing, row: SubTask, task: UserTask, instance: ProcessInstance
) -> str:
    if handing.keeps_a_post:
        return "仍在本组织任职，继续由其办理"
    if task.assignee_id == handing.successor.id:
        return "接收人就是该事项的办理人"
    asked = handing.session.scalars(
        select(SubTask.id).where(
            SubTask.parent_id == row.parent_id,
            SubTask.person_id == handing.successor.id,
            SubTask.state.in_(UNANSWERED),
        )
    ).first()
    if asked is not None:
        return "接收人已在该事项上受委派或者加签"
    return handing.why_not_by_post(task, instance)


def _ask_successor(handing: Handing, row: SubTask) -> None:
    row.person_id = handing.successor.id
