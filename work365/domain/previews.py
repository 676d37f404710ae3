"""Previews: what would be on the invoices, by the code that makes them.

An account is settled twice, as it is and as an assumption would have it, and nothing is closed
in either. So a preview cannot say something else than the invoice that comes of it: there is no
second calculation.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from work365.domain.accounts import Account
from work365.domain.assumptions import Assumption
from work365.domain.charges import Slot
from work365.domain.contracts import Subscription
from work365.domain.day_counts import DayCount
from work365.domain.discounts import UNCONDITIONAL
from work365.domain.invoices import Invoice, Line
from work365.domain.lines import LineKind
from work365.domain.money import Money
from work365.domain.periods import Period, day_after
from work365.domain.settlements import Settlement, settle_account


class LineChange(NamedTuple):
    """What becomes of one line: it comes where it was not before, goes, or changes."""

    invoice_on: date
    before: Line | None
    after: Line | None


class InvoiceChange(NamedTuple):
    """What becomes of the invoice of one day."""

    invoice_on: date
    net: Money
    tax: Money
    total: Money


class Steady(NamedTuple):
    """What every billing period from a day on comes to more, or less."""

    amount: Money
    """What its lines come to."""
    months: int
    since: date
    """First day of the first of them."""


@dataclass(frozen=True, slots=True)
class Preview:
    """The invoices as they are without an assumption, and as they are with it."""

    before: Settlement
    after: Settlement

    @property
    def invoices(self) -> tuple[Invoice, ...]:
        """The invoices as they will be."""
        return self.after.invoices

    @property
    def line_changes(self) -> tuple[LineChange, ...]:
        """The lines that come, go or change, by invoice."""
        return tuple(_line_changes(self.before.invoices, self.after.invoices))

    @property
    def invoice_changes(self) -> tuple[InvoiceChange, ...]:
        """What becomes of the invoices that come to something else, by day."""
        days = sorted({one.invoice_on for one in (*self.before.invoices, *self.after.invoices)})
        changes = (
            InvoiceChange(
                day,
                *self._differences(
                    [one for one in self.before.invoices if one.invoice_on == day],
                    [one for one in self.after.invoices if one.invoice_on == day],
                ),
            )
            for day in days
        )
        return tuple(one for one in changes if one.net.amount or one.total.amount)

    @property
    def net(self) -> Money:
        """What all invoices come to more, before tax; less where it is negative."""
        return self._differences(self.before.invoices, self.after.invoices)[0]

    @property
    def tax(self) -> Money:
        """What the tax on all invoices is more; less where it is negative."""
        return self._differences(self.before.invoices, self.after.invoices)[1]

    @property
    def total(self) -> Money:
        """What is to be paid more; less where it is negative."""
        return self._differences(self.before.invoices, self.after.invoices)[2]

    def _differences(
        self, before: Iterable[Invoice], after: Iterable[Invoice]
    ) -> tuple[Money, Money, Money]:
        currency = self.after.account.contract.currency
        old, new = list(before), list(after)
        net = _sum(new, currency, net=True) - _sum(old, currency, net=True)
        total = _sum(new, currency, net=False) - _sum(old, currency, net=False)
        return net, total - net, total


def preview(account: Account, assumed: Assumption, *, as_of: date) -> Preview:
    """Return the invoices of `account` as of a day, without what is `assumed` and with it.

    Raises: Refusal: the assumption cannot become a fact, or the account cannot be billed.
    """
    return Preview(
        before=settle_account(account, through=None, as_of=as_of),
        after=settle_account(assumed.applied_to(account), through=None, as_of=as_of),
    )


def steady_difference(account: Account, assumed: Assumption, *, since: date) -> Steady | None:
    """Return what every billing period comes to more that starts on a day or later.

    Two periods are compared. There is none where they differ, or where something is known that
    makes later ones differ: an end, a later entry, usage, a discount with a condition, an
    exchange rate that nobody knows yet, a price that is spread over the days of a year.
    Raises: whatever `preview` does.
    """
    assumed_account = assumed.applied_to(account)
    changed = [part for part in assumed_account.subscriptions if part not in account.subscriptions]
    contract = assumed_account.contract
    cycles = {part.billing_cycle(contract) for part in changed}
    if len(cycles) != 1 or not all(_goes_on(assumed_account, part) for part in changed):
        return None
    (cycle,) = cycles
    first = cycle.period_on(cycle.start_from(since))
    following = cycle.period_on(first.end)
    if any(entry.effective_on > first.start for part in changed for entry in part.changes):
        return None
    end = day_after(following.end, max(0, contract.policy.offset_days))
    seen = preview(account, assumed, as_of=end)
    amount, again = (_lines_for(seen, period, changed) for period in (first, following))
    if amount != again or not amount:
        return None
    return Steady(Money(contract.currency, amount), cycle.months, first.start)


def shown_through(account: Account, on: date) -> date:
    """Return the first invoice date from `on` on whose invoice has what holds from that day.

    Raises: OffTheCalendar: there is no such day.
    """
    contract = account.contract
    dates = contract.invoice_dates(after=account.memory.through)
    return next(day for day in dates if day >= on and contract.known_through(day) >= on)


def _goes_on(account: Account, part: Subscription) -> bool:
    """Return whether nothing is known that makes a later period differ from one before."""
    ends = (part.end_on, account.contract.end_on)
    discounts = (*part.discounts, *account.contract.discounts)
    return (
        ends == (None, None)
        and part.currency is None
        and not part.usage
        # By this rule two months of one length come to the same, and a shorter one does not.
        and account.contract.policy.proration.day_count is not DayCount.ACTUAL_OVER_365
        and all(discount.conditions == UNCONDITIONAL for discount in discounts)
    )


def _lines_for(seen: Preview, period: Period, changed: Iterable[Subscription]) -> Decimal:
    """Return what the lines of `changed` for one billing period come to more."""
    keys = {part.key for part in changed}
    before, after = (
        sum(
            (
                line.amount.amount
                for invoice in settlement.invoices
                for line in invoice.lines
                if line.charge.slot.billing_period == period and line.sold.key in keys
            ),
            Decimal(0),
        )
        for settlement in (seen.before, seen.after)
    )
    return after - before


def _sum(invoices: Iterable[Invoice], currency: str, *, net: bool) -> Money:
    return Money.total((one.net if net else one.total for one in invoices), currency)


class _Place(NamedTuple):
    """What makes two lines of two settlements the same one."""

    invoice_on: date
    slot: Slot
    first_day: date
    kind: LineKind
    number: int
    """Where several are alike: which of them it is."""


def _line_changes(before: Iterable[Invoice], after: Iterable[Invoice]) -> Iterator[LineChange]:
    old, new = dict(_placed(before)), dict(_placed(after))
    places = [*(place for place in old if place not in new), *new]
    for place in sorted(places, key=lambda place: place.invoice_on):
        line, instead = old.get(place), new.get(place)
        if line is None or instead is None or _content(line) != _content(instead):
            yield LineChange(place.invoice_on, line, instead)


def _placed(invoices: Iterable[Invoice]) -> Iterator[tuple[_Place, Line]]:
    for invoice in invoices:
        alike: dict[_Place, int] = {}
        for line in invoice.lines:
            slot, period = line.charge.slot, line.charge.service_period
            place = _Place(invoice.invoice_on, slot, period.start, line.kind, 0)
            alike[place] = number = alike.get(place, 0) + 1
            yield place._replace(number=number), line


def _content(line: Line) -> tuple[object, ...]:
    # Not which line it corrects: that one's key has the number of an invoice, which may shift.
    return line.charge, line.amount, line.carried, line.limit, line.tax
