"""What happens at the end of a term: renewal, extended service, conversion, or the end.

Renewals take place from 00:00 UTC of the day after the term's last day. What is scheduled goes
before what is set: `scheduledActions`, then `scheduledNextTermInstructions`, then
`autoRenewEnabled`. Since extended service exists, a subscription that neither renews nor has an
action `Cancel` goes on month by month at a higher price.

Inferred: a suspended subscription is not extended but ends with its term.
"""

from datetime import date, datetime
from decimal import Decimal

from work365.emulators.partner_center import ledger
from work365.emulators.partner_center.amounts import cut, months_share
from work365.emulators.partner_center.billing import begin_cycle, change_plan
from work365.emulators.partner_center.catalogue import ONLINE_SERVICES, Plan, Sku
from work365.emulators.partner_center.lifecycle import (
    cancel,
    end,
    forget_schedule,
    next_cycle_at,
    renews_at,
    take_up,
    tell,
)
from work365.emulators.partner_center.moments import day_after, first_moment, read_moment
from work365.emulators.partner_center.rules import (
    EXTENDS_SERVICE,
    EXTENSION_UPLIFT,
    EXTENSION_UPLIFT_WITHOUT_MONTHLY,
    holds,
    value_of,
)
from work365.emulators.partner_center.state import State
from work365.emulators.partner_center.subscription import (
    ACTIVE,
    CANCEL,
    EXPIRED,
    EXTEND,
    RENEW_TO_NEW_TERM,
    TRANSITION,
    NextTerm,
    ScheduledAction,
    Subscription,
)
from work365.emulators.partner_center.subscription_bodies import brief_body
from work365.emulators.partner_center.terms import (
    MONTHS_OF_CYCLE,
    add_months,
    cycle_on,
    term_end,
)

MONTH_TO_MONTH = Plan("P1M", "monthly")


def close_term(state: State, subscription: Subscription) -> None:
    """Do at a term's end what is scheduled or set."""
    at = renews_at(subscription)
    if at is None:
        return
    before = brief_body(state, subscription)
    kind = _closed(state, subscription, at)
    subscription.version += 1
    tell(state, subscription, kind, before, at)


def _closed(state: State, subscription: Subscription, at: datetime) -> str:
    action = _action(subscription, at.date())
    if action.action in (RENEW_TO_NEW_TERM, TRANSITION):
        next_term = action.next_term or _same_again(subscription)
        charge_type = ledger.CONVERT if subscription.is_trial else ledger.RENEW
        if take_up(state, subscription, next_term, charge_type, at):
            return "renew_subscription"
    elif action.action == EXTEND and _extend(state, subscription, at):
        return "enter_extended_service_term"
    end(subscription, EXPIRED, at)
    return "expire_subscription"


def _action(subscription: Subscription, day: date) -> ScheduledAction:
    """Return what is to happen at the term's end on `day`."""
    at_end = [action for action in subscription.scheduled_actions if action.when == "TermEnd"]
    if at_end:
        return at_end[0]
    if subscription.auto_renew:
        return ScheduledAction(RENEW_TO_NEW_TERM, next_term=subscription.next_term)
    is_extendable = (
        holds(EXTENDS_SERVICE, day)
        and subscription.product_kind == ONLINE_SERVICES
        and subscription.status == ACTIVE
        and not subscription.is_trial
    )
    return ScheduledAction(EXTEND if is_extendable else CANCEL)


def _same_again(subscription: Subscription) -> NextTerm:
    plan = subscription.renews_to or subscription.plan
    return NextTerm(subscription.catalog_item, plan, subscription.quantity, subscription.promotion)


