"""Who may stand in for whom: somebody of the same body, or of a body above it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.people.models import PoliticalStatus, Post

OPEN_TO_ALL = frozenset({Post.OFFICE_CLERK, Post.DEPARTMENT_CLERK})
"""Posts that need no full membership; all others are elected or appointed from full members."""


@dataclass(frozen=True, slots=True)
class Agent:
    """Who is to stand in: `paths` of the body they belong to and of those they hold posts in."""

    paths: Sequence[str]
    status: PoliticalStatus

    def is_of(self, path: str) -> bool:
        """Tell whether the agent is of the body with this path, or of one above it."""
        return any(path.startswith(own) for own in self.paths)

    def may_act_for_people_of(self, path: str) -> bool:
        """Tell whether the agent may do what somebody of the body is asked to do by name."""
        return self.status is PoliticalStatus.FULL and self.is_of(path)

    def may_hold(self, post: Post) -> bool:
        """Tell whether the post could be the agent's own as far as membership goes."""
        return post in OPEN_TO_ALL or self.status is PoliticalStatus.FULL
