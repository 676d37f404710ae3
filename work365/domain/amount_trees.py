"""Amount trees: what the amount of a line is made from, by what the line itself keeps.

The quantity, the price and the carried rounding are given as nodes, because others know where
they come from: see `work365.domain.provenance`.
"""

from decimal import Decimal
from fractions import Fraction

from work365.domain import figures
from work365.domain.charges import BY_DAY, Charge
from work365.domain.explanation_trees import Node, Operation, Step, derived, fact, rounded
from work365.domain.lines import BilledLine, LineKind
from work365.domain.money import minor_unit_digits
from work365.domain.proration import VERSION, Proration
from work365.domain.rounding import RoundingMode, round_exactly

EXACT = "exact amount"
"""Name of the product that a line is before it is rounded."""


def amount_tree(line: BilledLine, *, quantity: Node, price: Node, carried: Node | None) -> Node:
    """Return the tree of the amount of `line`, given the nodes that others know more about.

    `quantity` and `price` are nodes of what the line says; `carried` is there where rounding
    of earlier lines was added.
    Raises: PeriodNotContained, UnknownProration: there is no such part, or no such rule.
    """
    whole = exact_tree(line.charge, quantity=quantity, price=price)
    if carried is not None:
        step = Step(name="exact with carried", reason="before it is rounded")
        whole = derived(step, Operation.SUM, (whole, carried))
    own = _rounded_amount(line.charge, whole)
    instead = _instead(line)
    if instead is None:
        return own
    shown = f"{figures.plain(Decimal(0) if line.limit is None else line.limit.amount)}"
    step = Step(
        name="amount",
        reason=instead.reason,
        shown=f"{shown} {line.charge.slot.price.currency}",
    )
    return derived(step, Operation.LIMIT, (own, instead))


def exact_tree(charge: Charge, *, quantity: Node, price: Node) -> Node:
    """Return the product that `charge` is before it is rounded: its factors in their order."""
    factors = [quantity]
    if charge.slot.price.proration == BY_DAY:
        factors += [price, *_cycle_and_days(charge)]
    else:
        factors += _by_rule(charge, price)
    step = Step(name=EXACT, reason="before it is rounded")
    return derived(step, Operation.PRODUCT, (*factors, *_discounts_and_rate(charge)))


def _rounded_amount(charge: Charge, whole: Node) -> Node:
    price = charge.slot.price
    mode = Proration.named(price.proration).rounding.line_mode
    digits = minor_unit_digits(price.currency)
    value = round_exactly(whole.value, digits, mode)
    step = Step(
        name="amount",
        reason="rounded once",
        shown=f"{figures.plain(value)} {price.currency}",
        rule=f"{mode.value}{VERSION}",
    )
    return rounded(step, whole, digits, f"decimals of {price.currency}, by ISO 4217")


def _instead(line: BilledLine) -> Node | None:
    """Return what the amount is in place of its own sum; none where it is that."""
    if line.kind is LineKind.WAIVED:
        reason = "waived: what was taken away is not refunded"
        return fact(Step(name="waived", reason=reason), 0)
    if line.limit is None:
        return None
    step = Step(
        name="limit",
        reason=f"limited to what was left of line {line.corrects}",
        shown=figures.money(line.limit),
    )
    return fact(step, line.limit.amount)


def _cycle_and_days(charge: Charge) -> list[Node]:
    slot, part = charge.slot, charge.service_period
    price, factors = slot.price, []
    if slot.cycle_months != price.months:
        step = Step(
            name="cycle",
            reason=f"the billing period is {figures.months(slot.cycle_months)} long",
            shown=f"{slot.cycle_months}/{price.months}",
        )
        factors.append(fact(step, Fraction(slot.cycle_months, price.months)))
    whole = slot.billing_period
    step = Step(
        name="days",
        reason=f"{figures.days(part)} of the billing period {figures.days(whole)}",
        shown=f"{part.days}/{whole.days}",
        rule=price.proration,
    )
    return [*factors, fact(step, part.share_of(whole))]


def _by_rule(charge: Charge, price: Node) -> list[Node]:
    """Return the unit price and the share by a rule with a day count or steps of its own."""
    name = charge.slot.price.proration
    steps = Proration.named(name).rounding
    part, whole = charge.service_period, charge.slot.billing_period
    reason = f"{figures.days(part)} of the billing period {figures.days(whole)}, by the rule {name}"
    share = fact(Step(name="share", reason=reason, rule=name), charge.measure)
    if steps.fraction_digits is not None:
        step = Step(
            name="share",
            reason=f"{share.shown} rounded",
            rule=f"{RoundingMode.HALF_AWAY_FROM_ZERO.value}{VERSION}",
        )
        share = rounded(step, share, steps.fraction_digits, f"decimals of a share, by {name}")
    if steps.unit_price_digits is None:
        return [price, share]
    one = derived(
        Step(name="unit price before rounding", reason=f"for {figures.days(part)}"),
        Operation.PRODUCT,
        (price, share),
    )
    step = Step(
        name="unit price",
        reason=f"{price.shown} x {share.shown}, {reason}, rounded",
        rule=f"{steps.unit_price_mode.value}{VERSION}",
    )
    digits = steps.unit_price_digits
    return [rounded(step, one, digits, f"decimals of a unit price, by {name}")]


def _discounts_and_rate(charge: Charge) -> list[Node]:
    price = charge.slot.price
    factors = [
        fact(
            Step(
                name="discount",
                reason=f"discount {discount.name}: {figures.plain(discount.percent)} percent off",
            ),
            1 - Fraction(discount.percent) / 100,
        )
        for discount in price.discounts
    ]
    if price.conversion is not None:
        step = Step(name="exchange rate", reason=price.conversion.explained)
        factors.append(fact(step, price.conversion.convert(Decimal(1))))
    return factors
