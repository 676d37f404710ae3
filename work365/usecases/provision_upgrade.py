"""Upgrade seats of a subscription to a better product, once."""

from work365.domain.findings import Severity
from work365.domain.microsoft.decisions import Done, Refuse, Wait
from work365.domain.microsoft.intents import Upgrade
from work365.domain.microsoft.purchasing import decide_upgrade, perhaps_ours
from work365.domain.microsoft.transitions import Transition, TransitionStatus
from work365.domain.microsoft.what_if import what_if
from work365.usecases.provision_subscription import Prices, on_credit_hold, situation
from work365.usecases.provisioning_task import Finished, NotDone, Outcome, Task


def provision_upgrade(upgrade: Upgrade, task: Task, prices: Prices) -> Outcome:
    """Order `upgrade`, or look how far it is.

    Raises: NotDone, Refusal: nothing was upgraded; Unavailable: it may have been.
    """
    operation = task.change.provider_reference
    if operation is not None:
        found = task.desk.upgrades(task.tenant, task.reference, operation=operation).values
        return _outcome(upgrade, found[0], task) if found else _under_way(operation, task)
    if task.subscription.is_on_credit_hold:
        raise on_credit_hold(task.subscription)
    seen = task.desk.subscription(task.tenant, task.reference)
    decision = decide_upgrade(
        upgrade,
        seen,
        at=task.clock(),
        offers=task.desk.upgrade_offers(task.tenant, task.reference).values,
        transitions=perhaps_ours(
            task.desk.upgrades(task.tenant, task.reference).values,
            known=task.subscription.begun,
            asked_at=task.change.change.recorded_at,
        ),
    )
    match decision:
        case Refuse() as refused:
            raise NotDone.of(refused)
        case Done(why, subscription):
            return Finished(message=f"{why}{_where(subscription)}")
        case Wait(_, why):
            return task.look_again(why)
    stands = situation(upgrade, seen, task, prices)
    at_stake = what_if(upgrade, stands, at=task.clock(), book=task.book)
    closed = [each for each in at_stake.findings if each.severity is Severity.ERROR]
    if closed:
        raise NotDone(closed[0].code, closed[0].message)
    started = task.desk.start_upgrade(
        task.tenant, seen, decision.what, request_id=task.request_id("upgrade")
    )
    return _outcome(upgrade, started, task, told=" ".join(at_stake.explanation))


def _outcome(upgrade: Upgrade, transition: Transition, task: Task, *, told: str = "") -> Outcome:
    match transition.status:
        case TransitionStatus.COMPLETED:
            where = _where(transition.subscription)
            message = f"Microsoft has it: {upgrade}.{where} {told}".rstrip()
            return Finished(message=message, reference=transition.operation)
        case TransitionStatus.STARTED:
            return _under_way(transition.operation, task, told)
        case TransitionStatus.FAILED:
            task.begin(reference="")
            raise NotDone(
                "upgrade_failed",
                f"Microsoft began the upgrade (operation {transition.operation}) and failed; the"
                " seats are what they were. See why in Partner Center, and set this change to"
                " awaiting to try it again",
            )


def _under_way(operation: str | None, task: Task, told: str = "") -> Outcome:
    message = f"The upgrade is under way at Microsoft, which can take hours. {told}".rstrip()
    return task.look_again(message, reference=operation)


def _where(subscription: str | None) -> str:
    if subscription is None:
        return ""
    return f" The seats are in subscription {subscription}, which the next sync takes in."
