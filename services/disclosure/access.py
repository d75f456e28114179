"""The one rule on who may read sensitive data in full.

Whoever keeps the records of a body, by the post held there, may read them for the people and cases
of that body and of those below it.  What a body is answerable for is settled where rows are scoped
(`services.people.queries.visible_to`, `services.cases.access.visible_to`); this narrows the posts.
"""

from __future__ import annotations

from dataclasses import replace

from services.identity.actor import Actor
from services.people.models import Post

RECORD_KEEPERS = frozenset(
    {
        Post.SECRETARY,
        Post.DEPUTY_SECRETARY,
        Post.ORGANIZATION_COMMISSIONER,
        Post.DISCIPLINE_COMMISSIONER,
        Post.ORGANIZER,
        Post.DEPARTMENT_HEAD,
        Post.DEPARTMENT_CLERK,
    }
)
"""Posts that answer for personal records; other commissioners and office clerks do not."""


def as_record_keeper(actor: Actor) -> Actor:
    """Return the actor with those posts alone in which they keep records, maybe none."""
    return replace(actor, posts=tuple(h for h in actor.posts if h.post in RECORD_KEEPERS))
