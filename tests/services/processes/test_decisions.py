"""Decisions as pages show them, and tried with what people type."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from engine.citations import SourceStatus
from engine.procedure import Procedure
from services.bootstrap import Application
from services.errors import NotFound
from services.processes.commands import deploy_folder
from services.processes.queries import (
    DecisionAddress,
    decision_cards,
    decision_page,
    try_decision,
)
from services.processes.views import (
    BoxView,
    FieldType,
    GridView,
    PartsView,
    TableView,
    TextView,
)
from tests.world import World

GRADING = Path(__file__).resolve().parents[2] / "fixtures" / "procedures" / "grading"
AMOUNT = DecisionAddress("grading", "amount")
KEY = "member_development"


@pytest.fixture
def grading(app: Application) -> Application:
    deploy_folder(app, GRADING)
    return app


def table(app: Application, address: DecisionAddress) -> TableView:
    logic = decision_page(app, address).page.logic
    assert isinstance(logic, TableView)
    return logic


def parts(box: BoxView | None) -> dict[str, BoxView]:
    assert isinstance(box, PartsView)
    return {part.label: part.box for part in box.parts}


def procedure(app: Application, key: str) -> Procedure:
    with app.database.read() as session:
        return app.procedures.latest(session, key)[1]


def test_the_list_of_a_procedure(grading: Application) -> None:
    cards = {c.link.id: c for c in decision_cards(procedure(grading, "grading"))}
    assert {
        "amount": "决策表，3条规则",
        "per_head": "方框表达式",
        "survey": "方框表达式",
        "overlap": "决策表，2条规则",
        "assess": "决策服务",
        "round_rate": "业务知识，表达式",
    } == {key: card.shape for key, card in cards.items()}
    assert cards["per_head"].description.startswith("家庭月收入")
    assert cards["round_rate"].link.file == "decisions/rates.dmn"


def test_a_table_in_words(grading: Application) -> None:
    shown = table(grading, AMOUNT)
    assert ("C+", "全部适用并合计（COLLECT SUM）") == (shown.symbol, shown.policy)
    first, second = shown.inputs
    assert ("人均收入", "", "数字") == (first.label, first.expression, first.type_name)
    assert ("患病情况", "illness_known", "病情") == (
        second.label,
        second.expression,
        second.type_name,
    )
    assert ("依据", "说明") == shown.annotations
    rule = shown.rules[1]
    assert ["-", '"serious"'] == [cell.text for cell in rule.inputs]
    assert "患重大疾病" == rule.inputs[1].words
    source = rule.annotations[0].source
    assert source is not None
    assert ("自动测试约定", SourceStatus.UNVERIFIED) == (source.regulation, source.status)
    assert shown.rules[2].annotations[0].source is None


def test_ids_are_shown_as_what_they_stand_for(app: Application) -> None:
    rule = table(app, DecisionAddress(KEY, "deadlines")).rules[0]
    assert "派人谈话" == rule.inputs[0].words
    assert rule.citation is not None
    assert "第七条" in str(rule.citation)
    assert "《中国共产党发展党员工作细则》" in [cell.words for cell in rule.outputs]


def test_annotations_name_a_source_only_if_it_is_certain(app: Application) -> None:
    rules = table(app, DecisionAddress(KEY, "probation_end")).rules
    named = {r.annotations[0].text: r.annotations[0].source for r in rules}
    assert named["2026年细则第三十一条"] is None
    discipline = named["纪律处分条例第三十六条"]
    assert discipline is not None
    assert "discipline_2023" == discipline.id


def test_boxed_logic_as_nested_boxes(grading: Application) -> None:
    survey = parts(decision_page(grading, DecisionAddress("grading", "survey")).page.logic)
    assert isinstance(survey["各年标准"], GridView)
    assert ("年份", "标准") == survey["各年标准"].columns
    assert {"从中选取", "符合条件"} == parts(survey["较高补助"]).keys()
    assert {"“年”依次取自", "得出"} == parts(survey["折半"]).keys()
    assert {"“笔”依次取自", "条件"} == parts(survey["从未补助"]).keys()
    assert {"第1项", "第2项"} == parts(survey["说明"]).keys()
    per_head = parts(decision_page(grading, DecisionAddress("grading", "per_head")).page.logic)
    assert TextView("income / members") == per_head["平均"]
    assert {"函数", "金额"} == parts(per_head["折算"]).keys()
    assert {"如果", "那么", "否则"} == parts(per_head["结论"]).keys()
    page = decision_page(grading, DecisionAddress("grading", "round_rate")).page
    assert isinstance(page.logic, PartsView)
    assert "函数，参数：金额（数字）" == page.logic.title


def test_requirements_lead_to_other_files(grading: Application) -> None:
    page = decision_page(grading, DecisionAddress("grading", "per_head")).page
    assert [("income", False), ("members", False), ("round_rate", True)] == [
        (link.id, link.has_page) for link in page.requires
    ]
    assert "decisions/rates.dmn" == page.requires[2].file
    assert ["amount"] == [link.id for link in page.required_by]
    service = decision_page(grading, DecisionAddress("grading", "assess")).page
    assert service.logic is None
    assert ["amount", "income", "members", "illness_known"] == [e.id for e in service.requires]


def test_fields_are_typed_by_the_model_the_forms_and_the_diagram(grading: Application) -> None:
    fields = {f.label: f for f in decision_page(grading, AMOUNT).fields}
    assert {
        "家庭月收入": FieldType.NUMBER,
        "家庭人口": FieldType.NUMBER,
        "患病情况": FieldType.SELECT,
    } == {label: field.type for label, field in fields.items()}
    assert [("none", "没有"), ("serious", "患重大疾病")] == [
        (option.value, option.label) for option in fields["患病情况"].options
    ]
    [person] = decision_page(grading, DecisionAddress("grading", "survey")).fields
    assert FieldType.GROUP is person.type
    assert [FieldType.TEXT, FieldType.DATE, FieldType.SELECT, FieldType.LINES] == [
        part.type for part in person.parts
    ]
    listing = decision_page(grading, DecisionAddress(KEY, "listing")).fields
    assert "历次办理日期" in next(f.label for f in listing if f.type is FieldType.LINES)
    named = procedure(grading, KEY).nodes
    checks = {f.label: f for f in decision_page(grading, DecisionAddress(KEY, "checks")).fields}
    assert FieldType.DATE is checks[f"{named['recommend_activist'].name}：办理日期"].type
    element = decision_page(grading, DecisionAddress(KEY, "deadlines")).fields[0]
    assert "派人谈话" in [option.label for option in element.suggestions]


def test_a_trial_gives_the_value_the_rules_and_what_was_understood(grading: Application) -> None:
    labels = [field.label for field in decision_page(grading, AMOUNT).fields]
    order = {label: f"fact-{index}" for index, label in enumerate(labels)}
    raw = {order["患病情况"]: "serious", order["家庭月收入"]: "3000", order["家庭人口"]: "3"}
    view = try_decision(grading, AMOUNT, raw)
    assert view.trial is not None
    assert (Decimal(3000), (1, 2), ()) == (
        view.trial.value,
        view.trial.fired,
        view.trial.warnings,
    )
    assert ("家庭人口", Decimal(3)) in view.trial.facts
    assert "3000" in [field.value for field in view.fields]


def test_a_trial_of_structured_facts(grading: Application) -> None:
    raw = {
        "fact-0-0": "甲",
        "fact-0-1": "2020-07-01",
        "fact-0-2": "true",
        "fact-0-3": "500\n\n1200\n",
    }
    view = try_decision(grading, DecisionAddress("grading", "survey"), raw)
    assert view.trial is not None
    assert isinstance(view.trial.value, dict)
    assert [Decimal(1200)] == view.trial.value["较高补助"]
    assert ["甲", "2020-07-01"] == view.trial.value["说明"]


def test_services_and_knowledge_models_are_tried_too(grading: Application) -> None:
    service = DecisionAddress("grading", "assess")
    view = try_decision(grading, service, {"fact-0": "9000", "fact-1": "3", "fact-2": "none"})
    assert view.trial is not None
    assert Decimal(0) == view.trial.value
    knowledge = DecisionAddress("grading", "round_rate")
    view = try_decision(grading, knowledge, {"fact-0": "750"})
    assert view.trial is not None
    assert Decimal("0.50") == view.trial.value


def test_what_cannot_be_read_is_said_beside_the_field(grading: Application) -> None:
    raw = {"fact-0-0": "甲", "fact-0-1": "昨天", "fact-0-3": "500\n很多"}
    view = try_decision(grading, DecisionAddress("grading", "survey"), raw)
    assert view.trial is None
    assert [
        ("fact-0-1", "入党日期：请填写日期，例如 2026-06-01。"),
        ("fact-0-3", "历年补助：请填写数字。"),
    ] == list(view.errors)
    assert "昨天" == view.fields[0].parts[1].value


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("12.5", Decimal("12.5")),
        ("2026-06-01", date(2026, 6, 1)),
        ("赞成", "赞成"),
        ('"12"', "12"),
        ("[1, 2]", [Decimal(1), Decimal(2)]),
        ("true", True),
        ("", None),
    ],
)
def test_facts_of_no_type_are_read_as_written(
    app: Application, typed: str, expected: object
) -> None:
    view = try_decision(app, DecisionAddress(KEY, "meeting_result"), {"fact-0": typed})
    assert view.trial is not None
    assert expected == view.trial.facts[0][1]


def test_a_text_that_is_no_feel_is_refused(app: Application) -> None:
    view = try_decision(app, DecisionAddress(KEY, "meeting_result"), {"fact-0": "[1, "})
    assert view.trial is None
    assert "表达式书写有误" in view.fields[0].error


def test_warnings_say_where(app: Application) -> None:
    raw = {"fact-0": '"a"', "fact-1": "1", "fact-2": "1", "fact-3": "1"}
    view = try_decision(app, DecisionAddress(KEY, "meeting_result"), raw)
    assert view.trial is not None
    assert view.trial.warnings
    first = view.trial.warnings[0]
    assert ("2 * present > due", "“到会过半（2×实到＞应到）”一栏") == (first.text, first.place)
    assert len(set(view.trial.warnings)) == len(view.trial.warnings)


def test_rules_that_contradict_each_other_are_marked(grading: Application) -> None:
    overlap = DecisionAddress("grading", "overlap")
    view = try_decision(grading, overlap, {"fact-0": "30"})
    assert view.trial is not None
    assert ((1, 2), None) == (view.trial.fired, view.trial.value)
    assert "唯一命中" in view.trial.refusal


def test_every_deployed_version_has_its_pages(grading: Application, tmp_path: Path) -> None:
    folder = tmp_path / "raised"
    shutil.copytree(GRADING, folder)
    file = folder / "decisions" / "amount.dmn"
    file.write_bytes(file.read_bytes().replace(b"CDATA[1000]", b"CDATA[1500]"))
    deploy_folder(grading, folder)
    now, before = (
        decision_page(grading, AMOUNT).page,
        decision_page(grading, DecisionAddress("grading", "amount", 1)).page,
    )
    assert (2, True, 1, False) == (now.version, now.is_latest, before.version, before.is_latest)
    first = [table(grading, a).rules[0] for a in (AMOUNT, DecisionAddress("grading", "amount", 1))]
    assert ["1500", "1000"] == [rule.outputs[0].text for rule in first]


@pytest.mark.parametrize(
    "address",
    [
        DecisionAddress("nothing", "amount"),
        DecisionAddress("grading", "nothing"),
        DecisionAddress("grading", "income"),
        DecisionAddress("grading", "amount", 7),
        DecisionAddress("grading", "amount", 0, "decisions/rates.dmn"),
    ],
)
def test_what_is_not_there_is_not_found(grading: Application, address: DecisionAddress) -> None:
    with pytest.raises(NotFound):
        decision_page(grading, address)
    with pytest.raises(NotFound):
        try_decision(grading, address, {})


def test_trying_saves_nothing(grading: Application) -> None:
    world = World(grading)
    before = world.census()
    try_decision(grading, AMOUNT, {"fact-1": "3000"})
    assert before == world.census()
