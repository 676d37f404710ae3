"""Timer triggers about Microsoft. Hours are in UTC, in which Microsoft counts days.

Those that ask Microsoft put nothing on the queue where the app has no connection to it.
"""

import logging
from functools import cache

import azure.functions as func

from work365.bootstrap import services
from work365.jobs import (
    AnyJob,
    ProviderPart,
    ProvisionChanges,
    SyncEverySubscription,
    SyncProvider,
    WatchConnection,
    WatchDecisions,
)

bp = func.Blueprint()
logger = logging.getLogger(__name__)


@bp.timer_trigger(arg_name="timer", schedule="0 */15 * * * *")
def provision_every_quarter_hour(timer: func.TimerRequest) -> None:  # noqa: ARG001  its signature
    """Tell providers of changes whose day has come, and look after orders under way."""
    # There are providers besides Microsoft, which a person tells.
    services().queue.put(ProvisionChanges())


@bp.timer_trigger(arg_name="timer", schedule="0 30 1 * * *")
def sync_subscriptions_every_night(timer: func.TimerRequest) -> None:  # noqa: ARG001
    """Read all customers and subscriptions: behind the messages, which can be lost.

    After midnight, when terms have renewed and charge cycles have turned.
    """
    _put(SyncEverySubscription())


@bp.timer_trigger(arg_name="timer", schedule="0 0 5,17 * * *")
def sync_audit_twice_a_day(timer: func.TimerRequest) -> None:  # noqa: ARG001  its signature
    """Read whose subscriptions were changed, and read those."""
    _put(SyncProvider(part=ProviderPart.AUDIT))


@bp.timer_trigger(arg_name="timer", schedule="0 0 3 * * *")
def watch_connection_every_day(timer: func.TimerRequest) -> None:  # noqa: ARG001  its signature
    """Use the delegated connection, so that it lasts, and say what will end."""
    _put(WatchConnection())


@bp.timer_trigger(arg_name="timer", schedule="0 0 4 * * *")
def watch_decisions_every_day(timer: func.TimerRequest) -> None:  # noqa: ARG001  its signature
    """Say which windows close and which terms end, while something can be decided."""
    _put(WatchDecisions())


@bp.timer_trigger(arg_name="timer", schedule="0 15 4 * * *")
def sync_prices_every_day(timer: func.TimerRequest) -> None:  # noqa: ARG001  its signature
    """Read price sheets: four requests a market, and next month's come on no announced day."""
    _put(SyncProvider(part=ProviderPart.PRICES), SyncProvider(part=ProviderPart.PROMOTIONS))


@bp.timer_trigger(arg_name="timer", schedule="0 30 4 * * 0")
def sync_products_every_week(timer: func.TimerRequest) -> None:  # noqa: ARG001  its signature
    """Read products, agreements and Azure subscriptions, which change seldom."""
    parts = (ProviderPart.PRODUCTS, ProviderPart.AGREEMENTS, ProviderPart.ENTITLEMENTS)
    _put(*(SyncProvider(part=part) for part in parts))


@bp.timer_trigger(arg_name="timer", schedule="0 0 6 6-9 * *")
def sync_invoices_when_they_come(timer: func.TimerRequest) -> None:  # noqa: ARG001  its signature
    """Read Microsoft's invoices on the days on which it makes them."""
    _put(SyncProvider(part=ProviderPart.INVOICES))


def _put(*jobs: AnyJob) -> None:
    here = services()
    if here.settings.client_id is None or here.settings.partner_tenant is None:
        say_not_connected()
        return
    for job in jobs:
        here.queue.put(job)


@cache
def say_not_connected() -> None:
    """Say in the log that Microsoft is asked nothing: once, and not at every time of a timer."""
    logger.info(
        "WORK365_CLIENT_ID or WORK365_PARTNER_TENANT is not set: timers ask Microsoft nothing"
    )
