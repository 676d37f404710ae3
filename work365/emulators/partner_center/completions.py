"""Orders as they get done: their subscriptions come to be."""

from datetime import datetime

from work365.emulators.partner_center.lifecycle import begin, tell
from work365.emulators.partner_center.purchases import Order
from work365.emulators.partner_center.state import State

COMPLETED = "completed"


def complete(state: State, order: Order, now: datetime) -> list[str]:
    """Start the subscriptions of an order once it is time, and return their ids."""
    if order.status == COMPLETED or order.completed_at > now:
        return []
    begun: dict[int, str] = {}
    for line in order.lines:
        line.subscription = state.new_id()
        if line.parent_line is not None:
            line.parent_subscription = begun.get(line.parent_line, "")
        subscription = begin(state, order, line, line.subscription)
        begun[line.number] = line.subscription
        actor = (order.actor, order.application)
        tell(state, subscription, "create_subscription", None, order.completed_at, actor)
    order.status = COMPLETED
    order.version += 1
    return list(begun.values())
