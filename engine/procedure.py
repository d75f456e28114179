"""A procedure: what a procedure folder says once it has been read and checked.

Field names follow procedure.toml; see docs/reference/procedure-folder.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from engine.citations import Source
from engine.decisions import Decision, DecisionModel, DecisionResult, UnknownDecision
from engine.errors import Finding
from engine.forms import Form
from engine.functions import FeelFunctions
from engine.model import FlowNode, Lane, ProcessDefinition, Variables


class Candidate(StrEnum):
    """How the people of a lane are found."""

    SUBJECT = "subject"
    POST = "post"
    VARIABLE = "variable"
    STARTER = "starter"
    HANDLER = "handler"
    MEMBERS = "members"


class Scope(StrEnum):
    """In which organisation a post or the members are looked for, seen from that of the case.

    COMMON_SUPERIOR: the lowest body that stands at or above both the body of the case and the one
    `LaneRule.body` names; NAMED: the body `LaneRule.body` names; LEVEL: the nearest body above of
    `LaneRule.level`; DEPARTMENT: the organisation department linked to the body of the case.
    """

    OWN = "own"
    PARENT = "parent"
    APPROVER = "approver"
    ABOVE_APPROVER = "above_approver"
    COMMON_SUPERIOR = "common_superior"
    NAMED = "named"
    LEVEL = "level"
    DEPARTMENT = "department"


class Level(StrEnum):
    """Administrative levels."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    FIRM = "firm"


class Post(StrEnum):
    """Posts a lane may name."""

    SECRETARY = "secretary"
    DEPUTY_SECRETARY = "deputy_secretary"
    ORGANIZATION_COMMISSIONER = "organization_commissioner"
    DISCIPLINE_COMMISSIONER = "discipline_commissioner"
    PUBLICITY_COMMISSIONER = "publicity_commissioner"
    COMMISSIONER = "commissioner"
    ORGANIZER = "organizer"
    OFFICE_CLERK = "office_clerk"
    DEPARTMENT_HEAD = "department_head"
    DEPARTMENT_CLERK = "department_clerk"
    REGISTER_KEEPER = "register_keeper"


class OrganizationKind(StrEnum):
    """Kinds of bodies; what a body may approve is never inferred from its kind or name."""

    DEPARTMENT = "department"
    PARTY_GROUP = "party_group"
    AGENCY_COMMITTEE = "agency_committee"
    INDUSTRY_COMMITTEE = "industry_committee"
    GENERAL_BRANCH = "general_branch"
    BRANCH = "branch"
    JOINT_BRANCH = "joint_branch"
    TEMPORARY_BRANCH = "temporary_branch"
    ASSOCIATION = "association"
    LAW_FIRM = "law_firm"


class Subject(StrEnum):
    """What a case is about."""

    PERSON = "person"
    NONE = "none"


class StoreScope(StrEnum):
    """Which bodies share what a data store holds."""

    OWN = "own"
    ALL = "all"


class StoreKey(StrEnum):
    """What a data store holds one entry for, within its scope."""

    NONE = "none"
    SUBJECT = "subject"


class Retention(StrEnum):
    """How long the file of a case is kept."""

    PERMANENT = "permanent"
    YEARS_30 = "30_years"
    YEARS_10 = "10_years"


class Operation(StrEnum):
    """The closed registry of what service tasks may ask for."""

    NOTIFY_SEND = "notify.send"
    REGISTER_UPDATE = "register.update"
    CASE_MOVE = "case.move"
    CASE_OUTCOME = "case.outcome"


class CaseOperation(StrEnum):
    """What may be done to a case from outside its flow; who may stands in `[operations]`."""

    RESOLVE_INCIDENT = "resolve_incident"
    JUMP = "jump"
    SUSPEND = "suspend"
    TERMINATE = "terminate"
    VOID = "void"
    MIGRATE = "migrate"


