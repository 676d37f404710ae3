"""The passing of time: what falls due is done at its time and in its order."""

from datetime import datetime

from work365.emulators.partner_center.completions import complete
from work365.emulators.partner_center.lifecycle import age, ages_at, next_cycle_at, renews_at
from work365.emulators.partner_center.renewals import (
    act_on_dates,
    acts_at,
    close_term,
    next_charge,
)
from work365.emulators.partner_center.state import State
from work365.emulators.partner_center.subscription import Subscription
from work365.emulators.partner_center.upgrades import finish_transitions, finishes_at


def pass_time(state: State, to: datetime) -> None:
    """Let everything happen that falls due until a time."""
    while True:
        woken = state.woken(to)
        if woken is None:
            break
        at, key = woken
        state.now = max(state.now, at)
        order = state.orders.get(key)
        if order is not None:
            for subscription in complete(state, order, at):
                schedule(state, state.subscriptions[subscription])
        elif key in state.subscriptions:
            live(state, state.subscriptions[key], at)
    state.now = max(state.now, to)


def live(state: State, subscription: Subscription, at: datetime) -> None:
    """Do what is due for a subscription at a time, the earliest thing only; then look ahead.

    What is due later, be it at the same time, is found again from the queue.
    """
    if (finish := finishes_at(subscription)) is not None and finish <= at:
        for target in finish_transitions(state, subscription, at):
            schedule(state, target)
    elif (due := next_cycle_at(subscription)) is not None and due <= at:
        next_charge(state, subscription)
    elif (due := _renewed_at(state, subscription)) is not None and due <= at:
        close_term(state, subscription)
    else:
        act_on_dates(state, subscription, at)
        age(state, subscription, at)
    schedule(state, subscription)


def schedule(state: State, subscription: Subscription) -> None:
    """Have the subscription woken when something falls due for it next."""
    due = next_due(state, subscription)
    if due is not None:
        state.wake(due, subscription.subscription)


def next_due(state: State, subscription: Subscription) -> datetime | None:
    """Return when something falls due for a subscription next."""
    moments = [
        finishes_at(subscription),
        next_cycle_at(subscription),
        _renewed_at(state, subscription),
        ages_at(subscription),
        *(acts_at(action) for action in subscription.scheduled_actions),
    ]
    return min((moment for moment in moments if moment is not None), default=None)


def everything_due(state: State) -> dict[str, datetime]:
    """Return what falls due next for every order and subscription."""
    due = {
        order.order: order.completed_at
        for order in state.orders.values()
        if order.status == "pending"
    }
    for subscription in state.subscriptions.values():
        moment = next_due(state, subscription)
        if moment is not None:
            due[subscription.subscription] = moment
    return due


def _renewed_at(state: State, subscription: Subscription) -> datetime | None:
    ends = renews_at(subscription)
    return None if ends is None else ends + state.lags.renewal
