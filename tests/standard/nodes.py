"""Flow nodes: tasks, sub-processes, gateways."""

from __future__ import annotations

from functools import partial

from engine.model import NodeType
from tests.standard.catalogue import ROWS, Section, proof, refused, row
from tests.standard.events import EVENT_NOTES, PLACES, STANDARD, prove
from tests.standard.play import Play, play
from tests.unit.engine.builder import (
    TERMINATE,
    boundary,
    catch,
    chain,
    end,
    flow,
    gateway,
    message,
    node,
    process,
    start,
    timer,
    user,
)

NOTES = {
    **EVENT_NOTES,
    NodeType.USER_TASK: "进入待办，等人办理",
    NodeType.SERVICE_TASK: "执行封闭登记中的操作，见[流程文件夹](procedure-folder.md)",
    NodeType.BUSINESS_RULE_TASK: "求值一个决策，写入结果变量",
    NodeType.SEND_TASK: "发出消息后继续",
    NodeType.RECEIVE_TASK: "等待消息；`instantiate` 时由消息启动流程",
    NodeType.MANUAL_TASK: "按标准直接通过",
    NodeType.SCRIPT_TASK: "只运行 FEEL：结果须为上下文，逐项写入变量",
    NodeType.TASK: "按标准直接通过；流程文件夹中拒绝，因为没有人办理",
    NodeType.CALL_ACTIVITY: ("在本办件内运行另一流程或者全局任务，变量各自独立，按数据映射传递"),
    NodeType.SUB_PROCESS: "内嵌子流程与外层共用变量；事件子流程（`triggeredByEvent`）见下",
    NodeType.AD_HOC_SUB_PROCESS: (
        "由人选择其中要办的环节，可同时（`Parallel`）或依次（`Sequential`）"
    ),
    NodeType.TRANSACTION: "同子流程；取消结束事件收回其中的一切并补偿已完成的环节",
    NodeType.EXCLUSIVE_GATEWAY: "按文档次序取第一个成立的条件，否则取默认分支",
    NodeType.PARALLEL_GATEWAY: "每条进入的连线各到一个令牌才汇合；多余的令牌留给下一轮",
    NodeType.INCLUSIVE_GATEWAY: (
        "取所有成立的条件，都不成立时取默认分支；汇合时等待一切还可能到达的令牌，循环中也一样"
    ),
    NodeType.EVENT_BASED_GATEWAY: (
        "先发生的事件取走令牌，其余的收回；`instantiate` 时由事件启动流程"
    ),
    NodeType.COMPLEX_GATEWAY: "`activationCondition` 成立即汇合，其余到达的令牌在复位时收走",
}
for _kind in NodeType:
    row(Section.NODES, _kind.value, NOTES[_kind])
row(
    Section.DOCUMENT,
    "globalTask",
    "及 `globalUserTask`、`globalManualTask`、`globalScriptTask`、`globalBusinessRuleTask`："
    "由调用活动调用，如同只有这一个任务的流程；流程文件夹中拒绝",
)
for _kind, _places in PLACES.items():
    for _definition, _known in STANDARD.items():
        for _place in _places.intersection(_known):
            _title = f"{_definition.name}_{_place.name}"
            ROWS[_kind.value].proofs[_title] = partial(prove, _definition, _place)


@proof("exclusiveGateway")
def first_true_condition_or_default() -> None:
    body = (
        start()
        + user("a", "b", "c")
        + gateway("exclusive", "g", default="fd")
        + end()
        + chain("s", "a", "g")
        + flow("g", "b", "x > 1")
        + flow("g", "c", flow_id="fd")
        + chain("b", "e")
        + chain("c", "e")
    )
    play(body).do("a", x=2).expect("b")
    play(body).do("a", x=0).expect("c").do("c").expect()


@proof("exclusiveGateway")
def no_condition_and_no_default_stops_there() -> None:
    body = (
        start() + user("a", "b") + gateway("exclusive", "g") + end() + chain("s", "a", "g")
    ) + flow("g", "b", "x > 1")
    case = play(body + chain("b", "e")).do("a", x=0)
    assert ["g"] == [incident.element_id for incident in case.advance.incidents]


@proof("parallelGateway")
def fork_and_join_with_one_store() -> None:
    body = (
        start()
        + gateway("parallel", "f")
        + user("a", "b", "z")
        + gateway("parallel", "j")
        + end()
        + chain("s", "f", "a", "j", "z", "e")
        + chain("f", "b", "j")
    )
    case = play(body, both=[]).expect("a", "b")
    case.do("b", both=["b"]).expect("a").do("a", both=["b", "a"]).expect("z")
    assert {"both": ["b", "a"]} == case.variables
    case.do("z").expect()


