"""Tokens on behalf of the user who consented, for what Microsoft does not let an app do alone.

The refresh token is read from its vault for one redemption and is gone from here with it. The
new one that comes with each redemption replaces it. Nothing is locked between workers: an old
refresh token stays good when it was used, so two that redeem the same one at once both end with
tokens that work, and one that dies before it wrote leaves the old one behind.

Source: "Microsoft identity platform and OAuth 2.0 authorization code flow": refresh tokens
are not revoked when used to acquire new access tokens.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from work365.identity.application import Application, Grant
from work365.identity.clouds import Audience
from work365.identity.failures import NotConnected, SignInAnswerWrong
from work365.identity.token_cache import TokenCache
from work365.ports.tokens import (
    REFRESH_TOKEN_LIFE,
    KeptToken,
    TokenVault,
    VaultUnavailable,
)

logger = logging.getLogger(__name__)


class DelegatedTokens:
    """Delegated tokens of one partner. Safe to share between threads."""

    def __init__(self, application: Application, vault: TokenVault, *, partner_tenant: str) -> None:
        self._application = application
        self._vault = vault
        self._partner_tenant = partner_tenant
        self._cache = TokenCache(application.clock)

    def token(self, audience: Audience, *, tenant: str | None = None) -> str:
        """Return a token for the interface, in the partner's tenant or in a customer's.

        Raises: NotConnected: nobody consented, or the consent was withdrawn; other
        SignInRefused; NotSignedIn, SignInAnswerWrong; ConnectionWithdrawn, VaultRefused,
        VaultUnavailable; CloudLacks: there is no such interface in this cloud.
        """
        where = tenant or self._partner_tenant
        return self._cache.token((audience, where), lambda: self._redeem(audience, where))

    def source(self, audience: Audience, *, tenant: str | None = None) -> Callable[[], str]:
        """Return where a client asks for the token of each request."""
        return lambda: self.token(audience, tenant=tenant)

    def connect(self, grant: Grant) -> KeptToken:
        """Keep the refresh token of a consent that was found to be good.

        Raises: SignInAnswerWrong: there is none in the grant; VaultRefused, VaultUnavailable.
        """
        if grant.refresh_token is None:
            raise SignInAnswerWrong(
                "Microsoft Entra gave no refresh token, although offline_access was asked for"
            )
        kept = self._vault.write(
            self._partner_tenant,
            grant.refresh_token,
            redeemed_at=self._application.clock(),
            replaces=None,
        )
        self._cache.forget()
        return kept

    def prolong(self) -> datetime:
        """Redeem the refresh token now and return until when the new one is good (UTC).

        Raises: as `token` does.
        """
        self._redeem(Audience.PARTNER_CENTER, self._partner_tenant)
        until = self.good_until()
        if until is None:
            raise NotConnected("It was withdrawn in this moment.")
        return until

    def good_until(self) -> datetime | None:
        """Return until when the connection lasts if it is not used, or None if there is none.

        Raises: VaultRefused, VaultUnavailable.
        """
        kept = self._vault.read(self._partner_tenant)
        return None if kept is None else kept.redeemed_at + REFRESH_TOKEN_LIFE

    def forget(self) -> None:
        """Ask for new tokens from now on, as when Microsoft refused one that should be good."""
        self._cache.forget()

    def disconnect(self) -> None:
        """Take the refresh token away and forget all tokens of this process.

        Other workers' access tokens go on for up to an hour or so: Microsoft has no way to end
        them. Raises: VaultRefused, VaultUnavailable.
        """
        self._vault.delete(self._partner_tenant)
        self._cache.forget()

    def _redeem(self, audience: Audience, tenant: str) -> Grant:
        scope = self._application.cloud.scope(audience)
        kept = self._vault.read(self._partner_tenant)
        if kept is None:
            raise NotConnected
        redeemed_at = self._application.clock()
        grant = self._application.redeem_refresh_token(
            kept.refresh_token, tenant=tenant, scope=scope
        )
        # One from a customer's tenant is bound to that customer and would end with it.
        if grant.refresh_token is not None and tenant == self._partner_tenant:
            self._rewrite(kept, grant, redeemed_at)
        return grant

    def _rewrite(self, kept: KeptToken, grant: Grant, redeemed_at: datetime) -> None:
        assert grant.refresh_token is not None
        try:
            self._vault.write(
                self._partner_tenant,
                grant.refresh_token,
                redeemed_at=redeemed_at,
                replaces=kept.version,
            )
        except VaultUnavailable as error:
            # What was redeemed works, and so does the old refresh token the next time.
            logger.warning("the new refresh token could not be kept, the old one stays: %s", error)
