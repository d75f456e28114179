"""A copy of what is held on the person who asks (个人信息保护法 article 45), as a workbook."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import TypeVar

from services.bootstrap import Application
from services.cases.queries import done, started
from services.cases.views import InboxItem, Listing, StartedItem
from services.clock import SHANGHAI
from services.disclosure.purposes import Purpose, Reason
from services.identity.actor import Actor
from services.own_data.queries import READS_SHOWN, OwnData, own_data
from services.people.personal import ReadPersonalData, read_personal_data
from services.spreadsheets.writing import ColumnStyle, WorkbookWriter

ItemT = TypeVar("ItemT")

FILE = "我的个人信息.xlsx"
OWN_COPY = Reason(Purpose.OTHER, "本人复制个人信息")
WITHHELD_WORDS = (
    "依照规定不宜告知本人的内容不列入，例如政治审查材料、尚未公布的监督检查和纪律处分情况、"
    "反映人的情况。有没有这类内容，都这样写。"
)
NOTES = (
    "本文件是本系统中关于您的记录的副本，依照《中华人民共和国个人信息保护法》第四十五条提供。",
    WITHHELD_WORDS,
    f"查阅记录列最近{READS_SHOWN}条。认为有误的，请在“我的个人信息”页申请更正。",
    "本文件含完整的身份证号、电话和住址，请妥善保管。",
)


def export_own(app: Application, actor: Actor, path: Path) -> str:
    """Write what is held on the actor to a workbook, in full; returns a name for it.

    That they read it is recorded as a read of their own, before anything is written.
    """
    full = read_personal_data(app, actor, ReadPersonalData(actor.person_id, OWN_COPY)).data
    own = own_data(app, actor)
    facts = (
        *_facts(own),
        ("身份证号", full.identity_number),
        ("电话", full.phone),
        ("住址", full.address),
    )
    with WorkbookWriter(path) as writer:
        writer.lines("说明", NOTES)
        _sheet(writer, "名册", ("项目", "内容"), iter(facts))
        _sheet(
            writer,
            "任职",
            ("党组织", "职务", "任职日期", "任职文号", "免职日期", "免职文号"),
            (
                (
                    post.organization_name,
                    post.post_name,
                    _day(post.starts_on),
                    post.document_number,
                    _day(post.ends_on),
                    post.end_document,
                )
                for post in own.person.appointments
            ),
        )
        _sheet(
            writer,
            "组织关系",
            ("党组织", "转入日期", "转入文号", "转出日期", "转出文号", "原因"),
            (
                (
                    stay.organization_name,
                    _day(stay.starts_on),
                    stay.start_document,
                    _day(stay.ends_on),
                    stay.end_document,
                    stay.reason,
                )
                for stay in own.person.memberships
            ),
        )
        cases = _whole(lambda page: started(app, actor, page=page))
        _sheet(writer, "我的办件", ("编号", "手续", "开始时间", "结果"), map(_case, cases))
        handled = _whole(lambda page: done(app, actor, page=page))
        _sheet(
            writer, "我办理的步骤", ("编号", "手续", "步骤", "时间", "结果"), map(_step, handled)
        )
        _sheet(
            writer,
            "查阅记录",
            ("时间", "查阅人身份", "目的", "内容"),
            (
                (_moment(read.read_at), read.capacity, read.purpose_name, "、".join(read.what))
                for read in own.reads
            ),
        )
    return FILE


def _facts(own: OwnData) -> tuple[tuple[str, str], ...]:
    person = own.person
    return (
        ("姓名", person.name),
        ("性别", person.sex),
        ("出生日期", _day(person.born_on)),
        ("人员类别", person.kind_name),
        ("职业", person.occupation),
        ("执业机构", person.employer_name),
        ("所在组织", person.organization_name),
        ("政治面貌", person.status_name),
        ("政治面貌起始日期", _day(person.status_since)),
        ("表决权", person.voting_right),
        ("离开名册日期", _day(person.left_on)),
    )


def _case(item: StartedItem) -> tuple[str, ...]:
    return (item.case_number, item.procedure_title, _moment(item.started_at), item.outcome_name)


def _step(item: InboxItem) -> tuple[str, ...]:
    """Whom the case is about is that person's data, and stays out of the copy."""
    return (
        item.case_number,
        item.procedure_title,
        item.step_name,
        _moment(item.completed_at),
        item.outcome_name,
    )


def _whole(part: Callable[[int], Listing[ItemT]]) -> Iterator[ItemT]:
    """Yield a list page after page."""
    for page in count(1):
        listing = part(page)
        yield from listing.items
        if page * listing.page_size >= listing.total:
            return


def _sheet(
    writer: WorkbookWriter, name: str, headings: Sequence[str], rows: Iterator[Sequence[str]]
) -> None:
    writer.sheet(name, [ColumnStyle(heading, 24) for heading in headings])
    for row in rows:
        writer.row(row)


def _day(day: date | None) -> str:
    return day.isoformat() if day is not None else ""


def _moment(at: datetime | None) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if at is not None else ""
