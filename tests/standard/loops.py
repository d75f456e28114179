"""Loops of activities: multi-instance and standard."""

from __future__ import annotations

from tests.standard.catalogue import Section, proof, refused, row
from tests.standard.play import play
from tests.unit.engine.builder import (
    boundary,
    chain,
    countersign,
    end,
    gateway,
    node,
    start,
    timer,
    user,
)

row(
    Section.LOOPS,
    "multiInstanceLoopCharacteristics",
    "并行或依次（`isSequential`）；次数 `loopCardinality` 与名单 `loopDataInputRef` 二者择一；"
    "至多 10000 个",
)
row(
    Section.LOOPS,
    "completionCondition",
    "成立即结束，其余的撤销；可用 `numberOfInstances`、`numberOfActiveInstances`、"
    "`numberOfCompletedInstances`、`numberOfTerminatedInstances` 和 `outputs`",
)
row(Section.LOOPS, "loopDataOutputRef", "配 `outputDataItem` 收集结果，按名单次序排列")
row(
    Section.LOOPS, "behavior", "`All`、`None`、`One`、`Complex`：实例完成时抛出事件，由边界事件接收"
)
row(
    Section.LOOPS,
    "startQuantity",
    "到了这么多令牌才开始一次，不论来自哪条连线；多余的令牌留给下一次。"
    "流程文件夹中只能是 1，见 ADR 0012",
)
row(
    Section.LOOPS,
    "completionQuantity",
    "完成时在每条要走的连线上各放这么多令牌。流程文件夹中只能是 1",
)
row(Section.LOOPS, "standardLoopCharacteristics", "`loopCondition`、`loopMaximum`、`testBefore`")


def signing(**options: object) -> str:
    loop = countersign(**options)  # type: ignore[arg-type]
    return start() + user("q", "z") + user("a", inner=loop) + end() + chain("s", "q", "a", "z", "e")


PEOPLE = ["甲", "乙", "丙"]


@proof("multiInstanceLoopCharacteristics")
@proof("loopDataOutputRef")
def all_at_once_with_results_in_order() -> None:
    case = play(signing()).do("q", people=PEOPLE).expect("a", "a", "a")
    case.do("a", 2, vote="丙意").do("a", 0, vote="甲意").do("a", 0, vote="乙意").expect("z")
    assert ["甲意", "乙意", "丙意"] == case.variables["votes"]


@proof("multiInstanceLoopCharacteristics")
def one_after_another() -> None:
    case = play(signing(sequential=True)).do("q", people=PEOPLE)
    for person in PEOPLE:
        assert [person] == [task.loop_item for task in case.advance.open_tasks]
        case.do("a", vote=person)
    assert PEOPLE == case.expect("z").variables["votes"]


@proof("multiInstanceLoopCharacteristics")
def a_number_of_instances() -> None:
    loop = "<bpmn:loopCardinality>n</bpmn:loopCardinality>"
    inner = f"<bpmn:multiInstanceLoopCharacteristics>{loop}</bpmn:multiInstanceLoopCharacteristics>"
    body = start() + user("q", "z") + user("a", inner=inner) + end()
    case = play(body + chain("s", "q", "a", "z", "e")).do("q", n=3).expect("a", "a", "a")
    case.do("a").do("a").do("a").expect("z")


@proof("multiInstanceLoopCharacteristics")
def nobody_to_ask() -> None:
    case = play(signing()).do("q", people=[]).expect("z")
    assert ["q"] == case.done
    case.do("z").expect()


@proof("multiInstanceLoopCharacteristics")
def over_a_sub_process() -> None:
    inner = countersign() + start("s2") + user("x") + end("e2") + chain("s2", "x", "e2")
    body = start() + user("q", "z") + node("subProcess", "sp", inner) + end()
    case = play(body + chain("s", "q", "sp", "z", "e")).do("q", people=PEOPLE[:2])
    case.expect("x", "x").do("x", 0, vote=1).do("x", 0, vote=2).expect("z")
    assert [1, 2] == case.variables["votes"]


