"""Words for how far the diagram of a version was explored."""

from __future__ import annotations


def explored_text(states: int, is_complete: bool) -> str:  # noqa: FBT001 - as it is stored
    """Return the extent of an exploration in Chinese, without a full stop."""
    if not states:
        return "部署时未作探查"
    if is_complete:
        return f"已探查全部走法（{states} 个状态）"
    return f"已探查 {states} 个状态，未穷尽"
