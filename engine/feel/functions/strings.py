"""String functions (DMN 1.5, 10.3.4.3); positions count characters from 1."""

from __future__ import annotations

from decimal import Decimal

from engine.feel import limits
from engine.feel.errors import FeelLimitExceeded, NotApplicable
from engine.feel.functions.regex import compile_pattern, replacement_template, within_work
from engine.feel.functions.registry import builtin, collect
from engine.feel.values import FeelValue


@builtin("substring", "string: string, start position: number, length?: number")
def _substring(text: str, start: Decimal, length: Decimal | None = None) -> FeelValue:
    position = int(start)
    if not position:
        raise NotApplicable("位置从 1 开始计算。")
    first = position - 1 if position > 0 else max(len(text) + position, 0)
    if length is None:
        return text[first:]
    if length < 1:
        raise NotApplicable("长度必须大于零。")
    return text[first : first + int(length)]


@builtin("string length", "string: string")
def _string_length(text: str) -> FeelValue:
    return Decimal(len(text))


@builtin("upper case", "string: string")
def _upper_case(text: str) -> FeelValue:
    return text.upper()


@builtin("lower case", "string: string")
def _lower_case(text: str) -> FeelValue:
    return text.lower()


@builtin("substring before", "string: string, match: string")
def _substring_before(text: str, match: str) -> FeelValue:
    head, found, _tail = text.partition(match) if match else ("", "", "")
    return head if found else ""


@builtin("substring after", "string: string, match: string")
def _substring_after(text: str, match: str) -> FeelValue:
    if not match:
        return text
    return text.partition(match)[2]


@builtin("contains", "string: string, match: string")
def _contains(text: str, match: str) -> FeelValue:
    return match in text


@builtin("starts with", "string: string, match: string")
def _starts_with(text: str, match: str) -> FeelValue:
    return text.startswith(match)


@builtin("ends with", "string: string, match: string")
def _ends_with(text: str, match: str) -> FeelValue:
    return text.endswith(match)


@builtin("matches", "input: string, pattern: string, flags?: string")
def _matches(text: str, pattern: str, flags: str | None = None) -> FeelValue:
    compiled = compile_pattern(pattern, flags or "")
    within_work(compiled, text)
    return compiled.expression.search(text) is not None


@builtin("replace", "input: string, pattern: string, replacement: string, flags?: string")
def _replace(text: str, pattern: str, replacement: str, flags: str | None = None) -> FeelValue:
    compiled = compile_pattern(pattern, flags or "")
    within_work(compiled, text)
    if compiled.expression.search(""):
        raise NotApplicable("正则表达式不能匹配空文本。")
    template = replacement_template(replacement, compiled, literal="q" in (flags or ""))
    if (len(text) + 1) * (len(replacement) + 1) > limits.STRING_LENGTH * 50:
        raise FeelLimitExceeded
    return _bounded(compiled.expression.sub(template, text))


@builtin("split", "string: string, delimiter: string")
def _split(text: str, delimiter: str) -> FeelValue:
    compiled = compile_pattern(delimiter, "")
    within_work(compiled, text)
    if compiled.expression.search(""):
        raise NotApplicable("分隔符不能匹配空文本。")
    # Not Pattern.split, which would also return what groups in the delimiter have matched.
    pieces: list[FeelValue] = []
    start = 0
    for found in compiled.expression.finditer(text):
        pieces.append(text[start : found.start()])
        start = found.end()
    return [*pieces, text[start:]]


@builtin("string join", "list: list, delimiter?: string")
def _string_join(items: list[FeelValue], delimiter: str | None = None) -> FeelValue:
    texts = [item for item in items if isinstance(item, str)]
    if any(item is not None and not isinstance(item, str) for item in items):
        raise NotApplicable("只有文本可以连接。")
    glue = delimiter or ""
    if sum(map(len, texts)) + len(glue) * len(texts) > limits.STRING_LENGTH:
        raise FeelLimitExceeded
    return glue.join(texts)


def _bounded(text: str) -> str:
    if len(text) > limits.STRING_LENGTH:
        raise FeelLimitExceeded
    return text


FUNCTIONS = collect(globals())
