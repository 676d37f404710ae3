"""The query functions of Dataverse, as `Microsoft.Dynamics.CRM.In(PropertyName='x',...)`."""

from datetime import UTC, datetime, timedelta

from work365.emulators.dataverse.clock import moment_text
from work365.emulators.dataverse.comparisons import CHOICES, NUMERIC, WHOLE, ComparisonSql
from work365.emulators.dataverse.date_functions import (
    Span,
    counted_span,
    day_span,
    fixed_span,
)
from work365.emulators.dataverse.definitions import ColumnDefinition, Kind
from work365.emulators.dataverse.errors import DataverseError, not_emulated, query_error
from work365.emulators.dataverse.expressions import Literal, LiteralKind, QueryFunction
from work365.emulators.dataverse.fiscal_periods import (
    IN_PERIOD,
    fiscal_span,
    in_period_sql,
    is_fiscal,
)
from work365.emulators.dataverse.hierarchies import (
    USERS,
    hierarchy_sql,
    is_hierarchical,
    users_sql,
)
from work365.emulators.dataverse.text_comparison import fold
from work365.emulators.dataverse.values import GUID, SqlValue, utc_text

IDENTITIES = frozenset(("EqualUserId", "NotEqualUserId", "EqualBusinessId", "NotEqualBusinessId"))
CONTAINING = {"ContainValues": "", "DoesNotContainValues": "NOT "}
"""About columns that have several choices at once."""

SETS = {"In": "IN", "NotIn": "NOT IN", "Between": "BETWEEN", "NotBetween": "NOT BETWEEN"}
BOUNDS = 2
FLAGS = {"1": "true", "0": "false", "true": "true", "false": "false"}
"""Texts of a yes or no; FetchXML and SQL write numbers."""

LANGUAGE = "EqualUserLanguage"
ORGANIZATION_LANGUAGE = 'SELECT "languagecode" FROM "organization"'


def function_sql(sql: ComparisonSql, function: QueryFunction) -> str:
    """Return the SQL of a query function's call."""
    if sql.ranges:
        raise not_emulated(f"the query function '{function.name}' inside any or all")
    named, column = sql.joins.attribute(function.column)
    return operator_sql(sql, (named, column), function.name, function.values)


def operator_sql(
    sql: ComparisonSql,
    operand: tuple[str, ColumnDefinition],
    name: str,
    values: tuple[Literal, ...] | None,
) -> str:
    """Return the SQL of a query function of this name, on a column written as SQL."""
    named, column = operand
    if name in CONTAINING:
        return _containing(sql, operand, name, values or ())
    if name in SETS:
        return _set(sql, operand, name, values or ())
    if is_hierarchical(name):
        (row_id,) = [_kept(sql, column, value) for value in _counted(name, values, 1)]
        return hierarchy_sql(sql, named, column, name, row_id)
    if name in IDENTITIES or name in USERS or name == LANGUAGE:
        return _caller(sql, operand, name)
    if column.kind not in (Kind.DAY, Kind.MOMENT):
        raise _not_valid(name, column)
    try:
        return _dates(sql, operand, name, values)
    except (ValueError, OverflowError) as error:
        raise query_error(f"The value of '{name}' is out of range: {error}") from error


def _not_valid(name: str, column: ColumnDefinition) -> DataverseError:
    return query_error(f"The condition operator '{name}' is not valid for column '{column.name}'.")


def _counted(name: str, values: tuple[Literal, ...] | None, count: int) -> tuple[Literal, ...]:
    if values is None or len(values) != count:
        raise query_error(f"The function '{name}' takes {'one value' if count == 1 else count}.")
    return values


def _caller(sql: ComparisonSql, operand: tuple[str, ColumnDefinition], name: str) -> str:
    """Return the SQL of a function that compares a column with who asks."""
    named, column = operand
    if name == LANGUAGE:
        if column.kind is not Kind.WHOLE:
            raise _not_valid(name, column)
        return f"({named} = ({ORGANIZATION_LANGUAGE}))"
    if column.kind not in (Kind.LOOKUP, Kind.UNIQUE):
        raise _not_valid(name, column)
    if name in USERS:
        return users_sql(sql, named, name)
    viewpoint = sql.viewpoint
    wanted = viewpoint.user_id if name.endswith("UserId") else viewpoint.business_unit_id
    return f"({named} {'<>' if name.startswith('Not') else '='} {sql.bind(wanted)})"


def _containing(
    sql: ComparisonSql,
    operand: tuple[str, ColumnDefinition],
    name: str,
    literals: tuple[Literal, ...],
) -> str:
    named, column = operand
    if column.kind is not Kind.CHOICES or not literals:
        raise _not_valid(name, column)
    options = [str(_whole(name, literal.text)) for literal in literals]
    found = " OR ".join(
        f"instr(',' || {named} || ',', {sql.bind(f',{option},')}) > 0" for option in options
    )
    return f"({CONTAINING[name]}({found}))"


