"""Where a rule comes from: regulation, version, article, and how sure we are of the text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SourceStatus(StrEnum):
    """Whether the text of a source was checked against the official edition."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class Source:
    """One regulation in one version, as `[[sources]]` of procedure.toml names it."""

    id: str
    regulation: str
    version: str
    status: SourceStatus
    note: str = ""

    def cite(self, article: str) -> Citation:
        """Return the citation of one article, `article` as written in Chinese (第七条)."""
        return Citation(self.id, self.regulation, self.version, article, self.status)


@dataclass(frozen=True, slots=True)
class Citation:
    """One article of one version of a regulation; stands beside every rule and every date."""

    source: str
    regulation: str
    version: str
    article: str
    status: SourceStatus

    @property
    def verified(self) -> bool:
        """Whether the rule may block: an unverified text only ever warns."""
        return self.status is SourceStatus.VERIFIED

    def __str__(self) -> str:
        """Return the form used in official papers, marked when the text is not verified."""
        mark = "" if self.verified else "（出处待核）"
        version = f"（{self.version}年）" if self.version.isdigit() else f"（{self.version}）"
        return f"《{self.regulation}》{version if self.version else ''}{self.article}{mark}"
