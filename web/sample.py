"""What only a demo shows: the sample accounts and the travelling clock."""

from __future__ import annotations

from dataclasses import dataclass

from services.demo.world import ADMINISTRATOR_LOGINS, LOGINS, SampleLogin
from services.identity.passwords import SAMPLE_PASSWORD
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
    return SampleLogins((*LOGINS, *ADMINISTRATOR_LOGINS), SAMPLE_PASSWORD)
