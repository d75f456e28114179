"""Read models of cases and tasks: all that a page or an API answer needs, and no table row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Generic, TypeVar

from engine.citations import Source
from engine.forms import Form, Option
from engine.model import InstanceStatus, Outcome, Resubmission, Value
from engine.simulation import TimelineEntry
from services.cases.incidents.corrections import Correction
from services.cases.intervention import Intervention
from services.circulation.views import CirculationView
from services.identity.actor import Identity
from services.processes.views import DecisionCard, DecisionPage
from services.recusal.views import CaseRecusals
from services.tasks.deadlines import DueView
from services.tasks.explain import Eligibility
from services.tasks.models import TaskState
from services.tasks.views import TaskOperations

ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class InboxItem:
    """One line of 待办 or 已办.

    `label` says in what others take part (委派中), `request_name` what the actor is asked for when
    the task is not their own (前加签); `is_waiting` tells that nothing is to be done just now.
    """

    task_id: str
    case_id: int
    case_number: str
    title: str
    procedure_title: str
    organization_name: str
    step_name: str
    stage_name: str
    state: TaskState
    due: DueView
    sender: str
    created_at: datetime
    assignee: str = ""
    completed_at: datetime | None = None
    outcome_name: str = ""
    label: str = ""
    request_name: str = ""
    is_waiting: bool = False
    is_suspended: bool = False
    principal: str = ""


@dataclass(frozen=True, slots=True)
class StartedItem:
    """One line of 我发起的: where the case waits now and with whom."""

    case_id: int
    case_number: str
    title: str
    procedure_title: str
    status: InstanceStatus
    outcome_name: str
    waiting_at: tuple[str, ...]
    holders: tuple[str, ...]
    started_at: datetime


@dataclass(frozen=True, slots=True)
class InboxCounts:
    """Numbers above the inbox; each is a filter."""

    overdue: int
    today: int
    soon: int
    total: int


@dataclass(frozen=True, slots=True)
class Listing(Generic[ItemT]):
    """One page of a list."""

    items: tuple[ItemT, ...]
    total: int
    page: int
    page_size: int


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """A file of a case."""

    id: int
    file_name: str
    size: int
    uploaded_by: str
    uploaded_at: datetime


@dataclass(frozen=True, slots=True)
class StageView:
    """A stage of the procedure and how far the case is."""

    name: str
    is_done: bool
    is_current: bool


@dataclass(frozen=True, slots=True)
class ReturnTarget:
    """An earlier step a task may be returned to, and how the case comes back from there.

    `obstacle` says why it cannot come straight back, empty when it can.
    """

    element_id: str
    label: str
    is_previous: bool = False
    is_starter: bool = False
    ways: tuple[Resubmission, ...] = tuple(Resubmission)
    obstacle: str = ""


@dataclass(frozen=True, slots=True)
class DecisionLink:
    """A decision evaluated on a case: number `number`, from 1, of the journal entry `sequence`."""

    case_id: int
    sequence: int
    number: int
    name: str


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """How a decision came out on a case, beside its logic in the version the case ran on then.

    `facts` are label and value of what it saw, `fired` the rules that fired, by index; `page` is
    None if that version has no such decision.
    """

    header: CaseHeader
    name: str
    step_name: str
    acted_on: date
    entered_at: datetime
    facts: tuple[tuple[str, Value], ...]
    value: Value
    fired: tuple[int, ...]
    page: DecisionPage | None


@dataclass(frozen=True, slots=True)
class HistoryItem:
    """One completed or returned step in the story of a case.

    `sequence` is the number of its entry in the journal; `hides` tells whether `fields` leave out
    what somebody else has filled in.
    """

    kind: str
    step_name: str
    actor: str
    capacity: str
    acted_on: date
    entered_at: datetime
    outcome_name: str
    opinion: str
    late_reason: str
    warnings: tuple[str, ...]
    fields: tuple[tuple[str, str], ...]
    attachments: tuple[AttachmentView, ...] = ()
    decisions: tuple[DecisionLink, ...] = ()
    sequence: int = 0
    hides: bool = False


@dataclass(frozen=True, slots=True)
class SensitiveStep:
    """The sensitive fields of one step, (label, text), masked or in full as the query says."""

    header: CaseHeader
    sequence: int
    step_name: str
    actor: str
    acted_on: date
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class JournalItem:
    """One entry of 流转记录, as journaled."""

    sequence: int
    kind: str
    kind_name: str
    text: str
    actor: str
    capacity: str
    acted_on: date
    entered_at: datetime
    hash: str
    decisions: tuple[DecisionLink, ...] = ()


@dataclass(frozen=True, slots=True)
class DiagramView:
    """The diagram of a case: XML for the viewer and what to highlight."""

    xml: str
    completed: tuple[str, ...]
    active: tuple[str, ...]
    failed: tuple[str, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MessageOption:
    """An event that may be reported on the case now (登记事项)."""

    name: str
    title: str
    form: Form
    values: Mapping[str, Value]
    options: Mapping[str, tuple[Option, ...]]


@dataclass(frozen=True, slots=True)
class OpenStep:
    """A step that is open now, who may do it, and why it is theirs.

    `may_urge` and `may_adjust` are worked out for the page of the case alone.
    """

    task_id: str
    element_id: str
    step_name: str
    lane_name: str
    holders: tuple[str, ...]
    fallback_reason: str
    due: DueView
    is_mine: bool
    label: str
    may_urge: bool = False
    may_adjust: bool = False


@dataclass(frozen=True, slots=True)
class CaseHeader:
    """What stands on top of task and case pages.

    `organization_name` is what the body was called when the case was started; the present name, or
    that of its successor, stands beside it where it is another one.  `starter_successor` has the
    rights of the starter after a hand-over, empty for none.
    """

    case_id: int
    number: str
    title: str
    procedure_key: str
    procedure_title: str
    subject_name: str
    organization_name: str
    present_organization_name: str
    status: InstanceStatus
    outcome_name: str
    stages: tuple[StageView, ...]
    started_by: str
    started_at: datetime
    ended_at: datetime | None
    starter_successor: str = ""


@dataclass(frozen=True, slots=True)
class IncidentView:
    """A failed step of a case; exactly one of `task_id` and `job_id` says what to resolve.

    `seen` are pairs of words for the data the step read; the last four are for who may resolve.
    """

    step_name: str
    message: str
    since: datetime
    element_id: str = ""
    task_id: str = ""
    job_id: int | None = None
    remedy: str = ""
    expression: str = ""
    seen: tuple[tuple[str, str], ...] = ()
    corrections: tuple[Correction, ...] = ()
    flows: tuple[Option, ...] = ()
    return_targets: tuple[ReturnTarget, ...] = ()
    revision: int = 0


@dataclass(frozen=True, slots=True)
class CaseIncidents:
    """What stands still in a case and with whom it lies."""

    items: tuple[IncidentView, ...] = ()
    may_resolve: bool = False
    resolvers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IncidentItem:
    """One line of 异常办件."""

    case_id: int
    case_number: str
    title: str
    procedure_title: str
    steps: tuple[str, ...]
    message: str
    since: datetime


@dataclass(frozen=True, slots=True)
class WorkItem:
    """Work people may choose: how often it runs and was done, and who starts it."""

    element_id: str
    name: str
    documentation: str
    lane_name: str
    starters: tuple[str, ...]
    running: int
    done: int
    may_start: bool


@dataclass(frozen=True, slots=True)
class AdHocView:
    """A part of a case in which people choose what is done (自组织子流程).

    `ending` says in words how it ends; `is_quiet` that it could be ended by a person now.
    """

    scope_id: str
    element_id: str
    name: str
    ending: str
    enders: tuple[str, ...]
    items: tuple[WorkItem, ...]
    is_quiet: bool
    may_end: bool
    revision: int


@dataclass(frozen=True, slots=True)
class TaskView:
    """The task page; `identities` are those in which the actor can do it, the likeliest first."""

    header: CaseHeader
    task_id: str
    element_id: str
    step_name: str
    step_number: int | None
    documentation: str
    state: TaskState
    revision: int
    due: DueView
    fallback_reason: str
    form: Form
    values: Mapping[str, Value]
    options: Mapping[str, tuple[Option, ...]]
    draft_saved_at: datetime | None
    draft_opinion: str
    draft_late_reason: str
    outcomes: tuple[Outcome, ...]
    return_targets: tuple[ReturnTarget, ...]
    holders: tuple[str, ...]
    assignee: str
    identities: tuple[Identity, ...]
    may_complete: bool
    may_claim: bool
    may_release: bool
    may_withdraw: bool
    why_not_withdraw: str
    why_not: str
    attachments: tuple[AttachmentView, ...]
    history: tuple[HistoryItem, ...]
    diagram: DiagramView
    operations: TaskOperations
    acting_for: str
    may_read_sensitive: bool


@dataclass(frozen=True, slots=True)
class StepLink:
    """A user task by its id and the name of its step."""

    task_id: str
    step_name: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """The case page."""

    header: CaseHeader
    open_steps: tuple[OpenStep, ...]
    history: tuple[HistoryItem, ...]
    journal: tuple[JournalItem, ...]
    attachments: tuple[AttachmentView, ...]
    diagram: DiagramView
    messages: tuple[MessageOption, ...]
    may_withdraw: bool
    withdraw_title: str
    task_to_withdraw: StepLink | None
    incidents: CaseIncidents
    circulations: tuple[CirculationView, ...]
    may_circulate: bool
    recusals: CaseRecusals
    eligibility: Mapping[str, tuple[Eligibility, ...]]
    interventions: tuple[Intervention, ...]
    ad_hoc: tuple[AdHocView, ...] = ()
    may_read_sensitive: bool = False


@dataclass(frozen=True, slots=True)
class JumpSource:
    """What may jump: one open task or (None) the whole case, and to which steps (id, name)."""

    task_id: str | None
    name: str
    targets: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class InterventionView:
    """The page on which an intervention is confirmed: what it will meet."""

    header: CaseHeader
    intervention: Intervention
    revision: int
    open_steps: tuple[OpenStep, ...]
    messages: tuple[str, ...]
    next_due_at: datetime | None
    jump_sources: tuple[JumpSource, ...]
    diagram: DiagramView
    identities: tuple[Identity, ...]


@dataclass(frozen=True, slots=True)
class ProcedureCard:
    """A procedure on the start page; `why_not` is empty when the actor may start it."""

    key: str
    title: str
    category: str
    summary: str
    needs: tuple[str, ...]
    lanes: tuple[str, ...]
    why_not: str


@dataclass(frozen=True, slots=True)
class ProcedurePage:
    """The page of a procedure; `timeline` is counted from today.

    `explored` says in words how far the diagram was explored at deployment.
    """

    card: ProcedureCard
    version: int
    label: str
    explored: str
    in_force_from: date
    diagram: DiagramView
    sources: tuple[Source, ...]
    timeline: tuple[TimelineEntry, ...]
    decisions: tuple[DecisionCard, ...]


@dataclass(frozen=True, slots=True)
class StartView:
    """The form that starts a case; `subjects` is who it may be about.

    `identities` are those in which the actor may start one; which of them fits the chosen subject
    is for the command to say.
    """

    card: ProcedureCard
    form: Form
    values: Mapping[str, Value]
    options: Mapping[str, tuple[Option, ...]]
    subjects: tuple[Option, ...]
    identities: tuple[Identity, ...]


@dataclass(frozen=True, slots=True)
class TaskForm:
    """The form of a task alone, without the page around it."""

    case_id: int
    step_name: str
    form: Form


@dataclass(frozen=True, slots=True)
class Completed:
    """What follows a command: who has the case now, and the actor's next task.

    `step_name` is the step completed, empty for other commands; `incidents` are the steps that
    failed behind it, by name.
    """

    case_id: int
    step_name: str
    status: InstanceStatus
    outcome_name: str
    next_steps: tuple[OpenStep, ...]
    next_task_id: str | None
    warnings: tuple[str, ...]
    incidents: tuple[str, ...] = ()
