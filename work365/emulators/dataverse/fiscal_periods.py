"""The query functions about fiscal years and periods.

The fiscal year is an environment's default: it begins on 1 January, and its periods are
quarters; the settings that change this are not emulated. That `LastX` ends where the current
period begins, and `NextX` begins where it ends, was not verified.
"""

from collections.abc import Callable
from datetime import datetime

from work365.emulators.dataverse.date_functions import MONTHS_IN_YEAR, Span
from work365.emulators.dataverse.errors import query_error

PERIOD_MONTHS = 3
PERIODS_IN_YEAR = MONTHS_IN_YEAR // PERIOD_MONTHS
IN_PERIOD = "InFiscalPeriod"
"""A period's number in whatever year, which is no span of time."""

Bounds = Callable[[datetime, tuple[int, ...]], Span]


def _start(year: int, period: int, now: datetime) -> datetime:
    """Return the first moment of a period, counted from the first of `year` as 0."""
    years, rest = divmod(period, PERIODS_IN_YEAR)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight.replace(year=year + years, month=rest * PERIOD_MONTHS + 1, day=1)


def _periods(now: datetime, first: int, last: int) -> Span:
    """Return the span from one period to before another, both counted from the current."""
    current = (now.month - 1) // PERIOD_MONTHS
    return _start(now.year, current + first, now), _start(now.year, current + last, now)


def _years(now: datetime, first: int, last: int) -> Span:
    return _start(now.year + first, 0, now), _start(now.year + last, 0, now)


def _in_year(now: datetime, values: tuple[int, ...]) -> Span:
    return _start(values[0], 0, now), _start(values[0] + 1, 0, now)


def _period_start(now: datetime, values: tuple[int, ...]) -> datetime:
    period, year = values
    return _start(year, _number(period) - 1, now)


def _period_end(now: datetime, values: tuple[int, ...]) -> datetime:
    period, year = values
    return _start(year, _number(period), now)


def _number(period: int) -> int:
    if not 1 <= period <= PERIODS_IN_YEAR:
        message = f"The fiscal period {period} does not exist: there are {PERIODS_IN_YEAR} a year."
        raise query_error(message)
    return period


_SPANS: dict[str, tuple[int, Bounds]] = {
    "ThisFiscalPeriod": (0, lambda now, _: _periods(now, 0, 1)),
    "LastFiscalPeriod": (0, lambda now, _: _periods(now, -1, 0)),
    "NextFiscalPeriod": (0, lambda now, _: _periods(now, 1, 2)),
    "ThisFiscalYear": (0, lambda now, _: _years(now, 0, 1)),
    "LastFiscalYear": (0, lambda now, _: _years(now, -1, 0)),
    "NextFiscalYear": (0, lambda now, _: _years(now, 1, 2)),
    "LastXFiscalPeriods": (1, lambda now, values: _periods(now, -values[0], 0)),
    "NextXFiscalPeriods": (1, lambda now, values: _periods(now, 1, 1 + values[0])),
    "LastXFiscalYears": (1, lambda now, values: _years(now, -values[0], 0)),
    "NextXFiscalYears": (1, lambda now, values: _years(now, 1, 1 + values[0])),
    "InFiscalYear": (1, _in_year),
    "InFiscalPeriodAndYear": (
        2,
        lambda now, values: (_period_start(now, values), _period_end(now, values)),
    ),
    "InOrAfterFiscalPeriodAndYear": (
        2,
        lambda now, values: (_period_start(now, values), None),
    ),
    "InOrBeforeFiscalPeriodAndYear": (
        2,
        lambda now, values: (None, _period_end(now, values)),
    ),
}


def is_fiscal(name: str) -> bool:
    """Return whether a query function is one about fiscal years or periods."""
    return name == IN_PERIOD or name in _SPANS


def fiscal_span(name: str, values: tuple[int, ...], now: datetime) -> Span:
    """Return the span of a fiscal function; raises if it has too few or too many values."""
    count, bounds = _SPANS[name]
    _check_count(name, values, count)
    return bounds(now, values)


def in_period_sql(named: str, values: tuple[int, ...], bind: Callable[[int], str]) -> str:
    """Return the SQL that holds for the days and moments in a period of whatever year."""
    _check_count(IN_PERIOD, values, 1)
    number = f"(CAST(substr({named}, 6, 2) AS INTEGER) + {PERIOD_MONTHS - 1}) / {PERIOD_MONTHS}"
    return f"({number} = {bind(_number(values[0]))})"


def _check_count(name: str, values: tuple[int, ...], count: int) -> None:
    if len(values) != count:
        message = f"The function '{name}' takes {count} values; {len(values)} were given."
        raise query_error(message)
