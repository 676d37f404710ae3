"""A vault over https, and an identity that signs in there as in Azure."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.identity import ManagedIdentityCredential

from tests.adapters.key_vault.running import EVERYTHING, RunningVault
from tests.emulators.entra.running import running_entra, serving, this_machine
from tests.identity.connected import as_in_azure
from work365.adapters.key_vault.vault import connect
from work365.emulators.entra import seeds
from work365.emulators.key_vault.app import create_app


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningVault]:
    # Azure's libraries keep their tokens by the machine's clock, whatever the time is elsewhere.
    with running_entra(tmp_path, client_clock=this_machine) as entra:
        as_in_azure(entra, monkeypatch)
        app = create_app(
            clock=this_machine,
            authority=entra.url,
            tenant_id=seeds.PARTNER_TENANT_ID,
            keys=entra.authority.keys.key_set,
            policies={seeds.IDENTITY_PRINCIPAL_ID: EVERYTHING},
        )
        authority = str(entra.certified.bundle)
        with (
            serving(app, entra.certified) as url,
            ManagedIdentityCredential(
                client_id=seeds.IDENTITY_CLIENT_ID, connection_verify=authority
            ) as credential,
            connect(
                url, credential=credential, certificate_authority=authority, retries=0
            ) as client,
        ):
            yield RunningVault(vault=app.state.vault, entra=entra, client=client)
