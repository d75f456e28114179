"""Syntax tree → Python closures, once per expression.

Every node becomes a function of a `Scope`.  The compiler keeps account of the names an expression
takes from outside; evaluation itself never looks at the tree again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias, cast

from lark import Token, Tree

from engine.feel import literals
from engine.feel.calls import Arguments, call_by_name, call_value, define_function
from engine.feel.errors import FeelSyntaxError, NotApplicable, WarningCode
from engine.feel.functions import BUILTINS
from engine.feel.iteration import PARTIAL, Domain, filter_list, iterate, quantify
from engine.feel.operators import (
    ARITHMETIC,
    NEGATE,
    ORDERING,
    Comparator,
    OperatorTable,
    compare,
    contains,
    equal,
    in_range,
    make_range,
)
from engine.feel.properties import get_property
from engine.feel.runtime import Evaluator, Scope
from engine.feel.temporal import read_at_literal
from engine.feel.types import Declared, TypeCheck, nothing_declared, read_type
from engine.feel.values import FeelValue, Range, type_label

Test: TypeAlias = Callable[[Scope, FeelValue], bool | None]
"""A compiled unary test: does the value pass?"""

INPUT: Final = "?"
"""The name of a unary test's input."""

_FILTER: Final = frozenset({"item"})
_INCLUDED: Final = {"[": True, "(": False, "]": False}
_END_INCLUDED: Final = {"]": True, ")": False, "[": False}


Node: TypeAlias = Tree[Token] | Token


def _tree(node: Node) -> Tree[Token]:
    """Return a child that the grammar makes a tree."""
    return cast("Tree[Token]", node)


def _trees(tree: Tree[Token]) -> list[Tree[Token]]:
    return cast("list[Tree[Token]]", tree.children)


def _position(tree: Tree[Token]) -> tuple[int, int]:
    return (1, 1) if tree.meta.empty else (tree.meta.line, tree.meta.column)


def _guarded(tree: Tree[Token], compute: Evaluator) -> Evaluator:
    """Turn what FEEL calls null, and Python an exception, into null and a warning."""
    position = _position(tree)

    def run(scope: Scope) -> FeelValue:
        try:
            return compute(scope)
        except NotApplicable as error:
            scope.run.warn(WarningCode.NOT_APPLICABLE, error.reason, position)
        except (ArithmeticError, ValueError):
            scope.run.warn(WarningCode.NOT_APPLICABLE, "计算结果超出可表示的范围。", position)
        return None

    return run


