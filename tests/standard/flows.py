"""Sequence flows, and forks and joins without gateways."""

from __future__ import annotations

from tests.standard.catalogue import Section, proof, refused, row
from tests.standard.play import play
from tests.unit.engine.builder import boundary, chain, end, flow, gateway, start, timer, user

row(Section.FLOWS, "sequenceFlow", "没有 `id` 的连线也有效；两端须在同一层")
row(
    Section.FLOWS,
    "conditionExpression",
    "排他、包容、复杂网关和活动的非默认分支；活动上没有条件的都走，条件成立的都走，都不走时走默认分支",
)
row(Section.FLOWS, "default", "其他条件都不成立时走；没有默认分支又都不成立时成为异常")
row(
    Section.FLOWS,
    "隐含的分支与汇合",
    "多条离开的连线都走；多条进入的连线不汇合，每个令牌各办一次；没有离开的连线，路径就此结束。"
    "流程文件夹中一律拒绝，请画出网关和结束事件",
)
row(Section.FLOWS, "画出的循环", "连线可以回到前面的环节，次数不限，状态不随之增长")
row(Section.FLOWS, "id", "自由取名，`Start`、`End` 等也可以；须不重复")
row(Section.FLOWS, "isImmediate", "只有默认值 `true`")


@proof("sequenceFlow")
def a_flow_without_id_is_followed() -> None:
    body = start() + user("a") + end() + chain("s", "a", "e")
    play(body.replace('id="f_s_a" ', "").replace('id="f_a_e" ', "")).expect("a").do("a").expect()


@proof("id")
def names_that_the_library_uses_itself() -> None:
    names = ("Start", "Root", "p.EndJoin", "End")
    body = start("Start") + user("Root", "p.EndJoin") + end("End") + chain(*names)
    case = play(body).do("Root").expect("p.EndJoin").do("p.EndJoin").expect()
    assert ["p.EndJoin", "End"] == case.done


refused("id", "重复的编号", "bpmn-duplicate-id", start() + user("a", "a") + chain("s", "a"))


refused(
    "sequenceFlow",
    "跨层的连线",
    "bpmn-flow-end",
    start() + user("a") + end() + chain("s", "a", "e") + flow("a", "nowhere"),
)


@proof("conditionExpression")
@proof("default")
def conditions_behind_an_activity() -> None:
    body = (
        start()
        + user("a").replace("<bpmn:userTask", '<bpmn:userTask default="fd"')
        + user("b", "c", "d")
        + end()
        + chain("s", "a")
        + flow("a", "b", "x > 1")
        + flow("a", "c", "x > 2")
        + flow("a", "d", flow_id="fd")
        + "".join(chain(task, "e") for task in "bcd")
    )
    play(body).do("a", x=3).expect("b", "c").do("b").do("c").expect()
    play(body).do("a", x=0).expect("d")


refused(
    "conditionExpression",
    "其他位置的条件",
    "bpmn-condition-place",
    start() + user("a") + end() + flow("s", "a", "x > 1") + chain("a", "e"),
)


@proof("隐含的分支与汇合")
def an_implicit_fork() -> None:
    body = start() + user("a", "b", "c") + end() + chain("s", "a", "b", "e") + chain("a", "c", "e")
    play(body).do("a").expect("b", "c").do("c").do("b").expect()


@proof("隐含的分支与汇合")
def an_implicit_merge_runs_twice() -> None:
    body = start() + gateway("parallel", "f") + user("a", "b", "z") + end()
    case = play(body + chain("s", "f", "a", "z", "e") + chain("f", "b", "z"))
    case.do("a").do("b").expect("z", "z").do("z").do("z").expect()


@proof("隐含的分支与汇合")
def a_path_may_end_without_end_event() -> None:
    play(start() + user("a") + chain("s", "a")).do("a").expect()


@proof("画出的循环")
def going_back_again_and_again() -> None:
    body = (
        start()
        + user("a", "b")
        + gateway("exclusive", "m")
        + gateway("exclusive", "g", default="fd")
        + end()
        + chain("s", "m", "a", "b", "g")
        + flow("g", "m", "back")
        + flow("g", "e", flow_id="fd")
    )
    case = play(body).do("a").do("b", back=True)
    size = len(case.advance.state)
    for _ in range(20):
        case.expect("a").do("a").do("b", back=True)
    assert size == len(case.advance.state)
    case.do("a").do("b", back=False).expect()


@proof("画出的循环")
def a_join_in_a_loop_waits_for_all_branches_each_time() -> None:
    body = (
        start()
        + gateway("exclusive", "m")
        + gateway("parallel", "f")
        + user("a", "b", "z")
        + gateway("parallel", "j")
        + gateway("exclusive", "g", default="fd")
        + end()
        + chain("s", "m", "f", "a", "j", "z", "g")
        + chain("f", "b", "j")
        + flow("g", "m", "back")
        + flow("g", "e", flow_id="fd")
    )
    case = play(body).do("a").do("b").do("z", back=True)
    case.do("b").expect("a").do("a").do("z", back=True)
    case.do("a").expect("b").do("b").do("z", back=False).expect()


@proof("画出的循环")
def a_boundary_event_leads_on_beside_its_activity() -> None:
    event = boundary("t", "a", timer("timeCycle", "R3/P1D"), interrupting=False)
    body = start() + user("a", "h") + end() + event + chain("s", "a", "e") + chain("t", "h", "e")
    case = play(body).wait(days=5).expect("a", "h", "h", "h").do("a")
    case.do("h").do("h").do("h").expect()


refused(
    "isImmediate",
    "isImmediate=false",
    "bpmn-unsupported-value",
    start()
    + end()
    + flow("s", "e").replace("<bpmn:sequenceFlow", '<bpmn:sequenceFlow isImmediate="false"'),
)