def _set(
    sql: ComparisonSql,
    operand: tuple[str, ColumnDefinition],
    name: str,
    literals: tuple[Literal, ...],
) -> str:
    named, column = operand
    values = [_kept(sql, column, literal) for literal in literals]
    is_between = name in ("Between", "NotBetween")
    if not values or (is_between and len(values) != BOUNDS):
        raise query_error(f"The function '{name}' has too few or too many values.")
    if column.is_text:
        named, values = f"fold({named})", [fold(value) for value in values]
    marks = [sql.bind(value) for value in values]
    if is_between:
        return f"({named} {SETS[name]} {marks[0]} AND {marks[1]})"
    return f"({named} {SETS[name]} ({','.join(marks)}))"


def _kept(sql: ComparisonSql, column: ColumnDefinition, literal: Literal) -> SqlValue:
    """Return a value of `PropertyValues`: a string, whatever the column's type."""
    if literal.kind is not LiteralKind.STRING or column.is_text:
        return sql.value(column, literal, "eq")
    return sql.value(column, typed_literal(column, literal.text), "eq")


def typed_literal(column: ColumnDefinition, text: str) -> Literal:
    """Return a constant that was written as text, as one of the column's own type."""
    if column.kind is Kind.YES_NO:
        text = FLAGS.get(text.lower(), text)
    elif column.kind in (Kind.UNIQUE, Kind.LOOKUP):
        text = text.removeprefix("{").removesuffix("}")
    kind = LiteralKind.STRING if column.is_text else _literal_kind(column, text)
    return Literal(kind, text)


def _literal_kind(column: ColumnDefinition, text: str) -> LiteralKind:
    if column.kind in NUMERIC or column.kind in CHOICES:
        is_number = text.lstrip("-").replace(".", "", 1).isdigit()
        return LiteralKind.NUMBER if is_number else LiteralKind.STRING
    if column.kind is Kind.YES_NO:
        return LiteralKind.BOOLEAN if text in ("true", "false") else LiteralKind.STRING
    if column.kind in (Kind.UNIQUE, Kind.LOOKUP):
        return LiteralKind.GUID if GUID.fullmatch(text) else LiteralKind.STRING
    return LiteralKind.MOMENT if "T" in text else LiteralKind.DAY


def _dates(
    sql: ComparisonSql,
    operand: tuple[str, ColumnDefinition],
    name: str,
    values: tuple[Literal, ...] | None,
) -> str:
    named, column = operand
    if not is_fiscal(name):
        return _within(sql, named, column, _span(sql, name, values))
    numbers = tuple(_whole(name, literal.text) for literal in values or ())
    if name == IN_PERIOD:
        return in_period_sql(named, numbers, sql.bind)
    return _within(sql, named, column, fiscal_span(name, numbers, sql.viewpoint.now))


def _whole(name: str, text: str) -> int:
    if not WHOLE.fullmatch(text) or text.startswith("-"):
        raise query_error(f"The value '{text}' of '{name}' is no whole number.")
    return int(text)


def _span(sql: ComparisonSql, name: str, values: tuple[Literal, ...] | None) -> Span:
    now = sql.viewpoint.now
    if values is None:
        span = fixed_span(name, now)
    else:
        (value,) = _counted(name, values, 1)
        span = _valued_span(name, value.text, now)
    if span is None:
        raise _unknown(name)
    return span


def _unknown(name: str) -> DataverseError:
    return query_error(
        f"An unknown function with name 'Microsoft.Dynamics.CRM.{name}' was found. This may "
        "also be a function import or a key lookup on a navigation property, which is not "
        "allowed."
    )


def _valued_span(name: str, value: str, now: datetime) -> Span | None:
    if WHOLE.fullmatch(value):
        return counted_span(name, int(value), now)
    kept = utc_text(value if "T" in value else f"{value}T00:00:00Z")
    if kept is None:
        raise query_error(f"The value '{value}' of '{name}' is not a date.")
    return day_span(name, datetime.fromisoformat(kept).astimezone(UTC))


def _within(sql: ComparisonSql, named: str, column: ColumnDefinition, span: Span) -> str:
    start, end = span
    conditions = []
    if start is not None:
        conditions.append(f"{named} >= {sql.bind(_bound(column, start))}")
    if end is not None:
        conditions.append(f"{named} < {sql.bind(_bound(column, _next_midnight(column, end)))}")
    return f"({' AND '.join(conditions)})"


def _next_midnight(column: ColumnDefinition, moment: datetime) -> datetime:
    """Return the end of a span in days: a day of which a part counts, counts."""
    if column.kind is not Kind.DAY:
        return moment
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight if midnight == moment else midnight + timedelta(days=1)


def _bound(column: ColumnDefinition, moment: datetime) -> str:
    return moment.date().isoformat() if column.kind is Kind.DAY else moment_text(moment)