@proof("inclusiveGateway")
def all_true_conditions_and_a_join_that_waits() -> None:
    body = (
        start()
        + user("q", "a", "b", "c", "z")
        + gateway("inclusive", "f", default="fd")
        + gateway("inclusive", "j")
        + end()
        + chain("s", "q", "f")
        + flow("f", "a", "x > 1")
        + flow("f", "b", "x > 2")
        + flow("f", "c", flow_id="fd")
        + chain("a", "j", "z", "e")
        + chain("b", "j")
        + chain("c", "j")
    )
    play(body).do("q", x=3).expect("a", "b").do("a").expect("b").do("b").expect("z")
    play(body).do("q", x=2).expect("a").do("a").expect("z").do("z").expect()
    play(body).do("q", x=0).expect("c").do("c").expect("z")


def race(first: str, second: str) -> str:
    return (
        start()
        + gateway("eventBased", "g")
        + catch("m", first)
        + catch("t", second)
        + user("a", "b")
        + end()
        + chain("s", "g", "m", "a", "e")
        + chain("g", "t", "b", "e")
    )


@proof("eventBasedGateway")
def the_message_wins() -> None:
    case = play(race(message(), timer("timeDuration", "PT1H"))).at_rest()
    case.tell("hello", k=1).do("a").expect()


@proof("eventBasedGateway")
def the_timer_wins() -> None:
    case = play(race(message(), timer("timeDuration", "PT1H"))).wait(hours=1)
    assert ["b"] == case.open


@proof("eventBasedGateway")
def two_timers_have_their_own_moments() -> None:
    body = race(timer("timeDuration", "PT5H"), timer("timeDuration", "PT1H"))
    assert ["b"] == play(body).wait(hours=1).open


@proof("userTask")
@proof("manualTask")
@proof("task")
def people_are_waited_for_and_nobody_else() -> None:
    body = start() + user("a") + node("manualTask", "m") + node("task", "n") + end()
    case = play(body + chain("s", "a", "m", "n", "e")).expect("a").do("a").expect()
    assert ["a", "m", "n", "e"] == case.done


@proof("scriptTask")
def a_script_is_a_context() -> None:
    script = node(
        "scriptTask",
        "c",
        '<bpmn:script>{x: 1, y: date("2026-01-01") + duration("P1M")}</bpmn:script>',
    )
    case = play(start() + script + end() + chain("s", "c", "e"))
    assert {"x": 1, "y": "2026-02-01"} == {
        name: value if name == "x" else str(value) for name, value in case.variables.items()
    }


@proof("scriptTask")
def feel_said_in_several_ways_or_not_at_all() -> None:
    for said in ("", "feel", "FEEL", "text/x-feel", "application/feel"):
        text = "<bpmn:script>{log: log + &quot;1&quot;, n: n + 1}</bpmn:script>"
        script = node("scriptTask", "c", text, scriptFormat=said)
        case = play(start() + script + end() + chain("s", "c", "e"), log="0", n=1)
        assert {"log": "01", "n": 2} == case.variables


@proof("scriptTask")
def a_script_that_says_nothing_changes_nothing() -> None:
    script = node("scriptTask", "c", "<bpmn:script>not_a_variable</bpmn:script>")
    assert {} == play(start() + script + end() + chain("s", "c", "e")).expect().variables


refused(
    "scriptTask",
    "其他语言",
    "bpmn-script-format",
    start()
    + node("scriptTask", "c", "<bpmn:script>x = 1</bpmn:script>", scriptFormat="python")
    + end()
    + chain("s", "c", "e"),
    is_limit=True,
)

OPERATION = (
    '<bpmn:extensionElements><dw:operation name="notify.send"/>'
    '<dw:input name="to" value="who"/></bpmn:extensionElements>'
)


@proof("serviceTask")
def an_operation_is_answered_later() -> None:
    service = node("serviceTask", "v", OPERATION)
    case = play(start() + service + user("a") + end() + chain("s", "v", "a", "e"), who="某某")
    assert [("notify.send", {"to": "某某"})] == [
        (o.operation, dict(o.inputs)) for o in case.advance.operations
    ]
    case.at_rest()
    case.answer(r=1).expect("a")
    assert {"who": "某某", "r": 1} == case.variables


@proof("businessRuleTask")
def a_decision_is_asked() -> None:
    rule = node(
        "businessRuleTask",
        "b",
        '<bpmn:extensionElements><dw:decision ref="level" result="level"/>'
        "</bpmn:extensionElements>",
    )
    definition = process(start() + user("a") + rule + end() + chain("s", "a", "b", "e"))
    case = Play(
        definition,
        lambda _name, inputs, _now: ("县" if int(str(inputs["amount"])) < 100 else "市", []),
    )
    case.do("a", amount=50).expect()
    assert "县" == case.variables["level"]


