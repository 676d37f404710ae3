from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from tests.usecases.fake_catalog import NOW, OTHER_TENANT, TENANT
from tests.usecases.provider_ends import (
    PROVIDER,
    UNREADABLE,
    Accounts,
    RefusedHere,
    an_account,
)
from work365.domain.findings import Finding, Reading
from work365.domain.microsoft.customers import AgreementType, SignedAgreement
from work365.errors import Refusal
from work365.usecases.intake import Imported
from work365.usecases.sync_agreements import sync_agreements


class NeedsDelegated(Refusal):
    code = "needs_delegated_connection"


@dataclass
class Agreements:
    """An `AgreementList`."""

    signed: Mapping[str, Sequence[SignedAgreement] | Refusal]
    findings: Sequence[Finding] = ()
    asked: list[str] = field(default_factory=list)

    def of_customer(self, tenant: str) -> Reading[SignedAgreement]:
        self.asked.append(tenant)
        found = self.signed.get(tenant, ())
        if isinstance(found, Refusal):
            raise found
        return Reading(tuple(found), tuple(self.findings))


def agreed(tenant: str) -> SignedAgreement:
    return SignedAgreement(
        tenant=tenant,
        type=AgreementType.CUSTOMER_AGREEMENT,
        template="template",
        agreed_on=date(2026, 1, 2),
        contact="Kim Sander",
    )


def synced(agreements: Agreements, store: Accounts, **given: object) -> Imported:
    return sync_agreements(
        provider=PROVIDER,
        agreements=agreements,
        store=store,
        progress=lambda _: None,
        **given,  # type: ignore[arg-type]  # the one argument that is left
    )


def codes(imported: Imported) -> list[str]:
    return [finding.code for finding in imported.findings]


def test_what_customers_accepted_is_kept() -> None:
    store = Accounts()

    imported = synced(Agreements({TENANT: [agreed(TENANT)]}), store)

    assert store.signed == [agreed(TENANT)]
    assert imported.findings == ()


def test_one_that_accepted_nothing_is_found() -> None:
    imported = synced(Agreements({}), Accounts())

    assert codes(imported) == ["agreement_not_signed"]


def test_one_whose_answer_cannot_be_read_is_not_said_to_have_accepted_nothing() -> None:
    imported = synced(Agreements({}, findings=[UNREADABLE]), Accounts())

    assert codes(imported) == [UNREADABLE.code]


def test_one_that_is_refused_stops_nobody_else() -> None:
    tenants = (TENANT, OTHER_TENANT)
    store = Accounts(kept={tenant: an_account(tenant) for tenant in tenants})

    imported = synced(
        Agreements({TENANT: RefusedHere("no"), OTHER_TENANT: [agreed(OTHER_TENANT)]}), store
    )

    assert store.signed == [agreed(OTHER_TENANT)]
    assert codes(imported) == ["refused_here"]


def test_one_that_cannot_be_kept_stops_nobody_else() -> None:
    tenants = (TENANT, OTHER_TENANT)
    store = Accounts(kept={tenant: an_account(tenant) for tenant in tenants}, refused={TENANT})

    imported = synced(Agreements({tenant: [agreed(tenant)] for tenant in tenants}), store)

    assert store.signed == [agreed(OTHER_TENANT)]
    assert [finding.path for finding in imported.findings] == [f"provider account {TENANT}"]


def test_without_the_delegated_connection_one_finding_says_so() -> None:
    tenants = [f"tenant-{number:03}" for number in range(300)]
    store = Accounts(kept={tenant: an_account(tenant) for tenant in tenants})
    agreements = Agreements(dict.fromkeys(tenants, NeedsDelegated("consent first")))

    imported = synced(agreements, store)

    assert codes(imported) == ["needs_delegated_connection"]
    assert "consent first" in imported.findings[0].message
    assert len(agreements.asked) < len(tenants)


def test_those_that_are_listed_no_more_or_have_signed_need_not_be_asked_for() -> None:
    store = Accounts(
        kept={
            "gone": an_account("gone", unlisted_since=NOW),
            "signed": an_account("signed", agreement_signed_on=NOW.date()),
            "never": an_account("never"),
        }
    )
    agreements = Agreements({})

    synced(agreements, store, signed_before=NOW)

    assert agreements.asked == ["never"]
