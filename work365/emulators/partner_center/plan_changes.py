"""Changes of term and billing plan in the middle of a term.

A term only becomes longer, from a month to a year and from a year to three. The billing plan
changes in a term of three years only, between monthly and annual, at the next charge.
Uncertain: a longer term begins at once, the rest of the old charge cycle is given back as with
an upgrade, and the window for cancelling is not opened again.
"""

from work365.emulators.partner_center import ledger
from work365.emulators.partner_center.amounts import cut_unit
from work365.emulators.partner_center.billing import Posting, begin_cycle, post
from work365.emulators.partner_center.catalogue import SOFTWARE_SUBSCRIPTION, Plan
from work365.emulators.partner_center.errors import bad_request
from work365.emulators.partner_center.payloads import Body
from work365.emulators.partner_center.state import State
from work365.emulators.partner_center.subscription import Subscription
from work365.emulators.partner_center.terms import MONTHS_OF_TERM, term_end

THREE_YEARS = "P3Y"


def plan_change(state: State, subscription: Subscription, body: Body) -> tuple[Plan, Plan | None]:
    """Return the plan to change to now and the one to change to at the next charge.

    Raises: PartnerCenterError: 2054, 800097, 800107, 800121, 800122.
    """
    current = subscription.plan
    term = body.text("termDuration") or current.term
    cycle = body.text("billingCycle").lower() or current.billing_cycle
    wanted = Plan(term, cycle)
    if term != current.term:
        _check_term(state, subscription, wanted)
        return wanted, None
    if cycle == current.billing_cycle:
        return current, _kept(subscription, body)
    _check_cycle(state, subscription, wanted)
    return current, wanted


def _kept(subscription: Subscription, body: Body) -> Plan | None:
    """Return the change that waits for the next charge, if the body still has it."""
    return subscription.next_cycle_plan if body.raw("nextChargeInstructions") else None


def _check_term(state: State, subscription: Subscription, wanted: Plan) -> None:
    if subscription.is_trial:
        raise bad_request(800107, "Term changes are not supported for trial offers.")
    months = MONTHS_OF_TERM.get(wanted.term)
    if months is None or not _is_sold(state, subscription, wanted):
        raise bad_request(800121, "The term duration provided is invalid.")
    if months < MONTHS_OF_TERM.get(subscription.plan.term, 0):
        raise bad_request(
            800122, "The target term duration cannot be shorter than the current term duration."
        )


def _check_cycle(state: State, subscription: Subscription, wanted: Plan) -> None:
    if subscription.product_kind == SOFTWARE_SUBSCRIPTION:
        raise bad_request(
            2054,
            "The billing cycle for an existing subscription can't be updated using "
            "update-subscription operation. Use update-Order operation to update the billing "
            "cycle",
        )
    both = {wanted.billing_cycle, subscription.plan.billing_cycle} == {"monthly", "annual"}
    if wanted.term != THREE_YEARS or not both or not _is_sold(state, subscription, wanted):
        raise bad_request(800097, "Can't update the billing cycle for this subscription")


def _is_sold(state: State, subscription: Subscription, plan: Plan) -> bool:
    sku = state.catalogue.sku(f"{subscription.product}:{subscription.sku}")
    country = state.customers[subscription.customer].country
    return sku is not None and sku.price(plan, country, state.now.date()) is not None


def change_term(state: State, subscription: Subscription, plan: Plan) -> None:
    """Begin a longer term today, at today's price."""
    at = state.now
    sku = state.catalogue.sku(f"{subscription.product}:{subscription.sku}")
    country = state.customers[subscription.customer].country
    price = sku.price(plan, country, at.date()) if sku else None
    if price is None:
        raise bad_request(800121, "The term duration provided is invalid.")
    refund = Posting(
        charge_type=ledger.CONVERT,
        at=at,
        quantity=subscription.quantity,
        since=at.date(),
        reference=state.new_id(),
        is_refund=True,
        subtotal=cut_unit,
    )
    post(state, subscription, refund)
    subscription.plan = plan
    subscription.unit_price = price.amount
    subscription.promotion = ""
    subscription.share_off = type(price.amount)(0)
    subscription.term_started_at = at
    subscription.term_start = at.date()
    subscription.term_end = term_end(at.date(), plan)
    subscription.custom_term_end = None
    subscription.batches = []
    begin_cycle(state, subscription, ledger.CONVERT, at.date(), at)