@proof("sendTask")
def a_message_is_sent() -> None:
    send = node("sendTask", "n", messageRef="m1")
    case = play(start() + send + end() + chain("s", "n", "e")).expect()
    assert [("n", "hello")] == [
        (event.element_id, event.data["message"])
        for event in case.advance.events
        if event.type.value == "message_thrown"
    ]


@proof("receiveTask")
def a_message_is_received() -> None:
    receive = node("receiveTask", "r", messageRef="m1")
    case = play(start() + receive + user("a") + end() + chain("s", "r", "a", "e")).at_rest()
    case.tell("hello", k=1)
    assert {"k": 1} == case.expect("a").variables


@proof("receiveTask")
def a_message_starts_an_instance() -> None:
    receive = node("receiveTask", "r", messageRef="m1", instantiate="true")
    play(receive + user("a") + end() + chain("r", "a", "e"), start_event="r", k=1).expect("a")


@proof("subProcess")
def an_embedded_sub_process() -> None:
    inner = node("subProcess", "sp", start("s2") + user("x") + end("e2") + chain("s2", "x", "e2"))
    body = start() + inner + user("z") + end() + chain("s", "sp", "z", "e")
    play(body).expect("x").do("x", v=1).expect("z").do("z").expect()


@proof("subProcess")
def a_sub_process_without_start_and_end() -> None:
    inner = node("subProcess", "sp", user("x", "y") + chain("x", "y"))
    play(start() + inner + end() + chain("s", "sp", "e")).expect("x").do("x").do("y").expect()


BAD = "<bpmn:cancelEventDefinition/>"


def transaction() -> str:
    inner = (
        start("s2")
        + user("x", "undo")[: len(user("x"))]
        + gateway("exclusive", "g", default="fd")
        + end("ok")
        + end("no", BAD)
        + boundary("bc", "x", "<bpmn:compensateEventDefinition/>", interrupting=True)
        + node("userTask", "undo", isForCompensation="true")
        + '<bpmn:association id="as" sourceRef="bc" targetRef="undo" associationDirection="One"/>'
        + chain("s2", "x", "g")
        + flow("g", "no", "bad")
        + flow("g", "ok", flow_id="fd")
    )
    return (
        start()
        + node("transaction", "tx", inner)
        + boundary("b", "tx", BAD, interrupting=True)
        + user("fine", "failed")
        + end()
        + chain("s", "tx", "fine", "e")
        + chain("b", "failed", "e")
    )


@proof("transaction")
def a_transaction_that_succeeds() -> None:
    play(transaction()).do("x", bad=False).expect("fine").do("fine").expect()


@proof("transaction")
def a_transaction_that_is_cancelled() -> None:
    play(transaction()).do("x", bad=True).expect("undo").do("undo").expect("failed")


@proof("complexGateway")
def two_of_three_suffice() -> None:
    body = (
        start()
        + gateway("parallel", "f")
        + user("a", "b", "c", "z")
        + node(
            "complexGateway",
            "j",
            "<bpmn:activationCondition>activationCount >= 2</bpmn:activationCondition>",
        )
        + end()
        + chain("s", "f", "a", "j", "z", "e")
        + chain("f", "b", "j")
        + chain("f", "c", "j")
    )
    case = play(body).do("a").expect("b", "c").do("b").expect("c", "z")
    case.do("z").expect("c").do("c").expect()


@proof("endEvent")
def terminate_ends_its_scope() -> None:
    body = (
        start()
        + gateway("parallel", "f")
        + user("a", "b")
        + end("t", TERMINATE)
        + end()
        + chain("s", "f", "a", "t")
        + chain("f", "b", "e")
    )
    play(body).do("a").expect()
    inner = node("subProcess", "sp", body.replace('"e"', '"e2"').replace('"s"', '"s2"'))
    play(start() + inner + user("z") + end("e9") + chain("s", "sp", "z", "e9")).do("a").expect("z")


def error_on(host: str) -> str:
    return boundary("b", host, '<bpmn:errorEventDefinition errorRef="err1"/>', interrupting=True)


def after(host: str) -> str:
    return (
        start()
        + user("n", "h")
        + end("e9")
        + chain("s", host, "n", "e9")
        + chain("b", "h", "e9")
        + error_on(host)
    )


@proof("callActivity")
def a_called_process_has_its_own_variables() -> None:
    inputs = (
        '<bpmn:extensionElements><dw:input name="k" value="k"/>'
        '<dw:output name="v" value="v"/></bpmn:extensionElements>'
    )
    activity = node("callActivity", "c", inputs, calledElement="inner")
    body = start() + activity + user("z") + end() + chain("s", "c", "z", "e")
    case = play(body, k=1, secret=9, root=INNER).expect("x").do("x", v=2, own=3).expect("z")
    assert {"k": 1, "secret": 9, "v": 2} == case.variables
    case.do("z").expect()


