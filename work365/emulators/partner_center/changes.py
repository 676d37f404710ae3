"""What a PATCH makes of a subscription.

The body is the whole resource. What it leaves out of `autoRenewEnabled`,
`scheduledNextTermInstructions`, `scheduledActions` and `nextChargeInstructions` is reset
(auto-renewal: to off); `quantity` and `status` have to be there. A change in the middle of a
term (seats, status, term) drops everything that was scheduled for its end.
Source: learn.microsoft.com/partner-center/developer/change-the-quantity-of-a-subscription,
.../suspend-a-subscription, .../update-a-subscription-by-id, .../create-scheduled-changes.
"""

from dataclasses import dataclass, replace

from work365.emulators.partner_center.catalogue import Plan
from work365.emulators.partner_center.errors import (
    bad_request,
    being_renewed,
    invalid_input,
    pending_operation,
    stale_etag,
)
from work365.emulators.partner_center.lifecycle import forget_schedule, renews_at
from work365.emulators.partner_center.payloads import Body
from work365.emulators.partner_center.plan_changes import change_term, plan_change
from work365.emulators.partner_center.rules import UPDATES_MAX, value_of
from work365.emulators.partner_center.schedules import RENEWING, read_actions, read_next_term
from work365.emulators.partner_center.seats import check_quantity, set_quantity
from work365.emulators.partner_center.state import State
from work365.emulators.partner_center.statuses import check_status, set_status
from work365.emulators.partner_center.subscription import (
    ACTIVE,
    DELETED,
    DISABLED,
    EXPIRED,
    SUSPENDED,
    NextTerm,
    ScheduledAction,
    Subscription,
)
from work365.emulators.partner_center.subscription_bodies import etag_of


@dataclass
class Wanted:
    """A PATCH, read and checked, before anything is changed."""

    quantity: int
    status: str
    auto_renew: bool
    friendly_name: str
    partner_of_record: str
    plan: Plan
    next_cycle_plan: Plan | None
    next_term: NextTerm | None
    actions: list[ScheduledAction]


def check_open(state: State, subscription: Subscription, if_match: str, body: Body) -> None:
    """Check that the subscription may be changed at all now.

    Raises: PartnerCenterError: 2055, 2011, 900279, 409 while it is renewed, 900278, 900311.
    """
    attributes = body.part("attributes")
    sent = if_match.strip('"') or (attributes.text("etag") if attributes else "")
    if sent and sent != etag_of(subscription.subscription, subscription.version):
        raise stale_etag()
    if body.has("id") and body.text("id").casefold() != subscription.subscription:
        raise invalid_input("'id' is not the subscription's in the address.")
    if subscription.status == DELETED:
        raise bad_request(
            2011,
            f"Subscription with ID {subscription.subscription} and deleted status can't be "
            "updated.",
        )
    if subscription.status in (EXPIRED, DISABLED):
        raise bad_request(900279, "Update operations are no longer allowed for this subscription.")
    renewal = renews_at(subscription)
    if renewal is not None and state.now >= renewal:
        raise being_renewed()
    if subscription.pending_until is not None and state.now < subscription.pending_until:
        raise pending_operation()
    if subscription.updates >= value_of(UPDATES_MAX, state.now.date()):
        raise bad_request(
            900311,
            "This subscription has been updated too many times. Please contact partner "
            "support if you need to make more updates on this subscription.",
        )


def read_change(state: State, subscription: Subscription, body: Body) -> Wanted:
    """Read and check a PATCH; nothing is changed yet.

    Raises: PartnerCenterError.
    """
    for name in ("quantity", "status"):
        if body.raw(name) is None:
            raise invalid_input(f"'{name}' is required: the body is the whole subscription.")
    plan, next_cycle_plan = plan_change(state, subscription, body)
    actions = read_actions(state, subscription, body)
    wanted = Wanted(
        quantity=body.integer("quantity"),
        status=body.text("status").casefold(),
        auto_renew=body.flag("autoRenewEnabled"),
        friendly_name=body.text("friendlyName") or subscription.friendly_name,
        partner_of_record=body.text("partnerId", subscription.partner_of_record),
        plan=plan,
        next_cycle_plan=next_cycle_plan,
        next_term=None if actions else read_next_term(state, subscription, body),
        actions=actions,
    )
    check_status(state, subscription, wanted.status)
    if wanted.quantity != subscription.quantity:
        check_quantity(state, subscription, wanted.quantity)
    _check_extended(subscription, wanted)
    _check_renewal(subscription, wanted)
    return wanted


def is_mid_term(subscription: Subscription, wanted: Wanted) -> bool:
    """Return whether a change takes place now and not at the term's end."""
    return (
        wanted.quantity != subscription.quantity
        or wanted.status != subscription.status
        or wanted.plan.term != subscription.plan.term
    )


def _check_extended(subscription: Subscription, wanted: Wanted) -> None:
    """Check that in extended service nothing is changed but its end."""
    if not subscription.is_extended or wanted.status == DELETED:
        return
    if is_mid_term(subscription, wanted):
        raise bad_request(
            900280, "Update operations are currently not allowed for this subscription."
        )


def _check_renewal(subscription: Subscription, wanted: Wanted) -> None:
    if is_mid_term(subscription, wanted):
        return
    is_refused = not subscription.plan.term or subscription.status == SUSPENDED
    if wanted.auto_renew and not subscription.auto_renew and is_refused:
        raise bad_request(800093, "The subscription isn't eligible to be auto-renewed")
    is_new = wanted.next_term is not None and wanted.next_term != subscription.next_term
    if is_new and not wanted.auto_renew:
        raise bad_request(
            800093,
            "The subscription isn't eligible to be auto-renewed: changes are scheduled with "
            "autoRenewEnabled only",
        )
    if any(action.action in RENEWING for action in wanted.actions) and not wanted.auto_renew:
        raise bad_request(800093, "The subscription isn't eligible to be auto-renewed")


def apply_change(state: State, subscription: Subscription, wanted: Wanted) -> None:
    """Make the change. Seats, status and term first: they drop what is scheduled."""
    before = replace(subscription)
    subscription.friendly_name = wanted.friendly_name
    subscription.partner_of_record = wanted.partner_of_record
    if is_mid_term(before, wanted):
        subscription.auto_renew = wanted.auto_renew
        forget_schedule(subscription)
        _change_now(state, subscription, wanted)
    else:
        subscription.auto_renew = wanted.auto_renew
        subscription.next_cycle_plan = wanted.next_cycle_plan
        subscription.scheduled_actions = wanted.actions
        subscription.next_term = wanted.next_term if wanted.auto_renew else None
    subscription.version += 1
    subscription.updates += 1
    if state.lags.update_done:
        subscription.pending_until = state.now + state.lags.update_done


def _change_now(state: State, subscription: Subscription, wanted: Wanted) -> None:
    if wanted.status != subscription.status:
        set_status(state, subscription, wanted.status)
    if subscription.status not in (ACTIVE, SUSPENDED):
        return
    if wanted.plan.term != subscription.plan.term:
        change_term(state, subscription, wanted.plan)
    if wanted.quantity != subscription.quantity:
        set_quantity(state, subscription, wanted.quantity)
