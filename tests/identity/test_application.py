import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.identity.answers import CORRELATION, Entra, refusal, tokens
from tests.identity.tokens import AUTHORITY, CLIENT, NOW, TENANT, Clock, id_claims, signed
from work365.errors import Work365Error
from work365.identity.application import Application, Grant
from work365.identity.clouds import CHINA
from work365.identity.credentials import DevelopmentSecret
from work365.identity.failures import (
    CodeRefused,
    ConnectionExpired,
    ConsentMissing,
    IdTokenRejected,
    MfaNeeded,
    NotSignedIn,
    SignInAnswerWrong,
    SignInRefused,
    TenantUnknown,
)
from work365.identity.id_tokens import stated_nonce
from work365.ports.secrets import Secret

SCOPE = "https://api.partnercenter.microsoft.com/.default"
REDIRECT = "https://work365.contoso.example/consent/callback"
REFRESH = Secret("refresh-1")


def redeem(application: Application) -> Grant:
    return application.redeem_refresh_token(REFRESH, tenant=TENANT, scope=SCOPE)


class TestOwnTokens:
    def test_the_application_asks_as_itself_in_the_partners_tenant(
        self, application: Application, entra: Entra
    ) -> None:
        entra.answer(tokens(refresh_token=None, id_token=None))

        grant = application.token_of_its_own(TENANT, SCOPE)

        (form,) = entra.forms()
        assert form["grant_type"] == "client_credentials"
        assert form["client_id"] == CLIENT
        assert form["scope"] == SCOPE
        assert entra.tenants() == [TENANT]
        assert grant == Grant(
            access_token=Secret("access-1"), expires_at=NOW + timedelta(seconds=3599)
        )

    def test_a_second_call_asks_again(self, application: Application, entra: Entra) -> None:
        entra.answer(tokens(), tokens(access_token="access-2"))  # noqa: S106  no secret

        given = [application.token_of_its_own(TENANT, SCOPE) for _ in range(2)]

        assert [grant.access_token.reveal() for grant in given] == ["access-1", "access-2"]

    def test_where_to_sign_in_is_asked_once(self, application: Application, entra: Entra) -> None:
        entra.always(tokens)

        for _ in range(3):
            application.token_of_its_own(TENANT, SCOPE)

        assert entra.discovery.call_count == 1

    def test_what_was_put_right_works_at_once(self, application: Application, entra: Entra) -> None:
        # msal would answer the same request with the refusal of a minute ago.
        entra.answer(refusal(65001), tokens())
        with pytest.raises(ConsentMissing):
            application.token_of_its_own(TENANT, SCOPE)

        assert application.token_of_its_own(TENANT, SCOPE).access_token.reveal() == "access-1"


class TestSignInPage:
    def test_the_user_is_sent_to_microsoft_with_everything_that_binds_the_answer(
        self, application: Application
    ) -> None:
        page = application.sign_in_page(
            tenant=TENANT, redirect_uri=REDIRECT, state=Secret("state-1"), prompt="select_account"
        )

        parts = urlsplit(page.address)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == (
            f"{AUTHORITY}/{TENANT}/oauth2/v2.0/authorize"
        )
        assert asked["client_id"] == CLIENT
        assert asked["redirect_uri"] == REDIRECT
        assert (asked["response_type"], asked["response_mode"]) == ("code", "form_post")
        assert (asked["state"], asked["prompt"]) == ("state-1", "select_account")
        assert asked["nonce"] == stated_nonce(page.nonce)
        assert asked["code_challenge_method"] == "S256"
        assert set(asked["scope"].split()) == {
            "openid",
            "profile",
            "offline_access",
            "https://api.partnercenter.microsoft.com/user_impersonation",
            "https://api.partner.microsoft.com/user_impersonation",
            "https://graph.microsoft.com/DelegatedAdminRelationship.ReadWrite.All",
        }
        assert asked["amr_values"] == "mfa"

    def test_no_two_sign_ins_are_alike(self, application: Application) -> None:
        first, second = (
            application.sign_in_page(
                tenant=TENANT, redirect_uri=REDIRECT, state=Secret("s"), prompt="consent"
            )
            for _ in range(2)
        )

        assert first.nonce != second.nonce
        assert first.verifier != second.verifier

    def test_what_the_browser_proves_later_is_not_in_the_address(
        self, application: Application
    ) -> None:
        page = application.sign_in_page(
            tenant=TENANT, redirect_uri=REDIRECT, state=Secret("state-1"), prompt="consent"
        )

        assert page.verifier.reveal() not in page.address
        assert page.nonce.reveal() not in page.address

    def test_what_a_cloud_does_not_have_is_not_asked_for(self, entra: Entra, clock: Clock) -> None:
        with httpx.Client() as http:
            in_china = Application(
                client_id=CLIENT,
                credential=DevelopmentSecret(Secret("secret-of-the-application")),
                cloud=replace(CHINA, authority=AUTHORITY),
                http=http,
                clock=clock,
            )
            page = in_china.sign_in_page(
                tenant=TENANT, redirect_uri=REDIRECT, state=Secret("s"), prompt="consent"
            )

        (scope,) = parse_qs(urlsplit(page.address).query)["scope"]
        assert {each for each in scope.split() if "://" in each} == {
            "https://partner.partnercenterapi.microsoftonline.cn/user_impersonation",
            "https://microsoftgraph.chinacloudapi.cn/DelegatedAdminRelationship.ReadWrite.All",
        }


