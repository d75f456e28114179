"""What only a demo shows: the sample accounts and the travelling clock."""

from __future__ import annotations

from dataclasses import dataclass

from services.demo.world import LOGINS, SAMPLE_PASSWORD, SampleLogin
from web.context import application


@dataclass(frozen=True, slots=True)
class SampleLogins:
    """The sample accounts with the one password they share."""

    logins: tuple[SampleLogin, ...]
    password: str


def sample_logins() -> SampleLogins | None:
    """Return the sample accounts in a demo, nothing in an office."""
    if not application().settings.is_demo:
        return None
    return SampleLogins(tuple(LOGINS), SAMPLE_PASSWORD)
