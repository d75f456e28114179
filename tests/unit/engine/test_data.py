"""Data objects, properties, inputs and outputs as variables of their scopes; scripts."""

from __future__ import annotations

from xml.sax.saxutils import escape

import pytest

from engine.errors import ExpressionError
from engine.model import Value
from engine.runtime import variables_at
from tests.unit.engine.builder import (
    call,
    chain,
    end,
    extension,
    files,
    flow,
    gateway,
    node,
    process,
    start,
    user,
)
from tests.unit.engine.case import Case


def line(inner: str, *ids: str, s: str = "s", e: str = "e") -> str:
    return start(s) + inner + end(e) + chain(s, *ids, e)


def data(tag: str, item_id: str, name: str = "", *, collection: bool = False) -> str:
    named = f' name="{name}"' if name else ""
    many = ' isCollection="true"' if collection else ""
    return f'<bpmn:{tag} id="{item_id}"{named}{many}/>'


def specification(inputs: tuple[str, ...] = (), outputs: tuple[str, ...] = ()) -> str:
    """Inputs and outputs whose ids are their names with i_ and o_ before."""
    parts = "".join(data("dataInput", f"i_{name}", name) for name in inputs)
    parts += "".join(data("dataOutput", f"o_{name}", name) for name in outputs)
    return f"<bpmn:ioSpecification>{parts}</bpmn:ioSpecification>"


def copy(
    way: str,
    target: str,
    *sources: str,
    transformation: str = "",
    assign: tuple[str, str] = ("", ""),
) -> str:
    inner = "".join(f"<bpmn:sourceRef>{source}</bpmn:sourceRef>" for source in sources)
    inner += f"<bpmn:targetRef>{target}</bpmn:targetRef>" if target else ""
    if transformation:
        inner += f"<bpmn:transformation>{escape(transformation)}</bpmn:transformation>"
    if assign[0]:
        inner += f"<bpmn:assignment><bpmn:from>{escape(assign[1])}</bpmn:from>"
        inner += f"<bpmn:to>{assign[0]}</bpmn:to></bpmn:assignment>"
    return f"<bpmn:data{way}Association>{inner}</bpmn:data{way}Association>"


def seen(case: Case, element_id: str) -> dict[str, Value]:
    return dict(variables_at(case.process, case.advance.state, case.task_id(element_id)))


def test_data_objects_of_the_process_are_variables_of_the_instance() -> None:
    declared = (
        data("dataObject", "d1", "金额")
        + data("dataObject", "d2", collection=True)
        + data("dataObject", "d3")
        + '<bpmn:dataObjectReference id="r3" name="order" dataObjectRef="d3"/>'
        + data("property", "p1", "note")
    )
    case = Case(process(line(user("a"), "a") + declared), note="x")
    assert case.variables == {"金额": None, "d2": [], "order": None, "note": "x"}
    assert case.do("a", 金额=3).variables["金额"] == 3


def test_instances_do_not_share_what_a_collection_begins_with() -> None:
    definition = process(line(user("a"), "a") + data("dataObject", "d", collection=True))
    first, second = Case(definition), Case(definition)
    first.do("a", d=[1])
    assert second.variables == {"d": []}


def test_data_objects_of_a_sub_process_are_fresh_at_each_entry() -> None:
    sub = node(
        "subProcess",
        "u",
        data("dataObject", "d", "count") + line(user("b", "c"), "b", "c", s="s2", e="e2"),
    )
    body = (
        start()
        + gateway("exclusive", "m")
        + sub
        + gateway("exclusive", "g", default="f_g_e")
        + end()
        + chain("s", "m", "u", "g", "e")
        + flow("g", "m", "again")
    )
    case = Case(process(body), count=7).do("b", count=1)
    assert seen(case, "c") == {"count": 1}
    case.do("c", again=True)
    assert seen(case, "b") == {"count": None, "again": True}
    assert case.do("b").do("c", again=False).variables == {"count": 7, "again": False}