@proof("callActivity")
def an_error_of_the_called_process_is_caught() -> None:
    activity = node("callActivity", "c", calledElement="failing")
    play(activity + after("c"), root=FAILING).do("x").expect("h").do("h").expect()


def shared(tag: str, inner: str = "", **attributes: str) -> Play:
    """Calls a global task for a person who acts before and after."""
    inputs = (
        '<bpmn:extensionElements><dw:input name="k" value="k"/>'
        '<dw:output name="v" value="v"/></bpmn:extensionElements>'
    )
    body = start() + node("callActivity", "c", inputs, calledElement="gt") + user("z") + end()
    root = node(tag, "gt", inner, **attributes)
    return play(body + chain("s", "c", "z", "e"), root=root, k=1)


@proof("callActivity")
@proof("globalTask")
def a_person_does_a_global_task() -> None:
    case = shared("globalUserTask").expect("gt").do("gt", v=2, own=3).expect("z")
    assert {"k": 1, "v": 2} == case.variables


@proof("globalTask")
def a_global_script_runs() -> None:
    script = "<bpmn:script>{v: k + 1}</bpmn:script>"
    case = shared("globalScriptTask", script, scriptLanguage="feel").expect("z")
    assert {"k": 1, "v": 2} == case.variables


@proof("globalTask")
def global_tasks_that_nobody_does_are_passed() -> None:
    for tag in ("globalTask", "globalManualTask"):
        assert ["s", "gt", "c"] == shared(tag).expect("z").done


@proof("globalTask")
def a_global_decision_is_asked() -> None:
    rule = '<bpmn:extensionElements><dw:decision ref="level" result="v"/></bpmn:extensionElements>'
    mapped = '<bpmn:extensionElements><dw:output name="v" value="v"/></bpmn:extensionElements>'
    body = start() + node("callActivity", "c", mapped, calledElement="gt") + user("z") + end()
    root = node("globalBusinessRuleTask", "gt", rule)
    case = Play(process(body + chain("s", "c", "z", "e"), root), lambda *_: ("市", []))
    assert {"v": "市"} == case.expect("z").variables


INNER = (
    '<bpmn:process id="inner" isExecutable="true">'
    + start("s2")
    + user("x")
    + end("e2")
    + chain("s2", "x", "e2")
    + "</bpmn:process>"
)
FAILING = (
    '<bpmn:process id="failing" isExecutable="true">'
    + start("s2")
    + user("x")
    + end("e2", '<bpmn:errorEventDefinition errorRef="err1"/>')
    + chain("s2", "x", "e2")
    + "</bpmn:process>"
)
refused(
    "callActivity",
    "不存在的流程",
    "bpmn-called-element",
    start() + node("callActivity", "c", calledElement="nowhere") + end() + chain("s", "c", "e"),
)


def ad_hoc(*parts: str, **attributes: str) -> str:
    inner = user("x", "y") + "".join(parts)
    body = start() + node("adHocSubProcess", "ah", inner, **attributes) + user("z") + end()
    return body + chain("s", "ah", "z", "e")


CONDITION = "<bpmn:completionCondition>ok</bpmn:completionCondition>"


@proof("adHocSubProcess")
def people_choose_what_is_done_and_how_often() -> None:
    case = play(ad_hoc()).at_rest()
    assert ["x", "y"] == case.choices
    case.choose("x").choose("x").choose("y").expect("x", "x", "y")
    case.do("x").do("x").do("y").finish().expect("z").do("z").expect()


@proof("adHocSubProcess")
def one_after_the_other() -> None:
    case = play(ad_hoc(ordering="Sequential")).choose("x")
    assert [] == case.choices
    assert ["x", "y"] == case.do("x").choices


@proof("adHocSubProcess")
def one_after_the_other_leaves_nothing_to_cancel() -> None:
    for cancels in ("true", "false"):
        attributes = {"ordering": "Sequential", "cancelRemainingInstances": cancels}
        case = play(ad_hoc(CONDITION, **attributes), ok=False).choose("x")
        case.do("x", ok=True).expect("z")


@proof("adHocSubProcess")
def a_condition_ends_it_and_takes_back_the_rest() -> None:
    case = play(ad_hoc(CONDITION), ok=False).choose("x").choose("y")
    case.do("x", ok=False).expect("y").choose("x").do("y", ok=True).expect("z")


@proof("adHocSubProcess")
def the_rest_may_be_done_first() -> None:
    case = play(ad_hoc(CONDITION, cancelRemainingInstances="false"), ok=False)
    case.choose("x").choose("y").do("x", ok=True).expect("y").do("y").expect("z")
