"""Collecting findings from a catalogue of known problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.errors import DefinitionError, Finding, Severity


@dataclass(frozen=True, slots=True)
class Problem:
    """What a finding says; the texts may name details as `{detail}`."""

    reason: str
    remedy: str
    english: str
    severity: Severity = Severity.ERROR


@dataclass
class Findings:
    """The findings of one check run; `catalogue` maps stable codes to what they say."""

    catalogue: Mapping[str, Problem]
    found: list[Finding] = field(default_factory=list)

    def add(self, code: str, path: str, element_id: str | None = None, **details: object) -> None:
        """Add one finding of the catalogue."""
        problem = self.catalogue[code]
        self.found.append(
            Finding(
                code,
                path,
                element_id,
                problem.reason.format(**details),
                problem.remedy.format(**details),
                problem.english.format(**details),
                problem.severity,
            )
        )

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Return the findings that refuse a deployment."""
        return tuple(f for f in self.found if f.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Return the findings that only inform."""
        return tuple(f for f in self.found if f.severity is Severity.WARNING)

    def raise_errors(self) -> None:
        """Raise DefinitionError with everything found if anything refuses the deployment."""
        if self.errors:
            raise DefinitionError(tuple(self.found))