@proof("multiInstanceLoopCharacteristics")
def a_timer_interrupts_all() -> None:
    event = boundary("b", "a", timer("timeDuration", "PT1H"), interrupting=True)
    body = signing() + event + user("h") + end("e2") + chain("b", "h", "e2")
    play(body).do("q", people=PEOPLE).do("a", vote=1).wait(hours=1).expect("h").do("h").expect()


@proof("multiInstanceLoopCharacteristics")
def entered_twice() -> None:
    loop = (
        "<bpmn:standardLoopCharacteristics>"
        "<bpmn:loopCondition>again</bpmn:loopCondition></bpmn:standardLoopCharacteristics>"
    )
    inner = loop + start("s2") + user("a", inner=countersign()) + end("e2") + chain("s2", "a", "e2")
    body = start() + node("subProcess", "sp", inner) + end() + chain("s", "sp", "e")
    case = play(body, people=PEOPLE[:2], again=True)
    case.do("a", vote=1).do("a", vote=2).expect("a", "a")
    case.do("a", vote=3, again=False).do("a", vote=4).expect()
    assert [3, 4] == case.variables["votes"]


@proof("completionCondition")
def one_objection_ends_it() -> None:
    case = play(signing(condition='"否" in outputs')).do("q", people=PEOPLE)
    case.do("a", 1, vote="否").expect("z")


@proof("completionCondition")
def a_quorum_ends_it() -> None:
    condition = 'count(outputs[item = "是"]) * 2 > numberOfInstances'
    case = play(signing(condition=condition)).do("q", people=[*PEOPLE, "丁", "戊"])
    case.do("a", vote="是").do("a", vote="否").do("a", vote="是").expect("a", "a")
    case.do("a", vote="是").expect("z")


def telling(behaviour: str, inner: str = "") -> str:
    reference = f'{behaviour.lower()}BehaviorEventRef="told"' if not inner else ""
    loop = (
        f'<bpmn:multiInstanceLoopCharacteristics behavior="{behaviour}" {reference}>'
        "<bpmn:loopDataInputRef>people</bpmn:loopDataInputRef>"
        f'<bpmn:inputDataItem name="person"/>{inner}</bpmn:multiInstanceLoopCharacteristics>'
    )
    event = boundary("b", "a", '<bpmn:signalEventDefinition signalRef="sig1"/>', interrupting=False)
    body = start() + user("a", inner=loop) + event + user("h") + end() + end("e2")
    return body + chain("s", "a", "e") + chain("b", "h", "e2")


TOLD = '<bpmn:signalEventDefinition id="told" signalRef="sig1"/>'


@proof("behavior")
def each_instance_is_told() -> None:
    case = play(telling("None"), root=TOLD, people=PEOPLE).do("a").do("a")
    case.expect("a", "h", "h").do("a").expect("h", "h", "h")


@proof("behavior")
def the_first_instance_is_told() -> None:
    case = play(telling("One"), root=TOLD, people=PEOPLE).do("a").expect("a", "a", "h").do("a")
    case.expect("a", "h").do("a").expect("h").do("h").expect()


@proof("behavior")
def a_condition_decides_who_is_told() -> None:
    inner = (
        "<bpmn:complexBehaviorDefinition>"
        "<bpmn:condition>numberOfCompletedInstances = 2</bpmn:condition>"
        '<bpmn:event id="told2"><bpmn:signalEventDefinition signalRef="sig1"/></bpmn:event>'
        "</bpmn:complexBehaviorDefinition>"
    ).replace("bpmn:event ", 'bpmn:event xsi:type="bpmn:tImplicitThrowEvent" ')
    case = play(telling("Complex", inner), people=PEOPLE).do("a").expect("a", "a").do("a")
    case.expect("a", "h").do("a").expect("h").do("h").expect()


