"""Everything that can be wrong with a form document, by stable code."""

from __future__ import annotations

from collections.abc import Mapping

from engine.findings import Problem

PROBLEMS: Mapping[str, Problem] = {
    "form-too-large": Problem("表单文件过大。", "请拆分表单。", "form file too large"),
    "form-json": Problem(
        "表单文件不是有效的 JSON。", "请用 form-js 编辑器重新导出。", "not valid JSON: {error}"
    ),
    "form-type": Problem(
        "文件不是 form-js 表单。", "请用 form-js 编辑器重新导出。", "not a form-js form"
    ),
    "form-schema-version": Problem(
        "表单的 schemaVersion 不是1至19，可能含有不能识别的内容。",
        "请用支持的 form-js 版本导出。",
        "schemaVersion is not one of 1..19",
    ),
    "form-empty": Problem("表单没有任何组件。", "请至少加入一个字段。", "empty form"),
    "form-structure": Problem(
        "组件列表的结构不正确或嵌套过深。",
        "请检查 components。",
        "components is no list of objects, or nested too deeply",
    ),
    "form-component": Problem(
        "不支持组件类型“{type}”。", "请改用支持的组件类型。", "component type {type} not supported"
    ),
    "form-id": Problem(
        "组件缺少 id 或 id 重复。", "请使用不重复的 id。", "missing or duplicate component id"
    ),
    "form-key": Problem(
        "字段的 key“{key}”不可用。",
        "请使用英文字母、数字和下划线，不超过64个字符。",
        "unusable key {key}",
    ),
    "form-key-duplicate": Problem(
        "字段的 key“{key}”重复。", "请使用不重复的 key。", "duplicate key {key}"
    ),
    "form-label": Problem("字段没有名称。", "请填写 label。", "input without label"),
    "form-validate": Problem(
        "不支持校验规则“{name}”，或其取值不正确。", "请删除或改正该规则。", "bad validation {name}"
    ),
    "form-pattern": Problem(
        "格式校验的正则表达式有误。", "请改正 pattern。", "bad pattern: {error}"
    ),
    "form-options": Problem(
        "选项为空、不完整、取值重复，或同时使用了 values 与 valuesKey。",
        "请给每个选项填写 label 和不重复的 value，或只使用 valuesKey。",
        "options are empty, incomplete, repeated, or given twice",
    ),
    "form-values-key": Problem(
        "没有名为“{name}”的选项来源。", "请使用：{known}。", "unknown valuesKey {name}"
    ),
    "form-expression": Problem(
        "表达式“{text}”有误：{reason}", "请改正 FEEL 表达式。", "bad FEEL expression: {error}"
    ),
    "form-datetime": Problem(
        "日期组件只支持 subtype 为 date。",
        "请把 subtype 改为 date。",
        "datetime: only subtype date is supported",
    ),
    "form-group-path": Problem(
        "分组不支持 path，字段一律平铺。", "请删除 path。", "group path is not supported"
    ),
    "form-text-template": Problem(
        "文字组件不支持模板表达式。",
        "请改用带 prefill 的只读字段。",
        "templates in text are not supported",
    ),
    "form-property": Problem(
        "不支持属性“{name}”。",
        "请改用 values、valuesKey 或 prefill。",
        "property {name} is not supported",
    ),
}
