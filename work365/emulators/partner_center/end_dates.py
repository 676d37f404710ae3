"""Ends of terms that may be chosen: with another subscription's, or with the calendar month.

An end is at most as far away as the day on which the whole first term would renew: a month from
2 March may end on 2 April, as documented. A term of years does not end with a monthly one; a
monthly one not with an end on the 28th, 29th or 30th, unless that is the month's last day. Trials
and what is not seat-based have no say.
Source: learn.microsoft.com/partner-center/align-subscription-end-dates.
"""

from datetime import date, timedelta
from typing import Any

from work365.emulators.partner_center.calls import Answer, Call, Endpoint
from work365.emulators.partner_center.catalogue import ONLINE_SERVICES, Plan
from work365.emulators.partner_center.errors import invalid_input
from work365.emulators.partner_center.moments import read_moment
from work365.emulators.partner_center.paging import page
from work365.emulators.partner_center.state import State
from work365.emulators.partner_center.subscription import ACTIVE, Subscription
from work365.emulators.partner_center.terms import (
    MONTHS_OF_TERM,
    add_months,
    month_days,
    term_end,
)

PAGE_MAX = 300
MONTHLY = "P1M"
_REFUSED_DAYS = (28, 29, 30)


def allowed_ends(
    state: State, customer: str, term: str, start: date, target: str = ""
) -> dict[date, list[str]]:
    """Return the ends that a term of a customer may have, with the subscriptions they are of.

    The end of the calendar month has no subscriptions. `target` narrows it to one of them.
    """
    whole = term_end(start, Plan(term, ""))
    if whole is None:
        return {}
    ends: dict[date, list[str]] = {}
    if not target:
        ends[_month_aligned(whole)] = []
    for subscription in state.subscriptions_of(customer):
        if target and subscription.subscription != target:
            continue
        end = _shared_end(subscription, term, start, latest_end(whole))
        if end is not None:
            ends.setdefault(end, []).append(subscription.subscription)
    return ends


def latest_end(whole: date) -> date:
    """Return the latest end that may be chosen for a term that would end on `whole`."""
    return whole + timedelta(days=1)


def _month_aligned(whole: date) -> date:
    """Return the last end of a month that is not behind the whole term's end."""
    if whole.day == month_days(whole):
        return whole
    return whole.replace(day=1) - timedelta(days=1)


def _shared_end(subscription: Subscription, term: str, start: date, latest: date) -> date | None:
    end = subscription.term_end
    if end is None or subscription.status != ACTIVE or subscription.is_trial:
        return None
    if subscription.product_kind != ONLINE_SERVICES:
        return None
    if term == MONTHLY:
        is_last = end.day == month_days(end)
        if end.day in _REFUSED_DAYS and not is_last:
            return None
        return end if start <= end <= latest else None
    if subscription.plan.term == MONTHLY:
        return None
    # A term of three years may end with a later term of a shorter subscription.
    months = MONTHS_OF_TERM[subscription.plan.term]
    while add_months(end, months) <= latest:
        end = add_months(end, months)
    return end if start <= end <= latest else None


def _list(call: Call) -> Answer:
    term = call.query.get("term_duration", "")
    if term_end(date(2020, 1, 1), Plan(term, "")) is None:
        raise invalid_input("'term_duration' is not P1M, P1Y or P3Y.")
    start = call.now
    if call.query.get("term_start_date"):
        wanted = read_moment(call.query["term_start_date"])
        if wanted is None:
            raise invalid_input("'term_start_date' is not a date.")
        start = wanted
    target = call.query.get("target_coterm_subscription_id", "")
    ends = allowed_ends(call.world, call.customer.tenant, term, start.date(), target)
    return page(call, list(ends.items()), PAGE_MAX, _body)


def _body(end: tuple[date, list[str]]) -> dict[str, Any]:
    day, subscriptions = end
    text = f"{day.isoformat()}T00:00:00"
    if not subscriptions:
        return {
            "allowedCustomTermEndDateType": "calendarMonthAligned",
            "allowedCustomTermEndDate": text,
        }
    return {
        "allowedCustomTermEndDateType": "subscriptionAligned",
        "cotermSubscriptionIds": subscriptions,
        "allowedCustomTermEndDate": text,
    }


ENDPOINTS = (
    Endpoint("GET", "/v1/customers/{customer_id}/subscriptions/customTermEndDates", _list),
)
