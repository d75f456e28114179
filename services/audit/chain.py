"""What makes a journal tamper-evident: each hash covers an entry's content and the hash before it.

The chain of a case and the book of a subject area differ in what an entry says, not in this.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol

UNREADABLE = (TypeError, ValueError, LookupError)
"""What reading a column raises when its content is none of its type."""

ALTERED = "记录内容被改动"
MISSING = "缺少记录"
DISCONNECTED = "与前一条记录不衔接"
TRUNCATED = "末尾记录缺失"
WITHOUT_CASE = "所属办件缺失"


class Link(Protocol):
    """An entry of a chain; `parts` are all columns the hash covers, apart from `data`."""

    sequence: int
    data: bytes
    previous_hash: str
    hash: str

    def parts(self) -> tuple[object, ...]:
        """Return what identifies the chain and what the entry says, in a fixed order."""
        ...


class Head(Protocol):
    """Where the length and the last hash of a chain are kept, so that a cut-off tail shows."""

    journal_length: int
    journal_hash: str


@dataclass(frozen=True, slots=True)
class End:
    """Where a chain ends, as its head says."""

    length: int
    hash: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The first place at which a chain does not hold; `chain` is a case number or a book's name."""

    chain: str
    sequence: int
    reason: str


def extend(head: Head, link: Link) -> None:
    """Make `link` the last entry of a chain whose head the caller has locked."""
    link.sequence = head.journal_length + 1
    link.previous_hash = head.journal_hash
    link.hash = digest(link)
    head.journal_length = link.sequence
    head.journal_hash = link.hash


def digest(link: Link) -> str:
    """Return the hash an entry should have; lengths are covered, so that no text can shift."""
    sha256 = hashlib.sha256()
    for part in (link.previous_hash, *link.parts()):
        text = _text(part).encode()
        sha256.update(f"{len(text)}:".encode())
        sha256.update(text)
    sha256.update(link.data)
    return sha256.hexdigest()


def first_broken(name: str, end: End, links: Iterable[tuple[int, Link | None]]) -> Broken | None:
    """Follow a chain from its first entry; None stands for an entry that cannot be read at all."""
    previous, expected = "", 1
    for sequence, link in links:
        if sequence != expected:
            return Broken(name, expected, MISSING)
        if link is None:
            return Broken(name, sequence, ALTERED)
        if link.previous_hash != previous:
            return Broken(name, sequence, DISCONNECTED)
        if not _is_intact(link):
            return Broken(name, sequence, ALTERED)
        previous, expected = link.hash, expected + 1
    if end.length != expected - 1 or end.hash != previous:
        return Broken(name, expected, TRUNCATED)
    return None


def _is_intact(link: Link) -> bool:
    try:
        return digest(link) == link.hash
    except UNREADABLE:
        return False


def _text(part: object) -> str:
    if isinstance(part, datetime):
        return part.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(part, date):
        return part.isoformat()
    return "" if part is None else str(part)
