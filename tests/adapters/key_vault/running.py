"""The vault's emulator on a port, and what a test does to it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from azure.identity import ManagedIdentityCredential
from azure.keyvault.secrets import SecretClient

from tests.emulators.entra.running import RunningEntra, serving, this_machine
from work365.adapters.key_vault.vault import connect
from work365.emulators.entra.seeds import (
    IDENTITY_CLIENT_ID,
    IDENTITY_PRINCIPAL_ID,
    PARTNER_TENANT_ID,
)
from work365.emulators.key_vault.app import create_app
from work365.emulators.key_vault.state import Vault

EVERYTHING = frozenset({"get", "set", "list", "delete", "recover", "purge"})


@dataclass(frozen=True, kw_only=True)
class RunningVault:
    """The emulator, and a client that may do everything with it."""

    vault: Vault
    entra: RunningEntra
    client: SecretClient

    def allow(self, permissions: Iterable[str]) -> None:
        """Let the service's identity do these things only."""
        self.vault.access.policies[IDENTITY_PRINCIPAL_ID] = frozenset(permissions)

    def fail(self, *statuses: int) -> None:
        """Answer the next requests with `statuses`."""
        self.vault.faults = list(statuses)

    def enabled_versions(self, name: str) -> set[str]:
        """The versions of a secret that can be read."""
        versions = self.client.list_properties_of_secret_versions(name)
        return {str(each.version) for each in versions if each.enabled}

    def is_recoverable(self, name: str) -> bool:
        """Whether somebody could bring a deleted secret back."""
        return name in {str(each.name) for each in self.client.list_deleted_secrets()}


@contextmanager
def running_vault(entra: RunningEntra, permissions: frozenset[str]) -> Iterator[RunningVault]:
    """Run a vault whose tokens are of `entra`, for an identity with `permissions` there."""
    app = create_app(
        clock=this_machine,
        authority=entra.url,
        tenant_id=PARTNER_TENANT_ID,
        keys=entra.authority.keys.key_set,
        policies={IDENTITY_PRINCIPAL_ID: permissions},
    )
    authority = str(entra.certified.bundle)
    with (
        serving(app, entra.certified) as url,
        ManagedIdentityCredential(
            client_id=IDENTITY_CLIENT_ID, connection_verify=authority
        ) as credential,
        connect(url, credential=credential, certificate_authority=authority, retries=0) as client,
    ):
        yield RunningVault(vault=app.state.vault, entra=entra, client=client)
