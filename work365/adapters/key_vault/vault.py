"""Refresh tokens as secrets of a Key Vault: one secret a partner, one version a redemption."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

from azure.core.credentials import TokenCredential
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.identity import DefaultAzureCredential
from azure.keyvault.secrets import KeyVaultSecret, SecretClient

from work365.adapters.key_vault.answers import DISABLED, inner_code, vault_failures
from work365.domain.microsoft.guids import is_guid
from work365.http import THIS_MACHINE
from work365.ports.secrets import Secret
from work365.ports.tokens import REFRESH_TOKEN_LIFE, ConnectionWithdrawn, KeptToken, VaultRefused

NAME_PREFIX = "partner-center-"
CONTENT_TYPE = "application/x-refresh-token"
REDEEMED_AT = "redeemed-at"

CONNECT_SECONDS_MAX = 5
ANSWER_SECONDS_MAX = 30
RETRIES = 3

BEING_DELETED = "ObjectIsBeingDeleted"

logger = logging.getLogger(__name__)


def connect(
    url: str,
    *,
    credential: TokenCredential,
    certificate_authority: str | None = None,
    retries: int = RETRIES,
) -> SecretClient:
    """Return the vault at `url`, such as `https://name.vault.azure.net`.

    `certificate_authority` is a PEM file, for a stand-in on this machine.
    """
    return SecretClient(
        vault_url=url,
        credential=credential,
        # A token goes to no vault of another name than its audience, but for a stand-in.
        verify_challenge_resource=urlsplit(url).hostname not in THIS_MACHINE,
        connection_verify=certificate_authority or True,
        connection_timeout=CONNECT_SECONDS_MAX,
        read_timeout=ANSWER_SECONDS_MAX,
        retry_total=retries,
    )


def connect_with_identity(
    url: str, *, client_id: str | None, certificate_authority: str | None = None
) -> SecretClient:
    """Return the vault at `url`, as the managed identity `client_id` signs in there.

    `certificate_authority` is a PEM file, for stand-ins on this machine.
    """
    credential = DefaultAzureCredential(
        managed_identity_client_id=client_id, connection_verify=certificate_authority or True
    )
    return connect(url, credential=credential, certificate_authority=certificate_authority)


class KeyVault:
    """A token vault in the partner's own Key Vault. Safe to share between threads."""

    def __init__(self, client: SecretClient) -> None:
        self._client = client
        self._address = client.vault_url

    def read(self, partner_tenant: str) -> KeptToken | None:
        """Return the token of `partner_tenant`, or None where there is no connection.

        Raises: VaultRefused, VaultUnavailable.
        """
        with vault_failures("reading a token", self._address):
            try:
                secret = self._client.get_secret(_name(partner_tenant))
            except ResourceNotFoundError:
                return None
        return self._kept(secret)

    def write(
        self,
        partner_tenant: str,
        refresh_token: Secret,
        *,
        redeemed_at: datetime,
        replaces: str | None,
    ) -> KeptToken:
        """Keep `refresh_token` as the newest version, and disable what it replaces.

        Versions that another worker writes in the same moment may stay enabled; all are
        deleted together.
        Raises: ConnectionWithdrawn: there is nothing to replace any more; VaultRefused,
        VaultUnavailable.
        """
        name = _name(partner_tenant)
        with vault_failures("keeping a token", self._address):
            before = self._version(name, may_be_disabled=replaces is None)
            if before is None and replaces is not None:
                raise _withdrawn(partner_tenant)
            try:
                secret = self._set(name, refresh_token, redeemed_at)
            except ResourceExistsError as error:
                if replaces is not None:
                    raise _withdrawn(partner_tenant) from None
                if inner_code(error) == BEING_DELETED:
                    raise
                before = self._recover(name)
                secret = self._set(name, refresh_token, redeemed_at)
            self._disable(name, {before, replaces} - {secret.properties.version, None})
        return self._kept(secret)

    def delete(self, partner_tenant: str) -> None:
        """Delete the token in all its versions, for good where the vault allows that.

        Raises: VaultRefused, VaultUnavailable.
        """
        name = _name(partner_tenant)
        with vault_failures("deleting a token", self._address):
            try:
                deletion = self._client.begin_delete_secret(name)
            except ResourceNotFoundError:
                return
            deletion.wait()
            try:
                self._client.purge_deleted_secret(name)
            except HttpResponseError as error:
                # Purging needs a right of its own, and purge protection forbids it to all.
                logger.warning(
                    "the deleted token stays recoverable at %s until its retention ends"
                    " (HTTP %s); whoever may recover secrets there could read it",
                    self._address,
                    error.status_code,
                )

    def _set(self, name: str, refresh_token: Secret, redeemed_at: datetime) -> KeyVaultSecret:
        return self._client.set_secret(
            name,
            refresh_token.reveal(),
            content_type=CONTENT_TYPE,
            tags={REDEEMED_AT: redeemed_at.astimezone(UTC).isoformat()},
            expires_on=redeemed_at + REFRESH_TOKEN_LIFE,
        )

    def _version(self, name: str, *, may_be_disabled: bool) -> str | None:
        try:
            return self._client.get_secret(name).properties.version
        except ResourceNotFoundError:
            return None
        except HttpResponseError as error:
            if may_be_disabled and inner_code(error) == DISABLED:
                return None
            raise

    def _recover(self, name: str) -> str | None:
        recovery = self._client.begin_recover_deleted_secret(name)
        recovery.wait()
        return recovery.result().version

    def _disable(self, name: str, versions: set[str | None]) -> None:
        for version in versions:
            self._client.update_secret_properties(name, version=version, enabled=False)

    def _kept(self, secret: KeyVaultSecret) -> KeptToken:
        properties = secret.properties
        redeemed_at = _redeemed_at(properties.tags or {}) or properties.created_on
        if not secret.value or not properties.version or redeemed_at is None:
            raise VaultRefused(
                f"the secret {properties.name} at {self._address} is no token: it has no value,"
                " version or time. Delete it there, and consent again"
            )
        return KeptToken(
            refresh_token=Secret(secret.value),
            version=properties.version,
            redeemed_at=redeemed_at,
        )


def _name(partner_tenant: str) -> str:
    if not is_guid(partner_tenant):
        raise ValueError(f"{partner_tenant!r} is no tenant id; it has the form of a GUID")
    return f"{NAME_PREFIX}{partner_tenant.lower()}"


def _redeemed_at(tags: Mapping[str, str]) -> datetime | None:
    """Return what the tag says, or None where somebody took it away or wrote over it."""
    try:
        moment = datetime.fromisoformat(tags[REDEEMED_AT])
    except (KeyError, ValueError):
        return None
    return moment if moment.tzinfo is not None else None


def _withdrawn(partner_tenant: str) -> ConnectionWithdrawn:
    return ConnectionWithdrawn(
        f"the delegated connection of {partner_tenant} was withdrawn while its token was being"
        " renewed; the new token was thrown away"
    )
