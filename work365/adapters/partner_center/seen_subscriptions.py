"""A subscription with all that Partner Center says of it, and not only what is billed.

Source: "Subscription resources"; `scheduledActions` is not in the documentation of 2023, and
is known from client libraries of 2026, which spell one of its keys in two ways: both are read.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from work365.adapters.partner_center.field_values import (
    availability_of,
    count_of,
    end_of,
    identifier_of,
    last_day_of,
    plan_of,
    quantity_of,
    term_of,
    yes_or_no_of,
)
from work365.adapters.partner_center.files import Row, Unreadable, moment_of, text_of
from work365.adapters.partner_center.reading import each_of, part_of
from work365.adapters.partner_center.subscription_fields import read_subscription
from work365.domain.catalog import part_number
from work365.domain.microsoft.subscriptions import (
    NextTerm,
    RefundableSeats,
    SeenSubscription,
    TermEnd,
)

EXTENDED_TERM_WORDS = "extended service term"
"""In the name of what is sold while a subscription is in its extended term; not documented."""

SCHEDULE_SPELLINGS = ("scheduledType", "scheduleType")
AT_TERM_END = "TermEnd"
FULL_REFUND = "Full"

ACTIONS: Mapping[TermEnd, str] = {
    TermEnd.RENEW: "RenewToNewTerm",
    TermEnd.CANCEL: "Cancel",
    TermEnd.EXTEND: "RenewToExtendedServiceTerm",
    TermEnd.TRANSITION: "Transition",
}
_INSTRUCTIONS = {True: "scheduledNextTermInstructions", False: "instructions"}
"""By whether no action is scheduled. Where both are there, only the action's own count."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_TERM_ENDS = {action.lower(): term_end for term_end, action in ACTIONS.items()}


def read_seen(row: Row, *, tenant: str, seen_at: datetime) -> SeenSubscription | None:
    """Return the subscription that `row` is; None where the row now has errors."""
    provided = read_subscription(row, dict(row.fields), tenant)
    if provided is None:
        return None
    action = _action_at_term_end(row)
    instructions = part_of(row if action is None else action, _INSTRUCTIONS[action is None])
    seen = SeenSubscription(
        provided=provided,
        seen_at=seen_at,
        etag=row.read_if_given("attributes.etag", text_of),
        friendly_name=row.read_if_given("friendlyName", text_of),
        availability=row.read_if_given("offerId", availability_of),
        parent=row.read_if_given("parentSubscriptionId", identifier_of),
        promotion=row.read_if_given("promotionId", text_of),
        bought_at=row.read_if_given("creationDate", moment_of),
        commitment_end_at=_commitment_end(row),
        cancel_until=row.read_if_given("cancellationAllowedUntilDate", end_of),
        full_refund_until=_full_refund_until(row),
        refundable=_refundable(row),
        term_end=_term_end(row, action),
        next_term=None if instructions is None else _next_term(instructions),
        in_extended_term=EXTENDED_TERM_WORDS in str(row.fields.get("offerName", "")).lower(),
        next_plan=row.read_if_given("nextChargeInstructions.product.billingCycle", plan_of),
        # What is older than the marketplace does not say it.
        is_microsoft=row.read_if_given("isMicrosoftProduct", yes_or_no_of) is not False,
    )
    return seen if row.is_sound else None


def _commitment_end(row: Row) -> datetime | None:
    exact = row.read_if_given("commitmentEndDateTime", end_of)
    return row.read_if_given("commitmentEndDate", end_of) if exact is None else exact


def _full_refund_until(row: Row) -> datetime | None:
    """Return the latest end of a full refund; None where none is named, or one without an end."""
    ends = []
    for option in each_of(row, "refundOptions", may_be_left_out=True):
        kind = option.read_if_given("type", text_of) or ""
        until = option.read_if_given("expiresAt", end_of)
        if kind.lower() == FULL_REFUND.lower() and until is not None:
            ends.append(until)
    return max(ends, default=None)


def _refundable(row: Row) -> tuple[RefundableSeats, ...] | None:
    """Return the batches; none where Microsoft says so, and None where it says nothing."""
    batches = tuple(_batches(row))
    if row.fields.get("refundableQuantity.details"):
        return batches
    total = row.read_if_given("refundableQuantity.totalQuantity", count_of)
    if total is None:
        return () if row.fields.get("refundableQuantity.details") == [] else None
    # A number of seats without their moments tells nothing of when each closes.
    return () if total == 0 else None


def _batches(row: Row) -> Iterator[RefundableSeats]:
    for batch in each_of(row, "refundableQuantity.details"):
        seats = batch.read("quantity", count_of, otherwise=0)
        until = batch.read("allowedUntilDateTime", moment_of, otherwise=_LONG_AGO)
        if seats:
            yield RefundableSeats(seats, until)


def _action_at_term_end(row: Row) -> Row | None:
    at_end = None
    for action in each_of(row, "scheduledActions"):
        known = [name for name in SCHEDULE_SPELLINGS if name in action.fields]
        schedule = action.read(known[0] if known else SCHEDULE_SPELLINGS[0], text_of, otherwise="")
        if schedule.lower() == AT_TERM_END.lower():
            at_end = action
        else:
            row.warn(
                "scheduled_action_not_read",
                "scheduledActions",
                "what is scheduled for another day than the end of the term is not read: see it"
                " in Partner Center",
            )
    return at_end


def _term_end(row: Row, action: Row | None) -> TermEnd | None:
    if action is not None:
        return action.read("actionType", _action_of, otherwise=None)
    # Without auto-renewal and without an action Microsoft does not say what will be: it is a
    # rule, which has changed before.
    return TermEnd.RENEW if row.read_if_given("autoRenewEnabled", yes_or_no_of) else None


def _action_of(value: object) -> TermEnd | None:
    said = _TERM_ENDS.get(text_of(value).lower())
    if said is None:
        known = ", ".join(ACTIONS.values())
        raise Unreadable("scheduled_action_unknown", f"it must be one of {known}")
    return said


def _next_term(told: Row) -> NextTerm:
    product = told.read_if_given("product.productId", text_of)
    sku = told.read_if_given("product.skuId", text_of)
    return NextTerm(
        part_number=part_number(product_id=product, sku_id=sku) if product and sku else None,
        availability=told.read_if_given("product.availabilityId", text_of),
        term=told.read_if_given("product.termDuration", term_of),
        plan=told.read_if_given("product.billingCycle", plan_of),
        quantity=told.read_if_given("quantity", quantity_of),
        promotion=told.read_if_given("product.promotionId", text_of),
        end_on=told.read_if_given("customTermEndDate", last_day_of),
    )