@proof("standardLoopCharacteristics")
def until_it_is_good() -> None:
    loop = (
        '<bpmn:standardLoopCharacteristics loopMaximum="5">'
        "<bpmn:loopCondition>not(ok)</bpmn:loopCondition></bpmn:standardLoopCharacteristics>"
    )
    body = start() + user("a", inner=loop) + user("z") + end() + chain("s", "a", "z", "e")
    play(body).do("a", ok=False).expect("a").do("a", ok=True).expect("z")
    case = play(body)
    for _ in range(5):
        case.do("a", ok=False)
    case.expect("z")


@proof("standardLoopCharacteristics")
def asked_before() -> None:
    loop = (
        '<bpmn:standardLoopCharacteristics testBefore="true">'
        "<bpmn:loopCondition>more</bpmn:loopCondition></bpmn:standardLoopCharacteristics>"
    )
    body = start() + user("a", inner=loop) + user("z") + end() + chain("s", "a", "z", "e")
    assert ["s"] == play(body, more=False).expect("z").done
    play(body, more=True).expect("a").do("a", more=False).expect("z")


refused(
    "multiInstanceLoopCharacteristics",
    "负数次",
    "bpmn-loop-cardinality",
    start()
    + user(
        "a",
        inner="<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>-1</bpmn:loopCardinality>"
        "</bpmn:multiInstanceLoopCharacteristics>",
    )
    + end()
    + chain("s", "a", "e"),
)


def gathering(quantity: int) -> str:
    body = start() + gateway("parallel", "f") + user("a", "b", "c", "z") + end()
    body = body.replace('id="z"', f'id="z" startQuantity="{quantity}"')
    ways = "".join(chain("f", name, "z") for name in "abc")
    return body + chain("s", "f") + ways + chain("z", "e")


@proof("startQuantity")
def begins_once_for_three_tokens() -> None:
    play(gathering(3)).do("a").expect("b", "c").do("c").expect("b").do("b").expect("z")
    play(gathering(3)).do("a").do("b").do("c").do("z").expect()


@proof("startQuantity")
def a_surplus_token_waits_for_others() -> None:
    case = play(gathering(2)).do("a").do("b").expect("c", "z").do("z").expect("c")
    case.do("c").at_rest()


@proof("startQuantity")
@proof("completionQuantity")
def what_one_sends_another_gathers() -> None:
    body = start() + node("userTask", "a", completionQuantity="3")
    body += node("userTask", "b", startQuantity="3") + end() + chain("s", "a", "b", "e")
    play(body).do("a").expect("b").do("b").expect()


@proof("completionQuantity")
def each_flow_gets_so_many_tokens() -> None:
    body = start() + node("userTask", "a", completionQuantity="2") + user("b", "c") + end()
    body += chain("s", "a", "b", "e") + chain("a", "c", "e")
    play(body).do("a").expect("b", "b", "c", "c").do("b").do("b").do("c").do("c").expect()


@proof("startQuantity")
def a_loop_begins_once_for_its_tokens() -> None:
    loop = countersign(output=False)
    body = start() + node("userTask", "q", completionQuantity="2")
    body += node("userTask", "a", loop, startQuantity="2") + user("z") + end()
    body += boundary("b", "a", timer("timeDuration", "PT1H"), interrupting=True) + end("late")
    body += chain("s", "q", "a", "z", "e") + chain("b", "late")
    play(body, people=PEOPLE[:2]).do("q").expect("a", "a").do("a").do("a").expect("z")
    play(body, people=PEOPLE[:2]).do("q").wait(hours=1).expect()


for _value in ("0", "-1", "many"):
    refused(
        "startQuantity",
        f"不是数的 {_value}",
        "bpmn-quantity",
        start() + node("userTask", "a", startQuantity=_value) + end() + chain("s", "a", "e"),
    )
refused(
    "startQuantity",
    "没有进入的连线",
    "bpmn-quantity",
    node("userTask", "a", startQuantity="2") + end() + chain("a", "e"),
)
