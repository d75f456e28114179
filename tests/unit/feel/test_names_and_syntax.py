"""Names of all kinds, and what a syntax error tells the author."""

from __future__ import annotations

from typing import Any

import pytest

from engine.feel import FeelSyntaxError, compile_expression


@pytest.mark.parametrize(
    ("text", "context", "expected"),
    [
        ("年龄 + 1", {"年龄": 20}, 21),
        ("应到人数*2", {"应到人数": 5}, 10),
        ("full name", {"full name": "张三"}, "张三"),
        ("full   name", {"full name": "张三"}, "张三"),
        ("person.full name", {"person": {"full name": "张三"}}, "张三"),
        ("Rule 1 + 1", {"Rule 1": 1}, 2),
        ("{a b: 1, c: a b + 1}.c", {}, 2),
        ("{a+b: 1, c: a+b + 1}.c", {}, 2),
        ('{"键 名": 1}.键 名', {}, 1),
        ("_x1", {"_x1": 1}, 1),
        ("🐎 + 1", {"🐎": 1}, 2),
        ("in_force_on", {"in_force_on": 3}, 3),
        ("/* 注释 */ 1 + // 行尾\n 1", {}, 2),
        ("1\u3000+\u00a01", {}, 2),
    ],
)
def test_names_need_no_declaration(text: str, context: Any, expected: Any) -> None:
    assert expected == compile_expression(text).evaluate(context)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Approved/Declined", "Approved/Declined"),
        ("Date-Time2", "Date-Time2"),
        ("terms and conditions", "terms and conditions"),
        ("in progress", "in progress"),
        ("if needed", "if needed"),
    ],
)
def test_declared_names_may_hold_signs_and_keywords(text: str, name: Any) -> None:
    assert compile_expression(text, [name]).evaluate({name: 1}) == 1


def test_longest_declared_name_wins() -> None:
    names = ["a-b", "a-b-c"]
    assert compile_expression("a-b-c", names).evaluate({"a-b-c": 3, "a-b": 1, "c": 1}) == 3


def test_undeclared_sign_is_an_operator() -> None:
    assert compile_expression("a-b").evaluate({"a": 3, "b": 1}) == 2


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a + b.c", {"a", "b"}),
        ("for x in xs return x + y", {"xs", "y"}),
        ("some x in xs satisfies x > 低", {"xs", "低"}),
        ("{a: b, c: a}", {"b"}),
        ("{a: a}", {"a"}),
        ("(function(x) x + y)(z)", {"y", "z"}),
        ('string length("x")', set()),
        ("add working days(start, 5)", {"add working days", "start"}),
        ("xs[item > 1]", {"xs"}),
    ],
)
def test_free_names(text: str, names: Any) -> None:
    assert names == compile_expression(text).names


def test_names_in_a_filter_are_told_apart() -> None:
    expression = compile_expression("people[age > limit]")
    assert {"people"} == expression.names
    assert {"age", "limit"} == expression.filter_names


@pytest.mark.parametrize(
    ("text", "line", "column", "found", "words"),
    [
        ("1 +", 1, 4, "", "不完整"),
        ("1 +\n  * 2", 2, 3, "*", "不应出现"),
        ('"abc', 1, 1, '"', "右引号"),
        ("年龄 ＞ 18", 1, 4, "＞", "中文标点"),
        ("f（1）", 1, 2, "（", "中文标点"),
        ("a == 1", 1, 4, "=", "不应出现"),
        ("a # b", 1, 3, "#", "不认识"),
        ("1 /* 未完", 1, 3, "/*", "注释"),
        ("", 1, 1, "", "不完整"),
        ("a b c 1.5.5", 1, 8, ".5", "不应出现"),
        ("function(x) external {a: 1}", 1, 13, "external", "外部函数"),
    ],
)
def test_syntax_error_names_the_place(
    text: str, line: Any, column: Any, found: Any, words: Any
) -> None:
    with pytest.raises(FeelSyntaxError) as caught:
        compile_expression(text)
    error = caught.value
    assert ("feel-syntax", line, column, found) == (
        error.code,
        error.line,
        error.column,
        error.found,
    )
    assert words in error.message
    assert error.remedy


def test_compiling_twice_gives_the_cached_expression() -> None:
    assert compile_expression("1 + 缓存") is compile_expression("1 + 缓存")