def _extend(state: State, subscription: Subscription, at: datetime) -> bool:
    """Go on for a month; False where nothing is for sale that a price could come from."""
    country = state.customers[subscription.customer].country
    sku = state.catalogue.sku(f"{subscription.product}:{subscription.sku}")
    price = sku and extended_price(sku, country, at.date())
    if not price:
        return False
    subscription.is_extended = True
    subscription.plan = MONTH_TO_MONTH
    subscription.unit_price = price
    subscription.promotion = ""
    subscription.share_off = Decimal(0)
    subscription.term_started_at = at
    subscription.term_start = at.date()
    subscription.term_end = term_end(at.date(), MONTH_TO_MONTH)
    subscription.custom_term_end = None
    subscription.auto_renew = False
    subscription.batches = []
    forget_schedule(subscription)
    subscription.cancellable_until = (
        day_after(subscription.term_end) if subscription.term_end else None
    )
    begin_cycle(state, subscription, ledger.RENEW, at.date(), at)
    return True


def extended_price(sku: Sku, market: str, day: date) -> Decimal | None:
    """Return a month's price in extended service, cut to hundredths.

    It is the monthly plan's and a little, or a month's share of another plan's and more.
    """
    monthly = sku.price(MONTH_TO_MONTH, market, day)
    if monthly is not None:
        return cut(months_share(monthly.amount * _up(EXTENSION_UPLIFT, day), "monthly", 1))
    for plan in (Plan("P1Y", "monthly"), Plan("P1Y", "annual"), *sku.plans):
        price = sku.price(plan, market, day)
        if price is not None and plan.billing_cycle in MONTHS_OF_CYCLE:
            raised = price.amount * _up(EXTENSION_UPLIFT_WITHOUT_MONTHLY, day)
            return cut(months_share(raised, plan.billing_cycle, 1))
    return None


def _up(rule: str, day: date) -> Decimal:
    return 1 + value_of(rule, day)


def next_charge(state: State, subscription: Subscription) -> None:
    """Begin the next charge cycle of a term, by another plan where that was asked for."""
    at = next_cycle_at(subscription)
    if at is None:
        return
    plan = subscription.next_cycle_plan
    if plan is None:
        begin_cycle(state, subscription, ledger.CYCLE_CHARGE, at.date(), at)
        return
    before = brief_body(state, subscription)
    _change_plan(state, subscription, plan, at)
    subscription.next_cycle_plan = None
    subscription.version += 1
    tell(state, subscription, "update_subscription", before, at)


def _change_plan(state: State, subscription: Subscription, plan: Plan, at: datetime) -> None:
    """Change the billing plan; a longer cycle that has begun is paid for its months left."""
    country = state.customers[subscription.customer].country
    sku = state.catalogue.sku(f"{subscription.product}:{subscription.sku}")
    # A plan's price is locked with the term: it is that of the term's first day.
    price = sku.price(plan, country, subscription.term_start) if sku else None
    if price is not None:
        subscription.unit_price = price.amount
    end_day = subscription.term_end or at.date()
    cycle = cycle_on(subscription.term_start, end_day, plan, at.date())
    left = MONTHS_OF_CYCLE[plan.billing_cycle]
    while left > 1 and add_months(at.date(), left - 1) > cycle.end:
        left -= 1
    change_plan(state, subscription, plan, left, at)


def act_on_dates(state: State, subscription: Subscription, now: datetime) -> None:
    """Do what is scheduled for a date of its own: possible in extended service only."""
    for action in list(subscription.scheduled_actions):
        due = acts_at(action)
        if due is None or due > now:
            continue
        before = brief_body(state, subscription)
        subscription.scheduled_actions.remove(action)
        if action.action == CANCEL:
            cancel(state, subscription, due)
        else:
            next_term = action.next_term or _same_again(subscription)
            take_up(state, subscription, next_term, ledger.CONVERT, due)
            subscription.auto_renew = True
        subscription.version += 1
        tell(state, subscription, "update_subscription", before, due)


def acts_at(action: ScheduledAction) -> datetime | None:
    """Return when an action with a date of its own is due."""
    moment = read_moment(action.effective_date) if action.when == "CustomDate" else None
    return None if moment is None else first_moment(moment.date())