def test_properties_of_an_activity_live_as_long_as_it_does() -> None:
    case = Case(process(line(user("b", inner=data("property", "x")) + user("a"), "b", "a")))
    assert seen(case, "b") == {"x": None}
    assert case.do("b", x=1, y=2).variables == {"y": 2}


def test_inputs_and_outputs_of_a_task() -> None:
    inner = (
        specification(("given", "twice", "sum"), ("result",))
        + copy("Input", "i_given", "d1")
        + copy("Input", "i_twice", "d1", transformation="d1 * 2")
        + copy("Input", "", assign=("i_sum", "d1 + d2"))
        + copy("Output", "d2", "o_result")
        + copy("Output", "total", "o_result", transformation="result + given")
        + copy("Output", "", assign=("last", "result"))
    )
    objects = "".join(data("dataObject", name) for name in ("d1", "d2", "total"))
    case = Case(process(line(user("a", inner=inner), "a") + objects), d1=5, d2=1)
    assert seen(case, "a") == {
        "d1": 5,
        "d2": 1,
        "total": None,
        "given": 5,
        "twice": 10,
        "sum": 6,
        "result": None,
    }
    case.do("a", result=3, given=4)
    assert case.variables == {"d1": 5, "d2": 3, "total": 7, "last": 3}


def test_an_output_may_have_the_name_of_what_it_writes() -> None:
    inner = specification(outputs=("d",)) + copy("Output", "d0", "o_d")
    declared = data("dataObject", "d0", "d")
    case = Case(process(line(user("a", inner=inner), "a") + declared), d=1)
    assert seen(case, "a")["d"] is None
    assert case.do("a", d=2).variables == {"d": 2}


def test_outputs_are_written_before_the_way_on_is_chosen() -> None:
    inner = specification(outputs=("yes",)) + copy("Output", "", assign=("go", "yes"))
    body = (
        start()
        + node("userTask", "a", inner, default="f_a_e")
        + user("b")
        + end()
        + chain("s", "a", "e")
        + flow("a", "b", "go")
        + chain("b", "e")
    )
    assert Case(process(body)).do("a", yes=True).open == ["b"]


def test_conditions_behind_an_activity_see_what_is_around_it() -> None:
    inner = specification(("amount",)) + copy("Input", "", assign=("amount", "1"))
    body = (
        start()
        + node("userTask", "a", inner, default="f_a_e")
        + user("b")
        + end()
        + chain("s", "a", "e")
        + flow("a", "b", "amount > 5")
        + chain("b", "e")
    )
    assert Case(process(body), amount=9).do("a").open == ["b"]


def test_drawings_that_name_one_end_copy_nothing() -> None:
    inner = copy("Output", "d") + data("property", "p1", "__targetRef_placeholder")
    inner += copy("Input", "p1", "r")
    declared = data("dataObject", "d") + '<bpmn:dataObjectReference id="r" dataObjectRef="d"/>'
    case = Case(process(line(user("a", inner=inner), "a") + declared), d=1)
    assert seen(case, "a") == {"d": 1, "__targetRef_placeholder": 1}
    assert case.do("a", d=2).variables == {"d": 2}


LOOP = (
    "<bpmn:multiInstanceLoopCharacteristics>"
    "<bpmn:loopDataInputRef>{}</bpmn:loopDataInputRef>"
    "<bpmn:loopDataOutputRef>{}</bpmn:loopDataOutputRef>"
    '<bpmn:inputDataItem id="item" name="person"/><bpmn:outputDataItem id="vote"/>'
    "</bpmn:multiInstanceLoopCharacteristics>"
)


