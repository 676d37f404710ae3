"""Turns a filter into SQL over the tables that it names."""

from work365.emulators.dataverse.comparisons import OPERATOR_KINDS, OPERATORS, ComparisonSql
from work365.emulators.dataverse.definitions import Kind
from work365.emulators.dataverse.errors import not_emulated, query_error
from work365.emulators.dataverse.expressions import (
    Call,
    Comparison,
    Expression,
    Literal,
    LiteralKind,
    Negation,
    Property,
    Quantifier,
    QueryFunction,
)
from work365.emulators.dataverse.query_functions import function_sql
from work365.emulators.dataverse.related_rows import collection_of
from work365.emulators.dataverse.statements import conjunction
from work365.emulators.dataverse.values import edm_type

MIRRORED = {"eq": "eq", "ne": "ne", "gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}


def filter_sql(sql: ComparisonSql, expression: Expression) -> str:
    """Return the SQL of something that is true, false or null."""
    return _predicate(sql, expression)


def _predicate(sql: ComparisonSql, expression: Expression) -> str:
    match expression:
        case Comparison(operator="and" | "or"):
            terms = [_predicate(sql, term) for term in _terms(expression)]
            return f"({f' {expression.operator.upper()} '.join(terms)})"
        case Comparison():
            return _comparison(sql, expression)
        case Negation():
            return _negation(sql, expression.operand)
        case Literal() | Property():
            return _truth(sql, expression)
        case _:
            return _called(sql, expression)


def _called(sql: ComparisonSql, expression: Call | QueryFunction | Quantifier) -> str:
    match expression:
        case Call():
            return sql.containment(expression)
        case QueryFunction():
            return function_sql(sql, expression)
        case Quantifier():
            return _quantified(sql, expression)


def _quantified(sql: ComparisonSql, quantifier: Quantifier) -> str:
    """Return the SQL of `any` or `all` of a row's collection."""
    if not sql.ranges and len(quantifier.path) > 1:
        raise query_error(
            "Conditions on collection-valued navigation properties that are nested in a lookup "
            f"navigation property ({'/'.join(quantifier.path)}) are not supported."
        )
    outer = sql.range_of(quantifier.path) if sql.ranges else sql.joins
    if len(quantifier.path) - bool(sql.ranges) != 1:
        raise not_emulated(f"the path '{'/'.join(quantifier.path)}' before {quantifier.operator}")
    collection = collection_of(outer.statement.schema, outer.table, quantifier.path[-1])
    inner = outer.inside(collection.table)
    belongs = conjunction(collection.condition(outer.alias, inner.alias), inner.sight)
    condition = ""
    if quantifier.predicate is not None:
        ranges = {**sql.ranges, quantifier.variable: inner}
        condition = _predicate(ComparisonSql(sql.joins, ranges), quantifier.predicate)
    if quantifier.operator == "all":
        condition = f"NOT coalesce({condition}, 0)"
    rows = f"SELECT 1 {inner.clauses} WHERE {conjunction(belongs, condition)}"
    return f"({'NOT ' if quantifier.operator == 'all' else ''}EXISTS ({rows}))"


def _terms(expression: Comparison) -> list[Expression]:
    """Return the predicates of a chain of the same operator, however long, in their order."""
    terms: list[Expression] = []
    left: Expression = expression
    while isinstance(left, Comparison) and left.operator == expression.operator:
        terms.append(left.right)
        left = left.left
    return [left, *reversed(terms)]


def _negation(sql: ComparisonSql, operand: Expression) -> str:
    if isinstance(operand, Property):
        _, column = sql.column(operand)
        if column.kind is not Kind.YES_NO:
            raise query_error(
                "A unary operator with an incompatible type was detected. Found operand type "
                f"'{edm_type(column)}' for operator kind 'Not'."
            )
    return f"(NOT {_predicate(sql, operand)})"


def _truth(sql: ComparisonSql, expression: Literal | Property) -> str:
    if isinstance(expression, Property):
        named, column = sql.column(expression)
        if column.kind is Kind.YES_NO:
            return f"({named} = 1)"
    elif expression.kind is LiteralKind.BOOLEAN:
        return "1" if expression.text == "true" else "0"
    raise query_error("The $filter expression must evaluate to a single boolean value.")


def _comparison(sql: ComparisonSql, comparison: Comparison) -> str:
    left, right, operator = comparison.left, comparison.right, comparison.operator
    if isinstance(left, Literal) and isinstance(right, Property):
        left, right, operator = right, left, MIRRORED[operator]
    if not isinstance(left, Property):
        return _predicates_compared(sql, comparison)
    named, column = sql.column(left)
    if isinstance(right, Property):
        return sql.columns(named, column, operator, right)
    if not isinstance(right, Literal):
        raise sql.incompatible(column, "Edm.Boolean", operator)
    return sql.compare(named, column, operator, right)


def _predicates_compared(sql: ComparisonSql, comparison: Comparison) -> str:
    if comparison.operator not in ("eq", "ne") or not isinstance(comparison.right, Literal):
        raise query_error(
            "A binary operator with incompatible types was detected. Found operand types "
            "'Edm.Boolean' and 'Edm.Boolean' for operator kind "
            f"'{OPERATOR_KINDS[comparison.operator]}'."
        )
    inside = _predicate(sql, comparison.left)
    wanted = _truth(sql, comparison.right)
    return f"({inside} {OPERATORS[comparison.operator]} {wanted})"
