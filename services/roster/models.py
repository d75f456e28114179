"""Tables of roster imports: what was sent, how far it is, and the rows still of interest."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.db import Base, Key
from services.encryption.columns import EncryptedText, SearchDigest


class Sheet(StrEnum):
    """The sheets of a roster, in the order in which they are taken in."""

    ORGANIZATIONS = "organizations"
    PEOPLE = "people"
    APPOINTMENTS = "appointments"


class ImportPhase(StrEnum):
    """Where an import stands; nothing is entered before somebody has seen CHECKED."""

    READING = "reading"
    CHECKING = "checking"
    CHECKED = "checked"
    IMPORTING = "importing"
    DONE = "done"
    FAILED = "failed"
    CANCELED = "canceled"


class Effect(StrEnum):
    """What a row does, or would do."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    REFUSED = "refused"


class RosterImport(Base):
    """A workbook somebody sent in; `ordered_by` is None for the command line.

    `position` is the last row worked off in this phase (while READING: how many rows were stored).
    `counts` holds the number of rows per sheet and effect, `layout` the letters of the columns per
    sheet, both as JSON; `failure` says in Chinese why
    the workbook as a whole cannot be taken in.
    """

    __tablename__ = "roster_import"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    file_name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    phase: Mapped[ImportPhase]
    position: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    counts: Mapped[bytes] = mapped_column(LargeBinary, default=b"{}")
    layout: Mapped[bytes] = mapped_column(LargeBinary, default=b"{}")
    failure: Mapped[str] = mapped_column(Text, default="")
    ordered_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    capacity: Mapped[str] = mapped_column(String(120), default="")
    ordered_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class RosterRow(Base):
    """A row of a workbook, from reading until it is entered; a refused one stays for its report.

    `cells` is the row as JSON, encrypted since it holds identity numbers.  `key` is what tells the
    row from others (organisation code, identity number …), `second_key` how another row may refer
    to it (for an appointment: whom it is about); both are digests.  `remarks` says in Chinese what
    is wrong with which cell, or what would change.
    """

    __tablename__ = "roster_row"
    __table_args__ = (
        # The next rows in their order: without it every batch would sort all that are left.
        Index("ix_roster_row_order", "import_id", "id"),
        Index("ix_roster_row_key", "import_id", "key"),
        Index("ix_roster_row_second_key", "import_id", "second_key"),
        Index("ix_roster_row_effect", "import_id", "effect", "id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("roster_import.id"))
    sheet: Mapped[Sheet]
    number: Mapped[int]
    cells: Mapped[str] = mapped_column(EncryptedText("roster_row.cells"))
    key: Mapped[str | None] = mapped_column(SearchDigest("roster_row.key"))
    second_key: Mapped[str | None] = mapped_column(SearchDigest("roster_row.key"))
    effect: Mapped[Effect | None]
    remarks: Mapped[str] = mapped_column(Text, default="")
