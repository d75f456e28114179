"""Who orders recusal in a body: its secretary, deputy secretary or discipline commissioner."""

from __future__ import annotations

from services.identity.actor import Actor
from services.people.models import Post

OFFICERS = frozenset({Post.SECRETARY, Post.DEPUTY_SECRETARY, Post.DISCIPLINE_COMMISSIONER})


def is_officer_above(actor: Actor, path: str) -> bool:
    """Tell whether the actor is such an officer in the body with this path, or above it."""
    return any(
        held.post in OFFICERS and path.startswith(held.organization_path) for held in actor.posts
    )
