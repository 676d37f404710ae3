"""Carry out one change that was taken up: know what it asks, check it, and do it."""

from datetime import date

from work365.domain.microsoft.asked_changes import AskedChange, before_and_after, intent_of
from work365.domain.microsoft.intents import (
    AssignLicences,
    CancelEntitlement,
    Intent,
    ReactivateEntitlement,
    Upgrade,
)
from work365.domain.microsoft.orders import Purchase
from work365.ports.seen_subscriptions import SubscriptionMirror
from work365.usecases.provision_entitlement import provision_entitlement
from work365.usecases.provision_licences import provision_licences
from work365.usecases.provision_purchase import provision_purchase
from work365.usecases.provision_subscription import Prices, provision_subscription
from work365.usecases.provision_upgrade import provision_upgrade
from work365.usecases.provisioning_task import NotDone, Outcome, Task


def carry_out(task: Task, *, mirror: SubscriptionMirror, prices: Prices, today: date) -> Outcome:
    """Let it be at the provider as the change says.

    Raises: Refusal: nothing was done; Unavailable, Contradiction: it may have been.
    """
    if task.subscription.customer is None:
        raise NotDone(
            "account_not_mapped",
            f"nobody has said yet which customer tenant {task.tenant} is; choose the account in"
            " the provider account, and set this change to awaiting again",
        )
    intent = _intent(task, today)
    match intent:
        case Purchase():
            return provision_purchase(intent, task, mirror)
        case Upgrade():
            return provision_upgrade(intent, task, prices)
        case CancelEntitlement() | ReactivateEntitlement():
            return provision_entitlement(intent, task)
        case AssignLicences():
            return provision_licences(intent, task)
        case _:
            return provision_subscription(intent, task, prices)


def _intent(task: Task, today: date) -> Intent:
    subscription, entry = task.subscription, task.change
    pending = {each.change.key for each in subscription.pending}
    before, after = before_and_after(
        subscription.changes, entry.change, pending=pending, today=today
    )
    return intent_of(
        AskedChange(
            key=entry.change.key,
            action=entry.action,
            before=before,
            after=after,
            details=entry.details,
            reference=subscription.reference,
            part_number=subscription.part_number,
            term=subscription.term,
            plan=subscription.plan,
            promotion=subscription.promotion,
            friendly_name=subscription.friendly_name,
            end_on=subscription.custom_term_end_on,
        )
    )
