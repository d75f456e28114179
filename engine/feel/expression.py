"""Compiled expressions and unary tests, and their caches."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from engine.feel.compiler import INPUT, Compiler, Test
from engine.feel.errors import FeelLimitExceeded, FeelWarning
from engine.feel.grammar import Start, parse
from engine.feel.runtime import Evaluator, Functions, Run, Scope, bind
from engine.feel.types import Declared, nothing_declared
from engine.feel.values import FeelValue

_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})
_NO_FUNCTIONS: Final[Functions] = MappingProxyType({})
_CACHE_SIZE: Final = 4096


class Expression:
    """A compiled FEEL expression; immutable, shared between threads.

    `names` are the variables and functions it takes from outside, built-in ones left out.
    `filter_names` are those a filter condition takes from its items or, if they have none of that
    name, from outside.
    """

    __slots__ = ("_evaluator", "_used", "filter_names", "names", "text")

    def __init__(
        self, text: str, names: frozenset[str], declared: Declared = nothing_declared
    ) -> None:
        compiler = Compiler(declared)
        self._evaluator: Evaluator = compiler.compile(parse(text, names, Start.EXPRESSION))
        self.text = text
        self.names = frozenset(compiler.free)
        self.filter_names = frozenset(compiler.filter_names - compiler.free)
        self._used = self.names | self.filter_names

    def evaluate(
        self, context: Mapping[str, object] = _NOTHING, functions: Functions = _NO_FUNCTIONS
    ) -> FeelValue:
        """Return the value for the variables in `context` (Python values, see `to_feel`).

        Raises:
            FeelLimitExceeded: the evaluation asks for too much work.

        """
        return self.evaluate_with_warnings(context, functions)[0]

    def evaluate_with_warnings(
        self, context: Mapping[str, object] = _NOTHING, functions: Functions = _NO_FUNCTIONS
    ) -> tuple[FeelValue, tuple[FeelWarning, ...]]:
        """Return the value, and why parts of the expression became null."""
        run = Run(functions)
        try:
            value = self._evaluator(Scope(bind(self._used, context, run), run))
        except RecursionError as error:
            raise FeelLimitExceeded from error
        return value, tuple(run.warnings)

    def evaluate_in(self, scope: Scope) -> FeelValue:
        """Return the value in a scope of FEEL values, for callers that evaluate many at once."""
        run = scope.run
        known = len(run.warnings)
        try:
            value = self._evaluator(scope)
        except RecursionError as error:
            raise FeelLimitExceeded from error
        if len(run.warnings) > known:
            run.locate(known, self.text)
        return value


class UnaryTests:
    """Compiled unary tests, such as a cell of a decision table; immutable, shared by threads.

    A test passes when the comparison holds (`< 5`), when the expression mentions `?` and is true,
    or else when its value equals the input, is a range holding it or a list containing it.
    """

    __slots__ = ("_test", "_used", "filter_names", "names", "text")

    def __init__(
        self, text: str, names: frozenset[str], declared: Declared = nothing_declared
    ) -> None:
        self.text = text
        self._test: Test | None = None
        compiler = Compiler(declared)
        if text.strip() != "-":
            self._test = compiler.compile_tests(parse(text, names, Start.UNARY_TESTS))
        self.names = frozenset(compiler.free)
        self.filter_names = frozenset(compiler.filter_names - compiler.free)
        self._used = self.names | self.filter_names

    def matches(
        self,
        value: object,
        context: Mapping[str, object] = _NOTHING,
        functions: Functions = _NO_FUNCTIONS,
    ) -> bool:
        """Return whether `value` passes; a test without a result does not pass.

        Raises:
            FeelLimitExceeded: the evaluation asks for too much work.

        """
        run = Run(functions)
        scope = Scope(bind(self._used, context, run), run)
        converted = bind({INPUT}, {INPUT: value}, run)[INPUT]
        return self.matches_in(converted, scope)

    def matches_in(self, value: FeelValue, scope: Scope) -> bool:
        """Return whether a FEEL value passes in a scope of FEEL values."""
        if self._test is None:
            return True
        run = scope.run
        known = len(run.warnings)
        try:
            passes = self._test(scope.child({INPUT: value}), value) is True
        except RecursionError as error:
            raise FeelLimitExceeded from error
        if len(run.warnings) > known:
            run.locate(known, self.text)
        return passes


@lru_cache(maxsize=_CACHE_SIZE)
def _expression(text: str, names: frozenset[str]) -> Expression:
    return Expression(text, names)


@lru_cache(maxsize=_CACHE_SIZE)
def _unary_tests(text: str, names: frozenset[str]) -> UnaryTests:
    return UnaryTests(text, names)


def compile_expression(
    text: str, names: Collection[str] = (), declared: Declared = nothing_declared
) -> Expression:
    """Compile an expression, or return it from the cache.

    `names` are known names that hold keywords or operator signs, such as `Approved/Declined`;
    other names, Chinese or of several words, need no declaration.  `declared` finds types by the
    names a file gives them; expressions that may use some are not cached.

    Raises:
        FeelSyntaxError: the text is no expression.
        FeelLimitExceeded: the text is too long or nested too deeply.

    """
    if declared is not nothing_declared:
        return Expression(text, frozenset(names), declared)
    return _expression(text, frozenset(names))


def compile_unary_tests(
    text: str, names: Collection[str] = (), declared: Declared = nothing_declared
) -> UnaryTests:
    """Compile unary tests (`-`, `< 5, > 9`, `not("a")`, `? in xs`), or take them from the cache.

    Raises:
        FeelSyntaxError: the text is no unary test.
        FeelLimitExceeded: the text is too long or nested too deeply.

    """
    if declared is not nothing_declared:
        return UnaryTests(text, frozenset(names), declared)
    return _unary_tests(text, frozenset(names))
