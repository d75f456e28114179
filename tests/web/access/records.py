"""Three cases in three branches, with everything that hangs on a case, and who owns what.

Who may see what stands here in plain words, written down from the rules of the house and not asked
of the code that enforces them.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api_tokens.commands import MakeToken, make_token
from services.api_tokens.models import TokenScope
from services.bootstrap import Application
from services.cases.start import StartCase, start_case
from services.circulation.models import Circulation, CirculationKind
from services.circulation.send import Circulate, circulate
from services.data_stores.models import StoreEntry
from services.delegation.commands import BeAway, Delegate, be_away
from services.delegation.commands import delegate as delegate_work
from services.delegation.models import AbsenceKind
from services.documents.commands import store_attachment
from services.handover.models import Handover, HandoverScope
from services.identity.actor import Actor
from services.identity.queries import load_actor
from services.jobs.models import Job
from services.notifications.models import Notification
from services.people.models import Person
from services.process_migration.commands import StartMigration, start_migration
from services.processes.commands import deploy_folder
from services.processes.models import ProcessInstance
from services.recusal.models import Ground, Recusal, RelationshipKind
from services.recusal.relationships import DeclareRelationship, declare_relationship
from services.roster.models import ImportPhase, RosterImport
from services.tasks.delegate import DelegateTask, delegate_task
from services.tasks.models import SubTask

PROCEDURES = Path(__file__).resolve().parents[2] / "fixtures" / "procedures"
KEY = "member_development"
HONOURS = "honours"
PDF = b"%PDF-1.4\nexample"


class Branch(StrEnum):
    """Where the cases are."""

    XJ = "湘江"
    JZ = "橘洲"
    SN = "神农"


ALL = frozenset(Branch)
NONE: frozenset[Branch] = frozenset()


@dataclass(frozen=True)
class Cast:
    """Who takes part in the case of a branch, by name."""

    subject: str
    pinyin: str
    secretary: str
    delegate: str
    agent: str


CASTS: Mapping[Branch, Cast] = {
    Branch.XJ: Cast("李一鸣", "liyiming", "陈启明", "周文静", "何建平"),
    Branch.JZ: Cast("余承志", "yuchengzhi", "邱岳", "孟繁星", "梁伯安"),
    Branch.SN: Cast("袁子衿", "yuanzijin", "陆鸣", "任可", "施以宁"),
}


@dataclass(frozen=True)
class Role:
    """A person of the sample world; the branches whose cases, and whose people, they may see."""

    id: str
    name: str
    cases: frozenset[Branch]
    people: frozenset[Branch]


XJ, JZ, SN = frozenset({Branch.XJ}), frozenset({Branch.JZ}), frozenset({Branch.SN})
ROLES = (
    Role("secretary", "陈启明", XJ, XJ),
    Role("organizer", "刘思齐", XJ, XJ),
    Role("member", "罗志远", NONE, NONE),
    Role("applicant", "李一鸣", XJ, XJ),
    Role("outsider", "苏晴", NONE, NONE),
    Role("secretary_elsewhere", "邱岳", JZ, JZ),
    Role("county", "范永康", XJ, XJ),
    Role("city", "谢正华", XJ | JZ, XJ | JZ),
    Role("city_organizer", "尹可心", XJ | JZ, XJ | JZ),
    Role("department_clerk", "薛宁", NONE, XJ | JZ),
    Role("city_elsewhere", "康宁远", SN, SN),
    Role("province", "韩致远", ALL, ALL),
)


@dataclass(frozen=True)
class Records:
    """The numbers of all that belongs to one case, by the names they have in addresses.

    Personal are the numbers that only one person may use, whatever they may see.
    """

    branch: Branch
    owners: frozenset[str]
    number: str
    honour: str
    subject: str
    pinyin: str
    of_case: Mapping[str, object]
    personal: Mapping[str, object]
    person_id: int
    organization_id: int

    @property
    def marks(self) -> tuple[str, ...]:
        """What no list may show to whom the case is foreign."""
        return (self.number, self.honour, str(self.of_case["task_id"]))


@dataclass(frozen=True)
class Place:
    """The whole world: an application with records in every branch, and a migration ordered."""

    app: Application
    records: tuple[Records, ...]
    migration_id: int

    def actor(self, name: str) -> Actor:
        with self.app.database.read() as session:
            return load_actor(self.app, person(session, name))


def person(session: Session, name: str) -> int:
    return session.scalars(select(Person.id).where(Person.name == name)).one()


def furnish(app: Application, folder: Path) -> Place:
    """Put the records into the sample world; `folder` is for a second version of the procedure."""
    place = Place(app, (), 0)
    deploy_folder(app, PROCEDURES / HONOURS)
    records = tuple(_case(place, branch, cast) for branch, cast in CASTS.items())
    second = folder / KEY
    shutil.copytree(app.settings.procedures / KEY, second)
    with (second / "procedure.toml").open("a", encoding="utf-8") as file:
        file.write("\n# second version\n")
    deploy_folder(app, second)
    return Place(app, records, _migration(place))


def _case(place: Place, branch: Branch, cast: Cast) -> Records:
    app = place.app
    subject, secretary = place.actor(cast.subject), place.actor(cast.secretary)
    delegate, agent = place.actor(cast.delegate), place.actor(cast.agent)
    data = {"acted_on": "2026-06-01", "applied_to": "work", "workplace": "示例律师事务所"}
    started = start_case(app, subject, StartCase(KEY, subject.person_id, data))
    case_id, task_id = started.case_id, started.next_steps[0].task_id
    file = store_attachment(app, subject, case_id, None, "示例.pdf", io.BytesIO(PDF))
    own = store_attachment(app, subject, None, None, "示例.pdf", io.BytesIO(PDF))
    delegate_task(app, secretary, DelegateTask(task_id, delegate.person_id))
    circulate(app, secretary, Circulate(case_id, CirculationKind.OPINION, (delegate.person_id,)))
    on = app.clock.now().date()
    delegation = delegate_work(app, delegate, Delegate(agent.person_id, on, on, "示例"))
    absence = be_away(app, delegate, BeAway(AbsenceKind.LEAVE, on, on))
    declaration = DeclareRelationship(secretary.person_id, RelationshipKind.OTHER, on)
    relationship = declare_relationship(app, delegate, declaration)
    recusal = _lifted_recusal(app, case_id, delegate)
    handover = _handover(app, subject.organization_id, delegate, agent, secretary)
    honour = f"{branch}示例奖"
    data = {"acted_on": "2026-06-01", "honour": honour}
    honoured = start_case(app, secretary, StartCase(HONOURS, None, data)).case_id
    token = make_token(app, delegate, MakeToken("示例", TokenScope.ACT, 30))
    with app.database.read() as session:
        of_delegate = delegate.person_id
        personal = {
            "token_id": token.id,
            "delegation_id": delegation,
            "absence_id": absence,
            "import_id": _checked_import(app, delegate),
            "notice_id": session.scalars(
                select(Notification.id).where(Notification.person_id == of_delegate)
            ).first(),
            "circulation_id": session.scalars(
                select(Circulation.id).where(Circulation.person_id == of_delegate)
            ).one(),
            "attachment_id": own.id,
        }
        sub_task_id = session.scalars(select(SubTask.id).where(SubTask.parent_id == task_id)).one()
        job_id = session.scalars(select(Job.id).where(Job.instance_id == case_id)).first()
        number = session.get_one(ProcessInstance, case_id).number
        entry_id = session.scalars(
            select(StoreEntry.id).where(
                StoreEntry.instance_id == honoured, StoreEntry.register == "honour_roll"
            )
        ).one()
    assert None not in personal.values()
    return Records(
        branch=branch,
        owners=frozenset({cast.subject, cast.delegate}),
        number=number,
        honour=honour,
        subject=cast.subject,
        pinyin=cast.pinyin,
        of_case={
            "case_id": case_id,
            "task_id": task_id,
            "sub_task_id": sub_task_id,
            "attachment_id": file.id,
            "job_id": job_id or 1,
            "relationship_id": relationship,
            "recusal_id": recusal,
            "entry_id": entry_id,
            "handover_id": handover,
            "sequence": 1,
            "number": 1,
        },
        personal=personal,
        person_id=subject.person_id,
        organization_id=subject.organization_id,
    )


def _lifted_recusal(app: Application, case_id: int, actor: Actor) -> int:
    """A recusal of the past: it keeps nobody out of the case any more."""
    now = app.clock.now()
    with app.database.write() as session:
        row = Recusal(
            instance_id=case_id,
            person_id=actor.person_id,
            ground=Ground.OTHER,
            reason="示例",
            decided_by=actor.person_id,
            decided_at=now,
            lifted_at=now,
            lifted_by=actor.person_id,
        )
        session.add(row)
        session.flush()
        return row.id


def _handover(app: Application, body: int, left: Actor, following: Actor, by: Actor) -> int:
    """A hand-over of the past."""
    with app.database.write() as session:
        row = Handover(
            organization_id=body,
            person_id=left.person_id,
            successor_id=following.person_id,
            scope=HandoverScope.POST,
            acted_on=app.clock.now().date(),
            document_number="示例",
            reason="示例",
            entered_by=by.person_id,
            capacity=by.title,
            entered_at=app.clock.now(),
        )
        session.add(row)
        session.flush()
        return row.id


def _checked_import(app: Application, actor: Actor) -> int:
    """A roster that waits for its sender to confirm it."""
    with app.database.write() as session:
        row = RosterImport(
            file_name="示例.xlsx",
            sha256="0" * 64,
            phase=ImportPhase.CHECKED,
            ordered_by=actor.person_id,
            ordered_at=app.clock.now(),
        )
        session.add(row)
        session.flush()
        return row.id


def _migration(place: Place) -> int:
    command = StartMigration(KEY, 1, 2, "示例")
    return start_migration(place.app, place.actor("韩致远"), command)
