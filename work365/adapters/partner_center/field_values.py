"""The values that fields of Partner Center hold, read one at a time and strictly.

Each returns what the field says, or raises `Unreadable`, which says what it can hold.
"""

import re
from collections.abc import Callable
from datetime import MAXYEAR, MINYEAR, date, datetime
from decimal import Decimal
from enum import Enum
from typing import TypeVar

from work365.adapters.partner_center.files import Unreadable, moment_of, text_of
from work365.domain.catalog import BillingPlan, Term, part_number

QUANTITY_MAX = 2**31 - 1
"""Partner Center's own: the field is a 32-bit integer."""
PLACES_MAX = 30
"""Before or behind the point: prices of Azure have about twenty."""
DIGITS_MAX = 60
LONG_AGO = date(MINYEAR, 1, 1)
"""Stands for no day."""

EnumT = TypeVar("EnumT", bound=Enum)

# Python reads underscores and the digits of every script.
_NUMBER = re.compile(r"[+-]?[0-9]{1,60}(\.[0-9]{1,60})?([eE][+-]?[0-9]{1,3})?", re.ASCII)
_PLANS = {plan.value.lower(): plan for plan in BillingPlan}


def identifier_of(value: object) -> str:
    """Return an id, in lower case, as ids of Microsoft's do not tell cases apart."""
    return text_of(value).lower()


def yes_or_no_of(value: object) -> bool:
    """Return a field that is true or false."""
    if not isinstance(value, bool):
        raise Unreadable("not_yes_or_no", "it must be true or false")
    return value


def quantity_of(value: object) -> int:
    """Return a number of seats, which is one at least."""
    return _whole(value, least=1)


def count_of(value: object) -> int:
    """Return a number of things, which may be none."""
    return _whole(value, least=0)


def amount_of(value: object) -> Decimal:
    """Return an amount of money, exactly, whether it is written as a number or as text."""
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        amount = Decimal(value.strip())
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        amount = Decimal(value)
    else:
        raise Unreadable("not_a_number", "it must be a number, finite and in plain digits")
    # In plain digits, a number of ten characters can have a thousand million of them.
    if abs(amount.adjusted()) > PLACES_MAX or len(amount.as_tuple().digits) > DIGITS_MAX:
        raise Unreadable("not_an_amount", f"it must have at most {PLACES_MAX} places")
    return amount


def day_of(value: object) -> date:
    """Return the day in UTC of a moment."""
    day = moment_of(value).date()
    if day == LONG_AGO:
        raise Unreadable("missing", "it stands for no day")
    return day


def last_day_of(value: object) -> date | None:
    """Return the day in UTC of an end; None for one that stands for no day."""
    day = moment_of(value).date()
    return None if day == LONG_AGO or day.year == MAXYEAR else day


def end_of(value: object) -> datetime | None:
    """Return an end; None for one that stands for no moment."""
    moment = moment_of(value)
    return None if moment.date() == LONG_AGO or moment.year == MAXYEAR else moment


def term_of(value: object) -> Term:
    """Return a term, which is written as an ISO 8601 duration."""
    known = {term.value: term for term in Term}
    term = known.get(text_of(value).upper())
    if term is None:
        raise Unreadable("unknown_term", f"it must be one of {', '.join(known)}")
    return term


def plan_of(value: object) -> BillingPlan:
    """Return a billing plan, in any of the ways in which Partner Center spells it."""
    plan = _PLANS.get(text_of(value).lower().replace("_", ""))
    if plan is None:
        raise Unreadable("unknown_plan", f"it must be one of {', '.join(_PLANS)}")
    return plan


def bought_part_of(value: object) -> str:
    """Return what a catalogue id names, without the availability, or an older offer's id."""
    # A catalogue item is product:SKU:availability; only the first two name what is sold.
    product, *rest = text_of(value).split(":")
    if not rest:
        return product
    if not (product and rest[0]):
        raise Unreadable("not_an_offer", "it must be product:SKU:availability, or an offer id")
    return part_number(product_id=product, sku_id=rest[0])


def availability_of(value: object) -> str | None:
    """Return the availability that a catalogue id names, None where it names none."""
    parts = text_of(value).split(":")
    return parts[2] if len(parts) > 2 and parts[2] else None  # noqa: PLR2004  product and SKU


def member_of(kind: type[EnumT], code: str) -> Callable[[object], EnumT]:
    """Return a reader of fields that hold a member of `kind`, in any case and spelling.

    `code` is what a finding about another value is called.
    """
    known = {_plain(member.value): member for member in kind}

    def read(value: object) -> EnumT:
        member = known.get(_plain(text_of(value)))
        if member is None:
            listed = ", ".join(str(each.value) for each in kind)
            raise Unreadable(code, f"it must be one of {listed}")
        return member

    return read


def _whole(value: object, *, least: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Unreadable("not_whole", "it must be a whole number, not text and not a fraction")
    if not least <= value <= QUANTITY_MAX:
        raise Unreadable("not_positive", f"it must be from {least} to {QUANTITY_MAX}")
    return value


def _plain(text: str) -> str:
    return text.lower().replace("_", "").replace(" ", "")
