"""Day anchors (存证): what all journals stood at, in one digest that can be kept elsewhere.

Whoever owns the database could write a whole chain anew, head and all.  An anchor covers the heads
of the chains that have grown since the anchor before, and that anchor's digest; so one line kept
outside, by the body above or on paper, vouches for everything up to its day.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from services.audit.models import Anchor, AnchoredHead, BookHead, JournalEntry
from services.bootstrap import Application
from services.clock import SHANGHAI
from services.errors import Invalid
from services.identity.consent import require_role
from services.identity.roles import Administrator, AdministratorRole
from services.processes.models import ProcessInstance

IN_ORDER = (AnchoredHead.book.is_not(None), AnchoredHead.instance_id, AnchoredHead.book)
"""Cases by their ids, then books by their words: alike on every database."""


@dataclass(frozen=True, slots=True)
class AnchorLine:
    """An anchor as it is kept outside: its number, the last day it covers, its digest."""

    sequence: int
    day: date
    digest: str

    def __str__(self) -> str:
        """Return the line of the file."""
        return f"{self.sequence} {self.day.isoformat()} {self.digest}"


def make_anchor(session: Session, now: datetime) -> Anchor | None:
    """Anchor everything up to the end of yesterday; None when that has been done.

    Days on which nobody did it are covered by the next anchor.  Entries are looked at from the
    anchor before the last on, for one may be committed after another with a higher id.
    """
    day = now.astimezone(SHANGHAI).date() - timedelta(days=1)
    newest = session.scalars(select(Anchor).order_by(Anchor.sequence.desc()).limit(2)).all()
    last = newest[0] if newest else None
    if last is not None and last.day >= day:
        return None
    floor = newest[1].entry_id if len(newest) > 1 else 0
    anchor = Anchor(
        sequence=last.sequence + 1 if last is not None else 1,
        day=day,
        made_at=now,
        entry_id=session.scalar(select(func.max(JournalEntry.id))) or 0,
        digest="",
    )
    heads = list(_heads(session, anchor.sequence, floor))
    anchor.digest = digest(last.digest if last is not None else "", anchor, heads)
    session.add(anchor)
    session.flush()
    if heads:
        rows = [
            {
                "anchor": head.anchor,
                "instance_id": head.instance_id,
                "book": head.book,
                "length": head.length,
                "hash": head.hash,
            }
            for head in heads
        ]
        session.execute(insert(AnchoredHead), rows)
    return anchor


def digest(previous: str, anchor: Anchor, heads: Iterable[AnchoredHead]) -> str:
    """Return the digest an anchor should have; `heads` in the order of `IN_ORDER`."""
    sha256 = hashlib.sha256()
    sha256.update(
        f"{previous}\n{anchor.sequence}\n{anchor.day.isoformat()}\n{anchor.entry_id}\n".encode()
    )
    for head in heads:
        sha256.update(f"{head.chain}\n{head.length}\n{head.hash}\n".encode())
    return sha256.hexdigest()


def anchor_lines(session: Session) -> Iterator[AnchorLine]:
    """Yield every anchor as it is to be kept outside, the oldest first."""
    query = select(Anchor.sequence, Anchor.day, Anchor.digest).order_by(Anchor.sequence)
    for sequence, day, text in session.execute(query):
        yield AnchorLine(sequence, day, text)


def parse_lines(text: str) -> tuple[AnchorLine, ...]:
    """Read what `anchor_lines` has written; raises `Invalid` naming the line."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            sequence, day, mark = line.split()
            found.append(AnchorLine(int(sequence), date.fromisoformat(day), mark))
        except ValueError as error:
            raise Invalid(
                f"存证文件第 {number} 行不能识别。",
                "每行应为“序号 日期 校验值”，请使用 dangwu anchors export 或者审计页面导出的文件。",
            ) from error
    return tuple(found)


def list_anchors(app: Application, administrator: Administrator) -> tuple[AnchorLine, ...]:
    """Return the anchors, the newest first; raises `Forbidden` for other administrators."""
    require_role(administrator, AdministratorRole.AUDIT)
    with app.database.read() as session:
        return tuple(reversed(tuple(anchor_lines(session))))


def _heads(session: Session, sequence: int, floor: int) -> Iterator[AnchoredHead]:
    """Yield the heads of the chains that have grown, in the order of `IN_ORDER`."""
    grown = select(JournalEntry.instance_id).where(JournalEntry.id > floor)
    cases = session.execute(
        select(ProcessInstance.id, ProcessInstance.journal_length, ProcessInstance.journal_hash)
        .where(ProcessInstance.id.in_(grown))
        .order_by(ProcessInstance.id)
    )
    found = [
        AnchoredHead(anchor=sequence, instance_id=key, length=length, hash=mark)
        for key, length, mark in cases
    ]
    found += [
        AnchoredHead(
            anchor=sequence,
            book=head.book,
            length=head.journal_length,
            hash=head.journal_hash,
        )
        for head in session.scalars(select(BookHead).order_by(BookHead.book))
    ]
    return iter(found)
