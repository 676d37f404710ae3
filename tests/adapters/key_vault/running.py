"""What a test does to the vault's emulator."""

from collections.abc import Iterable
from dataclasses import dataclass

from azure.keyvault.secrets import SecretClient

from tests.emulators.entra.running import RunningEntra
from work365.emulators.entra.seeds import IDENTITY_PRINCIPAL_ID
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
