"""Everything that can be wrong with a BPMN file, by stable code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.errors import Severity
from engine.findings import Problem

PROBLEMS: Final[Mapping[str, Problem]] = {
    "bpmn-not-bpmn": Problem(
        "文件不是 BPMN 2.0 流程图。", "请用流程设计器导出 BPMN 文件。", "not a BPMN 2.0 document"
    ),
    "bpmn-no-process": Problem(
        "文件中没有可执行的流程。",
        "请将要运行的流程设为可执行（isExecutable）。",
        "no executable process",
    ),
    "bpmn-several-processes": Problem(
        "文件中有多个可执行的流程。",
        "请每个文件只保留一个可执行的流程。",
        "more than one executable process",
    ),
    "bpmn-repeated-process": Problem(
        "流程编号“{id}”与文件 {other} 中的重复。",
        "请修改其中一个流程的编号。",
        "process {id} is also in {other}",
    ),
    "bpmn-unsupported-element": Problem(
        "{name}（{tag}）目前不能运行。",
        "请删除它，或改用支持的画法。",
        "{tag} is not supported here",
    ),
    "bpmn-unsupported-attribute": Problem(
        "属性 {attribute} 不起作用。",
        "请删除该属性。",
        "attribute {attribute} would be ignored",
    ),
    "bpmn-unsupported-value": Problem(
        "属性 {attribute} 的取值“{value}”目前不能运行。",
        "请改为“{allowed}”或删除该属性。",
        "{attribute}={value} is not supported, only {allowed}",
    ),
    "bpmn-foreign-extension": Problem(
        "含有其他软件的扩展内容（{namespace}），运行时不起作用。",
        "确认不需要的，可以删除。",
        "extensions of {namespace} are ignored",
        Severity.WARNING,
    ),
    "bpmn-drawing-only": Problem(
        "{tag} 只用于展示，运行时不起作用。",
        "需要传递的内容请填写在表单中。",
        "{tag} is shown but has no effect",
        Severity.WARNING,
    ),
    "bpmn-idle-process": Problem(
        "流程“{process}”不可执行，不会运行。",
        "确认不需要的，可以忽略。",
        "process {process} is not executable and will not run",
        Severity.WARNING,
    ),
    "bpmn-extension": Problem(
        "扩展元素 {tag} 不认识或放错了位置。",
        "请按流程文件夹说明改正。",
        "misplaced extension {tag}",
    ),
    "bpmn-extension-attribute": Problem(
        "扩展元素 {tag} 的属性 {attribute} 不正确。",
        "请按流程文件夹说明改正。",
        "wrong attribute {attribute} of {tag}",
    ),
    "bpmn-no-id": Problem(
        "元素 {tag} 没有编号。", "请为该元素填写编号（id）。", "{tag} without id"
    ),
    "bpmn-duplicate-id": Problem(
        "编号“{id}”重复。", "请使用不重复的编号。", "id {id} is used more than once"
    ),
    "bpmn-id-characters": Problem(
        "编号“{id}”含有不允许的字符。",
        "编号请用英文字母、数字、下划线和连字符，以字母或下划线开头。",
        "id {id} must match [A-Za-z_][A-Za-z0-9_-]*",
    ),
    "bpmn-id-reserved": Problem("编号“{id}”为系统保留。", "请换一个编号。", "id {id} is reserved"),
    "bpmn-no-name": Problem(
        "环节没有名称。", "请填写名称。", "node without a name", Severity.WARNING
    ),
    "bpmn-long-name": Problem(
        "名称“{name}”超过 16 个汉字，图上可能显示不全。",
        "请缩短名称。",
        "name is longer than 16 Hanzi",
        Severity.WARNING,
    ),
    "bpmn-no-lane": Problem(
        "环节不在任何泳道中。", "请将其放入办理人所在的泳道。", "user task outside of all lanes"
    ),
    "bpmn-no-shape": Problem(
        "流程图中没有画出该元素。",
        "请在设计器中画出后重新导出。",
        "no diagram shape for this element",
    ),
    "bpmn-flow-end": Problem(
        "连线没有连到本层的环节（{reference}）。",
        "请重新连接这条连线。",
        "sequence flow end {reference} is not a node of the same scope",
    ),
    "bpmn-condition-place": Problem(
        "条件只能写在任务、排他网关、包容网关的非默认分支上。",
        "请删除条件，或在前面增加网关。",
        "condition on a default flow, or on one that leaves neither activity nor choosing gateway",
    ),
    "bpmn-no-condition": Problem(
        "分支没有条件，也不是默认分支。",
        "请填写条件，或设为默认分支。",
        "empty condition, or flow of a choosing gateway without condition",
    ),
    "bpmn-no-default": Problem(
        "没有默认分支，条件都不成立时流程会停住。",
        "请将其中一条分支设为默认分支。",
        "choice without default flow",
    ),
    "bpmn-default-flow": Problem(
        "默认分支“{flow}”不是从这里出发的连线。",
        "请重新设置默认分支。",
        "default {flow} is not an outgoing flow",
    ),
    "bpmn-implicit-split": Problem(
        "从这里出发的连线多于一条。",
        "请增加网关来分支。",
        "more than one outgoing flow without a gateway",
    ),
    "bpmn-implicit-merge": Problem(
        "进入这里的连线多于一条。",
        "请在前面增加网关来汇合。",
        "more than one incoming flow without a gateway",
    ),
    "bpmn-incoming": Problem(
        "这里不能有进入的连线。", "请删除该连线。", "no incoming flow allowed here"
    ),
    "bpmn-outgoing": Problem(
        "这里不能有离开的连线。", "请删除该连线。", "no outgoing flow allowed here"
    ),
    "bpmn-dead-end": Problem(
        "流程到这里就断了。", "请连到下一环节或结束事件。", "no way on from here"
    ),
    "bpmn-unreachable": Problem(
        "从开始事件走不到这里。", "请连接该元素，或将其删除。", "not reachable from the start"
    ),
    "bpmn-start-count": Problem(
        "应当有且只有一个开始事件（现有 {count} 个）。",
        "请只保留一个开始事件。",
        "exactly one start event is needed, found {count}",
    ),
    "bpmn-no-end": Problem("没有结束事件。", "请增加结束事件。", "no end event"),
    "bpmn-too-many-nodes": Problem(
        "流程图的元素超过 {limit} 个。",
        "请拆分为子流程。",
        "more than {limit} flow nodes in one scope",
    ),
    "bpmn-too-deep": Problem(
        "子流程的嵌套超过 {limit} 层。", "请减少嵌套。", "sub-processes nested deeper than {limit}"
    ),
    "bpmn-plain-task": Problem(
        "普通任务没有办理方式。",
        "请改为用户任务、服务任务或业务规则任务。",
        "an abstract task does nothing",
    ),
    "bpmn-event-definition": Problem(
        "这里应当有事件定义。",
        "请选择一种事件定义。",
        "an event definition is needed",
    ),
    "bpmn-multiple-event": Problem(
        "这里的多个事件定义不能放在一起。",
        "链接、取消和捕获的补偿应当单独使用，一次抛出只能有一个补偿；并行多重事件应当有两个以上的事件定义，其中没有错误和升级。",
        "links, cancel and caught compensation stand alone, one compensation is thrown at a time;"
        " parallelMultiple needs several definitions, none of them thrown inside",
    ),
    "bpmn-event-condition": Problem(
        "条件事件没有条件。", "请填写条件。", "conditional event without condition"
    ),
    "bpmn-instantiate": Problem(
        "用来启动流程的环节应当直接位于流程中，不能有进入的连线、边界事件或循环。",
        "请移动该环节，或取消其启动流程的属性（instantiate）。",
        "what instantiates a process has no incoming flow, boundary event or loop",
    ),
    "bpmn-correlation": Problem(
        "消息关联不完整：{what}。",
        "请补全消息关联的内容。",
        "incomplete correlation: {what}",
    ),
    "bpmn-attached-to": Problem(
        "边界事件没有附着在同一层的任务上。",
        "请将其放到任务的边界上。",
        "not attached to an activity",
    ),
    "bpmn-message": Problem(
        "没有指定消息，或者消息没有名称。", "请选择有名称的消息。", "message without name"
    ),
    "bpmn-event-reference": Problem(
        "没有指定{what}，或者指定的{what}不存在。",
        "请选择文件中定义的{what}。",
        "event without {tag}, or unknown {tag}",
    ),
    "bpmn-event-sub-process": Problem(
        "事件子流程独立存在：不能有连线、边界事件或循环。",
        "请删除它的连线、边界事件和循环标记。",
        "an event sub-process has no flows, boundary events or loop",
    ),
    "bpmn-compensation-handler": Problem(
        "补偿活动独立存在：不能有连线和边界事件，也不能是事件子流程。",
        "请删除这些连线和边界事件，用关联线（association）连到补偿边界事件。",
        "an activity for compensation has no flows and no boundary events",
    ),
    "bpmn-compensation-orphan": Problem(
        "补偿活动没有与补偿边界事件关联，永远不会执行。",
        "请从同一层的补偿边界事件画一条关联线到这里。",
        "activity for compensation without association to a boundary event",
    ),
    "bpmn-compensation-association": Problem(
        "补偿边界事件应当关联同一层中唯一的补偿活动。",
        "请画一条关联线到补偿活动，并将该活动设为补偿活动（isForCompensation）。",
        "a compensation boundary event needs one association to an activity for compensation",
    ),
    "bpmn-compensation-twice": Problem(
        "同一活动有多种补偿办法。",
        "请只保留一个补偿边界事件，或者一个补偿事件子流程。",
        "more than one compensation handler for one activity",
    ),
    "bpmn-compensation-start": Problem(
        "补偿事件子流程不在可以补偿的子流程中。",
        "请将其移入需要补偿的子流程或事务子流程。",
        "a compensation event sub-process belongs into a sub-process",
    ),
    "bpmn-compensation-reference": Problem(
        "要补偿的活动“{reference}”不存在、不在本层，或者没有补偿办法。",
        "请引用本层中有补偿办法的活动，或不指定活动。",
        "activityRef {reference} is not a compensable activity of this scope",
    ),
    "bpmn-cancel-place": Problem(
        "取消事件只能用在事务子流程：内部的结束事件，或者其边界上。",
        "请改用事务子流程（transaction），或改用其他事件。",
        "cancel event outside of a transaction",
    ),
    "bpmn-cancel-exit": Problem(
        "有取消结束事件的事务子流程，边界上应当有且只有一个取消事件。",
        "请在事务子流程的边界上画一个取消事件，并连到取消之后的环节。",
        "a transaction that can be cancelled needs exactly one cancel boundary event",
    ),
    "bpmn-cancel-loop": Problem(
        "可以取消的事务子流程不能是并行多实例：取消一个实例，其余的无从补偿。",
        "请在多实例子流程中放置事务子流程，或改为依次进行。",
        "a transaction that can be cancelled cannot run several instances at once",
    ),
    "bpmn-link": Problem(
        "链接没有配对：同一层中，每个链接名称应当至少有一个抛出事件，并且只有一个捕获事件。",
        "请填写相同的链接名称，或删除多余的链接事件。",
        "a link needs a name, its throw events and exactly one catch event in one scope",
    ),
    "bpmn-timer": Problem(
        "定时事件应当有且只有一个时间。",
        "请填写日期、时长或周期中的一项。",
        "timer needs one expression",
    ),
    "bpmn-timer-cycle": Problem(
        "周期只能用在启动流程的事件、不中断的边界事件、事件子流程的开始事件上。",
        "请改用日期或时长。",
        "cycle only on events that start a process or do not interrupt",
    ),
    "bpmn-timer-months": Problem(
        "周期不能用月或年，因为各月长短不一。",
        "请改用日期，或改为天数。",
        "cycles over months or years are not constant",
    ),
    "bpmn-expression": Problem(
        "表达式“{text}”不正确：{error}",
        "请按 FEEL 语法改正。",
        "FEEL expression does not compile: {text}",
    ),
    "bpmn-expression-language": Problem(
        "表达式语言“{language}”不支持。", "请使用 FEEL。", "expression language {language}"
    ),
    "bpmn-event-gateway": Problem(
        "事件网关之后只能是消息、信号、定时、条件的捕获事件，且各有一条进入的连线。",
        "请改正事件网关之后的元素。",
        "event-based gateway must lead to catch events of their own",
    ),
    "bpmn-complex-gateway": Problem(
        "复杂网关汇合多条连线时，应当写明启动条件（activationCondition），且各条连线来自不同的环节。",
        "请填写启动条件，或在其间增加网关。",
        "a complex gateway needs an activation condition and incoming flows of different nodes",
    ),
    "bpmn-quantity": Problem(
        "{attribute} 的取值“{value}”{what}。",
        "请改为 1；要几个人都办的改用多实例，要几条分支够数的改用复杂网关。",
        "{attribute} {value} is not possible here",
    ),
    "bpmn-loop": Problem(
        "多实例应当指定次数或名单中的一项。",
        "请填写 loopCardinality 或 loopDataInputRef 之一。",
        "multi-instance needs either a cardinality or a collection",
    ),
    "bpmn-loop-items": Problem(
        "多实例的{what}不完整。", "请同时填写名单变量和单项变量。", "incomplete loop data: {what}"
    ),
    "bpmn-loop-cardinality": Problem(
        "多实例的次数不能是“{value}”。", "请填写不小于零的整数。", "loop cardinality {value}"
    ),
    "bpmn-loop-end": Problem(
        "循环没有次数上限，也没有条件。",
        "请填写循环条件或最大次数。",
        "loop without condition or maximum",
    ),
    "bpmn-loop-behavior": Problem(
        "多实例完成时的事件（behavior、事件引用，{behavior}）不完整或互相矛盾。",
        "请按 behavior 的取值写明事件，并引用文件中定义的信号、消息、错误或升级。",
        "events of the multi-instance behavior are missing or contradict it ({behavior})",
    ),
    "bpmn-ad-hoc": Problem(
        "自组织子流程{what}。",
        "请按 BPMN 说明改正自组织子流程。",
        "ad-hoc sub-process: {what}",
    ),
    "bpmn-ad-hoc-lane": Problem(
        "自组织子流程中的工作由所在泳道的人开始和结束，这里不在任何泳道中。",
        "请把它或者整个自组织子流程归入泳道。",
        "who may start or end the work of an ad-hoc sub-process follows from its lane",
    ),
    "bpmn-countersign": Problem(
        "会签规则不正确：{what}。",
        "请按流程文件夹说明改正 dw:countersign。",
        "dw:countersign is wrong: {what}",
    ),
    "bpmn-called-element": Problem(
        "调用活动调用的“{called}”不能运行：{what}。",
        "请填写同时部署的可执行流程的编号（calledElement）。",
        "called element {called!r} is no process deployed together with this one",
    ),
    "bpmn-script-format": Problem(
        "脚本语言“{format}”不支持。",
        "请用 FEEL 书写脚本，并将 scriptFormat 改为 feel 或删除。",
        "script format {format!r} is not supported, only FEEL",
    ),
    "bpmn-data-name": Problem(
        "{tag} 的名称和编号都不能用作变量名。",
        "名称请用汉字、字母、数字和下划线，不以数字开头，不用 FEEL 的保留字。",
        "neither name nor id of the {tag} can be a FEEL variable",
    ),
    "bpmn-data-repeated": Problem(
        "同一范围内有多个名为“{name}”的数据，运行时是同一个变量。",
        "确认是同一份数据的，可以忽略；否则请改名。",
        "several data elements named {name} are one variable",
        Severity.WARNING,
    ),
    "bpmn-data-reference": Problem(
        "数据关联引用的“{reference}”不存在，或者在这里看不到。",
        "请引用本环节的数据输入输出，以及本层或外层的数据对象、属性。",
        "data association refers to {reference!r}, which cannot be seen here",
    ),
    "bpmn-data-association": Problem(
        "数据关联不完整：不能确定写入什么。",
        "请指定一个来源和一个目标，或者写明 FEEL 转换（transformation）或赋值（assignment）之一。",
        "data association does not say what is copied",
    ),
    "bpmn-data-store": Problem(
        "循环不能直接读写数据存储。",
        "请用数据关联读入环节的数据输入或者写出数据输出，由循环引用它们。",
        "a loop cannot refer to a data store",
    ),
    "bpmn-data-sets": Problem(
        "数据输入输出规格有多个 {tag}。",
        "请只保留一个。",
        "more than one {tag}",
    ),
    "bpmn-no-decision": Problem(
        "业务规则任务没有指定决策表和结果变量。",
        "请填写 dw:decision 的 ref 和 result。",
        "business rule task without dw:decision",
    ),
    "bpmn-no-operation": Problem(
        "服务任务没有指定操作。",
        "请填写 dw:operation 的 name。",
        "service task without dw:operation",
    ),
    "bpmn-unreadable": Problem(
        "流程不能读入（{reason}），这是系统没有预见的情况。",
        "请将流程文件交给系统开发人员。",
        "the library underneath cannot read the process: {reason}",
    ),
    "bpmn-deadlock": Problem(
        "流程会在这里停住，无法继续（经过：{steps}）。",
        "请检查分支与汇合网关是否成对。",
        "deadlock after {steps}",
    ),
    "bpmn-doubled-token": Problem(
        "同一环节会同时出现两次（经过：{steps}）。",
        "请检查并行分支是否汇合。",
        "two tokens on one node after {steps}",
        Severity.WARNING,
    ),
    "bpmn-dead-node": Problem(
        "实际运行中永远到不了这里。",
        "请检查前面的网关，或将其删除。",
        "never reached",
        Severity.WARNING,
    ),
    "bpmn-no-way-out": Problem(
        "流程到这里之后不可能结束（经过：{steps}）。",
        "请增加通向结束事件的路径。",
        "no way to an end after {steps}",
    ),
    "bpmn-endless-circle": Problem(
        "流程可能陷入没有人工环节的循环（经过：{steps}）。",
        "请确认循环的条件终会改变，或在循环中加入人工环节。",
        "circle without waiting after {steps}",
        Severity.WARNING,
    ),
}
