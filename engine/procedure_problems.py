"""Everything that can be wrong with a procedure folder as a whole, by stable code."""

from __future__ import annotations

from collections.abc import Mapping

from engine.errors import Severity
from engine.findings import Problem

PROBLEMS: Mapping[str, Problem] = {
    "procedure-file-missing": Problem(
        "流程文件夹缺少{file}。", "请补上该文件。", "{file} is missing"
    ),
    "procedure-too-large": Problem(
        "流程文件夹的文件过多或过大。", "请删除与流程无关的文件。", "too many or too large files"
    ),
    "procedure-toml": Problem(
        "procedure.toml 的格式不正确。", "请按 TOML 格式改正。", "not valid TOML: {error}"
    ),
    "procedure-entry": Problem(
        "procedure.toml 的这一项有误：{words}", "请按流程文件夹说明改正。", "{message}"
    ),
    "procedure-source-repeated": Problem(
        "依据“{name}”重复。", "请使用不重复的依据编号。", "source {name} is given twice"
    ),
    "procedure-message-repeated": Problem(
        "事项“{name}”重复。", "请删除重复的事项。", "message {name} is given twice"
    ),
    "procedure-key": Problem(
        "procedure.toml 的 key“{key}”与流程图的流程编号“{process}”不一致。",
        "请改为同一个编号。",
        "key {key} differs from process id {process}",
    ),
    "procedure-id-repeated": Problem(
        "环节编号“{id}”与文件 {other} 中的重复。",
        "同一文件夹的各流程图中，环节编号不能重复，请修改其中一个。",
        "node id {id} is also used in {other}",
    ),
    "procedure-lane-name": Problem(
        "泳道“{lane}”在各流程图中名称不同。",
        "编号相同的泳道是同一个泳道，请统一名称，或者改用不同的编号。",
        "lane {lane} bears different names",
    ),
    "procedure-process-unused": Problem(
        "没有环节调用流程“{process}”。",
        "请用调用活动（callActivity）调用它，或者删除该文件。",
        "process {process} is never called",
        Severity.WARNING,
    ),
    "procedure-lane-rule": Problem(
        "流程图的泳道没有规定由谁办理。",
        "请在 procedure.toml 增加 [lanes.{lane}]。",
        "lane {lane} has no rule",
    ),
    "procedure-lane-unknown": Problem(
        "流程图中没有泳道“{lane}”。",
        "请改正泳道编号或删除这一项。",
        "lane {lane} is not in the diagram",
    ),
    "procedure-lane-candidate": Problem(
        "泳道“{lane}”没有写明 {entry}。",
        "candidate、scope 取这个值时须填写 {entry}，见流程文件夹说明。",
        "lane {lane} lacks {entry}",
    ),
    "procedure-lane-entry": Problem(
        "泳道“{lane}”的“{entry}”不适用于这样确定的办理人。",
        "请删除这一项，或者改用相应的 candidate、scope。",
        "{entry} does not apply to lane {lane}",
    ),
    "procedure-lane-subject": Problem(
        "泳道“{lane}”由办理对象办理，而本流程的办件没有办理对象。",
        "请改用 starter（发起人）或者其他 candidate。",
        "lane {lane} is the subject's, but cases are about nobody",
    ),
    "procedure-lane-variable": Problem(
        "泳道“{lane}”用到变量“{name}”，但没有表单或决策表产生它。",
        "请核对名称；由其他办件发来的变量可以忽略本提示。",
        "no form or decision produces {name}",
        Severity.WARNING,
    ),
    "procedure-lane-fallback": Problem(
        "泳道“{lane}”可能无人办理，但没有写明替补。",
        "请填写 fallback；没有替补的，无人时由上级党组织指定人员办理。",
        "lane {lane} may be empty and has no fallback",
        Severity.WARNING,
    ),
    "procedure-task-unknown": Problem(
        "流程图中没有用户任务“{task}”。",
        "请改正环节编号或删除这一项。",
        "{task} is not a user task",
    ),
    "procedure-task-separate": Problem(
        "环节“{task}”不能与自己分离。",
        "separate_from 请填写此前的其他环节。",
        "task {task} is separated from itself",
    ),
    "procedure-fallback-cycle": Problem(
        "泳道“{lane}”的替补相互循环，最终无人办理。",
        "请让替补最终落到一个固定的泳道。",
        "fallback of lane {lane} runs in a circle",
    ),
    "procedure-form-missing": Problem(
        "缺少表单 forms/{form}.form。", "请补上该表单。", "forms/{form}.form is missing"
    ),
    "procedure-start-task": Problem(
        "start.task（{task}）不是开始事件之后的第一个用户任务，或者它的表单不是 start.form。",
        "请改为开始事件之后的用户任务，并与 start.form 使用同一表单。",
        "{task} is not the first user task or has another form than start.form",
    ),
    "procedure-form-unused": Problem(
        "表单没有被任何环节使用。",
        "请删除该表单或在环节中引用。",
        "form is not used",
        Severity.WARNING,
    ),
    "procedure-form-act-date": Problem(
        "表单缺少必填的办理日期字段“{key}”。",
        "请增加 key 为“{key}”的必填日期字段。",
        "form lacks the required date field {key}",
    ),
    "procedure-key-kind": Problem(
        "字段“{key}”在不同表单中的类型不一致：{kinds}。",
        "同一个 key 在各表单中应为同一类型；不同的事实请使用不同的 key。",
        "key {key} has different kinds of values: {kinds}",
    ),
    "procedure-key-reserved": Problem(
        "字段“{key}”与系统记录的变量同名。",
        "请换一个 key。",
        "key {key} is set by the engine",
    ),
    "procedure-message-unknown": Problem(
        "流程图中没有消息“{name}”。",
        "请改正消息名称或删除这一项。",
        "message {name} is not in the diagram",
    ),
    "procedure-message-rule": Problem(
        "流程图等待消息“{name}”，但没有规定由谁报告，也没有写明来自其他办件。",
        "由人登记的，请在 procedure.toml 增加 [[messages]]；由其他办件发来的，请写入 [received]。",
        "nobody may report message {name}, and no other case sends it",
    ),
    "procedure-start-repeated": Problem(
        "开始事件“{name}”的启动规定重复。", "请删除重复的一项。", "start {name} is given twice"
    ),
    "procedure-start-unknown": Problem(
        "流程图中没有由消息、信号、时间或者条件触发的开始事件“{event}”。",
        "请改正开始事件的编号或删除这一项。",
        "{event} starts no case",
    ),
    "procedure-start-together": Problem(
        "办件不能由同时需要的多个事件启动。",
        "请改为其中一个事件启动，其余的在流程中等待。",
        "cases are not started by several events together",
    ),
    "procedure-start-fact": Problem(
        "启动条件用到“{name}”，启动以前没有这一内容。",
        "请只用党组织的情况，可用的名称见流程文件夹说明“由事件启动”。",
        "{name} is no fact about a body",
    ),
    "procedure-start-called": Problem(
        "被调用的流程不会由事件启动。",
        "请删除该事件定义，或者把这一开始事件移到 process.bpmn。",
        "called processes are not started by events",
    ),
    "procedure-start-bodies": Problem(
        "定时或者按条件启动没有写明在哪些党组织发起。",
        "请在 procedure.toml 的 [[starts]] 中写明 bodies（党组织类型）。",
        "starts by time or condition need bodies",
    ),
    "procedure-start-entry": Problem(
        "“{entry}”不适用于这一开始事件。",
        "定时、按条件启动只用 bodies，消息和信号启动只用 organization 和 subject。",
        "{entry} does not apply to this start event",
    ),
    "procedure-start-subject": Problem(
        "定时或者按条件启动的办件没有办理对象，而本流程的办件须针对一个人。",
        "请把 subject 改为 none，或者改用消息启动。",
        "time and conditions cannot name the person a case is about",
    ),
    "procedure-start-expression": Problem(
        "“{text}”不能作为 FEEL 使用：{reason}",
        "请按 FEEL 语法改正。",
        "{text} is not usable FEEL",
    ),
    "procedure-data-store": Problem(
        "没有规定数据存储“{store}”记入哪一本台账。",
        "请在 procedure.toml 增加 [data_stores.{store}]。",
        "data store {store} has no register",
    ),
    "procedure-data-store-unknown": Problem(
        "流程图中没有环节读写数据存储“{store}”。",
        "请改正数据存储的编号或删除这一项。",
        "nothing reads or writes data store {store}",
    ),
    "procedure-data-store-subject": Problem(
        "台账按办理对象登记，而本流程的办件不针对人。",
        "请删除 key，或者把 subject 改为 person。",
        "entries by subject need cases about persons",
    ),
    "procedure-operation": Problem(
        "没有名为“{name}”的操作。", "请使用：{known}。", "unknown operation {name}"
    ),
    "procedure-decision-missing": Problem(
        "没有名为“{name}”的决策表。",
        "请在 decisions 文件夹补上该决策表。",
        "decision {name} does not exist",
    ),
    "procedure-decision-repeated": Problem(
        "决策表编号“{name}”在多个文件中出现。",
        "请使用不重复的编号。",
        "decision {name} is defined in several files",
    ),
    "procedure-stage": Problem(
        "环节的阶段{stage}没有名称。",
        "请在 stages 中写明阶段名称，或改正阶段序号。",
        "stage {stage} has no name",
    ),
    "procedure-step": Problem(
        "步骤序号{step}重复。", "请给每个环节不同的序号。", "step {step} is used twice"
    ),
    "procedure-case-title": Problem(
        "办件标题的格式不正确：{error}",
        "只能使用 {known}。",
        "case_title: {error}",
    ),
    "procedure-outcome": Problem(
        "结果“{name}”没有名称。",
        "请在 [outcomes] 中写明该结果。",
        "outcome {name} is not declared",
    ),
    "procedure-variable": Problem(
        "条件用到“{name}”，但没有表单或决策表产生它。",
        "请核对名称；由系统提供的变量可以忽略本提示。",
        "no form or decision produces {name}",
        Severity.WARNING,
    ),
    "procedure-table-columns": Problem(
        "决策表“{name}”的{side}应依次为：{expected}。",
        "请按流程文件夹说明调整列。",
        "{name}: columns must be {expected}",
    ),
    "procedure-table-policy": Problem(
        "决策表“{name}”的命中策略应为 COLLECT。",
        "请把命中策略改为 COLLECT。",
        "{name}: hit policy must be COLLECT",
    ),
    "procedure-table-cell": Problem(
        "决策表“{name}”第{row}行的“{column}”取值“{value}”不可用。",
        "{hint}",
        "{name}, row {row}: {column} = {value} is not usable",
    ),
}
