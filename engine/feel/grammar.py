"""The grammar of FEEL (DMN 1.5, 10.3.1.2), LALR(1) over the tokens of `scanner`."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from enum import StrEnum
from typing import Final

from lark import Lark, Token, Tree, UnexpectedToken
from lark.common import LexerConf
from lark.lexer import Lexer

from engine.feel import limits
from engine.feel.errors import FeelLimitExceeded, FeelSyntaxError
from engine.feel.scanner import scan

_GRAMMAR: Final = r"""
?expression: conditional | iteration | quantified | function_definition | disjunction

conditional: _IF expression _THEN expression _ELSE expression
iteration: _FOR iterators _RETURN expression
quantified: (SOME | EVERY) iterators _SATISFIES expression
iterators: iterator (_COMMA iterator)*
iterator: NAME _IN expression [_DOTS expression]
function_definition: _FUNCTION _LPAR [parameters] _RPAR function_body
parameters: parameter (_COMMA parameter)*
parameter: NAME [_COLON type]
?function_body: expression | _EXTERNAL expression -> external

?disjunction: conjunction | conjunction (_OR conjunction)+
?conjunction: comparison | comparison (_AND comparison)+
?comparison: additive
    | comparison comparator additive -> comparison
    | comparison _BETWEEN additive _AND additive -> between
    | comparison _IN membership -> membership
!comparator: EQ | NE | _LT | LE | _GT | GE
?membership: additive
    | comparator additive -> comparison_test
    | _LPAR positive_test (_COMMA positive_test)+ _RPAR -> positive_tests

?additive: multiplicative
    | additive PLUS multiplicative -> arithmetic
    | additive MINUS multiplicative -> arithmetic
?multiplicative: power
    | multiplicative STAR power -> arithmetic
    | multiplicative SLASH power -> arithmetic
?power: typed | power POW typed -> arithmetic
?typed: negated | typed _INSTANCE_OF type -> instance_of
?negated: postfix | MINUS negated -> negation

?postfix: primary
    | postfix _DOT NAME -> path
    | postfix _LSQB expression _RSQB -> filter
    | postfix _LPAR [arguments] _RPAR -> call
arguments: expression (_COMMA expression)*
    | named_argument (_COMMA named_argument)* -> named_arguments
named_argument: NAME _COLON expression

?primary: NUMBER -> number
    | STRING -> string
    | AT -> at_literal
    | TRUE -> true
    | FALSE -> false
    | NULL -> null
    | NAME -> name
    | _LSQB [expression (_COMMA expression)*] _RSQB -> list
    | _LBRACE [entry (_COMMA entry)*] _RBRACE -> context
    | _LPAR expression _RPAR -> group
    | _LPAR comparator additive _RPAR -> comparison_range
    | range
entry: (NAME | STRING) _COLON expression
!range: (_LSQB | _LPAR | RANGE_OPEN) expression _DOTS expression (_RSQB | _RPAR | RANGE_CLOSE)

type: NAME (_DOT NAME)*
    | NAME _LT type _GT -> generic_type
    | NAME _LT member (_COMMA member)* _GT -> context_type
    | _FUNCTION _LT [type (_COMMA type)*] _GT _ARROW type -> function_type
member: NAME _COLON type

unary_tests: positive_test (_COMMA positive_test)*
    | _UNARY_NOT _LPAR positive_test (_COMMA positive_test)* _RPAR -> negated_tests
?positive_test: expression | comparator additive -> comparison_test

%declare NUMBER STRING AT NAME TRUE FALSE NULL SOME EVERY
%declare _IF _THEN _ELSE _FOR _IN _RETURN _SATISFIES _FUNCTION _EXTERNAL _UNARY_NOT
%declare _AND _OR _BETWEEN _INSTANCE_OF EQ NE _LT LE _GT GE PLUS MINUS STAR SLASH POW
%declare _LPAR _RPAR _LSQB _RSQB RANGE_OPEN RANGE_CLOSE _LBRACE _RBRACE
%declare _COMMA _COLON _DOT _DOTS _ARROW
"""


class Start(StrEnum):
    """What a text is read as."""

    EXPRESSION = "expression"
    UNARY_TESTS = "unary_tests"


class _Tokens(Lexer):
    """Hands the scanner's tokens to lark."""

    def __init__(self, _conf: LexerConf) -> None:
        pass

    def lex(self, data: list[Token]) -> Iterator[Token]:  # type: ignore[override] # lark wraps it
        return iter(data)


_PARSER: Final = Lark(
    _GRAMMAR,
    parser="lalr",
    lexer=_Tokens,
    start=[start.value for start in Start],
    propagate_positions=True,
    maybe_placeholders=False,
)


def parse(text: str, names: Collection[str], start: Start) -> Tree[Token]:
    """Return the syntax tree of a text.

    Raises:
        FeelSyntaxError: the text does not follow the grammar.
        FeelLimitExceeded: the text is too long or nested too deeply.

    """
    if len(text) > limits.TEXT_LENGTH:
        raise FeelLimitExceeded
    tokens = scan(text, names, unary_tests=start is Start.UNARY_TESTS)
    try:
        tree = _PARSER.parse(tokens, start=start.value)
    except UnexpectedToken as error:
        raise _refused(text, error.token) from error
    _check_nesting(tree)
    return tree


def _refused(text: str, token: Token) -> FeelSyntaxError:
    if token.type == "$END":
        lines = text.split("\n")
        return FeelSyntaxError(
            "表达式不完整。", line=len(lines), column=len(lines[-1]) + 1, found=""
        )
    return FeelSyntaxError(
        f"此处不应出现“{token}”。", line=token.line or 1, column=token.column or 1, found=str(token)
    )


def _check_nesting(tree: Tree[Token]) -> None:
    level: list[Tree[Token]] = [tree]
    depth = 0
    while level:
        depth += 1
        if depth > limits.NESTING:
            raise FeelLimitExceeded
        level = [child for node in level for child in node.children if isinstance(child, Tree)]