class TestCodes:
    def sign_in(self, application: Application, nonce: str = "nonce-1") -> Grant:
        return application.redeem_code(
            Secret("code-1"),
            tenant=TENANT,
            redirect_uri=REDIRECT,
            nonce=Secret(nonce),
            verifier=Secret("verifier-1"),
        )

    def test_a_code_is_redeemed_with_the_verifier_of_its_sign_in(
        self, application: Application, entra: Entra
    ) -> None:
        stated = signed(id_claims(nonce=stated_nonce(Secret("nonce-1"))))
        entra.answer(tokens(id_token=stated.reveal()))

        grant = self.sign_in(application)

        (form,) = entra.forms()
        assert form["grant_type"] == "authorization_code"
        assert form["code"] == "code-1"
        assert form["code_verifier"] == "verifier-1"
        assert form["redirect_uri"] == REDIRECT
        assert set(form["scope"].split()) == {
            "openid",
            "profile",
            "offline_access",
            "https://api.partnercenter.microsoft.com/user_impersonation",
        }
        assert entra.tenants() == [TENANT]
        assert grant.refresh_token == Secret("refresh-2")
        assert grant.id_token == stated

    def test_a_token_of_another_sign_in_is_rejected(
        self, application: Application, entra: Entra
    ) -> None:
        entra.answer(tokens(id_token=signed(id_claims(nonce="another")).reveal()))

        with pytest.raises(IdTokenRejected, match="another sign-in") as refused:
            self.sign_in(application)

        assert "nonce-1" not in "".join(traceback.format_exception(refused.value))

    @pytest.mark.parametrize("number", [54005, 70000, 501481])
    def test_a_code_that_is_used_up_means_starting_again(
        self, application: Application, entra: Entra, number: int
    ) -> None:
        entra.answer(refusal(number))

        with pytest.raises(CodeRefused, match="start from the top"):
            self.sign_in(application)


class TestRefreshTokens:
    def test_a_refresh_token_is_redeemed_for_one_interface(
        self, application: Application, entra: Entra
    ) -> None:
        entra.answer(tokens())

        grant = redeem(application)

        (form,) = entra.forms()
        assert form["grant_type"] == "refresh_token"
        assert form["refresh_token"] == REFRESH.reveal()
        assert SCOPE in form["scope"].split()
        assert "offline_access" in form["scope"].split()
        assert grant.refresh_token == Secret("refresh-2")
        assert grant.expires_at == NOW + timedelta(seconds=3599)

    def test_one_is_redeemed_in_a_customers_tenant(
        self, application: Application, entra: Entra
    ) -> None:
        entra.answer(tokens())

        application.redeem_refresh_token(REFRESH, tenant="customer", scope=SCOPE)

        assert entra.tenants() == ["customer"]

    @pytest.mark.parametrize(
        ("number", "kind", "remedy"),
        [
            (50076, MfaNeeded, "sign in with a second factor"),
            (65001, ConsentMissing, "consent again"),
            (50173, ConnectionExpired, "Consent again"),
            (700082, ConnectionExpired, "90 days without use"),
            (90002, TenantUnknown, "Check the tenant id"),
        ],
    )
    def test_a_refusal_says_what_to_do_and_what_support_asks_for(
        self,
        application: Application,
        entra: Entra,
        number: int,
        kind: type[SignInRefused],
        remedy: str,
    ) -> None:
        entra.answer(refusal(number))

        with pytest.raises(kind) as refused:
            redeem(application)

        assert remedy in str(refused.value)
        assert f"(code AADSTS{number}, correlation id {CORRELATION})" in str(refused.value)
        assert (refused.value.number, refused.value.correlation_id) == (number, CORRELATION)


