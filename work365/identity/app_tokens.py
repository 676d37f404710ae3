"""Tokens of the application alone, for what Microsoft lets an application do by itself."""

from collections.abc import Callable

from work365.identity.application import Application
from work365.identity.clouds import Audience
from work365.identity.token_cache import TokenCache


class AppTokens:
    """App-only tokens for each interface and tenant. Safe to share between threads."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._cache = TokenCache(application.clock)

    def token(self, audience: Audience, *, tenant: str) -> str:
        """Return a token for the interface, good for some minutes at least.

        Raises: SignInRefused, NotSignedIn, SignInAnswerWrong; CloudLacks: there is no such
        interface in this cloud.
        """
        scope = self._application.cloud.scope(audience)
        return self._cache.token(
            (audience, tenant), lambda: self._application.token_of_its_own(tenant, scope)
        )

    def source(self, audience: Audience, *, tenant: str) -> Callable[[], str]:
        """Return where a client asks for the token of each request."""
        return lambda: self.token(audience, tenant=tenant)

    def forget(self) -> None:
        """Ask for new tokens from now on, as when Microsoft refused one that should be good."""
        self._cache.forget()
