"""The application, asking Microsoft Entra for tokens: its own, and on a user's behalf.

Every call asks. Keeping tokens until they expire is for `app_tokens` and `delegated_tokens`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx
import msal

from work365.identity.clouds import Audience, Cloud
from work365.identity.credentials import ClientCredential
from work365.identity.entra import EntraRequests
from work365.identity.failures import IdTokenRejected, SignInAnswerWrong
from work365.ports.secrets import Secret

DELEGATED_PERMISSIONS: Mapping[Audience, str] = {
    Audience.PARTNER_CENTER: "user_impersonation",
    Audience.PRICE_SHEETS: "user_impersonation",
    Audience.GRAPH: "DelegatedAdminRelationship.ReadWrite.All",
}
"""What a user consents to, all in one page. Azure is asked as the application alone.

Source: "Microsoft identity platform and OAuth 2.0 authorization code flow": the scope of an
authorization request can cover several resources, that of a redemption one. That the price
sheets' permission is called so is inferred from Partner Center's.
"""

SIGN_IN_SCOPES = ("openid", "profile", "offline_access")

CHECKED = "checked"
"""In place of a state that the callback has compared already, in constant time."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What Microsoft Entra gave."""

    access_token: Secret
    expires_at: datetime
    refresh_token: Secret | None = None
    id_token: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInPage:
    """Where a user is sent to sign in, and what only the same browser may come back with."""

    address: str
    nonce: Secret
    """What the id token has to state; see `stated_nonce` of `id_tokens`."""
    verifier: Secret
    """Proves, when the code is redeemed, that it was asked for here (PKCE)."""


class _NothingKept(msal.TokenCache):  # type: ignore[misc]  # msal has no types
    """Keeps no token: msal would by its own clock, refresh tokens included."""

    def add(self, event: Mapping[str, Any], now: float | None = None) -> None:
        """Forget what was given."""


