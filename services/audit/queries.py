"""Reading the books, for the audit administrator only; no content of any case stands in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Row, Select, func, or_, select

from engine.values import load_values
from services.audit.books import AuditEntry, record
from services.audit.models import AuditKind, AuditRow, Book, SubjectKind
from services.audit.names import AUDIT_NAMES, BOOK_NAMES, SUBJECT_NAMES
from services.bootstrap import Application
from services.clock import SHANGHAI, at_start_of_day
from services.errors import Invalid
from services.identity.consent import require_role
from services.identity.roles import Administrator, AdministratorRole
from services.people.models import Person

PAGE_SIZE = 50
EXPORT_LIMIT = 50_000
_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Filter:
    """What to show: both days count; `words` are part of the subject, the person or the role."""

    book: Book | None = None
    kind: AuditKind | None = None
    since: date | None = None
    until: date | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class BookEntry:
    """An entry of a book in words; `entered_at` in Asia/Shanghai."""

    id: int
    sequence: int
    book_name: str
    kind_name: str
    entered_at: datetime
    subject: str
    actor: str
    capacity: str
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BookEntries:
    """A page of entries."""

    items: tuple[BookEntry, ...]
    total: int
    page: int
    page_size: int


def list_entries(
    app: Application, administrator: Administrator, wanted: Filter, page: int = 1
) -> BookEntries:
    """Return entries, the newest first; raises `Forbidden` for other administrators."""
    require_role(administrator, AdministratorRole.AUDIT)
    where = tuple(_where(wanted))
    with app.database.read() as session:
        total = session.scalar(_joined(func.count(AuditRow.id)).where(*where)) or 0
        rows = session.execute(
            _joined(AuditRow, Person.name)
            .where(*where)
            .order_by(AuditRow.id.desc())
            .limit(PAGE_SIZE)
            .offset((page - 1) * PAGE_SIZE)
        )
        return BookEntries(tuple(_entry(row) for row in rows), total, page, PAGE_SIZE)


def export_entries(
    app: Application, administrator: Administrator, wanted: Filter
) -> tuple[BookEntry, ...]:
    """Return all entries to be handed out as a file, the oldest first; the export is recorded.

    Raises `Forbidden`, and `Invalid` for more than `EXPORT_LIMIT` entries.
    """
    require_role(administrator, AdministratorRole.AUDIT)
    where = tuple(_where(wanted))
    with app.database.write() as session:
        total = session.scalar(_joined(func.count(AuditRow.id)).where(*where)) or 0
        if total > EXPORT_LIMIT:
            raise Invalid(
                f"符合条件的记录有 {total} 条，一次最多导出 {EXPORT_LIMIT} 条。",
                "请缩小日期范围后分次导出。",
            )
        rows = session.execute(
            _joined(AuditRow, Person.name).where(*where).order_by(AuditRow.id),
            execution_options={"yield_per": _CHUNK},
        )
        entries = tuple(_entry(row) for row in rows)
        record(
            session,
            AuditEntry(
                book=Book.ACCESS,
                kind=AuditKind.EXPORTED,
                entered_at=app.clock.now(),
                subject_kind=SubjectKind.ACCOUNT,
                subject_id=administrator.login,
                capacity=f"{administrator.title} {administrator.name}",
                data={"内容": "审计记录", "条数": total, "网络地址": administrator.address},
            ),
        )
    return entries


def _joined(*columns: object) -> Select[tuple[object, ...]]:
    query: Select[tuple[object, ...]] = select(*columns)  # type: ignore[call-overload]
    return query.select_from(AuditRow).outerjoin(Person, Person.id == AuditRow.actor_id)


def _where(wanted: Filter) -> Iterator[ColumnElement[bool]]:
    if wanted.book is not None:
        yield AuditRow.book == wanted.book
    if wanted.kind is not None:
        yield AuditRow.kind == wanted.kind
    if wanted.since is not None:
        yield AuditRow.entered_at >= at_start_of_day(wanted.since)
    if wanted.until is not None:
        yield AuditRow.entered_at < at_start_of_day(wanted.until + timedelta(days=1))
    words = wanted.words.strip()
    if words:
        yield or_(
            AuditRow.subject_id.contains(words, autoescape=True),
            AuditRow.capacity.contains(words, autoescape=True),
            Person.name.contains(words, autoescape=True),
        )


def _entry(found: Row[tuple[object, ...]]) -> BookEntry:
    row, name = found
    assert isinstance(row, AuditRow)  # noqa: S101 - the first column of every query here
    details = {key: _words(value) for key, value in load_values(row.data).items()}
    return BookEntry(
        id=row.id,
        sequence=row.sequence,
        book_name=BOOK_NAMES[row.book],
        kind_name=AUDIT_NAMES[row.kind],
        entered_at=row.entered_at.astimezone(SHANGHAI),
        subject=f"{SUBJECT_NAMES[row.subject_kind]} {row.subject_id}",
        actor=str(name or ""),
        capacity=row.capacity,
        details=details,
    )


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list | tuple):
        return "、".join(_words(item) for item in value)
    if isinstance(value, Mapping):
        return "，".join(f"{key}：{_words(item)}" for key, item in value.items())
    return "" if value is None else str(value)
