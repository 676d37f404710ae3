from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import pytest

from dataverse_schema.tables import microsoft
from tests.adapters.dataverse.partner import NOW, Partner
from work365.adapters.dataverse.microsoft.consent import DataverseConsentLedger
from work365.adapters.dataverse.microsoft.rows import ProviderRows
from work365.ports.consent import (
    ConsentKind,
    ConsentLinkRefused,
    ConsentRequest,
    GivenConsent,
    RequestState,
)
from work365.ports.providers import ProviderMissing

HASH = sha256(b"the token of a link").hexdigest()
PARTNER = "9b1f6b3c-55a3-4a9b-90cf-8b1f2c3f8a20"
APPLICATION = "4a3fbb0c-90a2-4b65-a1b7-1f0a5ab6c0de"
ASKED = ConsentRequest(
    token_hash=HASH,
    provider="microsoft",
    requested_by="Ada Brandt",
    expires_at=NOW + timedelta(hours=72),
)
GIVEN = GivenConsent(
    provider="microsoft",
    kind=ConsentKind.PARTNER,
    tenant=PARTNER,
    application=APPLICATION,
    scopes=("openid", "user_impersonation"),
    given_at=NOW,
    given_by="Ada Brandt",
    given_by_object_id="b7c0a4d2-0cf5-4d52-9a51-d1b0e2a9f111",
    role_seen="AdminAgents",
    mfa_seen=True,
    expires_at=NOW + timedelta(days=90),
    correlation_id="6f1d2c3b-0000-4000-8000-000000000001",
)


@pytest.fixture
def ledger(partner: Partner, provider: UUID) -> DataverseConsentLedger:
    return DataverseConsentLedger(partner.client)


def asked(ledger: DataverseConsentLedger) -> ConsentRequest:
    found = ledger.request(HASH)
    assert found is not None
    return found


class TestLinks:
    def test_one_is_found_by_the_hash_of_its_token(self, ledger: DataverseConsentLedger) -> None:
        ledger.open_request(ASKED)

        assert replace(asked(ledger), kept=None) == ASKED
        assert ledger.request(sha256(b"another").hexdigest()) is None

    def test_one_works_once(self, ledger: DataverseConsentLedger) -> None:
        ledger.open_request(ASKED)

        ledger.use_request(asked(ledger), at=NOW)

        used = asked(ledger)
        assert (used.state, used.used_at) == (RequestState.USED, NOW)
        with pytest.raises(ConsentLinkRefused, match=r"This link is used\. Ask for a new"):
            ledger.use_request(used, at=NOW)

    def test_of_two_callbacks_at_once_one_wins(
        self, partner: Partner, ledger: DataverseConsentLedger
    ) -> None:
        ledger.open_request(ASKED)
        other = DataverseConsentLedger(partner.client)
        first, second = asked(ledger), asked(other)

        ledger.use_request(first, at=NOW)

        with pytest.raises(ConsentLinkRefused, match="in the same moment"):
            other.use_request(second, at=NOW + timedelta(seconds=1))
        assert asked(ledger).used_at == NOW

    def test_one_that_has_expired_opens_nothing(self, ledger: DataverseConsentLedger) -> None:
        ledger.open_request(ASKED)

        with pytest.raises(ConsentLinkRefused, match="expired on 2026-01-04 at 06:30 UTC"):
            ledger.use_request(asked(ledger), at=ASKED.expires_at)

        ledger.use_request(asked(ledger), at=ASKED.expires_at - timedelta(seconds=1))

    def test_those_that_have_expired_are_closed(self, ledger: DataverseConsentLedger) -> None:
        later = replace(ASKED, token_hash="0" * 64, expires_at=ASKED.expires_at + timedelta(days=1))
        ledger.open_request(ASKED)
        ledger.open_request(later)

        closed = ledger.expire_requests(at=ASKED.expires_at)

        assert (closed, asked(ledger).state) == (1, RequestState.EXPIRED)
        assert ledger.expire_requests(at=ASKED.expires_at) == 0

    def test_all_open_ones_can_be_withdrawn(self, ledger: DataverseConsentLedger) -> None:
        ledger.open_request(ASKED)

        closed = ledger.withdraw_requests("microsoft")

        assert closed == 1
        with pytest.raises(ConsentLinkRefused, match="is withdrawn"):
            ledger.use_request(asked(ledger), at=NOW)

    def test_one_for_nobody_is_refused(self, ledger: DataverseConsentLedger) -> None:
        with pytest.raises(ProviderMissing):
            ledger.open_request(replace(ASKED, provider="contoso"))

    def test_one_that_a_person_entered_has_a_number_until_there_is_a_link(
        self, partner: Partner, provider: UUID
    ) -> None:
        partner.add(microsoft.ConsentRequest, name="Please", provider=provider)

        [row] = partner.rows(microsoft.ConsentRequest)

        assert row.key.startswith("ASK-")


class TestLedger:
    def test_who_gave_what_is_kept_as_it_was(self, ledger: DataverseConsentLedger) -> None:
        ledger.record([GIVEN])

        assert ledger.consents(provider="microsoft") == [GIVEN]

    def test_what_is_recorded_twice_is_there_once_and_unchanged(
        self, partner: Partner, ledger: DataverseConsentLedger
    ) -> None:
        ledger.record([GIVEN])
        ledger.withdraw(
            provider="microsoft",
            kind=ConsentKind.PARTNER,
            tenant=PARTNER,
            application=APPLICATION,
            at=NOW,
        )

        ledger.record([replace(GIVEN, scopes=("openid",))])

        [kept] = ledger.consents(provider="microsoft")
        assert (kept.scopes, kept.withdrawn_at) == (GIVEN.scopes, NOW)

    def test_withdrawing_marks_what_stands_and_nothing_else(
        self, ledger: DataverseConsentLedger
    ) -> None:
        again = replace(GIVEN, given_at=NOW + timedelta(days=1))
        customer = replace(GIVEN, kind=ConsentKind.CUSTOMER)
        ledger.record([GIVEN, again, customer])

        marked = ledger.withdraw(
            provider="microsoft",
            kind=ConsentKind.PARTNER,
            tenant=PARTNER,
            application=APPLICATION,
            at=NOW + timedelta(days=2),
        )

        standing = [each for each in ledger.consents(provider="microsoft") if not each.is_withdrawn]
        assert (marked, standing) == (2, [customer])

    def test_those_of_one_kind_are_found_the_last_first(
        self, ledger: DataverseConsentLedger
    ) -> None:
        again = replace(GIVEN, given_at=NOW + timedelta(days=1))
        ledger.record([GIVEN, replace(GIVEN, kind=ConsentKind.CUSTOMER), again])

        found = ledger.consents(provider="microsoft", kind=ConsentKind.PARTNER)

        assert found == [again, GIVEN]

    def test_a_thousand_customers_are_recorded_with_a_handful_of_requests(
        self, partner: Partner, ledger: DataverseConsentLedger, rows: ProviderRows
    ) -> None:
        many = [
            replace(GIVEN, kind=ConsentKind.CUSTOMER, tenant=str(UUID(int=number)))
            for number in range(1_000)
        ]

        with partner.counted() as counts:
            ledger.record(many)

        assert counts["requests"] <= 10
        assert sum(1 for _ in rows.all(microsoft.Consent)) == 1_000
