"""Moving running instances to another version of their process definition.

`plan` says for every token where it would stand and what changes for it; `migrate` does it, or
refuses with the whole plan.  Nothing is guessed: a token moves to the element of the same id or to
the one the mapping names, and only where it means the same (type, scope, parallel branch, loop).
"""

from engine.migration.migrate import UNDER_WAY, migrate
from engine.migration.plan import (
    MappingInvalid,
    MigrationPlan,
    MigrationRefused,
    TokenMove,
    plan,
)
from engine.migration.procedure import plan_case
from engine.migration.reasons import Reason, ReasonCode

__all__ = [
    "UNDER_WAY",
    "MappingInvalid",
    "MigrationPlan",
    "MigrationRefused",
    "Reason",
    "ReasonCode",
    "TokenMove",
    "migrate",
    "plan",
    "plan_case",
]
