"""Unbilled: what is under a contract and cannot be charged on any of its invoices.

It is not an error of the contract's, whose invoices are right by what they can charge; but
nobody would notice it by looking at them, or would before they went out.
"""

from collections.abc import Iterator
from datetime import date

from work365.domain.accounts import Account
from work365.domain.charges import steps_of
from work365.domain.contracts import BillingContract, Subscription
from work365.domain.findings import Finding, Severity
from work365.domain.periods import Cycle, Period


def noticed(account: Account, *, day: date) -> Iterator[Finding]:
    """Yield what a person should look at before the invoices of `day` go out."""
    for subscription in account.subscriptions:
        if not subscription.billable:
            yield from _withdrawn(account, subscription)
        if subscription.usage:
            yield from _usage(account.contract, subscription)
    if account.tax is not None:
        yield from account.tax.findings(day=day)


def _withdrawn(account: Account, subscription: Subscription) -> Iterator[Finding]:
    """Yield that what was billed is credited, for as long as no closed invoice has credited it."""
    billed = steps_of(
        line.charge
        for line in account.billed
        if line.charge.slot.price.subscription == subscription.key
    )
    if any(any(steps.values()) for steps in billed.values()):
        where = f"subscription {subscription.key}"
        yield Finding(
            Severity.WARNING,
            "billable_withdrawn",
            f"{where}: it is not billable any more, so that all that was billed for it is credited;"
            " if it is only not to be charged from a day on, make it billable again and enter a"
            " change of that day by which it is cancelled or suspended",
            where,
        )


def _usage(contract: BillingContract, subscription: Subscription) -> Iterator[Finding]:
    service = subscription.service_period(contract, until=date.max)
    where = f"subscription {subscription.key}"
    if subscription.usage_model is None:
        yield Finding(
            Severity.WARNING,
            "usage_without_price",
            f"{where}: {len(subscription.usage)} usage records are not billed, because it has no"
            " prices for usage; give it a rate card",
            where,
        )
        return
    outside = [
        record
        for record in subscription.usage
        if not _is_billed(record.used_on, service, subscription.billing_cycle(contract))
    ]
    for record in outside:
        yield Finding(
            Severity.WARNING,
            "usage_outside_service",
            f"{where}: the usage {record.key} of {record.used_on} is not billed, because the"
            f" subscription runs {service}; move its days, or take the record back by another",
            where,
        )


def _is_billed(day: date, service: Period, cycle: Cycle) -> bool:
    """Whether the billing period that `day` is in has a day of service."""
    period = cycle.period_on(day)
    return max(period.start, service.start) < min(period.end, service.end)
