"""Seats up and down.

Seats are added at any time. They go back only as far as batches are open: those of the
purchase, of a renewal and of each addition, each for seven days to the second.
Inferred: what goes back is taken from the newest batch first.
"""

from datetime import timedelta

from work365.emulators.partner_center.billing import change_seats
from work365.emulators.partner_center.catalogue import AZURE_PLAN, ONLINE_SERVICES
from work365.emulators.partner_center.errors import PartnerCenterError, bad_request, forbidden
from work365.emulators.partner_center.lifecycle import window_of
from work365.emulators.partner_center.state import State
from work365.emulators.partner_center.subscription import SUSPENDED, Batch, Subscription


def refundable(state: State, subscription: Subscription) -> int:
    """Return how many seats may go back now."""
    return sum(batch.quantity for batch in subscription.batches if state.now <= batch.until)


def check_quantity(state: State, subscription: Subscription, quantity: int) -> None:
    """Check a new number of seats.

    Raises: PartnerCenterError: 2001, 800095, 2002, and 800090 when the seats are held.
    """
    if subscription.status == SUSPENDED:
        raise bad_request(
            2001,
            "Subscription quantity can't be increased or decreased while subscription is being "
            "suspended",
        )
    if subscription.product_kind == AZURE_PLAN:
        raise forbidden(800027, "The catalog item isn't eligible for add or remove quantity")
    if subscription.is_trial or subscription.is_extended:
        raise bad_request(800095, "Can't update the seat quantity for this subscription")
    sku = state.catalogue.sku(f"{subscription.product}:{subscription.sku}")
    if sku is None or not sku.minimum <= quantity <= sku.maximum:
        raise bad_request(
            2002, "Subscription quantity isn't within minimum and maximum allowed quantity"
        )
    if quantity < subscription.quantity:
        _check_decrease(state, subscription, subscription.quantity - quantity)


def _check_decrease(state: State, subscription: Subscription, fewer: int) -> None:
    is_seat_based = subscription.product_kind == ONLINE_SERVICES
    if not is_seat_based or fewer > refundable(state, subscription):
        raise PartnerCenterError(400, 800090, "Subscription quantity cannot be decreased.")


def set_quantity(state: State, subscription: Subscription, quantity: int) -> None:
    """Change the seats now and bill it: all old ones back, all new ones charged."""
    before = subscription.quantity
    if quantity > before:
        window = window_of(subscription.product_kind, state.now)
        if window > timedelta(0):
            subscription.batches.append(Batch(quantity - before, state.now + window))
    else:
        _take(state, subscription, before - quantity)
    subscription.quantity = quantity
    change_seats(state, subscription, before, state.now)


def _take(state: State, subscription: Subscription, fewer: int) -> None:
    for batch in reversed(subscription.batches):
        if state.now <= batch.until:
            taken = min(batch.quantity, fewer)
            batch.quantity -= taken
            fewer -= taken
    subscription.batches = [batch for batch in subscription.batches if batch.quantity]
