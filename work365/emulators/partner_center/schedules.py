"""What a PATCH schedules for the end of the term, in the old form and in the new one.

`scheduledNextTermInstructions` says what the next term is to be. `scheduledActions` (2026) says
what is to happen, and when both are sent only it counts. The sources do not agree whether the
key in it is `scheduledType` or `scheduleType`: both are read, and given back as they came.
Source: learn.microsoft.com/partner-center/developer/create-scheduled-changes.
"""

from datetime import date

from work365.emulators.partner_center.cart_lines import Offer, find_offer
from work365.emulators.partner_center.catalogue import ONLINE_SERVICES, Plan
from work365.emulators.partner_center.end_dates import allowed_ends, latest_end
from work365.emulators.partner_center.errors import bad_request, invalid_input
from work365.emulators.partner_center.moments import read_moment
from work365.emulators.partner_center.payloads import Body
from work365.emulators.partner_center.state import State
from work365.emulators.partner_center.subscription import (
    CANCEL,
    EXTEND,
    RENEW_TO_NEW_TERM,
    TRANSITION,
    NextTerm,
    ScheduledAction,
    Subscription,
)
from work365.emulators.partner_center.subscription_bodies import next_term_body
from work365.emulators.partner_center.terms import term_end

ACTIONS = {name.casefold(): name for name in (RENEW_TO_NEW_TERM, CANCEL, EXTEND, TRANSITION)}
TIMES = {"termend": "TermEnd", "customdate": "CustomDate"}
SPELLINGS = ("scheduledType", "scheduleType")
RENEWING = (RENEW_TO_NEW_TERM, TRANSITION)


def read_next_term(state: State, subscription: Subscription, body: Body) -> NextTerm | None:
    """Return the next term that a PATCH asks for, checked; None when it asks for none.

    Raises: PartnerCenterError.
    """
    instructions = body.part("scheduledNextTermInstructions")
    if instructions is None:
        return None
    return _next_term(state, subscription, instructions)


def read_actions(state: State, subscription: Subscription, body: Body) -> list[ScheduledAction]:
    """Return the actions that a PATCH asks for, checked.

    Raises: PartnerCenterError.
    """
    return [_action(state, subscription, action) for action in body.parts("scheduledActions")]


def _action(state: State, subscription: Subscription, body: Body) -> ScheduledAction:
    spelling = next((name for name in SPELLINGS if body.has(name)), "")
    when = TIMES.get(body.text(spelling).casefold()) if spelling else None
    action = ACTIONS.get(body.text("actionType").casefold())
    if when is None or action is None:
        raise invalid_input(
            "'scheduledActions' needs 'scheduledType' (TermEnd or CustomDate) and "
            f"'actionType' ({', '.join(ACTIONS.values())})."
        )
    effective = body.text("effectiveDate")
    if when == "CustomDate":
        _check_date(state, subscription, effective)
    instructions = body.part("instructions")
    next_term = _next_term(state, subscription, instructions) if instructions else None
    return ScheduledAction(action, when, effective, next_term, spelling)


def _check_date(state: State, subscription: Subscription, effective: str) -> None:
    """Check a date of an action's own. Inferred: extended service is the only place for one."""
    moment = read_moment(effective)
    if moment is None or moment.date() <= state.now.date():
        raise invalid_input("'scheduledActions.effectiveDate' is not a day to come.")
    if not subscription.is_extended:
        raise bad_request(800042, "Not supported. A term is left at its end.")


def _next_term(state: State, subscription: Subscription, body: Body) -> NextTerm:
    product = body.part("product")
    if product is None:
        raise invalid_input(f"'{body.path}.product' is required.")
    item = ":".join(product.text(name) for name in ("productId", "skuId", "availabilityId"))
    standing = _standing(subscription, item)
    # What is sent back as it was read is not held against the catalogue of today.
    if standing is not None and next_term_body(standing) == _as_sent(standing, body, product):
        return standing
    offer = find_offer(state, item, state.now)
    plan = Plan(product.text("termDuration"), product.text("billingCycle").lower())
    if plan != offer.plan:
        raise bad_request(900269, "The billing cycle is invalid.", plan.billing_cycle)
    end = body.moment("customTermEndDate")
    next_term = NextTerm(
        catalog_item=item.upper(),
        plan=plan,
        quantity=body.integer("quantity"),
        promotion=product.text("promotionId"),
        custom_term_end=end.date() if end else None,
    )
    _check(state, subscription, next_term, offer)
    return next_term


def _standing(subscription: Subscription, item: str) -> NextTerm | None:
    scheduled = [subscription.next_term]
    scheduled += [action.next_term for action in subscription.scheduled_actions]
    for next_term in scheduled:
        if next_term is not None and next_term.catalog_item == item.upper():
            return next_term
    return None


def _as_sent(standing: NextTerm, body: Body, product: Body) -> dict[str, object]:
    end = body.moment("customTermEndDate")
    sent = NextTerm(
        standing.catalog_item,
        Plan(product.text("termDuration"), product.text("billingCycle").lower()),
        body.integer("quantity"),
        product.text("promotionId"),
        end.date() if end else None,
    )
    return next_term_body(sent)


def _check(state: State, subscription: Subscription, next_term: NextTerm, offer: Offer) -> None:
    if not offer.sku.minimum <= next_term.quantity <= offer.sku.maximum:
        raise bad_request(
            2002, "Subscription quantity isn't within minimum and maximum allowed quantity"
        )
    if next_term.promotion and next_term.promotion not in state.catalogue.promotions:
        raise bad_request(27007, "Invalid promotion code", next_term.promotion)
    if next_term.custom_term_end is None or subscription.term_end is None:
        return
    if offer.product.kind != ONLINE_SERVICES:
        raise bad_request(
            900244,
            "The custom term end date specified on the scheduled next term instructions is "
            "only valid for OnlineServicesNCE products.",
        )
    _check_end(state, subscription, next_term, next_term.custom_term_end)


def _check_end(state: State, subscription: Subscription, next_term: NextTerm, end: date) -> None:
    start = term_start_after(subscription)
    whole = term_end(start, next_term.plan)
    if whole is None or not start <= end <= latest_end(whole):
        raise bad_request(
            900245,
            "The custom term end date specified on the scheduled next term instructions must "
            "be within the first term duration after renewal.",
        )
    ends = allowed_ends(state, subscription.customer, next_term.plan.term, start)
    if end not in ends:
        raise bad_request(
            900246,
            "The custom term end date specified on the scheduled next term instructions does "
            "not match with the end date of any active non-trial OnlineServicesNCE "
            "subscription or align with the end of the calendar month.",
        )


def term_start_after(subscription: Subscription) -> date:
    """Return the first day of the next term."""
    end = subscription.term_end or subscription.term_start
    return date.fromordinal(end.toordinal() + 1)
