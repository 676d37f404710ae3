"""Daily rated usage of Azure plans, and the charge lines that a month of it comes to.

A day's cost is cut behind the second decimal of the billing currency, as in the file of an
invoice: the price less the credit, times quantity, times exchange rate. A month's line is the
sum of its days.
Usage of a day is there from the next day on.
Source: learn.microsoft.com/partner-center/daily-rated-usage-recon-files, azure-plan-billing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from hashlib import sha256
from itertools import groupby

from work365.emulators.partner_center.catalogue import AZURE_PLAN
from work365.emulators.partner_center.exchange_rates import billing_rate
from work365.emulators.partner_center.ledger import NEW, ChargeLine
from work365.emulators.partner_center.meters import METERS, Meter
from work365.emulators.partner_center.months import Month
from work365.emulators.partner_center.rules import PARTNER_EARNED_CREDIT, value_of
from work365.emulators.partner_center.state import State
from work365.emulators.partner_center.subscription import ACTIVE, Entitlement, Subscription

CENT = Decimal("0.01")
_UNITS = Decimal("0.000001")
_RATIO = Decimal("0.000000000000001")
_SHARES = 1000
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class DailyUsage:
    """What an Azure subscription used of a meter on a day.

    `price` is a unit's effective price in dollars; `cost` is in the billing currency and cut,
    `raw_cost` is not.
    """

    subscription: Subscription
    entitlement: Entitlement
    meter: Meter
    day: date
    quantity: Decimal
    credit: Decimal
    rate: Decimal
    currency: str

    @property
    def price(self) -> Decimal:
        """A unit's price in dollars, less the partner earned credit."""
        return self.meter.price * (1 - self.credit)

    @property
    def raw_cost(self) -> Decimal:
        """What it costs in the billing currency, not rounded."""
        return self.price * self.quantity * self.rate

    @property
    def cost(self) -> Decimal:
        """What it costs in the billing currency, cut behind the second decimal."""
        return self.raw_cost.quantize(CENT, rounding=ROUND_DOWN)

    @property
    def pricing_cost(self) -> Decimal:
        """What it costs in dollars, cut behind the second decimal."""
        return (self.price * self.quantity).quantize(CENT, rounding=ROUND_DOWN)


def usage_of(state: State, partner: str, month: Month, until: datetime) -> list[DailyUsage]:
    """Return a partner's usage in a month, as far as it was known at a time."""
    last = min(month.last, until.date() - _ONE_DAY)
    found: list[DailyUsage] = []
    for customer in state.customers_of(partner):
        for subscription in state.subscriptions_of(customer.tenant):
            if subscription.product_kind == AZURE_PLAN:
                found += _of_plan(state, subscription, month.first, last)
    return found


def _of_plan(state: State, plan: Subscription, first: date, last: date) -> Iterator[DailyUsage]:
    currency = state.partner_of(plan.customer).currency
    for entitlement in plan.entitlements:
        day = max(first, plan.created_at.date())
        end = min(last, _stops(plan, entitlement))
        while day <= end:
            for meter in METERS:
                yield _on(plan, entitlement, meter, day, currency)
            day += _ONE_DAY


def _stops(plan: Subscription, entitlement: Entitlement) -> date:
    """Return the last day on which an Azure subscription is used."""
    ends = [date.max]
    if plan.ended_at is not None:
        ends.append(plan.ended_at.date())
    if entitlement.status != ACTIVE and entitlement.changed_at is not None:
        ends.append(entitlement.changed_at.date())
    return min(ends)


def _on(
    plan: Subscription, entitlement: Entitlement, meter: Meter, day: date, currency: str
) -> DailyUsage:
    text = f"{entitlement.entitlement}:{meter.meter}:{day.isoformat()}"
    share = int.from_bytes(sha256(text.encode("ascii")).digest()[:4], "big") % _SHARES + 1
    credit = value_of(PARTNER_EARNED_CREDIT, day) if meter.has_credit else Decimal(0)
    return DailyUsage(
        subscription=plan,
        entitlement=entitlement,
        meter=meter,
        day=day,
        quantity=(meter.daily_max * share / _SHARES).quantize(_UNITS),
        credit=credit,
        rate=billing_rate(currency, day),
        currency=currency,
    )


def charge_lines(state: State, partner: str, month: Month, until: datetime) -> list[ChargeLine]:
    """Return what a month's usage is charged as: a line for each plan and meter."""

    def key(usage: DailyUsage) -> tuple[str, str]:
        return usage.subscription.subscription, usage.meter.meter

    found = sorted(usage_of(state, partner, month, until), key=key)
    return [_line(state, month, list(group)) for _, group in groupby(found, key)]


def _line(state: State, month: Month, usages: list[DailyUsage]) -> ChargeLine:
    usage = usages[0]
    plan, meter = usage.subscription, usage.meter
    quantity = sum((each.quantity for each in usages), Decimal(0))
    dollars = sum((each.pricing_cost for each in usages), Decimal(0))
    at = min(state.now, month.end - timedelta(seconds=1))
    return ChargeLine(
        at=at,
        charge_type=NEW,
        partner=state.customers[plan.customer].partner,
        customer=plan.customer,
        order=plan.order,
        order_date=plan.created_at,
        product=meter.product,
        sku=meter.sku,
        availability=meter.availability,
        subscription=plan.subscription,
        quantity=quantity,
        unit_price=meter.price,
        effective_unit_price=(dollars / quantity).quantize(_RATIO),
        subtotal=sum((each.cost for each in usages), Decimal(0)),
        currency=usage.currency,
        reference=f"{plan.subscription}:{meter.sku}:{month}",
        billing_cycle="monthly",
        period_start=month.first,
        period_end=month.last,
        subscription_start=plan.created_at.date(),
        partner_of_record=plan.partner_of_record,
        credit_percentage=usage.credit * 100,
    )
