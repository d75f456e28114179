"""Data: objects, properties, associations, stores, expressions."""

from __future__ import annotations

from dataclasses import replace

from tests.standard.catalogue import Section, proof, refused, row
from tests.standard.play import play
from tests.unit.engine.builder import boundary, chain, end, flow, gateway, node, start, timer, user

row(
    Section.DATA,
    "dataObject",
    "所在范围的变量，经 `dataObjectReference` 引用；子流程的每次进入各有一份",
)
row(Section.DATA, "property", "所在流程、子流程或活动的变量")
row(Section.DATA, "ioSpecification", "输入成为活动自己的变量，输出在完成时写出")
row(
    Section.DATA,
    "dataInputAssociation",
    "`sourceRef`、`targetRef`、`transformation`、`assignment`；输出为 `dataOutputAssociation`",
)
row(
    Section.DATA,
    "dataStore",
    "由数据关联读写，`dangwu trace` 一次运行中的办件共用，后写的为准；没有读写的只作展示。"
    "流程文件夹中的内容记入台账，见[流程文件夹](procedure-folder.md#数据存储和台账)",
)
row(Section.DATA, "expression", "只有 FEEL；名称、变量、条件可以用中文")


def reading(reference: str) -> str:
    return (
        '<bpmn:ioSpecification><bpmn:dataInput id="in1" name="seen"/>'
        '<bpmn:inputSet id="is"><bpmn:dataInputRefs>in1</bpmn:dataInputRefs></bpmn:inputSet>'
        '<bpmn:outputSet id="os"/></bpmn:ioSpecification>'
        f"<bpmn:dataInputAssociation><bpmn:sourceRef>{reference}</bpmn:sourceRef>"
        "<bpmn:targetRef>in1</bpmn:targetRef></bpmn:dataInputAssociation>"
    )


def writing(reference: str) -> str:
    return (
        '<bpmn:ioSpecification><bpmn:dataOutput id="out1" name="told"/><bpmn:inputSet id="is2"/>'
        '<bpmn:outputSet id="os2"><bpmn:dataOutputRefs>out1</bpmn:dataOutputRefs></bpmn:outputSet>'
        "</bpmn:ioSpecification>"
        "<bpmn:dataOutputAssociation><bpmn:sourceRef>out1</bpmn:sourceRef>"
        f"<bpmn:targetRef>{reference}</bpmn:targetRef></bpmn:dataOutputAssociation>"
    )


@proof("dataObject")
@proof("ioSpecification")
@proof("dataInputAssociation")
def written_by_one_task_and_read_by_the_next() -> None:
    text = "<bpmn:script>{result: seen * 2}</bpmn:script>"
    script = node("scriptTask", "b", reading("r") + text)
    body = (
        '<bpmn:dataObject id="o" name="amount"/>'
        '<bpmn:dataObjectReference id="r" dataObjectRef="o"/>'
        + start()
        + user("a", inner=writing("r"))
        + script
        + user("z")
        + end()
        + chain("s", "a", "b", "z", "e")
    )
    case = play(body).do("a", told=21).expect("z")
    assert (21, 42) == (case.variables["amount"], case.variables["result"])


@proof("property")
def a_property_of_the_process() -> None:
    body = '<bpmn:property id="pr" name="level"/>' + start() + user("a") + end()
    case = play(body + chain("s", "a", "e"))
    assert {"level": None} == case.variables
    assert {"level": "县"} == case.do("a", level="县").variables


@proof("property")
def a_property_of_a_sub_process_lives_in_it() -> None:
    inner = '<bpmn:property id="pr" name="own"/>' + start("s2") + user("x", "y") + end("e2")
    sub = node("subProcess", "sp", inner + chain("s2", "x", "y", "e2"))
    case = play(start() + sub + user("z") + end() + chain("s", "sp", "z", "e"))
    assert "own" not in case.do("x", own=1).do("y").expect("z").variables


STORE = (
    '<bpmn:dataStoreReference id="r" name="花名册" dataStoreRef="d"/>',
    '<bpmn:dataStore id="d" name="花名册"/>',
)


@proof("dataStore")
def what_is_written_is_handed_to_the_caller() -> None:
    reference, store = STORE
    body = reference + start() + user("a", inner=writing("r")) + user("z") + end()
    case = play(body + chain("s", "a", "z", "e"), root=store).do("a", told=["甲"]).expect("z")
    assert ({"d": ["甲"]}, {}) == (case.advance.stored, case.variables)


@proof("dataStore")
def what_is_read_is_given_by_the_caller() -> None:
    reference, store = STORE
    script = node("scriptTask", "b", reading("r") + "<bpmn:script>{n: count(seen)}</bpmn:script>")
    body = reference + start() + user("a") + script + end() + chain("s", "a", "b", "e")
    case = play(body, root=store)
    case.environment = replace(case.environment, stores={"d": ["甲", "乙"]})
    assert {"n": 2} == case.do("a").expect().variables


@proof("dataStore")
def a_data_store_may_be_drawn() -> None:
    body = '<bpmn:dataStoreReference id="r" dataStoreRef="d"/>' + start() + user("a") + end()
    play(body + chain("s", "a", "e"), root='<bpmn:dataStore id="d" name="花名册"/>').expect("a")


@proof("expression")
def chinese_names() -> None:
    body = (
        start()
        + user("a", "b", "c")
        + gateway("exclusive", "g", default="fd")
        + end()
        + chain("s", "a", "g")
        + flow("g", "b", '意见 = "同意" and 年龄 >= 18')
        + flow("g", "c", flow_id="fd")
        + chain("b", "e")
        + chain("c", "e")
    )
    play(body).do("a", 意见="同意", 年龄=18).expect("b")
    play(body).do("a", 意见="同意", 年龄=17).expect("c")


@proof("expression")
def a_timer_from_a_variable() -> None:
    event = boundary("t", "a", timer("timeDuration", "期限"), interrupting=False)
    body = start() + user("q", "a", "h") + end() + event + chain("s", "q", "a", "e")
    play(body + chain("t", "h", "e")).do("q", 期限="P1M").wait(days=30).expect("a", "h")


refused(
    "expression",
    "其他语言的表达式",
    "bpmn-expression-language",
    start()
    + user("a")
    + gateway("exclusive", "g", default="fd")
    + end()
    + end("e2")
    + chain("s", "a", "g")
    + flow("g", "e", "x").replace(
        "<bpmn:conditionExpression>", '<bpmn:conditionExpression language="python">'
    )
    + flow("g", "e2", flow_id="fd"),
    is_limit=True,
)
