"""What a page says when a submission was refused, the same for starting, completing, reporting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.compliance import Breach
from engine.errors import DangwuError
from engine.forms import FormInvalid
from services.cases.errors import LateReasonMissing, RuleBroken
from services.errors import Invalid

LATE_REASON = "dw-late-reason"
"""Name of the input for the reason of a late act."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error as a page shows it: `errors` per field key, `breaches` with their articles."""

    error: DangwuError
    errors: Mapping[str, str] = field(default_factory=dict)
    breaches: tuple[Breach, ...] = ()
    asks_late_reason: bool = False


def refusal_of(error: DangwuError) -> Refusal:
    """Return what a page needs to know of the error of a command."""
    if isinstance(error, RuleBroken):
        return Refusal(error, breaches=error.breaches)
    if isinstance(error, LateReasonMissing):
        return Refusal(error, breaches=error.breaches, asks_late_reason=True)
    if isinstance(error, FormInvalid | Invalid):
        return Refusal(error, errors=error.errors, asks_late_reason="late_reason" in error.errors)
    return Refusal(error)
