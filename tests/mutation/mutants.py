"""Small faults that are put into a module one at a time, made on its syntax tree."""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Div: ast.Mult,
}  # fmt: skip
_PLAIN = (ast.Name, ast.Attribute, ast.Call, ast.Await, ast.Subscript)
"""Conditions that no other fault turns round."""
_UNTOUCHED = ("log", "logger", "logging", "warnings")
"""Objects whose calls change nothing that a user of the module sees."""


@dataclass(frozen=True, order=True)
class Mutant:
    """One fault: its place, and the number by which the same walk over the tree finds it again."""

    path: Path
    line: int
    number: int
    what: str
    statement: int
    """The line at which the statement begins."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}  {self.what}"


def list_mutants(path: Path) -> list[Mutant]:
    """Return every mutant of a module, in the order of its lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    statements = sorted((node.lineno, node.end_lineno or 0) for node in ast.walk(tree) if isinstance(node, ast.stmt))
    return [
        Mutant(path, line, number, what, max(first for first, last in statements if first <= line <= last))
        for number, (line, what) in enumerate(_Walk().faults(tree))
    ]


def mutated(mutant: Mutant) -> ast.Module:
    """Return the tree of the module with the fault in it."""
    tree = ast.parse(mutant.path.read_text(encoding="utf-8"))
    for number, _ in enumerate(_Walk().faults(tree)):
        if number == mutant.number:  # the walk has put this fault in, and takes it out when it goes on
            return ast.fix_missing_locations(copy.deepcopy(tree))
    raise LookupError(mutant)


class _Walk:
    """A walk that puts each fault into the tree, yields its line and description, and takes it out again."""

    def faults(self, node: ast.AST) -> Iterator[tuple[int, str]]:
        """Walk over the bodies of functions: what runs at import declares, and tests do not choose to run it."""
        for function in ast.walk(node):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from self._in_body(function, "body")

    def _in_body(self, owner: ast.AST, field: str) -> Iterator[tuple[int, str]]:
        body: list[ast.stmt] = getattr(owner, field)
        for at, statement in enumerate(body):
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Assert):
                continue  # functions are walked by themselves
            if _is_text(statement) or _is_log(statement):
                continue
            if isinstance(statement, ast.Expr | ast.AugAssign | ast.Raise | ast.Delete):
                body[at] = ast.copy_location(ast.Pass(), statement)
                yield statement.lineno, f"dropped: {_source(statement)}"
                body[at] = statement
            if isinstance(statement, ast.Return) and statement.value is not None and not _is_falsy(statement.value):
                value, statement.value = statement.value, ast.copy_location(ast.Constant(None), statement.value)
                yield statement.lineno, f"returns None, not {_source(value)}"
                statement.value = value
            if not isinstance(statement, ast.Raise):  # the words of an error are its own
                yield from self._in_children(statement)

    def _in_children(self, node: ast.AST) -> Iterator[tuple[int, str]]:
        if isinstance(node, ast.If | ast.While | ast.IfExp) and isinstance(node.test, _PLAIN):
            test, node.test = node.test, _negated(node.test)
            yield test.lineno, f"if {_source(test)} -> if not {_source(test)}"
            node.test = test
        for field, value in ast.iter_fields(node):
            if field in ("annotation", "returns", "decorator_list"):
                continue
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                yield from self._in_body(node, field)
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.expr | ast.keyword | ast.withitem | ast.comprehension | ast.match_case):
                    yield from self._in_expression(child)
                elif isinstance(child, ast.excepthandler):
                    yield from self._in_body(child, "body")

    def _in_expression(self, node: ast.AST) -> Iterator[tuple[int, str]]:
        match node:
            case ast.Compare(ops=[operator, *_]) if type(operator) in _COMPARISONS:
                was = _source(node)
                node.ops[0] = _COMPARISONS[type(operator)]()
                yield node.lineno, f"{was} -> {_source(node)}"
                node.ops[0] = operator
            case ast.BoolOp(op=connective):
                was = _source(node)
                node.op = ast.Or() if isinstance(connective, ast.And) else ast.And()
                yield node.lineno, f"{was} -> {_source(node)}"
                node.op = connective
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                node.operand = _negated(operand)
                yield node.lineno, f"not {_source(operand)} -> {_source(operand)}"
                node.operand = operand
            case ast.BinOp(op=arithmetic) if type(arithmetic) in _ARITHMETIC and not _is_texts(node):
                was = _source(node)
                node.op = _ARITHMETIC[type(arithmetic)]()
                yield node.lineno, f"{was} -> {_source(node)}"
                node.op = arithmetic
            case ast.Constant(value=bool() | int() as value):
                node.value = not value if isinstance(value, bool) else value + 1
                yield node.lineno, f"{value} -> {node.value}"
                node.value = value
            case ast.Call():
                for at, keyword in enumerate(node.keywords):
                    if keyword.arg is not None:
                        del node.keywords[at]
                        yield node.lineno, f"dropped: {keyword.arg}={_source(keyword.value)}"
                        node.keywords.insert(at, keyword)
            case _:
                pass
        yield from self._in_children(node)


def _negated(node: ast.expr) -> ast.expr:
    return ast.copy_location(ast.UnaryOp(ast.Not(), node), node)


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant | ast.JoinedStr)


def _is_log(statement: ast.stmt) -> bool:
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and _source(call.func).startswith(tuple(f"{name}." for name in _UNTOUCHED))


def _is_falsy(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and not node.value


def _is_texts(node: ast.BinOp) -> bool:
    sides = (node.left, node.right)
    return any(isinstance(side, ast.JoinedStr) or isinstance(getattr(side, "value", None), str) for side in sides)


def _source(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 80 else f"{text[:77]}..."
