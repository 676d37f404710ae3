"""Suspending, reactivating and cancelling.

Suspending goes on being billed and turns auto-renewal off; reactivating does not turn it on
again. Cancelling is for the window after purchase or renewal only.
Source: learn.microsoft.com/partner-center/developer/suspend-a-subscription,
.../reactivate-a-suspended-a-subscription, .../cancel-an-azure-marketplace-subscription.
"""

from work365.emulators.partner_center.catalogue import (
    AZURE_PLAN,
    PERPETUAL_SOFTWARE,
    RESERVATION,
    SAAS,
)
from work365.emulators.partner_center.errors import bad_request, forbidden
from work365.emulators.partner_center.lifecycle import cancel, window_of
from work365.emulators.partner_center.state import State
from work365.emulators.partner_center.subscription import (
    ACTIVE,
    DELETED,
    SUSPENDED,
    Subscription,
)

SECONDS_IN_HOUR = 3600


def check_status(state: State, subscription: Subscription, status: str) -> None:
    """Check a new status.

    Raises: PartnerCenterError: 800040, 900115, 800096, 900117, 900213, 27009.
    """
    if status == subscription.status:
        return
    if status not in (ACTIVE, SUSPENDED, DELETED):
        raise bad_request(
            800040,
            f"Asset status can't be changed to {status} from {subscription.status}",
            status,
        )
    if subscription.product_kind in (RESERVATION, PERPETUAL_SOFTWARE):
        raise bad_request(800096, "Can't update the status for this subscription")
    if status == DELETED:
        _check_cancel(state, subscription)
    elif status == SUSPENDED:
        _check_suspend(subscription)
    else:
        _check_resume(state, subscription)


def _check_cancel(state: State, subscription: Subscription) -> None:
    if subscription.product_kind == AZURE_PLAN:
        raise bad_request(800096, "Can't update the status for this subscription")
    until = subscription.cancellable_until
    if until is not None and state.now <= until:
        return
    window = window_of(subscription.product_kind, subscription.term_started_at)
    if subscription.product_kind == SAAS:
        hours = int(window.total_seconds()) // SECONDS_IN_HOUR
        raise bad_request(
            900213,
            f"You have passed your {hours}-hour cancellation window. We are unable to cancel "
            "your purchase",
            str(hours),
        )
    raise bad_request(
        900117,
        f"You have passed your {window.days}-day cancellation window. We are unable to cancel "
        "your purchase",
        str(window.days),
    )


def _check_suspend(subscription: Subscription) -> None:
    active = [held for held in subscription.entitlements if held.status == ACTIVE]
    if subscription.product_kind == AZURE_PLAN and active:
        raise forbidden(
            900115,
            "Azure plan can't be moved to suspended state since you have one or more Azure "
            "Subscriptions in the active state",
        )
    if subscription.is_extended:
        raise bad_request(
            900280, "Update operations are currently not allowed for this subscription."
        )


def _check_resume(state: State, subscription: Subscription) -> None:
    parent = state.subscriptions.get(subscription.parent)
    if parent is not None and parent.status != ACTIVE:
        raise bad_request(
            27009, "can't enable a child subscription, when the parent subscription isn't Active"
        )


def set_status(state: State, subscription: Subscription, status: str) -> None:
    """Change the status now."""
    if status == DELETED:
        cancel(state, subscription, state.now)
        return
    subscription.status = status
    if status == SUSPENDED:
        subscription.auto_renew = False
