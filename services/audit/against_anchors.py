"""Holding the journals against the day anchors, and those against a copy kept outside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from services.audit.anchors import IN_ORDER, AnchorLine, digest
from services.audit.chain import ALTERED, MISSING, Broken
from services.audit.models import Anchor, AnchoredHead, AuditRow, JournalEntry
from services.audit.names import BOOK_NAMES, missing_case
from services.processes.models import ProcessInstance

AT_A_TIME = 500

ANCHORS = "每日存证"
DIFFERS = "与每日存证不符"
DIFFERS_OUTSIDE = "与另存的存证文件不符"


def verify_anchors(session: Session, outside: Sequence[AnchorLine] = ()) -> Iterator[Broken]:
    """Yield the first anchor that does not hold, and the first entry of each chain that differs.

    `outside` is the copy kept elsewhere: every line of it must stand here as it is there.
    """
    yield from _chain_of_anchors(session)
    yield from _outside(session, outside)
    yield from _cases(session)
    yield from _books(session)


def _chain_of_anchors(session: Session) -> Iterator[Broken]:
    previous = ""
    anchors = session.scalars(select(Anchor).order_by(Anchor.sequence)).all()
    for expected, anchor in enumerate(anchors, start=1):
        if anchor.sequence != expected:
            yield Broken(ANCHORS, expected, MISSING)
            return
        heads = (
            select(AnchoredHead).where(AnchoredHead.anchor == anchor.sequence).order_by(*IN_ORDER)
        ).execution_options(yield_per=AT_A_TIME)
        if digest(previous, anchor, session.scalars(heads)) != anchor.digest:
            yield Broken(ANCHORS, expected, ALTERED)
            return
        previous = anchor.digest


def _outside(session: Session, outside: Sequence[AnchorLine]) -> Iterator[Broken]:
    for line in outside:
        anchor = session.get(Anchor, line.sequence)
        if anchor is None:
            yield Broken(ANCHORS, line.sequence, MISSING)
            return
        if AnchorLine(anchor.sequence, anchor.day, anchor.digest) != line:
            yield Broken(ANCHORS, line.sequence, DIFFERS_OUTSIDE)
            return


def _cases(session: Session) -> Iterator[Broken]:
    found = (
        select(AnchoredHead.instance_id, ProcessInstance.number, func.min(AnchoredHead.length))
        .outerjoin(ProcessInstance, ProcessInstance.id == AnchoredHead.instance_id)
        .outerjoin(
            JournalEntry,
            and_(
                JournalEntry.instance_id == AnchoredHead.instance_id,
                JournalEntry.sequence == AnchoredHead.length,
            ),
        )
        .where(
            AnchoredHead.instance_id.is_not(None),
            or_(JournalEntry.hash.is_(None), JournalEntry.hash != AnchoredHead.hash),
        )
        .group_by(AnchoredHead.instance_id, ProcessInstance.number)
        .order_by(AnchoredHead.instance_id)
    )
    for instance_id, number, length in session.execute(found):
        yield Broken(number or missing_case(instance_id), length, DIFFERS)


def _books(session: Session) -> Iterator[Broken]:
    found = (
        select(AnchoredHead.book, func.min(AnchoredHead.length))
        .outerjoin(
            AuditRow,
            and_(AuditRow.book == AnchoredHead.book, AuditRow.sequence == AnchoredHead.length),
        )
        .where(
            AnchoredHead.book.is_not(None),
            AnchoredHead.length > 0,
            or_(AuditRow.hash.is_(None), AuditRow.hash != AnchoredHead.hash),
        )
        .group_by(AnchoredHead.book)
        .order_by(AnchoredHead.book)
    )
    for book, length in session.execute(found):
        yield Broken(BOOK_NAMES[book], length, DIFFERS)
