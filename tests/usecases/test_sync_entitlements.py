from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tests.usecases.fake_catalog import TENANT
from tests.usecases.provider_ends import UNREADABLE, RefusedHere, mirrored
from work365.domain.findings import Finding, Reading
from work365.domain.microsoft.azure import AzureEntitlement
from work365.errors import Refusal
from work365.ports.seen_subscriptions import MirroredSubscription
from work365.usecases.sync_entitlements import Entitled, sync_entitlements


@dataclass
class Entitlements:
    """An `EntitlementList`."""

    by_plan: Mapping[str, Sequence[AzureEntitlement] | Refusal]
    findings: Sequence[Finding] = ()
    asked: list[tuple[str, str]] = field(default_factory=list)

    def of_plan(self, tenant: str, plan: str) -> Reading[AzureEntitlement]:
        self.asked.append((tenant, plan))
        found = self.by_plan[plan]
        if isinstance(found, Refusal):
            raise found
        return Reading(tuple(found), tuple(self.findings))


def a_plan(reference: str = "plan-1", tenant: str | None = TENANT) -> MirroredSubscription:
    return replace(
        mirrored(f"SUB of {reference}", tenant),
        name="Azure plan",
        reference=reference,
        term=None,
        plan=None,
        auto_renew=False,
    )


def entitlement(status: str = "active") -> AzureEntitlement:
    return AzureEntitlement(id="e-1", name="Web shop", status=status, plan="plan-1")


def synced(entitlements: Entitlements, *plans: MirroredSubscription) -> Entitled:
    return sync_entitlements(plans=plans, entitlements=entitlements, progress=lambda _: None)


def test_azure_subscriptions_are_read_with_one_request_a_plan() -> None:
    entitlements = Entitlements({"plan-1": [entitlement()]})

    found = synced(entitlements, a_plan())

    assert found.entitlements == (entitlement(),)
    assert found.findings == ()
    assert entitlements.asked == [(TENANT, "plan-1")]


def test_one_that_does_not_work_is_found() -> None:
    [finding] = synced(Entitlements({"plan-1": [entitlement("disabled")]}), a_plan()).findings

    assert finding.code == "entitlement_not_active"
    assert "Web shop" in finding.message


def test_a_plan_that_is_refused_or_cannot_be_read_stops_no_other() -> None:
    entitlements = Entitlements(
        {"plan-1": RefusedHere("no"), "plan-2": [entitlement()]}, findings=[UNREADABLE]
    )

    found = synced(entitlements, a_plan(), a_plan("plan-2"))

    assert found.entitlements == (entitlement(),)
    assert [finding.code for finding in found.findings] == ["refused_here", UNREADABLE.code]


def test_a_plan_of_nobody_is_not_asked_for() -> None:
    entitlements = Entitlements({})

    synced(entitlements, a_plan(tenant=None))

    assert entitlements.asked == []