class TestBrokenAnswers:
    @pytest.mark.parametrize(
        "answer",
        [
            tokens(access_token=None),
            tokens(access_token=""),
            tokens(access_token=7),
            tokens(expires_in=None),
            tokens(expires_in="soon"),
            tokens(expires_in=0),
            tokens(id_token="not-a-token"),  # noqa: S106  no secret
        ],
    )
    def test_tokens_that_cannot_be_used_are_a_contradiction(
        self, application: Application, entra: Entra, answer: httpx.Response
    ) -> None:
        entra.answer(answer)

        with pytest.raises(SignInAnswerWrong) as refused:
            redeem(application)

        told = "".join(traceback.format_exception(refused.value))
        for secret in ("refresh-1", "refresh-2", "access-1", "secret-of-the-application"):
            assert secret not in told

    def test_half_an_answer_is_not_shown_by_anybody(
        self, application: Application, entra: Entra, caplog: pytest.LogCaptureFixture
    ) -> None:
        # msal itself logs what it cannot read, word for word.
        caplog.set_level("DEBUG")
        entra.answer(httpx.Response(200, text='{"access_token": "access-1", "refr'))

        with pytest.raises(SignInAnswerWrong) as refused:
            redeem(application)

        assert "access-1" not in caplog.text + "".join(traceback.format_exception(refused.value))

    @pytest.mark.parametrize(
        "answer",
        [
            lambda: httpx.Response(503),
            lambda: httpx.Response(500, text="<html>"),
            lambda: httpx.Response(429, headers={"Retry-After": "7"}, json={}),
            lambda: refusal(90033, "temporarily_unavailable"),
        ],
    )
    def test_an_outage_is_for_later(
        self, application: Application, entra: Entra, answer: Callable[[], httpx.Response]
    ) -> None:
        entra.answer(answer())

        with pytest.raises(NotSignedIn, match="not available just now"):
            redeem(application)

    def test_silence_is_for_later(self, application: Application, entra: Entra) -> None:
        entra.answer(httpx.ReadTimeout("slow"))

        with pytest.raises(NotSignedIn, match="did not answer: ReadTimeout"):
            redeem(application)

    def test_nothing_is_sent_to_another_host(self, application: Application, entra: Entra) -> None:
        entra.published = {"token_endpoint": "https://evil.example/oauth2/v2.0/token"}

        with pytest.raises(SignInAnswerWrong, match=r"names evil\.example"):
            redeem(application)

        assert entra.token.call_count == 0

    def test_a_tenant_that_there_is_not_is_told_before_anything_is_sent(
        self, application: Application, entra: Entra
    ) -> None:
        entra.discovery.mock(return_value=refusal(90002, "invalid_tenant"))

        with pytest.raises(TenantUnknown):
            redeem(application)

        assert entra.token.call_count == 0

    def test_a_description_of_where_to_sign_in_has_to_be_whole(
        self, application: Application, entra: Entra
    ) -> None:
        entra.discovery.mock(return_value=httpx.Response(200, json={}))

        with pytest.raises(SignInAnswerWrong):
            redeem(application)


def test_no_failure_is_one_of_a_library(application: Application, entra: Entra) -> None:
    entra.answer(httpx.Response(302, headers={"Location": "https://evil.example"}))

    with pytest.raises(Work365Error):
        redeem(application)
