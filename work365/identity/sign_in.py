"""An administrator's sign-in, from the page at Microsoft to the tokens that come of it."""

from collections.abc import Mapping

from work365.domain.microsoft.admin_rights import GLOBAL_ADMINISTRATOR
from work365.identity.application import Application
from work365.identity.claims import read_claims
from work365.identity.failures import SignInAnswerWrong
from work365.identity.id_tokens import IdTokens
from work365.ports.secrets import Secret
from work365.ports.sign_in import SignedIn, SignInAttempt, SignInPage

PROMPT = "select_account"
"""So that nobody consents by the account that a browser happens to be signed in with."""

ROLE_NAMES: Mapping[str, str] = {
    GLOBAL_ADMINISTRATOR: "Global Administrator",
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": "Application Administrator",
    "158c047a-c907-4556-b7ef-446551a6b5f7": "Cloud Application Administrator",
    "e8611ab8-c189-46e8-94e1-60213ab1f814": "Privileged Role Administrator",
}
"""Template ids of the directory roles that have to do with consenting.

Source: "Microsoft Entra built-in roles".
"""


class EntraSignIn:
    """Sign-ins for one application. Safe to share between threads."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._id_tokens = IdTokens(application)

    def page(self, *, tenant: str, redirect: str, state: Secret) -> SignInPage:
        """Return where somebody of `tenant` signs in and consents.

        Raises: SignInRefused, NotSignedIn, SignInAnswerWrong.
        """
        made = self._application.sign_in_page(
            tenant=tenant, redirect_uri=redirect, state=state, prompt=PROMPT
        )
        return SignInPage(address=made.address, nonce=made.nonce, verifier=made.verifier)

    def redeem(self, code: Secret, attempt: SignInAttempt, *, tenant: str) -> SignedIn:
        """Return who signed in, once Microsoft's signature and the tenant are checked.

        Raises: SignInRefused, among them WrongTenant; NotSignedIn, SignInAnswerWrong.
        """
        grant = self._application.redeem_code(
            code,
            tenant=tenant,
            redirect_uri=attempt.redirect,
            nonce=attempt.nonce,
            verifier=attempt.verifier,
        )
        if grant.id_token is None or grant.refresh_token is None:
            raise SignInAnswerWrong(
                "Microsoft Entra gave no id token or no refresh token, although openid and"
                " offline_access were asked for"
            )
        vouched = self._id_tokens.check(grant.id_token, tenant=tenant, nonce=attempt.nonce)
        stated = read_claims(grant.access_token)
        if stated.user != vouched.user or stated.tenant != vouched.tenant:
            raise SignInAnswerWrong(
                "Microsoft Entra gave an access token of somebody else than who signed in"
            )
        roles = sorted(ROLE_NAMES[role] for role in stated.directory_roles & ROLE_NAMES.keys())
        return SignedIn(
            tenant=vouched.tenant,
            user=vouched.user,
            name=vouched.name or stated.name,
            application=self._application.client_id,
            scopes=tuple(sorted(stated.scopes)),
            roles=tuple(roles),
            has_mfa=stated.has_mfa,
            refresh_token=grant.refresh_token,
            access_token=grant.access_token,
        )
