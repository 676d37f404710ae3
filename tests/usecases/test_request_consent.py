from dataclasses import replace

import pytest

from tests.usecases.consents import NOW, PROVIDER, Office
from work365.ports.consent import ConsentRequest, RequestState
from work365.ports.providers import ProviderMissing
from work365.ports.secrets import Secret
from work365.usecases.request_consent import (
    LINK_LASTS,
    PartnerTenantMissing,
    hash_of,
    request_consent,
)


def ask(office: Office, token: str, *, provider: str = PROVIDER) -> ConsentRequest:
    return request_consent(
        provider=provider,
        requested_by="Berta",
        token=Secret(token),
        at=NOW,
        providers=office.providers,
        ledger=office.ledger,
    )


class TestLink:
    def test_is_kept_without_its_token(self) -> None:
        office = Office()

        request = ask(office, "a-token-to-be-hidden")

        assert request.token_hash == hash_of(Secret("a-token-to-be-hidden"))
        assert request.expires_at == NOW + LINK_LASTS
        assert "a-token-to-be-hidden" not in repr(office.ledger.requests)

    def test_replaces_those_before(self) -> None:
        office = Office()
        first = ask(office, "first")

        second = ask(office, "second")

        states = {key: one.state for key, one in office.ledger.requests.items()}
        assert states == {
            first.token_hash: RequestState.WITHDRAWN,
            second.token_hash: RequestState.OPEN,
        }

    def test_is_not_made_without_the_partners_tenant(self) -> None:
        office = Office()
        office.providers.kept = replace(office.providers.kept, partner_tenant=None)

        with pytest.raises(PartnerTenantMissing, match="enter the tenant id"):
            ask(office, "first")

        assert office.ledger.requests == {}

    def test_is_not_made_for_an_unknown_provider(self) -> None:
        with pytest.raises(ProviderMissing):
            ask(Office(), "first", provider="nobody")
