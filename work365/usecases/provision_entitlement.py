"""Stop an Azure subscription under a plan, or let it run again."""

from datetime import timedelta

from work365.domain.microsoft.decisions import Done, Refuse
from work365.domain.microsoft.intents import CancelEntitlement, ReactivateEntitlement
from work365.domain.microsoft.purchasing import decide_entitlement
from work365.usecases.provisioning_task import Finished, NotDone, Outcome, Task

SHOWS_AFTER = timedelta(minutes=10)
"""How long Microsoft takes to show another status.

Source: "Cancel an Azure subscription".
"""


def provision_entitlement(intent: CancelEntitlement | ReactivateEntitlement, task: Task) -> Outcome:
    """Ask for it once, and finish when Microsoft shows it.

    Raises: NotDone, Refusal: nothing was changed; Unavailable: it may have been.
    """
    shown = task.desk.entitlements(task.tenant, task.reference)
    decision = decide_entitlement(intent, shown.values)
    if isinstance(decision, Refuse):
        raise NotDone.of(decision)
    if isinstance(decision, Done):
        return Finished(message=decision.why)
    waiting = f"Microsoft was asked, and does not show it yet: {intent}."
    if task.change.provider_reference is not None:
        return task.look_again(waiting)
    desk = task.desk
    ask = (
        desk.cancel_entitlement
        if isinstance(intent, CancelEntitlement)
        else desk.reactivate_entitlement
    )
    ask(task.tenant, task.reference, decision.what, request_id=task.request_id("entitlement"))
    return task.look_again(waiting, reference=decision.what, after=SHOWS_AFTER)
