"""What the engine asks back for while a case runs: decisions and functions."""

from __future__ import annotations

from datetime import datetime

from engine.expressions import to_value
from engine.functions import FeelFunctions
from engine.model import Value, Variables
from engine.procedure import Procedure
from engine.runtime import Environment


def environment_of(procedure: Procedure, functions: FeelFunctions) -> Environment:
    """Return the environment for commands on instances of `procedure`."""

    def decide(decision_id: str, inputs: Variables, now: datetime) -> tuple[Value, Value]:
        del now  # already inside `functions`
        result = procedure.decisions.evaluate(decision_id, dict(inputs), functions)
        rules: list[Value] = [
            {"rule": rule.id, "annotations": dict(rule.annotations)} for rule in result.matched
        ]
        return to_value(result.value), {"rules": rules}

    return Environment(decisions=decide, functions=functions)