DEADLINES = "deadlines"
"""Id of the decision with all time limits."""

CHECKS = "checks"
"""Id of the decision with all rules on the facts of an act."""

RULE_VERSION = "rule_version"
"""Id of the decision that names the regulation version in force on the date of an act."""


@dataclass(frozen=True, slots=True)
class LaneRule:
    """Who acts in a lane; `fallback` is the lane asked when nobody is found.

    `variable` names people, `body` is the variable that names a body, `tasks` are the earlier user
    tasks whose latest doer acts.  Which of them a rule needs stands in `engine.lane_rules`.
    """

    candidate: Candidate
    posts: tuple[Post, ...] = ()
    scope: Scope = Scope.OWN
    variable: str | None = None
    body: str | None = None
    level: Level | None = None
    tasks: tuple[str, ...] = ()
    fallback: str | None = None


@dataclass(frozen=True, slots=True)
class TaskRule:
    """What holds for one user task beyond its lane.

    Who completed one of `separate_from` in the case is kept out of it (four eyes).  `in_person`: it
    cannot be done on somebody's behalf.
    """

    separate_from: tuple[str, ...] = ()
    in_person: bool = False


@dataclass(frozen=True, slots=True)
class DataStoreRule:
    """The register (台账) that keeps what a data store of the diagram holds.

    Procedures that name one `register` share it.
    """

    register: str
    title: str
    scope: StoreScope
    key: StoreKey


@dataclass(frozen=True, slots=True)
class StartRule:
    """Who may start a case and with which form.

    `task` is the user task right after the start event that the start form completes at once; a
    case returned to its starter comes back to it.
    """

    lanes: tuple[str, ...]
    form: str
    task: str | None = None


