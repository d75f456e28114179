"""What a procedure knows about a name in a decision: its label, the type and the choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from engine.decisions import Shape
from engine.expressions import compile_text
from engine.feel.types import TypeName
from engine.forms import Component, Option
from engine.forms.model import ValueKind
from engine.procedure import Procedure

_KINDS: Final[Mapping[ValueKind, TypeName]] = {
    ValueKind.NUMBER: TypeName.NUMBER,
    ValueKind.DATE: TypeName.DATE,
    ValueKind.BOOLEAN: TypeName.BOOLEAN,
}
_ANY: Final = Shape(TypeName.ANY)
_OUTCOME: Final = "_outcome"
_RECORDED: Final[Mapping[str, tuple[str, Shape]]] = {
    "_on": ("办理日期", Shape(TypeName.DATE)),
    "_dates": ("历次办理日期", Shape(TypeName.DATE, is_collection=True)),
    _OUTCOME: ("办理结果", Shape(TypeName.STRING)),
    "_rule_version": ("适用的规则版本", Shape(TypeName.STRING)),
}


@dataclass(frozen=True, slots=True)
class Known:
    """The words for a variable, and what its values look like."""

    label: str
    shape: Shape
    options: tuple[Option, ...] = ()


def known(procedure: Procedure, decision_id: str, name: str) -> Known | None:
    """Return what forms, diagram and the task that asks a decision say about a name in it."""
    return _variable(procedure, name) or _input(procedure, decision_id, name)


def _variable(procedure: Procedure, name: str) -> Known | None:
    for form in procedure.forms.values():
        component = form.inputs.get(name)
        if component is not None:
            return _of_component(component)
    for suffix, (words, shape) in _RECORDED.items():
        node = procedure.nodes.get(name.removesuffix(suffix))
        if name.endswith(suffix) and node is not None:
            outcomes = node.outcomes if suffix == _OUTCOME else ()
            options = tuple(Option(outcome.id, outcome.name) for outcome in outcomes)
            return Known(f"{node.name}：{words}", shape, options)
    return None


def _input(procedure: Procedure, decision_id: str, name: str) -> Known | None:
    """Return what is known of the variable an input is made of.

    Where several tasks ask the same decision, nothing holds for all of them.
    """
    tasks = [node for node in procedure.nodes.values() if node.decision == decision_id]
    source = dict(tasks[0].inputs).get(name) if len(tasks) == 1 else None
    if source is None:
        return None
    used = compile_text(source).names
    found = _variable(procedure, next(iter(used))) if len(used) == 1 else None
    if found is None or source.strip().removeprefix("=").strip() in used:
        return found
    return replace(found, shape=_ANY, options=())


def _of_component(component: Component) -> Known:
    if component.kind is ValueKind.LIST:
        shape = Shape(TypeName.STRING, is_collection=True)
        return Known(component.label, shape)
    shape = Shape(_KINDS.get(component.kind, TypeName.STRING))
    return Known(component.label, shape, component.options)
