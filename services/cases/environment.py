"""What the engine asks back for while a case runs: decisions and functions."""

from __future__ import annotations

from datetime import datetime

from engine.expressions import to_value
from engine.functions import FeelFunctions
from engine.model import Value, Variables
from engine.procedure import Procedure
from engine.runtime import Environment


def environment_of(
    procedure: Procedure, functions: FeelFunctions, stores: Variables
) -> Environment:
    """Return the environment for commands on instances of `procedure`.

    `stores` is what its data stores hold, by id.
    """

    def decide(decision_id: str, inputs: Variables, now: datetime) -> tuple[Value, Value]:
        del now  # already inside `functions`
        result = procedure.decisions.evaluate(decision_id, dict(inputs), functions)
        rules: list[Value] = [
            {"rule": rule.id, "index": rule.index, "annotations": dict(rule.annotations)}
            for rule in result.matched
        ]
        # Facts are kept as the decision saw them: variables change later.
        facts: dict[str, Value] = {
            name: inputs[name]
            for name in procedure.decisions.facts_used(decision_id)
            if name in inputs
        }
        return to_value(result.value), {"rules": rules, "facts": facts}

    return Environment(decisions=decide, functions=functions, stores=stores)
