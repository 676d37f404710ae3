"""Turns what happens to a subscription into lines to be invoiced."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from work365.emulators.partner_center import ledger
from work365.emulators.partner_center.amounts import (
    Subtotal,
    cut_product,
    cut_unit,
    exact,
    months_share,
    unit_share,
)
from work365.emulators.partner_center.catalogue import PERPETUAL_SOFTWARE, SAAS, Plan
from work365.emulators.partner_center.ledger import ChargeLine
from work365.emulators.partner_center.rules import FULL_REFUND_HOURS, hours_of
from work365.emulators.partner_center.state import State
from work365.emulators.partner_center.subscription import Subscription
from work365.emulators.partner_center.terms import Cycle, cycle_on


@dataclass(frozen=True, kw_only=True)
class Posting:
    """One line before it is priced: how many units, from which day, which way."""

    charge_type: str
    at: datetime
    quantity: int
    since: date
    reference: str
    is_refund: bool = False
    subtotal: Subtotal = cut_product
    unit: Fraction | None = None
    """What a unit costs; without it, its price's share from `since` to the cycle's end."""


def cycle_of(subscription: Subscription, day: date) -> Cycle:
    """Return the charge cycle of the subscription's term that a day is in."""
    end = subscription.term_end or subscription.term_start
    return cycle_on(
        subscription.term_start,
        end,
        subscription.plan,
        min(max(day, subscription.term_start), end),
        is_aligned=subscription.custom_term_end is not None,
    )


def price_of(subscription: Subscription) -> Decimal:
    """Return a unit's price for a charge cycle, less the promotion."""
    return subscription.unit_price * (1 - subscription.share_off)


def begin_cycle(
    state: State, subscription: Subscription, charge_type: str, day: date, at: datetime
) -> None:
    """Start the charge cycle that a day is in, and charge for it."""
    cycle = cycle_of(subscription, day)
    subscription.cycle_start, subscription.cycle_end = cycle.start, cycle.end
    posting = Posting(
        charge_type=charge_type,
        at=at,
        quantity=subscription.quantity,
        since=cycle.start,
        reference=state.new_id(),
    )
    post(state, subscription, posting)


def change_plan(
    state: State, subscription: Subscription, plan: Plan, months: int, at: datetime
) -> None:
    """Bill a subscription by another plan from the cycle that begins now.

    `months` is how many whole months are left of the longer cycle that it joins.
    """
    subscription.plan = plan
    cycle = cycle_of(subscription, at.date())
    subscription.cycle_start, subscription.cycle_end = at.date(), cycle.end
    unit = months_share(price_of(subscription), plan.billing_cycle, months)
    posting = Posting(
        charge_type=ledger.CHANGE_BILLING_PLAN,
        at=at,
        quantity=subscription.quantity,
        since=at.date(),
        reference=state.new_id(),
        subtotal=cut_unit,
        unit=unit,
    )
    post(state, subscription, posting)


def change_seats(state: State, subscription: Subscription, before: int, at: datetime) -> None:
    """Give back the old seats and charge for the new ones, from today to the cycle's end."""
    after = subscription.quantity
    charge_type = ledger.ADD_QUANTITY if after > before else ledger.REMOVE_QUANTITY
    reference = state.new_id()
    for quantity, is_refund in ((before, True), (after, False)):
        posting = Posting(
            charge_type=charge_type,
            at=at,
            quantity=quantity,
            since=at.date(),
            reference=reference,
            is_refund=is_refund,
        )
        post(state, subscription, posting)


def refund_cancelled(state: State, subscription: Subscription, at: datetime) -> None:
    """Give back all within a day of the term's start, and unused days after that.

    Of marketplace services and perpetual software all is given back as long as there is a window.
    """
    limit = hours_of(FULL_REFUND_HOURS, subscription.term_started_at.date())
    if subscription.product_kind in (SAAS, PERPETUAL_SOFTWARE):
        limit = at - subscription.term_started_at
    posting = Posting(
        charge_type=ledger.CANCEL_IMMEDIATE,
        at=at,
        quantity=subscription.quantity,
        since=at.date(),
        reference=state.new_id(),
        is_refund=True,
        subtotal=cut_unit,
    )
    if at - subscription.term_started_at <= limit:
        _refund_all(state, subscription, posting)
    else:
        post(state, subscription, posting)


def _refund_all(state: State, subscription: Subscription, posting: Posting) -> None:
    """Give back the very sum that was charged since the term began."""
    total = sum(
        (
            line.subtotal
            for line in _lines_since(state, subscription.term_started_at)
            if line.subscription == subscription.subscription
        ),
        Decimal(0),
    )
    quantity = posting.quantity or 1
    line = _line(state, subscription, posting, Fraction(total) / quantity, total)
    state.charge(line)


def _lines_since(state: State, since: datetime) -> list[ChargeLine]:
    """Return the newest lines, those of the last day's work at most."""
    newest: list[ChargeLine] = []
    for line in reversed(state.charges):
        if line.at < since - timedelta(days=1):
            break
        if line.at >= since:
            newest.append(line)
    return newest


def post(state: State, subscription: Subscription, posting: Posting) -> None:
    """Price a line and keep it."""
    unit = posting.unit
    if unit is None:
        cycle = cycle_of(subscription, posting.since)
        unit = unit_share(price_of(subscription), cycle, posting.since)
    total = posting.subtotal(unit, posting.quantity)
    state.charge(_line(state, subscription, posting, unit, total))


def _line(
    state: State,
    subscription: Subscription,
    posting: Posting,
    unit: Fraction,
    total: Decimal,
) -> ChargeLine:
    sign = -1 if posting.is_refund else 1
    return ChargeLine(
        at=posting.at,
        charge_type=posting.charge_type,
        partner=state.customers[subscription.customer].partner,
        customer=subscription.customer,
        order=subscription.order,
        order_date=posting.at,
        product=subscription.product,
        sku=subscription.sku,
        availability=subscription.availability,
        subscription=subscription.subscription,
        quantity=Decimal(posting.quantity),
        unit_price=subscription.unit_price,
        effective_unit_price=sign * exact(unit),
        subtotal=sign * total,
        currency=subscription.currency,
        reference=posting.reference,
        term=subscription.plan.term,
        billing_cycle=subscription.plan.billing_cycle,
        period_start=posting.since,
        period_end=_period_end(subscription, posting.since),
        subscription_start=subscription.term_start,
        subscription_end=subscription.term_end,
        promotion=subscription.promotion,
        reservation_order=subscription.reservation_order,
        partner_of_record=subscription.partner_of_record,
        is_trial=subscription.is_trial,
        is_extended=subscription.is_extended,
    )


def _period_end(subscription: Subscription, since: date) -> date | None:
    if subscription.term_end is None:
        return None
    return cycle_of(subscription, since).end
