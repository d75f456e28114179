"""The glossary has every value of the enums people meet, with the words the pages use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

import pytest

from engine.citations import SourceStatus
from engine.compliance import BreachSeverity
from engine.deadlines import Light
from engine.model import EventType, InstanceStatus
from engine.procedure import Post
from services.api_tokens.models import TokenScope
from services.api_tokens.queries import SCOPE_NAMES
from services.audit.models import AuditKind, Book, EntryKind, SubjectKind
from services.audit.names import AUDIT_NAMES, BOOK_NAMES, SUBJECT_NAMES
from services.cases.history import KIND_NAMES as ENTRY_NAMES
from services.circulation.models import CirculationKind
from services.circulation.names import KIND_NAMES as CIRCULATION_NAMES
from services.delegation.models import AbsenceKind
from services.delegation.names import ABSENCE_NAMES
from services.disclosure.purposes import PURPOSE_NAMES, Purpose
from services.handover.models import HandoverScope, ItemKind, ItemOutcome
from services.handover.names import KIND_NAMES as ITEM_KIND_NAMES
from services.handover.names import OUTCOME_NAMES
from services.handover.names import SCOPE_NAMES as HANDOVER_SCOPE_NAMES
from services.identity.actor import POST_NAMES
from services.identity.consent import KIND_NAMES as REQUEST_KIND_NAMES
from services.identity.consent import STATE_NAMES as REQUEST_STATE_NAMES
from services.identity.models import RequestKind, RequestState
from services.identity.permissions import PERMISSION_NAMES, Permission
from services.identity.roles import ROLE_NAMES, AdministratorRole
from services.jobs.models import JobKind, JobState
from services.organizations.models import ChangeKind, Level, OrganizationKind
from services.organizations.names import CHANGE_NAMES, KIND_NAMES, LEVEL_NAMES
from services.oversight.queries import JOB_KIND_NAMES
from services.people.models import LeavingReason, PersonKind, PoliticalStatus, VotingRight
from services.people.names import (
    LEAVING_NAMES,
    PERSON_KIND_NAMES,
    STATUS_NAMES,
    VOTING_NAMES,
)
from services.process_migration.models import ItemState
from services.recusal.models import Ground, RelationshipKind
from services.recusal.names import GROUND_NAMES
from services.recusal.names import KIND_NAMES as RELATIONSHIP_NAMES
from services.roster.models import Effect, ImportPhase
from services.roster.names import EFFECT_NAMES, PHASE_NAMES
from services.tasks.models import SubTaskKind, SubTaskState, TaskState, Verdict
from services.tasks.names import KIND_NAMES as SUB_TASK_NAMES
from services.tasks.names import STATE_NAMES, VERDICT_NAMES
from tests.unit.docs.documents import DOCS, read, sections
from web.formatting import INSTANCE_STATUS, TASK_STATE
from web.process_migration.routes import ITEM_STATE

_ROW = re.compile(r"^\| (.+) \| `([a-z_]+)` \|$", re.MULTILINE)
SECTIONS = {
    match[1]: {code: words for words, code in _ROW.findall(text)}
    for heading, text in sections(read(DOCS / "glossary.md")).items()
    if (match := re.search(r"`(\w+)`", heading))
}
ENUMS: tuple[type[StrEnum], ...] = (
    AbsenceKind,
    HandoverScope,
    ItemKind,
    ItemOutcome,
    AdministratorRole,
    AuditKind,
    Book,
    BreachSeverity,
    ChangeKind,
    CirculationKind,
    Effect,
    EntryKind,
    EventType,
    Ground,
    ImportPhase,
    InstanceStatus,
    ItemState,
    JobKind,
    JobState,
    LeavingReason,
    Level,
    Light,
    OrganizationKind,
    Permission,
    PersonKind,
    PoliticalStatus,
    Post,
    Purpose,
    RelationshipKind,
    RequestKind,
    RequestState,
    SourceStatus,
    SubTaskKind,
    SubTaskState,
    SubjectKind,
    TaskState,
    TokenScope,
    Verdict,
    VotingRight,
)
WORDS: Mapping[str, Mapping[str, str]] = {
    "HandoverScope": {str(key): words for key, words in HANDOVER_SCOPE_NAMES.items()},
    "ItemKind": {str(key): words for key, words in ITEM_KIND_NAMES.items()},
    "ItemOutcome": {str(key): words for key, words in OUTCOME_NAMES.items()},
    "AbsenceKind": {str(key): words for key, words in ABSENCE_NAMES.items()},
    "AdministratorRole": {str(key): words for key, words in ROLE_NAMES.items()},
    "AuditKind": {str(key): words for key, words in AUDIT_NAMES.items()},
    "Book": {str(key): words for key, words in BOOK_NAMES.items()},
    "ChangeKind": {str(key): words for key, words in CHANGE_NAMES.items()},
    "CirculationKind": {str(key): words for key, words in CIRCULATION_NAMES.items()},
    "Effect": {str(key): words for key, words in EFFECT_NAMES.items()},
    "EntryKind": {str(key): words for key, words in ENTRY_NAMES.items()},
    "Ground": {str(key): words for key, words in GROUND_NAMES.items()},
    "ImportPhase": {str(key): words for key, words in PHASE_NAMES.items()},
    "InstanceStatus": {str(key): words for key, words in INSTANCE_STATUS.items()},
    "ItemState": {str(key): words for key, words in ITEM_STATE.items()},
    "JobKind": {str(key): words for key, words in JOB_KIND_NAMES.items()},
    "LeavingReason": {str(key): words for key, words in LEAVING_NAMES.items()},
    "Level": {str(key): words for key, words in LEVEL_NAMES.items()},
    "OrganizationKind": {str(key): words for key, words in KIND_NAMES.items()},
    "Permission": {str(key): words for key, words in PERMISSION_NAMES.items()},
    "PersonKind": {str(key): words for key, words in PERSON_KIND_NAMES.items()},
    "PoliticalStatus": {str(key): words for key, words in STATUS_NAMES.items()},
    "Post": {str(key): words for key, words in POST_NAMES.items()},
    "Purpose": {str(key): words for key, words in PURPOSE_NAMES.items()},
    "RelationshipKind": {str(key): words for key, words in RELATIONSHIP_NAMES.items()},
    "SubjectKind": {str(key): words for key, words in SUBJECT_NAMES.items()},
    "RequestKind": {str(key): words for key, words in REQUEST_KIND_NAMES.items()},
    "RequestState": {str(key): words for key, words in REQUEST_STATE_NAMES.items()},
    "SubTaskKind": {str(key): words for key, words in SUB_TASK_NAMES.items()},
    "SubTaskState": {str(key): words for key, words in STATE_NAMES.items()},
    "TaskState": {str(key): words for key, words in TASK_STATE.items()},
    "TokenScope": {str(key): words for key, words in SCOPE_NAMES.items()},
    "Verdict": {str(key): words for key, words in VERDICT_NAMES.items()},
    "VotingRight": {str(key): words for key, words in VOTING_NAMES.items()},
}


def test_glossary_has_a_section_for_each_enum() -> None:
    assert {enum.__name__ for enum in ENUMS} == SECTIONS.keys()


@pytest.mark.parametrize("enum", ENUMS, ids=lambda enum: enum.__name__)
def test_glossary_has_every_value_of(enum: type[StrEnum]) -> None:
    assert {member.value for member in enum} == SECTIONS[enum.__name__].keys()


@pytest.mark.parametrize("name", WORDS)
def test_glossary_and_pages_use_the_same_words_for(name: str) -> None:
    assert WORDS[name] == SECTIONS[name]
