"""The whole subscription that a change is sent with.

Partner Center takes the full resource: what is left out of it is reset, auto-renewal and what
is scheduled among it. So the subscription is sent back as it came, unknown fields included,
and only what is to change is changed.

Source: "Update a subscription by ID", "Schedule changes for a new commerce subscription".
`scheduledActions` is known from client libraries of 2026 only; how one of its keys is spelled
is therefore a setting.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from work365.adapters.partner_center.seen_subscriptions import (
    ACTIONS,
    AT_TERM_END,
    SCHEDULE_SPELLINGS,
)
from work365.adapters.partner_center.spelling import day_written, plan_written
from work365.domain.microsoft.subscription_edits import SubscriptionEdit
from work365.domain.microsoft.subscriptions import NextTerm, TermEnd
from work365.errors import Refusal

NEXT_TERM = "scheduledNextTermInstructions"
SCHEDULED = "scheduledActions"


class ScheduleSpelling(Enum):
    """How the kind of schedule is spelled that an action has."""

    SCHEDULED_TYPE = "scheduledType"
    SCHEDULE_TYPE = "scheduleType"


class AvailabilityMissing(Refusal):
    """A next term as another product does not say which availability of it."""

    code = "availability_missing"


def body_with(
    body: Mapping[str, Any], edit: SubscriptionEdit, spelling: ScheduleSpelling
) -> dict[str, Any]:
    """Return `body`, a subscription as Partner Center answered it, with `edit` made.

    Raises: AvailabilityMissing: it renews as a product whose availability is not said.
    """
    changed = {
        "quantity": edit.quantity,
        "status": None if edit.status is None else edit.status.value,
        "friendlyName": edit.friendly_name,
        "termDuration": None if edit.term is None else edit.term.value,
        "billingCycle": None if edit.plan is None else plan_written(edit.plan),
    }
    result = {**body, **{name: value for name, value in changed.items() if value is not None}}
    if edit.term_end is not None:
        result |= _term_end(result, edit.term_end, edit.next_term, spelling)
    return result


def _term_end(
    body: Mapping[str, Any],
    term_end: TermEnd,
    next_term: NextTerm | None,
    spelling: ScheduleSpelling,
) -> dict[str, Any]:
    renews = term_end in (TermEnd.RENEW, TermEnd.TRANSITION)
    if next_term is None and _ends_so(body, term_end, renews=renews):
        return {}
    action: dict[str, Any] = {spelling.value: AT_TERM_END, "actionType": ACTIONS[term_end]}
    instructions = _instructions(body, next_term) if renews else None
    if instructions is not None:
        action["instructions"] = instructions
    # The documented field is written beside the action, of which only client libraries know.
    return {
        "autoRenewEnabled": renews,
        NEXT_TERM: instructions,
        SCHEDULED: [*_other_actions(body), action],
    }


def _ends_so(body: Mapping[str, Any], term_end: TermEnd, *, renews: bool) -> bool:
    action = _action_at_term_end(body)
    said = ACTIONS[TermEnd.RENEW] if renews and action is None else (action or {}).get("actionType")
    return body.get("autoRenewEnabled") is renews and said == ACTIONS[term_end]


def _action_at_term_end(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return next((each for each in body.get(SCHEDULED) or [] if _is_at_term_end(each)), None)


def _other_actions(body: Mapping[str, Any]) -> list[Any]:
    return [each for each in body.get(SCHEDULED) or [] if not _is_at_term_end(each)]


def _is_at_term_end(action: Mapping[str, Any]) -> bool:
    return any(str(action.get(name)).lower() == AT_TERM_END.lower() for name in SCHEDULE_SPELLINGS)


def _instructions(body: Mapping[str, Any], next_term: NextTerm | None) -> Mapping[str, Any] | None:
    if next_term is None:
        return _kept_instructions(body)
    told: dict[str, Any] = {
        "product": _product(body, next_term),
        "quantity": next_term.quantity or body.get("quantity"),
    }
    if next_term.end_on is not None:
        told["customTermEndDate"] = day_written(next_term.end_on)
    return told


def _kept_instructions(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return what was scheduled for the next term already, which stays."""
    action = _action_at_term_end(body)
    kept: Mapping[str, Any] | None = (
        body.get(NEXT_TERM) if action is None else action.get("instructions")
    )
    return kept


def _product(body: Mapping[str, Any], next_term: NextTerm) -> dict[str, Any]:
    now = str(body.get("offerId", ""))
    product, _, rest = now.partition(":")
    sku, _, availability = rest.partition(":")
    if next_term.part_number not in (None, f"{product}:{sku}"):
        product, _, sku = str(next_term.part_number).partition(":")
        availability = ""
    availability = next_term.availability or availability
    if not availability:
        raise AvailabilityMissing(
            f"The next term is to be {product}:{sku}, and no availability of it is said. Look up"
            " a fresh one first."
        )
    told = {
        "productId": product,
        "skuId": sku,
        "availabilityId": availability,
        "billingCycle": next_term.plan.value if next_term.plan else body.get("billingCycle"),
        "termDuration": next_term.term.value if next_term.term else body.get("termDuration"),
    }
    return told if next_term.promotion is None else {**told, "promotionId": next_term.promotion}
