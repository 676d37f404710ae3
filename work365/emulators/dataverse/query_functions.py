"""The query functions of Dataverse, as `Microsoft.Dynamics.CRM.In(PropertyName='x',...)`."""

from datetime import UTC, datetime, timedelta

from work365.emulators.dataverse.clock import moment_text
from work365.emulators.dataverse.comparisons import CHOICES, NUMERIC, ComparisonSql
from work365.emulators.dataverse.date_functions import (
    Span,
    counted_span,
    day_span,
    fixed_span,
)
from work365.emulators.dataverse.definitions import ColumnDefinition, Kind
from work365.emulators.dataverse.errors import DataverseError, not_emulated, query_error
from work365.emulators.dataverse.expressions import Literal, LiteralKind, QueryFunction
from work365.emulators.dataverse.text_comparison import fold
from work365.emulators.dataverse.values import GUID, SqlValue, utc_text

NOT_EMULATED = frozenset(
    [
        "Above",
        "AboveOrEqual",
        "Under",
        "UnderOrEqual",
        "NotUnder",
        "EqualUserOrUserHierarchy",
        "EqualUserOrUserHierarchyAndTeams",
        "EqualUserOrUserTeams",
        "EqualUserTeams",
        "EqualUserLanguage",
        "ContainValues",
        "DoesNotContainValues",
        "InFiscalPeriod",
        "InFiscalYear",
        "LastFiscalPeriod",
        "LastFiscalYear",
        "NextFiscalPeriod",
        "NextFiscalYear",
        "ThisFiscalPeriod",
        "ThisFiscalYear",
        "LastXFiscalPeriods",
        "LastXFiscalYears",
        "NextXFiscalPeriods",
        "NextXFiscalYears",
        "InFiscalPeriodAndYear",
        "InOrAfterFiscalPeriodAndYear",
        "InOrBeforeFiscalPeriodAndYear",
    ]
)
SETS = {"In": "IN", "NotIn": "NOT IN", "Between": "BETWEEN", "NotBetween": "NOT BETWEEN"}
BOUNDS = 2


def function_sql(sql: ComparisonSql, function: QueryFunction) -> str:
    """Return the SQL of a query function's call."""
    if function.name in NOT_EMULATED:
        raise not_emulated(f"the query function '{function.name}'")
    named, column = sql.joins.attribute(function.column)
    if function.name in SETS:
        return _set(sql, named, column, function)
    who = _identity(sql, named, column, function)
    if who:
        return who
    if column.kind not in (Kind.DAY, Kind.MOMENT):
        raise query_error(
            f"The condition operator '{function.name}' is not valid for column '{column.name}'."
        )
    try:
        return _within(sql, named, column, _span(sql, function))
    except (ValueError, OverflowError) as error:
        raise query_error(f"The value of '{function.name}' is out of range: {error}") from error


def _identity(
    sql: ComparisonSql, named: str, column: ColumnDefinition, function: QueryFunction
) -> str:
    wanted = {
        "EqualUserId": ("=", sql.viewpoint.user_id),
        "NotEqualUserId": ("<>", sql.viewpoint.user_id),
        "EqualBusinessId": ("=", sql.viewpoint.business_unit_id),
        "NotEqualBusinessId": ("<>", sql.viewpoint.business_unit_id),
    }.get(function.name)
    if wanted is None:
        return ""
    if column.kind not in (Kind.LOOKUP, Kind.UNIQUE):
        raise query_error(
            f"The condition operator '{function.name}' is not valid for column '{column.name}'."
        )
    sql.parameters.append(wanted[1])
    return f"({named} {wanted[0]} ?)"


def _set(sql: ComparisonSql, named: str, column: ColumnDefinition, function: QueryFunction) -> str:
    values = [_kept(sql, column, literal) for literal in function.values or ()]
    is_between = function.name in ("Between", "NotBetween")
    if not values or (is_between and len(values) != BOUNDS):
        raise query_error(f"The function '{function.name}' has too few or too many values.")
    if column.is_text:
        named, values = f"fold({named})", [fold(value) for value in values]
    sql.parameters.extend(values)
    if is_between:
        return f"({named} {SETS[function.name]} ? AND ?)"
    return f"({named} {SETS[function.name]} ({','.join('?' * len(values))}))"


def _kept(sql: ComparisonSql, column: ColumnDefinition, literal: Literal) -> SqlValue:
    """Return a value of `PropertyValues`: a string, whatever the column's type."""
    if literal.kind is not LiteralKind.STRING or column.is_text:
        return sql.value(column, literal, "eq")
    return sql.value(column, Literal(_literal_kind(column, literal.text), literal.text), "eq")


def _literal_kind(column: ColumnDefinition, text: str) -> LiteralKind:
    if column.kind in NUMERIC or column.kind in CHOICES:
        is_number = text.lstrip("-").replace(".", "", 1).isdigit()
        return LiteralKind.NUMBER if is_number else LiteralKind.STRING
    if column.kind is Kind.YES_NO:
        return LiteralKind.BOOLEAN if text in ("true", "false") else LiteralKind.STRING
    if column.kind in (Kind.UNIQUE, Kind.LOOKUP):
        return LiteralKind.GUID if GUID.fullmatch(text) else LiteralKind.STRING
    return LiteralKind.MOMENT if "T" in text else LiteralKind.DAY


def _span(sql: ComparisonSql, function: QueryFunction) -> Span:
    now = sql.viewpoint.now
    if function.values is None:
        span = fixed_span(function.name, now)
    elif len(function.values) != 1:
        raise query_error(f"The function '{function.name}' takes one value.")
    else:
        span = _valued_span(function.name, function.values[0].text, now)
    if span is None:
        raise _unknown(function.name)
    return span


def _unknown(name: str) -> DataverseError:
    return query_error(
        f"An unknown function with name 'Microsoft.Dynamics.CRM.{name}' was found. This may "
        "also be a function import or a key lookup on a navigation property, which is not "
        "allowed."
    )


def _valued_span(name: str, value: str, now: datetime) -> Span | None:
    if value.lstrip("-").isdigit():
        return counted_span(name, int(value), now)
    kept = utc_text(value if "T" in value else f"{value}T00:00:00Z")
    if kept is None:
        raise query_error(f"The value '{value}' of '{name}' is not a date.")
    return day_span(name, datetime.fromisoformat(kept).astimezone(UTC))


def _within(sql: ComparisonSql, named: str, column: ColumnDefinition, span: Span) -> str:
    start, end = span
    conditions = []
    if start is not None:
        conditions.append(f"{named} >= ?")
        sql.parameters.append(_bound(column, start))
    if end is not None:
        conditions.append(f"{named} < ?")
        sql.parameters.append(_bound(column, _next_midnight(column, end)))
    return f"({' AND '.join(conditions)})"


def _next_midnight(column: ColumnDefinition, moment: datetime) -> datetime:
    """Return the end of a span in days: a day of which a part counts, counts."""
    if column.kind is not Kind.DAY:
        return moment
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight if midnight == moment else midnight + timedelta(days=1)


def _bound(column: ColumnDefinition, moment: datetime) -> str:
    return moment.date().isoformat() if column.kind is Kind.DAY else moment_text(moment)
