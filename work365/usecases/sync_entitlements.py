"""Read the Azure subscriptions under customers' Azure plans."""

from collections.abc import Sequence
from dataclasses import dataclass

from work365.domain.findings import Finding, Severity
from work365.domain.microsoft.azure import AzureEntitlement
from work365.ports.provider_lists import EntitlementList
from work365.ports.seen_subscriptions import MirroredSubscription
from work365.usecases.intake import Progress
from work365.usecases.reading_ahead import read_ahead

WORKING = "active"


@dataclass(frozen=True, slots=True)
class Entitled:
    """Azure subscriptions with their plans, and what is wrong with them."""

    entitlements: tuple[AzureEntitlement, ...]
    findings: tuple[Finding, ...]


def sync_entitlements(
    *, plans: Sequence[MirroredSubscription], entitlements: EntitlementList, progress: Progress
) -> Entitled:
    """Read the Azure subscriptions under `plans`, one request each.

    They are billed by their usage, which names them, so that nothing of them is kept; one that
    does not work is a finding. `progress` counts plans.

    Raises: Unavailable: no answer.
    """
    asked = [(plan.tenant, plan) for plan in plans if plan.tenant is not None]
    found: list[AzureEntitlement] = []
    findings: list[Finding] = []
    for each in read_ahead(
        asked,
        lambda plan: entitlements.of_plan(plan[0], plan[1].reference),
        path=lambda plan: f"subscription {plan[1].key}",
    ):
        if each.finding is not None:
            findings.append(each.finding)
        if each.answer is not None:
            found += each.answer.values
            findings += each.answer.findings
            findings += [
                _stopped(each.about[1], one) for one in each.answer.values if one.status != WORKING
            ]
        progress(1)
    return Entitled(tuple(found), tuple(findings))


def _stopped(plan: MirroredSubscription, entitlement: AzureEntitlement) -> Finding:
    path = f"subscription {plan.key}/entitlement {entitlement.id}"
    message = (
        f"Azure subscription {entitlement.name or entitlement.id} under plan {plan.key} is"
        f" {entitlement.status} at Microsoft; reactivate it, if the customer did not give it up"
    )
    return Finding(Severity.WARNING, "entitlement_not_active", message, path)