class Application:
    """The application's registration. Safe to share between threads."""

    def __init__(
        self,
        *,
        client_id: str,
        credential: ClientCredential,
        cloud: Cloud,
        http: httpx.Client,
        clock: Callable[[], datetime],
    ) -> None:
        self.client_id = client_id
        self.cloud = cloud
        self.clock = clock
        self.requests = EntraRequests(http, authority=cloud.authority)
        self._credential = credential

    def token_of_its_own(self, tenant: str, scope: str) -> Grant:
        """Return a token of the application alone for `scope` in `tenant`.

        Raises: SignInRefused, NotSignedIn, SignInAnswerWrong.
        """
        return self._grant(tenant, lambda app: app.acquire_token_for_client(scopes=[scope]))

    def sign_in_page(
        self, *, tenant: str, redirect_uri: str, state: Secret, prompt: str
    ) -> SignInPage:
        """Return where a user of `tenant` signs in and consents.

        It is not the page for all organizations: an application of the partner's own tenant may
        not use that one (AADSTS50194), and it lets users of other tenants come as far as the
        callback. `redirect_uri` is compared by Microsoft to the letter. The answer comes as a form
        (`response_mode=form_post`), so that no code stands in an address. `prompt` is
        `select_account`, or `consent` to have the consent shown again.
        Raises: SignInRefused, NotSignedIn, SignInAnswerWrong: as Entra is asked where its pages
        are.
        """
        flow = self._ask(
            tenant,
            lambda app: app.initiate_auth_code_flow(
                scopes=[self._permission(each) for each in self._asked()],
                redirect_uri=redirect_uri,
                state=state.reveal(),
                prompt=prompt,
                response_mode="form_post",
            ),
        )
        # Microsoft's sample of the secure application model asks for the second factor so.
        wanted = urlencode({"amr_values": "mfa"})
        return SignInPage(
            address=f"{flow['auth_uri']}&{wanted}",
            nonce=Secret(flow["nonce"]),
            verifier=Secret(flow["code_verifier"]),
        )

    def redeem_code(
        self, code: Secret, *, tenant: str, redirect_uri: str, nonce: Secret, verifier: Secret
    ) -> Grant:
        """Return what the code of a sign-in is worth: tokens for Partner Center, and who it was.

        The refresh token is good for everything that was consented to.

        `tenant` is that of the sign-in page, because Microsoft compares them.
        The id token is not to be believed before `id_tokens` has checked it.
        Raises: SignInRefused, among them CodeRefused and IdTokenRejected; NotSignedIn,
        SignInAnswerWrong.
        """
        flow = {
            "state": CHECKED,
            "redirect_uri": redirect_uri,
            # Without the first three there is neither a refresh token nor an id token.
            "scope": [*SIGN_IN_SCOPES, self._permission(Audience.PARTNER_CENTER)],
            "nonce": nonce.reveal(),
            "code_verifier": verifier.reveal(),
        }
        answer = {"state": CHECKED, "code": code.reveal()}
        try:
            return self._grant(
                tenant, lambda app: app.acquire_token_by_auth_code_flow(flow, answer)
            )
        except RuntimeError:
            # From None: the library's error has both nonces in it.
            raise IdTokenRejected("It was made for another sign-in (nonce).") from None

    def redeem_refresh_token(self, refresh_token: Secret, *, tenant: str, scope: str) -> Grant:
        """Return a token for `scope` in `tenant` on behalf of the user who consented.

        The refresh token in the answer is a new one, for another 90 days. The old one stays
        good until its own end.
        Raises: SignInRefused, NotSignedIn, SignInAnswerWrong.
        Source: "Microsoft identity platform and OAuth 2.0 authorization code flow".
        """
        return self._grant(
            tenant,
            lambda app: app.acquire_token_by_refresh_token(refresh_token.reveal(), scopes=[scope]),
        )

    def _asked(self) -> list[Audience]:
        return [each for each in DELEGATED_PERMISSIONS if each in self.cloud.addresses]

    def _permission(self, audience: Audience) -> str:
        return f"{self.cloud.audiences[audience]}/{DELEGATED_PERMISSIONS[audience]}"

    def _grant(self, tenant: str, ask: Callable[[Any], Mapping[str, Any]]) -> Grant:
        asked_at = self.clock()
        answer = self._ask(tenant, ask)
        try:
            return _grant_in(answer, asked_at)
        except (LookupError, TypeError, ValueError):
            raise SignInAnswerWrong(
                "Microsoft Entra gave no token that can be used: access_token or expires_in are"
                f" missing or wrong among {', '.join(sorted(answer))}"
            ) from None

    def _ask(self, tenant: str, ask: Callable[[Any], T]) -> T:
        try:
            # Made anew each time, since msal would answer with a refusal of a minute ago.
            app = msal.ConfidentialClientApplication(
                self.client_id,
                client_credential=self._credential.for_msal(),
                authority=f"{self.cloud.authority}/{tenant}",
                http_client=self.requests,
                instance_discovery=False,
                token_cache=_NothingKept(),
            )
            return ask(app)
        except (LookupError, TypeError, ValueError):
            # From None: such errors of the library's have what it could not read in them.
            raise SignInAnswerWrong(
                f"Microsoft Entra at {self.cloud.authority} answered what msal cannot use"
            ) from None


def _grant_in(answer: Mapping[str, Any], asked_at: datetime) -> Grant:
    seconds = int(answer["expires_in"])
    access_token = _secret(answer, "access_token")
    if seconds <= 0 or access_token is None:
        raise ValueError("no token that is good for a while")
    return Grant(
        access_token=access_token,
        expires_at=asked_at + timedelta(seconds=seconds),
        refresh_token=_secret(answer, "refresh_token"),
        id_token=_secret(answer, "id_token"),
    )


def _secret(answer: Mapping[str, Any], name: str) -> Secret | None:
    value = answer.get(name)
    if value is not None and not isinstance(value, str):
        raise TypeError(name)
    return Secret(value) if value else None
