"""What people may do in the running ad-hoc sub-processes of an instance."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Available:
    """An activity people may start in a running ad-hoc sub-process.

    `scope_id` is the id of the running sub-process, `scope` its element.
    """

    scope_id: str
    scope: str
    element_id: str


@dataclass(frozen=True, slots=True)
class AdHocActivity:
    """An activity of a running ad-hoc sub-process that people start; `running` counts how often."""

    element_id: str
    running: int
    may_start: bool


@dataclass(frozen=True, slots=True)
class AdHocWork:
    """A running ad-hoc sub-process; `scope_id` is its id, `element_id` its element.

    `may_finish` says that a command may end it now; one that `ends_by_condition` ends by itself.
    """

    scope_id: str
    element_id: str
    activities: tuple[AdHocActivity, ...]
    may_finish: bool
    ends_by_condition: bool
