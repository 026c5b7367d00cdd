"""Sums such as `2+3*4`, computed exactly."""

import ast
import operator
import re
from collections.abc import Callable
from fractions import Fraction

from gql_chat.demo.prompt import Prompt

# Words around a sum in a message that asks for nothing else.
_BEFORE = r"(?:what(?:'s| is)|how much is|calculate|compute|solve|请问|请?帮我算一?下?|请?计算一?下?|算一?下)?[\s:：]*"
_AFTER = r"[\s=？?。.]*(?:等于几|等于多少|等于|是多少|得几|多少)?[\s=？?。.!！]*"
_SUM = re.compile(rf"{_BEFORE}([\d\s.+\-*/×÷^%()（）−]+?){_AFTER}", re.IGNORECASE)
_TO_PYTHON = str.maketrans({"×": "*", "÷": "/", "（": "(", "）": ")", "−": "-", "^": "**"})

# A demo should not compute 9^9^9 for minutes.
_MAX_LENGTH = 100
_MAX_EXPONENT = 64
_MAX_NUMBER = 10**60

_OPERATORS: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
}


class _NotASum(Exception):
    """The text is no sum, or one that is too large."""


def arithmetic(prompt: Prompt) -> str | None:
    """Answer a message that is a sum with its value."""
    match = _SUM.fullmatch(prompt.text[: _MAX_LENGTH + 1])
    if match is None or len(prompt.text) > _MAX_LENGTH:
        return None
    try:
        tree = ast.parse(match.group(1).translate(_TO_PYTHON).strip(), mode="eval").body
        if isinstance(tree, ast.Constant):
            return None
        return f"{_format(tree)} {_value_of(tree)} 🧮"
    except ZeroDivisionError:
        return prompt.say("Nobody can divide by zero, not even me. 🙃", "除数不能为零，我也没办法。🙃")
    except (SyntaxError, _NotASum):
        return None


def _format(tree: ast.expr) -> str:
    return ast.unparse(tree).replace("**", "^").replace("*", "×").replace("/", "÷")


def _value_of(tree: ast.expr) -> str:
    value = _evaluate(tree)
    if value.denominator == 1:
        return f"= {value.numerator}"
    decimal = f"{float(value):.10g}"
    return f"= {decimal}" if Fraction(decimal) == value else f"≈ {decimal}"


def _evaluate(tree: ast.expr) -> Fraction:
    match tree:
        case ast.Constant(value=int() | float() as number):
            value = Fraction(str(number))
        case ast.UnaryOp(op=ast.UAdd() | ast.USub() as sign, operand=operand):
            value = _evaluate(operand) * (-1 if isinstance(sign, ast.USub) else 1)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            value = _power(_evaluate(left), _evaluate(right))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            value = _OPERATORS[type(op)](_evaluate(left), _evaluate(right))
        case _:
            raise _NotASum
    if max(abs(value.numerator), value.denominator) > _MAX_NUMBER:
        raise _NotASum
    return value


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1 or abs(exponent) > _MAX_EXPONENT:
        raise _NotASum
    return base ** int(exponent)
