"""Proposals: every charge that something sold should ever have had.

Seats are charged by the levels of the change log, usage by what was recorded, and one-time
charges as they were entered. What is proposed depends on the facts alone; the comparison with
what was billed is `work365.domain.charges.settle`.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import zip_longest
from typing import NamedTuple

from work365.domain.changes import Standing, standings
from work365.domain.charges import BY_DAY, LICENSE, USAGE, Charge, PercentOff, Price, Slot
from work365.domain.commitments import end_of_period
from work365.domain.contracts import BillingContract, Subscription, Timing
from work365.domain.currencies import NO_EXCHANGE_RATES, Conversion, ExchangeTable
from work365.domain.day_counts import DayCount
from work365.domain.discounts import (
    PercentageDiscount,
    TermStart,
    discounted_layers,
    units_held_since,
)
from work365.domain.money import Money
from work365.domain.one_time_charges import OneTimeCharge
from work365.domain.periods import Cycle, Period, day_after, month_after
from work365.domain.price_models import FEE, Part, PriceModel
from work365.domain.proration import BY_ACTUAL_DAYS, Proration
from work365.domain.rating import NegativeUsage
from work365.domain.usage import UsageRecord, distinct

UNPRORATED = Proration(day_count=DayCount.NONE).name


class Pin(NamedTuple):
    """What an exchange rate is pinned to: something sold in a currency, in a billing period."""

    subscription: str
    start: date
    price_in: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """The exchange rates to use: those that billed lines have, and the table for new ones."""

    table: ExchangeTable = field(default=NO_EXCHANGE_RATES)
    pinned: Mapping[Pin, Conversion] = field(default_factory=dict)

    def conversion(self, pin: Pin, *, to_currency: str) -> Conversion | None:
        """Return how what is priced as `pin` says is invoiced; none where no rate is needed.

        Raises: ExchangeRateMissing, ExchangeRateStale: there is no rate for that period.
        """
        if pin.price_in == to_currency:
            return None
        return self.pinned.get(pin) or self.table.conversion(
            from_currency=pin.price_in, to_currency=to_currency, day=pin.start
        )


NO_RATES = Rates()


def propose(
    contract: BillingContract,
    subscription: Subscription,
    *,
    through: date,
    reopened_from: date | None = None,
    new_only: bool = False,
    rates: Rates = NO_RATES,
) -> Iterator[Charge]:
    """Yield every charge due on or before `through`, in billing periods that are not over.

    A period counts as over when it ends on or before `reopened_from`: then what was billed
    for it agrees with the facts already. Without `reopened_from`, no period is. With
    `new_only`, the periods that began by then are over as well.
    Raises: NegativeQuantity, PriceMissing: the change log does not add up.
    ExchangeRateMissing, ExchangeRateStale: a price cannot be invoiced.
    """
    if not subscription.billable:
        return
    known_through = contract.known_through(through)
    service = subscription.service_period(contract, until=date.max)
    cycle = subscription.billing_cycle(contract)
    since = service.start
    if reopened_from is not None:
        # From its first day on, because the whole of that period is compared with what was billed.
        since = max(since, cycle.start(cycle.index_on(reopened_from) + new_only))
    levels = levels_of(contract, subscription, known_through)
    if since >= service.end or not (levels or subscription.usage_model):
        return
    sold = _Sold(contract, subscription, cycle.months, rates, known_through)
    for period in cycle.periods(Period(since, service.end)):
        if period.start > known_through:
            return
        part = period if service.contains(period) else period.overlap(service)
        is_over = part.end <= known_through
        if is_over or contract.timing is Timing.ADVANCE:
            yield from sold.seats(levels, period, part)
        if is_over and subscription.usage_model is not None:
            yield from sold.usage(period, part)


def levels_of(
    contract: BillingContract,
    subscription: Subscription,
    through: date,
    *,
    settled: Collection[str] = (),
) -> list[Standing]:
    """Return what holds from when on, by what is known of `subscription` on `through`.

    Entries that are `settled`, by key, have given up nothing that is still to be credited.
    """
    return standings(
        subscription.changes,
        through=through,
        refunds=contract.policy.refunds,
        last_day_counts=contract.policy.last_day_counts,
        priced_by_log=subscription.price_model is None,
        settled=settled,
    )


def propose_one_time(
    contract: BillingContract,
    charges: Sequence[OneTimeCharge],
    *,
    through: date,
    rates: Rates = NO_RATES,
) -> Iterator[Charge]:
    """Yield the one-time charges due on or before `through`: each in full, on its day.

    Raises: ExchangeRateMissing, ExchangeRateStale: a price cannot be invoiced.
    """
    for charge in charges:
        if charge.on <= contract.known_through(through):
            yield from _once(contract, charge, rates)


def _once(contract: BillingContract, charge: OneTimeCharge, rates: Rates) -> Iterator[Charge]:
    day = Period(charge.on, day_after(charge.on, 1))
    pin = Pin(charge.key, charge.on, charge.currency or contract.currency)
    conversion = rates.conversion(pin, to_currency=contract.currency)
    layers = discounted_layers(
        charge.quantity,
        contract.discounts if charge.discounted else (),
        day=charge.on,
        # What is sold once is a term of its own, all of which begins with it.
        term=TermStart(charge.on, charge.quantity),
    )
    for layer in layers:
        price = Price(
            charge.key,
            charge.kind.value,
            contract.currency,
            charge.unit_price,
            1,
            UNPRORATED,
            _kept(layer.discounts),
            conversion,
        )
        yield Charge(Slot(price, day.start, day.end, 1), day, layer.quantity)


class _Sold:
    """One subscription as it is charged under one contract."""

    def __init__(
        self,
        contract: BillingContract,
        subscription: Subscription,
        months: int,
        rates: Rates,
        known_through: date,
    ) -> None:
        self._contract = contract
        self._subscription = subscription
        self._months = months
        self._rates = rates
        proration = contract.policy.proration
        # To write the name of the usual rule takes as long as a charge.
        self._proration = BY_DAY if proration is BY_ACTUAL_DAYS else proration.name
        self._discounts = (*subscription.discounts, *contract.discounts)
        # A later entry does not exist yet, and takes no discount away.
        self._known = [one for one in subscription.changes if one.effective_on <= known_through]
        # Most subscriptions are; the way through models and layers takes twice as long.
        self._is_plain = not self._discounts and subscription.price_model is None

    def seats(self, levels: Sequence[Standing], period: Period, part: Period) -> Iterator[Charge]:
        """Yield the charges of the seats had on the days of `part` of the billing `period`."""
        if not self._is_plain:
            for level, days in _levels_within(levels, part):
                yield from self._charges(level, period, days)
            return
        for level, days in _levels_within(levels, part):
            assert level.price is not None, "standings refuse a quantity without a price"
            price = self._price(LICENSE, level.price.amount, level.price.months, period)
            yield Charge(Slot(price, period.start, period.end, self._months), days, level.quantity)

    def _charges(self, level: Standing, period: Period, days: Period) -> Iterator[Charge]:
        months = level.price.months if level.price else self._months
        for part, above in _stacked(self._parts(level), level.quantity):
            price = self._price(part.component, part.per_unit, months, period)
            slot = Slot(price, period.start, period.end, self._months)
            if not self._discounts:
                yield Charge(slot, days, part.quantity)
                continue
            for some in self._discounted(days):
                for layer in discounted_layers(
                    part.quantity,
                    self._discounts,
                    day=some.start,
                    term=self._term_on(some.start),
                    above=above,
                ):
                    discounted = price._replace(discounts=_kept(layer.discounts))
                    yield Charge(slot._replace(price=discounted), some, layer.quantity)

    def usage(self, period: Period, part: Period) -> Iterator[Charge]:
        """Yield the charges of what was used in `period`, of which `part` is served.

        Discounts are those of the first day of service, as the exchange rate is.
        Raises: NegativeUsage: less than nothing is said to be used. UsageToldTwice: two records
        with one key do not say the same.
        """
        model = self._subscription.usage_model
        if model is None:
            return
        records = distinct(self._subscription.usage)
        used = [record for record in records if _is_within(record, period)]
        total = sum((record.quantity for record in used), Decimal(0))
        if total < 0:
            raise NegativeUsage(
                f"subscription {self._subscription.key}: the usage of {period} adds up to {total};"
                " correct the records that take back more than was used"
            )
        charges = list(self._used(model, total, period, part.start))
        yield from charges
        yield from self._committed(charges, period, part)

    def _used(
        self, model: PriceModel, total: Decimal, period: Period, served_from: date
    ) -> Iterator[Charge]:
        term = TermStart(self._terms.period_on(served_from).start, total)
        for part, above in _stacked(model.parts(total), total):
            price = self._price(USAGE + part.component, part.per_unit, 1, period)._replace(
                proration=UNPRORATED
            )
            for layer in discounted_layers(
                part.quantity, self._discounts, day=served_from, term=term, above=above
            ):
                discounted = price._replace(discounts=_kept(layer.discounts))
                # For the whole period: it was used, wherever the end is moved to later.
                slot = Slot(discounted, period.start, period.end, 1)
                yield Charge(slot, period, layer.quantity)

    def _committed(
        self, charges: Sequence[Charge], period: Period, part: Period
    ) -> Iterator[Charge]:
        """Yield what is lacking of the least that is spent in a period, or is beyond the most."""
        commitment = self._subscription.commitment
        if commitment is None:
            return
        agreed = commitment.prorated(part.share_of(period))
        currency = self._contract.currency
        spent = Money.total((charge.amount for charge in charges), currency)
        for added in end_of_period(agreed, spent, before=Money.zero(currency)):
            component, amount = USAGE + added.component, added.per_unit
            price = Price(self._subscription.key, component, currency, amount, 1, UNPRORATED)
            yield Charge(Slot(price, period.start, period.end, 1), period, added.quantity)

    def _parts(self, level: Standing) -> Sequence[Part]:
        model = self._subscription.price_model
        if model is not None:
            return model.parts(level.quantity)
        assert level.price is not None, "standings refuse a quantity without a price"
        return [Part(LICENSE, level.price.amount, level.quantity, "")]

    def _price(self, component: str, per_unit: Decimal, months: int, period: Period) -> Price:
        subscription, contract = self._subscription, self._contract
        conversion = None
        if subscription.currency is not None:
            conversion = self._rates.conversion(
                Pin(subscription.key, period.start, subscription.currency),
                to_currency=contract.currency,
            )
        return Price(
            subscription.key,
            component,
            contract.currency,
            per_unit,
            months,
            self._proration,
            (),
            conversion,
        )

    def _discounted(self, days: Period) -> Iterator[Period]:
        """Yield the parts of `days` on which the same discounts are given."""
        cuts = {
            day
            for discount in self._discounts
            for day in self._bounds(discount, days)
            if days.start < day < days.end
        }
        start = days.start
        for cut in [*sorted(cuts), days.end]:
            yield Period(start, cut)
            start = cut

    def _bounds(self, discount: PercentageDiscount, days: Period) -> Iterator[date]:
        conditions = discount.conditions
        window = conditions.service_days
        yield from (day for day in (window.start, window.end) if day is not None)
        for term in self._terms.periods(days):
            yield term.start
            if conditions.months is not None:
                yield month_after(term.start, conditions.months)

    def _term_on(self, day: date) -> TermStart:
        terms = self._terms
        start = terms.start(terms.index_on(day))
        return TermStart(start, units_held_since(self._known, since=start, day=day))

    @property
    def _terms(self) -> Cycle:
        return self._subscription.terms_cycle


def _stacked(parts: Sequence[Part], total: Decimal) -> Iterator[tuple[Part, Decimal]]:
    """Yield `parts`, each with the units below it; the fee of a tier is above them all."""
    below = Decimal(0)
    for part in parts:
        if part.component.endswith(FEE):
            yield part, total
        else:
            yield part, below
            below += part.quantity


def _kept(discounts: Sequence[PercentageDiscount]) -> tuple[PercentOff, ...]:
    return tuple(PercentOff(discount.key, discount.percent) for discount in discounts)


def _is_within(record: UsageRecord, period: Period) -> bool:
    return period.start <= record.used_on < period.end


def _levels_within(levels: Sequence[Standing], part: Period) -> Iterator[tuple[Standing, Period]]:
    """Yield the levels above zero that hold on some day of `part`, with those days."""
    if levels and levels[-1].start <= part.start:
        # Most periods begin after the last change.
        levels = levels[-1:]
    for level, later in zip_longest(levels, levels[1:]):
        if level.start >= part.end:
            return
        start = max(level.start, part.start)
        stop = min(later.start, part.end) if later else part.end
        if level.quantity and start < stop:
            whole = start == part.start and stop == part.end
            yield level, part if whole else Period(start, stop)
