"""Callbacks at the same moment, and processes that die in one, over the rows of Dataverse."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import pytest

from dataverse_schema.tables.providers import Provider
from tests.adapters.dataverse.partner import NOW, Partner
from tests.usecases.consents import PARTNER, Office
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.microsoft.consent import DataverseConsentLedger
from work365.adapters.dataverse.microsoft.providers import DataverseProviderStore
from work365.http import http_client
from work365.ports.consent import ConsentLinkRefused, GivenConsent, RequestState
from work365.ports.providers import ConnectionState
from work365.ports.secrets import Secret
from work365.ports.sign_in import SignInAttempt
from work365.usecases.complete_consent import ConsentWithdrawn, Parts, complete_consent
from work365.usecases.request_consent import hash_of, request_consent
from work365.usecases.withdraw_consent import withdraw_consent

TOKEN = Secret("a-link-that-nobody-can-guess")
ATTEMPT = SignInAttempt(nonce=Secret("n"), verifier=Secret("v"), redirect="https://a.example/c")
LATER = NOW + timedelta(minutes=3)
DYING = """
import sys
from tests.adapters.dataverse.microsoft.test_consent_at_once import die_at
die_at(sys.argv[1], url=sys.argv[2])
"""
DEATH_SECONDS_MAX = 20


@pytest.fixture
def office(partner: Partner, provider: UUID) -> Office:
    """Whatever is not in Dataverse: Microsoft, and the vault."""
    partner.set(Provider, provider, partner_tenant=PARTNER)
    request_consent(
        provider="microsoft",
        requested_by="Berta",
        token=TOKEN,
        at=NOW,
        providers=DataverseProviderStore(partner.client),
        ledger=DataverseConsentLedger(partner.client),
    )
    return Office()


def parts_of(office: Office, partner: Partner) -> Parts:
    return replace(
        office.parts,
        ledger=DataverseConsentLedger(partner.client),
        providers=DataverseProviderStore(partner.client),
    )


def complete(parts: Parts) -> GivenConsent:
    return complete_consent(
        code=Secret("code"), attempt=ATTEMPT, token_hash=hash_of(TOKEN), at=LATER, parts=parts
    )


def read_back(partner: Partner) -> tuple[RequestState, int, ConnectionState]:
    ledger = DataverseConsentLedger(partner.client)
    request = ledger.request(hash_of(TOKEN))
    assert request is not None
    standing = [one for one in ledger.consents(provider="microsoft") if not one.is_withdrawn]
    provider = DataverseProviderStore(partner.client).provider("microsoft")
    return request.state, len(standing), provider.connection.state


class MeetingProbe:
    """Lets nobody go on before both are there."""

    def __init__(self, both: Barrier) -> None:
        self._both = both

    def is_mfa_compliant(self, access_token: Secret) -> bool:
        self._both.wait(timeout=10)
        return True


def test_of_two_callbacks_at_once_one_connects(partner: Partner, office: Office) -> None:
    both = Barrier(2)
    parts = replace(parts_of(office, partner), probe=MeetingProbe(both))

    def call_back(_: int) -> GivenConsent | ConsentLinkRefused:
        try:
            return complete(parts)
        except ConsentLinkRefused as refused:
            return refused

    with ThreadPoolExecutor(2) as threads:
        came = list(threads.map(call_back, range(2)))

    assert sorted(type(one).__name__ for one in came) == ["ConsentLinkRefused", "GivenConsent"]
    assert read_back(partner) == (RequestState.USED, 1, ConnectionState.DELEGATED)
    assert office.vault.read(PARTNER) is not None


@pytest.mark.parametrize("moment", ["record", "write"])
def test_a_withdrawal_in_the_middle_of_a_consent_holds(
    partner: Partner, office: Office, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    parts = parts_of(office, partner)
    place = parts.ledger if moment == "record" else parts.vault
    goes_on = getattr(place, moment)

    def withdraw() -> None:
        withdraw_consent(
            provider="microsoft",
            at=LATER,
            has_app_only=False,
            providers=parts.providers,
            ledger=parts.ledger,
            vault=parts.vault,
        )

    def then_withdrawn(*args: object, **named: object) -> object:
        done = goes_on(*args, **named)
        withdraw()
        return done

    monkeypatch.setattr(place, moment, then_withdrawn)

    with pytest.raises(ConsentWithdrawn, match="withdrawn in the moment"):
        complete(parts)

    assert office.vault.read(PARTNER) is None
    assert read_back(partner) == (RequestState.USED, 0, ConnectionState.NOT_CONNECTED)


@pytest.mark.parametrize(("moment", "recorded"), [("use_request", 0), ("record", 1), ("redeem", 0)])
def test_a_process_that_is_killed_leaves_no_connection(
    partner: Partner, office: Office, moment: str, recorded: int
) -> None:
    died = subprocess.run(
        [sys.executable, "-c", DYING, moment, partner.url],
        check=False,
        timeout=DEATH_SECONDS_MAX,
        capture_output=True,
    )

    assert died.returncode == -signal.SIGKILL, died.stderr
    state, standing, connection = read_back(partner)
    is_used = state is RequestState.USED
    assert (is_used, standing) == (moment != "redeem", recorded)
    assert connection is not ConnectionState.DELEGATED
    if is_used:
        with pytest.raises(ConsentLinkRefused, match="used already"):
            complete(parts_of(office, partner))
    else:
        complete(parts_of(office, partner))
    assert (office.vault.read(PARTNER) is None) is is_used


def die_at(moment: str, *, url: str) -> None:
    """Complete the consent at `url`, and be killed right after `moment`."""
    with http_client() as http:
        client = DataverseClient(url=url, token=lambda: "service", http=http)
        parts = replace(
            Office().parts,
            ledger=DataverseConsentLedger(client),
            providers=DataverseProviderStore(client),
        )
        place = parts.sign_in if moment == "redeem" else parts.ledger
        done = getattr(place, moment)

        def then_die(*args: object, **named: object) -> None:
            done(*args, **named)
            os.kill(os.getpid(), signal.SIGKILL)

        setattr(place, moment, then_die)
        complete(parts)