@dataclass(frozen=True, slots=True)
class EventStartRule:
    """Where a case belongs that an event starts; `event` is the id of the start event.

    For messages and signals: FEEL over what they say, giving ids as in the variables
    `organization` and `subject`; None takes the value of that name, else that of the case that
    sent it.  For timers: one case is opened in every body of the `bodies` kinds.  For conditions:
    in those of them where the condition has become true.
    """

    event: str
    organization: str | None = None
    subject: str | None = None
    bodies: tuple[OrganizationKind, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageRule:
    """An event people report on the case page; `name` is the BPMN message name."""

    name: str
    title: str
    form: str
    lanes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WithdrawRule:
    """How a case is ended at any time."""

    title: str
    lanes: tuple[str, ...]
    outcome: str


@dataclass(frozen=True, slots=True)
class Decisions:
    """All decision tables of a folder under one roof; ids are unique across the files."""

    models: Mapping[str, DecisionModel]

    def __contains__(self, decision_id: object) -> bool:
        return any(decision_id in model.decisions for model in self.models.values())

    def __iter__(self) -> Iterator[Decision]:
        for model in self.models.values():
            yield from model.decisions.values()

    def __getitem__(self, decision_id: str) -> Decision:
        return self._model(decision_id).decisions[decision_id]

    def evaluate(
        self, decision_id: str, context: Variables, functions: FeelFunctions | None = None
    ) -> DecisionResult:
        """Return value and matched rules; raises UnknownDecision when no file has it."""
        return self._model(decision_id).evaluate(decision_id, context, functions or {})

    def facts_used(self, decision_id: str) -> tuple[str, ...]:
        """Return the names a decision takes from its caller; raises UnknownDecision."""
        return self._model(decision_id).facts_used(decision_id)

    def _model(self, decision_id: str) -> DecisionModel:
        for model in self.models.values():
            if decision_id in model.decisions:
                return model
        raise UnknownDecision(decision_id)


@dataclass(frozen=True, slots=True)
class Procedure:
    """One version of one procedure, ready to be deployed.

    `stages` are the names of stage 1, 2, …; `act_date` is the form key of the date of the act;
    `data_stores` says by id of the data store where its contents are kept; `tasks` holds the rules
    of single user tasks; `operations` maps what may be done from outside the flow to the lanes that
    may, nobody where it is silent; `outcomes` maps final outcomes to labels; `starts` says where
    cases belong that events start; `received` names the messages that come from other cases;
    `warnings` are findings that do not refuse it; `sha256` identifies all files of the folder
    together.
    """

    key: str
    title: str
    category: str
    version: str
    in_force_from: date
    summary: str
    needs: tuple[str, ...]
    subject: Subject
    case_title: str
    number_prefix: str
    retention: Retention
    stages: tuple[str, ...]
    act_date: str
    sources: Mapping[str, Source]
    start: StartRule
    lanes: Mapping[str, LaneRule]
    tasks: Mapping[str, TaskRule]
    starts: Mapping[str, EventStartRule]
    messages: Mapping[str, MessageRule]
    received: tuple[str, ...]
    data_stores: Mapping[str, DataStoreRule]
    withdraw: WithdrawRule | None
    operations: Mapping[CaseOperation, tuple[str, ...]]
    outcomes: Mapping[str, str]
    process: ProcessDefinition = field(repr=False)
    forms: Mapping[str, Form] = field(repr=False)
    decisions: Decisions = field(repr=False)
    sha256: str
    warnings: tuple[Finding, ...] = field(default=(), repr=False)

    def form_of(self, element_id: str) -> Form:
        """Return the form of a user task; raises KeyError for other elements."""
        return self.forms[form_id(self.nodes[element_id])]

    @property
    def processes(self) -> tuple[ProcessDefinition, ...]:
        """The process of the procedure, then those its folder holds to be called."""
        main = self.process
        return (main, *(p for p in main.library.values() if p.id != main.id))

    @property
    def nodes(self) -> Mapping[str, FlowNode]:
        """The flow nodes of all processes; their ids are unique in a folder."""
        return {key: node for process in self.processes for key, node in process.nodes.items()}

    @property
    def drawn_lanes(self) -> Mapping[str, Lane]:
        """The lanes of all diagrams; those of one id are one lane."""
        return {key: lane for process in self.processes for key, lane in process.lanes.items()}

    @property
    def user_tasks(self) -> tuple[FlowNode, ...]:
        """The user tasks of all processes, each in document order."""
        return tuple(task for process in self.processes for task in process.user_tasks)

    def shown_by(self, element_id: str) -> tuple[str, ...]:
        """Return the nodes of the main diagram that show an element: itself or what calls it."""
        if element_id in self.process.nodes:
            return (element_id,)
        return tuple(
            node.id
            for node in self.process.nodes.values()
            if node.called is not None
            and any(element_id in p.nodes for p in self.process.library[node.called].with_called)
        )

    def is_in_person(self, element_id: str) -> bool:
        """Tell whether a user task is done by its own people only, and never on their behalf.

        What the subject does, what members do as members, and the parts of a countersign: nobody
        votes or decides in a body for somebody else.
        """
        node = self.nodes[element_id]
        rule = self.lanes.get(node.lane or "")
        return (
            self.tasks.get(element_id, TaskRule()).in_person
            or node.loop_item is not None
            or (rule is not None and rule.candidate in {Candidate.SUBJECT, Candidate.MEMBERS})
        )

    @property
    def first_act(self) -> str:
        """The element the start form belongs to: the first user task, or the start event."""
        return self.start.task or self.process.start_event.id

    def stage_name(self, stage: int | None) -> str:
        """Return the name of a stage, empty when it has none."""
        return self.stages[stage - 1] if stage and stage <= len(self.stages) else ""


def form_id(node: FlowNode) -> str:
    """Return the form id of a user task: what the diagram says, or the id of the element."""
    return node.form or node.id


def completion_key(element_id: str) -> str:
    """Return the variable that keeps the date of the last act of an element."""
    return f"{element_id}_on"
