"""Reading the decisions of deployed procedures, and trying them; nothing is ever saved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.decisions import (
    Decision,
    DecisionError,
    DecisionModel,
    DecisionResult,
    DecisionService,
    DecisionTable,
    Element,
    InputData,
    KnowledgeModel,
)
from engine.decisions.boxed import Boxed, Literal
from engine.errors import EngineError
from engine.feel import FeelValue, FeelWarning
from engine.functions import feel_functions
from engine.procedure import Procedure
from services.bootstrap import Application
from services.calendars import load_calendar
from services.errors import NotFound
from services.processes.boxes import BoxBuilder, type_name
from services.processes.models import Deployment
from services.processes.trial import FieldReader, asked
from services.processes.views import (
    DecisionCard,
    DecisionPage,
    ElementLink,
    Trial,
    TrialPage,
    WarningView,
)

ValueT = TypeVar("ValueT")

KIND_NAMES: Mapping[type[Element], str] = {
    Decision: "决策",
    InputData: "输入数据",
    KnowledgeModel: "业务知识",
    DecisionService: "决策服务",
}


@dataclass(frozen=True, slots=True)
class DecisionAddress:
    """Where a decision is: the key of the procedure, the id, and the file if ids repeat.

    `version` is the number of the deployment, 0 for the newest.
    """

    key: str
    id: str
    version: int = 0
    file: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """An element of a decision model in its file."""

    file: str
    model: DecisionModel
    element: Decision | KnowledgeModel | DecisionService

    @property
    def table(self) -> DecisionTable | None:
        """The decision table, if that is the whole logic of a decision."""
        return self.element.table if isinstance(self.element, Decision) else None


def decision_cards(procedure: Procedure) -> tuple[DecisionCard, ...]:
    """Return the decisions of a procedure, then its services and knowledge models."""
    return tuple(
        DecisionCard(
            _link(procedure, found.element),
            found.element.description if isinstance(found.element, Decision) else "",
            _shape(found.element),
        )
        for found in _elements(procedure)
    )


def decision_page(app: Application, address: DecisionAddress) -> TrialPage:
    """Return a decision with empty fields to try it; `NotFound` if there is none."""
    with app.database.read() as session:
        deployment, procedure = _deployed(app, session, address)
        found = find_element(procedure, address.id, address.file)
        fields, _ = _reader(procedure, found, {}).read(asked(found.model.facts(address.id)))
        return TrialPage(page_of(app, session, deployment, procedure, found), fields, None)


def try_decision(app: Application, address: DecisionAddress, raw: Mapping[str, str]) -> TrialPage:
    """Return a decision with what comes of the facts in `raw`, by the names of the fields."""
    with app.database.read() as session:
        deployment, procedure = _deployed(app, session, address)
        found = find_element(procedure, address.id, address.file)
        facts = asked(found.model.facts(address.id))
        fields, values = _reader(procedure, found, raw).read(facts)
        answer = TrialPage(page_of(app, session, deployment, procedure, found), fields, None)
        if answer.errors:
            return answer
        told = facts_told(procedure, found, values)
        return TrialPage(answer.page, fields, _trial(app, found, values, told))


def find_element(procedure: Procedure, element_id: str, file: str = "") -> Found:
    """Return an element that has a page, in `file` if given; `NotFound` if there is none."""
    for found in _elements(procedure):
        if found.element.id == element_id and file in {"", found.file}:
            return found
    raise NotFound


def facts_told(
    procedure: Procedure, found: Found, values: Mapping[str, ValueT]
) -> tuple[tuple[str, ValueT | str], ...]:
    """Return facts in the words of the procedure: label, and the choice a value stands for."""
    facts = asked(found.model.facts(found.element.id))
    fields, _ = _reader(procedure, found, {}).read(facts)
    asking = {fact.name: field for field, fact in zip(fields, facts, strict=True)}
    told = []
    for name, value in values.items():
        field = asking.get(name)
        options = field.options if field is not None and isinstance(value, str) else ()
        words = next((option.label for option in options if option.value == value), value)
        told.append((field.label if field is not None else name, words))
    return tuple(told)


def page_of(
    app: Application, session: Session, deployment: Deployment, procedure: Procedure, found: Found
) -> DecisionPage:
    """Return what the page of an element says about it."""
    element = found.element
    latest, _ = app.procedures.latest(session, procedure.key)
    logic = None if isinstance(element, DecisionService) else element.logic
    return DecisionPage(
        key=procedure.key,
        procedure_title=procedure.title,
        version=deployment.version,
        version_label=procedure.version,
        is_latest=latest.id == deployment.id,
        link=_link(procedure, element),
        description=element.description if isinstance(element, Decision) else "",
        type_name=type_name(element.type_ref),
        logic=None if logic is None else BoxBuilder(procedure, element.id).box(logic),
        requires=tuple(_link(procedure, e) for e in found.model.requirements(element.id)),
        required_by=tuple(
            _link(procedure, other.element)
            for other in _elements(procedure)
            if any(e is element for e in other.model.requirements(other.element.id))
        ),
    )


def _deployed(
    app: Application, session: Session, address: DecisionAddress
) -> tuple[Deployment, Procedure]:
    if not address.version:
        return app.procedures.latest(session, address.key)
    deployment = session.scalars(
        select(Deployment).where(
            Deployment.key == address.key, Deployment.version == address.version
        )
    ).first()
    if deployment is None:
        raise NotFound
    return deployment, app.procedures.get(session, deployment.id)


def _elements(procedure: Procedure) -> Iterator[Found]:
    models = procedure.decisions.models.items()
    yield from (Found(file, m, element) for file, m in models for element in m.decisions.values())
    yield from (Found(file, m, element) for file, m in models for element in m.services.values())
    yield from (Found(file, m, element) for file, m in models for element in m.knowledge.values())


def _link(procedure: Procedure, element: Element) -> ElementLink:
    file = next((f.file for f in _elements(procedure) if f.element is element), "")
    return ElementLink(element.id, element.name, KIND_NAMES[type(element)], file, bool(file))


def _shape(element: Decision | KnowledgeModel | DecisionService) -> str:
    if isinstance(element, DecisionService):
        return KIND_NAMES[DecisionService]
    logic: Boxed = element.logic if isinstance(element, Decision) else element.logic.body
    if isinstance(logic, DecisionTable):
        words = f"决策表，{len(logic.rules)}条规则"
    elif isinstance(logic, Literal):
        words = "表达式" if logic.text else "没有逻辑"
    else:
        words = "方框表达式"
    return words if isinstance(element, Decision) else f"{KIND_NAMES[type(element)]}，{words}"


def _reader(procedure: Procedure, found: Found, raw: Mapping[str, str]) -> FieldReader:
    return FieldReader(procedure, found.element.id, found.table, raw)


def _trial(
    app: Application,
    found: Found,
    values: Mapping[str, FeelValue],
    told: tuple[tuple[str, FeelValue], ...],
) -> Trial:
    try:
        result = _evaluated(app, found, values)
    except DecisionError as error:
        table = found.table
        fired = tuple(rule.index for rule in table.rules if rule.id in error.rules) if table else ()
        return Trial(told, None, fired, (), error.message, error.remedy)
    except EngineError as error:
        return Trial(told, None, (), (), error.message, error.remedy)
    return Trial(
        told,
        result.value,
        tuple(rule.index for rule in result.matched),
        tuple(_warnings(found, result.warnings)),
    )


def _evaluated(app: Application, found: Found, values: Mapping[str, FeelValue]) -> DecisionResult:
    functions = feel_functions(load_calendar(), app.clock.now())
    if isinstance(found.element, Decision):
        return found.model.evaluate(found.element.id, values, functions)
    return found.model.invoke(found.element.id, values, functions)


def _warnings(found: Found, warnings: tuple[FeelWarning, ...]) -> Iterator[WarningView]:
    """Yield the warnings of each text together, and none twice."""
    for text in dict.fromkeys(warning.text for warning in warnings):
        messages = dict.fromkeys(w.message for w in warnings if w.text == text)
        yield WarningView(text, _place(found.table, text), tuple(messages))


def _place(table: DecisionTable | None, text: str) -> str:
    if table is None or not text:
        return ""
    columns = [f"“{clause.label}”一栏" for clause in table.inputs if clause.expression == text]
    rules = [f"第{r.index}条规则" for r in table.rules if text in {*r.inputs, *r.outputs}]
    return "、".join(columns + rules)