class Compiler:
    """Compiles one syntax tree.

    Afterwards `free` holds the names taken from outside, `filter_names` those a filter takes from
    its items or, failing that, from outside.
    """

    def __init__(self, declared: Declared = nothing_declared) -> None:
        self._declared = declared
        self.free: set[str] = set()
        self.filter_names: set[str] = set()
        self._bound: list[frozenset[str] | set[str]] = []

    def compile(self, node: Node) -> Evaluator:
        """Return the closure of an expression."""
        tree = _tree(node)
        evaluator: Evaluator = getattr(self, f"_{tree.data}")(tree)
        return evaluator

    def _compile_bound(self, tree: Node, names: set[str]) -> Evaluator:
        self._bound.append(names)
        try:
            return self.compile(tree)
        finally:
            self._bound.pop()

    # Literals and names

    def _number(self, tree: Tree[Token]) -> Evaluator:
        number = literals.read_number(str(tree.children[0]))
        return lambda _scope: number

    def _string(self, tree: Tree[Token]) -> Evaluator:
        text = literals.read_string(str(tree.children[0]))
        return lambda _scope: text

    def _at_literal(self, tree: Tree[Token]) -> Evaluator:
        text = literals.read_string(str(tree.children[0]))
        try:
            value: FeelValue = read_at_literal(text)
        except NotApplicable as error:
            reason = error.reason

            def refuse(_scope: Scope) -> FeelValue:
                raise NotApplicable(reason)

            return _guarded(tree, refuse)
        return lambda _scope: value

    def _true(self, _tree: Tree[Token]) -> Evaluator:
        return lambda _scope: True

    def _false(self, _tree: Tree[Token]) -> Evaluator:
        return lambda _scope: False

    def _null(self, _tree: Tree[Token]) -> Evaluator:
        return lambda _scope: None

    def _use(self, name: str) -> None:
        if any(name in names for names in self._bound):
            return
        if name in BUILTINS:
            # It may still be a variable of that name, so its value has to be at hand.
            self.filter_names.add(name)
        elif any(names is _FILTER for names in self._bound):
            self.filter_names.add(name)
        else:
            self.free.add(name)

    def _name(self, tree: Tree[Token]) -> Evaluator:
        name, position = str(tree.children[0]), _position(tree)
        self._use(name)

        def look_up(scope: Scope) -> FeelValue:
            level: Scope | None = scope
            while level is not None:
                if name in level.variables:
                    return level.variables[name]
                level = level.parent
            if name in BUILTINS:
                return BUILTINS[name].value
            scope.run.warn(WarningCode.UNKNOWN_NAME, f"没有名为“{name}”的数据。", position)
            return None

        return look_up

    def _group(self, tree: Tree[Token]) -> Evaluator:
        return self.compile(tree.children[0])

    def _list(self, tree: Tree[Token]) -> Evaluator:
        items = tuple(self.compile(child) for child in tree.children)
        return lambda scope: [item(scope) for item in items]

    def _context(self, tree: Tree[Token]) -> Evaluator:
        names: set[str] = set()
        entries: list[tuple[str, Evaluator]] = []
        for entry in _trees(tree):
            key, value = cast("tuple[Token, Tree[Token]]", entry.children)
            name = literals.read_string(key) if key.type == "STRING" else str(key)
            # A function in a context may call itself; any other entry sees only earlier ones.
            visible = names | {name} if value.data == "function_definition" else set(names)
            entries.append((name, self._compile_bound(value, visible)))
            names.add(name)

        def build(scope: Scope) -> FeelValue:
            if len(names) != len(entries):
                raise NotApplicable("上下文中的名称重复。")
            result: dict[str, FeelValue] = {}
            inner = scope.child(result)
            for name, value in entries:
                result[name] = value(inner)
            return result

        return _guarded(tree, build)

    def _range(self, tree: Tree[Token]) -> Evaluator:
        opening, start_tree, _dots, end_tree, closing = tree.children
        start, end = self.compile(start_tree), self.compile(end_tree)
        start_included, end_included = _INCLUDED[str(opening)], _END_INCLUDED[str(closing)]
        return _guarded(
            tree,
            lambda scope: make_range(
                start(scope), end(scope), start_included=start_included, end_included=end_included
            ),
        )

    def _comparison_range(self, tree: Tree[Token]) -> Evaluator:
        sign, right = self._comparator(tree.children[0]), self.compile(tree.children[1])

        def build(scope: Scope) -> FeelValue:
            value = right(scope)
            if value is None or sign is Comparator.NOT_EQUAL:
                raise NotApplicable("该比较不能作为区间。")
            if sign is Comparator.EQUAL:
                return Range(value, value, start_included=True, end_included=True)
            included = sign in {Comparator.LESS_OR_EQUAL, Comparator.GREATER_OR_EQUAL}
            if sign in {Comparator.LESS, Comparator.LESS_OR_EQUAL}:
                return Range(None, value, start_included=False, end_included=included)
            return Range(value, None, start_included=included, end_included=False)

        return _guarded(tree, build)

    # Paths, filters and calls

    def _path(self, tree: Tree[Token]) -> Evaluator:
        source, name, position = (
            self.compile(tree.children[0]),
            str(tree.children[1]),
            _position(tree),
        )

        def read(scope: Scope) -> FeelValue:
            value = source(scope)
            if type(value) is dict and name in value:
                return value[name]
            try:
                return get_property(value, name)
            except NotApplicable as error:
                scope.run.warn(WarningCode.UNKNOWN_PROPERTY, error.reason, position)
                return None

        return read

    def _filter(self, tree: Tree[Token]) -> Evaluator:
        source = self.compile(tree.children[0])
        self._bound.append(_FILTER)
        condition = self.compile(tree.children[1])
        self._bound.pop()
        return _guarded(tree, lambda scope: filter_list(source(scope), condition, scope))

    def _call(self, tree: Tree[Token]) -> Evaluator:
        callee = _tree(tree.children[0])
        arguments = self._arguments(tree.children[1:])
        if callee.data != "name":
            function = self.compile(callee)
            return _guarded(tree, lambda scope: call_value(function(scope), arguments, scope))
        name = str(callee.children[0])
        self._use(name)
        return _guarded(tree, call_by_name(name, arguments, _position(tree)))

    def _arguments(self, children: list[Node]) -> Arguments:
        if not children:
            return Arguments((), ())
        tree = _tree(children[0])
        if tree.data == "arguments":
            literal = all(child.data in {"string", "number"} for child in _trees(tree))
            return Arguments(tuple(self.compile(child) for child in tree.children), (), literal)
        named = _trees(tree)
        return Arguments(
            tuple(self.compile(child.children[1]) for child in named),
            tuple(str(child.children[0]) for child in named),
        )

    def _function_definition(self, tree: Tree[Token]) -> Evaluator:
        *head, body_tree = tree.children
        names: list[str] = []
        types: list[TypeCheck | None] = []
        for parameter in [child for node in head for child in _trees(_tree(node))]:
            name, *kind = parameter.children
            names.append(str(name))
            types.append(read_type(_tree(kind[0]), self._declared) if kind else None)
        body = self._compile_bound(body_tree, set(names))
        return lambda scope: define_function(tuple(names), tuple(types), body, scope)

    def _external(self, tree: Tree[Token]) -> Evaluator:
        line, column = _position(tree)
        raise FeelSyntaxError(
            "不支持外部函数（external）。", line=line, column=column, found="external"
        )

    # Operators

    def _conditional(self, tree: Tree[Token]) -> Evaluator:
        condition, positive, negative = (self.compile(child) for child in tree.children)
        return lambda scope: positive(scope) if condition(scope) is True else negative(scope)

    def _connective(self, tree: Tree[Token], decisive: bool) -> Evaluator:  # noqa: FBT001 - ∧ or ∨
        operands = tuple(self.compile(child) for child in tree.children)

        def decide(scope: Scope) -> FeelValue:
            result: FeelValue = not decisive
            for operand in operands:
                value = operand(scope)
                if value is decisive:
                    return decisive
                if value is not True and value is not False:
                    result = None
            return result

        return decide

    def _disjunction(self, tree: Tree[Token]) -> Evaluator:
        return self._connective(tree, decisive=True)

    def _conjunction(self, tree: Tree[Token]) -> Evaluator:
        return self._connective(tree, decisive=False)

    def _comparator(self, node: Node) -> Comparator:
        return Comparator(str(_tree(node).children[0]))

    def _comparison(self, tree: Tree[Token]) -> Evaluator:
        left, sign_tree, right = tree.children
        sign = self._comparator(sign_tree)
        if sign in {Comparator.EQUAL, Comparator.NOT_EQUAL}:
            return self._equality(tree, left, right, sign)
        return self._binary(tree, left, right, sign, ORDERING[sign])

    def _equality(
        self, tree: Tree[Token], left_node: Node, right_node: Node, sign: Comparator
    ) -> Evaluator:
        left, right = self.compile(left_node), self.compile(right_node)
        position, wanted = _position(tree), sign is Comparator.EQUAL

        def check(scope: Scope) -> FeelValue:
            first, second = left(scope), right(scope)
            same = equal(first, second)
            if same is None:
                message = f"{type_label(first)}与{type_label(second)}不能比较是否相等。"
                scope.run.warn(WarningCode.NOT_APPLICABLE, message, position)
                return None
            return same is wanted

        return check

    def _arithmetic(self, tree: Tree[Token]) -> Evaluator:
        left, sign, right = tree.children
        return self._binary(tree, left, right, str(sign), ARITHMETIC[str(sign)])

    def _binary(
        self, tree: Tree[Token], left_node: Node, right_node: Node, sign: str, table: OperatorTable
    ) -> Evaluator:
        left, right = self.compile(left_node), self.compile(right_node)

        def apply(scope: Scope) -> FeelValue:
            first, second = left(scope), right(scope)
            function = table.get((type(first), type(second)))
            if function is None:
                raise NotApplicable(f"“{sign}”不能用于{type_label(first)}和{type_label(second)}。")
            return function(first, second)

        return _guarded(tree, apply)

    def _negation(self, tree: Tree[Token]) -> Evaluator:
        operand = self.compile(tree.children[-1])

        def negate(scope: Scope) -> FeelValue:
            value = operand(scope)
            function = NEGATE.get(type(value))
            if function is None:
                raise NotApplicable(f"{type_label(value)}不能取负。")
            return function(value)

        return _guarded(tree, negate)

    def _between(self, tree: Tree[Token]) -> Evaluator:
        value, low, high = (self.compile(child) for child in tree.children)

        def check(scope: Scope) -> FeelValue:
            middle = value(scope)
            above = compare(Comparator.GREATER_OR_EQUAL, middle, low(scope))
            below = compare(Comparator.LESS_OR_EQUAL, middle, high(scope))
            if above is False or below is False:
                return False
            if above is None or below is None:
                raise NotApplicable("between 两端的值不能与所给的值比较。")
            return True

        return _guarded(tree, check)

    def _instance_of(self, tree: Tree[Token]) -> Evaluator:
        value, type_tree = self.compile(tree.children[0]), _tree(tree.children[1])
        kind = read_type(type_tree, self._declared)

        def check(scope: Scope) -> FeelValue:
            if kind is None:
                raise NotApplicable("instance of 后面的类型不存在。")
            return kind.holds(value(scope))

        return _guarded(tree, check)

    # Loops

    def _rounds(self, tree: Node, names: set[str]) -> tuple[Domain, ...]:
        """Compile the iterators of a loop, adding their names to `names` one after the other."""
        domains = []
        for iterator in _trees(_tree(tree)):
            name, *ends = iterator.children
            bounds = tuple(self._compile_bound(end, set(names)) for end in ends)
            domains.append(Domain(str(name), bounds))
            names.add(str(name))
        return tuple(domains)

    def _iteration(self, tree: Tree[Token]) -> Evaluator:
        names = {PARTIAL}
        domains = self._rounds(tree.children[0], names)
        body = self._compile_bound(tree.children[1], names)
        partial = any(node.children[0] == PARTIAL for node in tree.find_data("name"))
        return _guarded(tree, lambda scope: iterate(domains, body, scope, partial=partial))

    def _quantified(self, tree: Tree[Token]) -> Evaluator:
        names: set[str] = set()
        decisive = str(tree.children[0]) == "some"
        domains = self._rounds(tree.children[1], names)
        condition = self._compile_bound(tree.children[2], names)
        return _guarded(tree, lambda scope: quantify(domains, condition, scope, decisive=decisive))

    # Unary tests

    def _membership(self, tree: Tree[Token]) -> Evaluator:
        value, right = self.compile(tree.children[0]), _tree(tree.children[1])
        nodes = _trees(right) if right.data == "positive_tests" else [right]
        test = any_of(tuple(self._test(node) for node in nodes))
        return _guarded(tree, lambda scope: test(scope, value(scope)))

    def _test(self, tree: Tree[Token]) -> Test:
        if tree.data in {"comparison_test", "comparison_range"}:
            sign, right = self._comparator(tree.children[0]), self.compile(tree.children[1])
            return lambda scope, value: compare(sign, value, right(scope))
        operand = self.compile(tree)
        if tree.data == "range":
            return lambda scope, value: _within(operand(scope), value)
        return lambda scope, value: contains(operand(scope), value)

    def compile_tests(self, tree: Tree[Token]) -> Test:
        """Return the closure of unary tests; `?` must be bound in the scope they run in."""
        test = any_of(tuple(self._input_test(child) for child in _trees(tree)))
        if tree.data != "negated_tests":
            return test

        def negated(scope: Scope, value: FeelValue) -> bool | None:
            passed = test(scope, value)
            return None if passed is None else not passed

        return negated

    def _input_test(self, tree: Tree[Token]) -> Test:
        """Compile one test: an expression that mentions `?` passes if true, else by value."""
        if any(node.children[0] == INPUT for node in tree.find_data("name")):
            condition = self._compile_bound(tree, {INPUT})
            return lambda scope, _value: condition(scope) is True
        return self._test(tree)


def _within(interval: FeelValue, value: FeelValue) -> bool | None:
    """Test against a range literal, which is null when its ends cannot be ordered."""
    return in_range(value, interval) if isinstance(interval, Range) else None


def any_of(tests: tuple[Test, ...]) -> Test:
    """Combine tests by FEEL's three-valued or."""
    if len(tests) == 1:
        return tests[0]

    def combined(scope: Scope, value: FeelValue) -> bool | None:
        result: bool | None = False
        for test in tests:
            passed = test(scope, value)
            if passed:
                return True
            if passed is None:
                result = None
        return result

    return combined