def test_each_instance_of_a_loop_has_inputs_and_outputs() -> None:
    inner = (
        specification(("who",), ("said",))
        + copy("Input", "i_who", "item")
        + copy("Output", "vote", "o_said")
        + LOOP.format("d1", "d2")
    )
    objects = data("dataObject", "d1", "people") + data("dataObject", "d2", "votes")
    case = Case(process(line(user("a", inner=inner), "a") + objects), people=["甲", "乙"])
    assert seen(case, "a")["who"] == "甲"
    case.do("a", 1, said=2).do("a", said=1)
    assert case.variables == {"people": ["甲", "乙"], "votes": [1, 2]}


def test_a_loop_over_an_input_of_its_activity() -> None:
    inner = (
        specification(("all",), ("results",))
        + copy("Input", "i_all", "d1")
        + copy("Output", "d2", "o_results")
        + LOOP.format("i_all", "o_results")
    )
    objects = data("dataObject", "d1", "people") + data("dataObject", "d2", "votes")
    case = Case(process(line(user("a", inner=inner), "a") + objects), people=["甲", "乙"])
    case.do("a", vote=1).do("a", vote=2)
    assert case.variables == {"people": ["甲", "乙"], "votes": [1, 2]}


def test_data_associations_of_a_call_activity() -> None:
    inner = (
        specification(("amount",), ("answer",))
        + copy("Input", "i_amount", "d1")
        + copy("Output", "d2", "o_answer", transformation="answer + amount")
    )
    objects = data("dataObject", "d1") + data("dataObject", "d2")
    called = specification(("amount", "unused")) + line(user("b"), "b")
    body = objects + line(call("c", "q", inner=inner), "c")
    case = Case(files(p=body, q=called), d1=4)
    assert case.advance.open_tasks[0].variables == {"amount": 4, "unused": None}
    assert case.do("b", answer=1).variables == {"d1": 4, "d2": 5}


def test_a_decision_result_and_an_answer_may_be_local() -> None:
    inner = specification(("base",), ("got",)) + copy("Input", "", assign=("base", "2"))
    inner += copy("Output", "", assign=("kept", "got"))
    operation = '<bpmn:extensionElements><dw:operation name="x.y"/>'
    operation += '<dw:input name="n" value="base + 1"/></bpmn:extensionElements>'
    case = Case(process(line(node("serviceTask", "a", operation + inner), "a")))
    assert case.advance.operations[0].inputs == {"n": 3}
    assert case.answer(got="x").variables == {"kept": "x"}


def script(text: str, **attributes: str) -> str:
    return node("scriptTask", "a", f"<bpmn:script>{escape(text)}</bpmn:script>", **attributes)


def test_a_script_assigns_the_entries_of_its_context() -> None:
    body = line(script("={x: n + 1, y: x * 2}", scriptFormat="application/feel"), "a")
    assert Case(process(body), n=1, y=0).variables == {"n": 1, "x": 2, "y": 4}


@pytest.mark.parametrize("text", ["null", "", "  "])
def test_a_script_may_do_nothing(text: str) -> None:
    assert Case(process(line(script(text), "a")), n=1).variables == {"n": 1}
    assert Case(process(line(node("scriptTask", "a"), "a"))).status == "completed"


@pytest.mark.parametrize("text", ["1", "[{x: 1}]", '"x"'])
def test_a_script_without_context_is_an_error(text: str) -> None:
    with pytest.raises(ExpressionError, match="脚本"):
        Case(process(line(script(text), "a")))


def test_a_script_writes_where_the_name_is_declared() -> None:
    inside = line(script("{d: 1, v: d}"), "a", s="s2", e="e2")
    sub = node("subProcess", "u", data("dataObject", "d") + inside)
    assert Case(process(line(sub, "u"))).variables == {"v": 1}


def test_our_extensions_and_associations_add_up() -> None:
    inner = (
        extension(("input", "x", "1"), ("output", "r", "x + y"))
        + specification(("y",))
        + copy("Input", "", assign=("y", "2"))
    )
    case = Case(files(p=line(call("c", "q", inner=inner), "c"), q=line(user("b"), "b")))
    assert case.do("b").variables == {"r": 3}
