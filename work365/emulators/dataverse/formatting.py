"""Values as Dataverse formats them for people of the language English (United States)."""

from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal

HALF_DAY_HOURS = 12


def formatted_money(amount: str | None, symbol: str | None, precision: int | None) -> str | None:
    """Return an amount with its currency's symbol and digits, as `$20,000.00`."""
    if amount is None:
        return None
    number = Decimal(amount)
    digits = abs(number).quantize(
        Decimal(1).scaleb(-(2 if precision is None else precision)), rounding=ROUND_HALF_EVEN
    )
    return f"{'-' if number < 0 else ''}{symbol or ''}{digits:,f}"


def formatted_number(number: str | int | None, precision: int) -> str | None:
    """Return a number with thousands apart and the column's decimals."""
    if number is None:
        return None
    exact = Decimal(number)
    return f"{exact:,.{precision}f}" if precision else f"{exact:,f}"


def formatted_day(day: str | None) -> str | None:
    """Return a day, as `4/7/2023`."""
    return _day(date.fromisoformat(day)) if day else None


def formatted_moment(moment: str | None) -> str | None:
    """Return a moment in UTC, as `4/7/2023 2:59 PM`."""
    if not moment:
        return None
    parsed = datetime.fromisoformat(moment)
    hour = parsed.hour % HALF_DAY_HOURS or HALF_DAY_HOURS
    half = "AM" if parsed.hour < HALF_DAY_HOURS else "PM"
    return f"{_day(parsed)} {hour}:{parsed.minute:02d} {half}"


def _day(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"
