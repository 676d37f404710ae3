import traceback
from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest

from tests.identity.answers import Entra
from tests.identity.tokens import (
    AGENT_ROLE,
    AUTHORITY,
    CLIENT,
    KEY_NAME,
    NONCE,
    NOW,
    OTHER_KEY,
    OTHER_TENANT,
    SIGNING_KEY,
    TENANT,
    USER,
    Clock,
    id_claims,
    published_keys,
    seconds,
    signed,
)
from work365.identity.application import Application
from work365.identity.failures import IdTokenRejected, SignInAnswerWrong, WrongTenant
from work365.identity.id_tokens import IdTokens
from work365.ports.secrets import Secret


@pytest.fixture
def id_tokens(application: Application) -> IdTokens:
    return IdTokens(application)


def test_what_microsoft_signed_for_this_sign_in_is_believed(id_tokens: IdTokens) -> None:
    claims = id_tokens.check(signed(id_claims()), tenant=TENANT.upper(), nonce=NONCE)

    assert (claims.tenant, claims.user, claims.name) == (TENANT, USER, "ada@contoso.example")
    assert claims.has_mfa
    assert claims.directory_roles == {AGENT_ROLE}


def test_time_goes_by_the_clock_that_was_given(id_tokens: IdTokens, clock: Clock) -> None:
    clock.pass_by(days=-400)
    token = signed(id_claims(iat=seconds(clock()), exp=seconds(clock() + timedelta(hours=1))))

    assert id_tokens.check(token, tenant=TENANT, nonce=NONCE).user == USER


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"aud": "another-application"}, "InvalidAudienceError"),
        ({"iss": f"{AUTHORITY}/{OTHER_TENANT}/v2.0"}, "InvalidIssuerError"),
        ({"iss": f"https://evil.example/{TENANT}/v2.0"}, "InvalidIssuerError"),
        ({"nonce": "of-another-sign-in"}, "another sign-in"),
        ({"nonce": None}, "MissingRequiredClaimError"),
        ({"iss": None}, "MissingRequiredClaimError"),
        ({"aud": None}, "MissingRequiredClaimError"),
        ({"iat": None}, "MissingRequiredClaimError"),
        ({"oid": None}, "MissingRequiredClaimError"),
        ({"exp": seconds(NOW - timedelta(minutes=5))}, "has expired"),
        ({"iat": seconds(NOW + timedelta(minutes=6))}, "from the future"),
    ],
)
def test_what_was_made_for_something_else_is_rejected(
    id_tokens: IdTokens, changes: dict[str, Any], why: str
) -> None:
    token = signed(id_claims(**changes))

    with pytest.raises(IdTokenRejected, match=why) as refused:
        id_tokens.check(token, tenant=TENANT, nonce=NONCE)

    told = "".join(traceback.format_exception(refused.value))
    assert token.reveal() not in told
    assert NONCE.reveal() not in told


def test_clocks_may_be_a_little_apart(id_tokens: IdTokens) -> None:
    just = signed(
        id_claims(exp=seconds(NOW - timedelta(minutes=4)), iat=seconds(NOW + timedelta(minutes=4)))
    )

    assert id_tokens.check(just, tenant=TENANT, nonce=NONCE).user == USER


def test_a_user_of_another_organization_is_told_so(id_tokens: IdTokens) -> None:
    token = signed(
        id_claims(tid=OTHER_TENANT, iss=f"{AUTHORITY}/{OTHER_TENANT}/v2.0"), key=OTHER_KEY
    )

    with pytest.raises(WrongTenant) as refused:
        id_tokens.check(token, tenant=TENANT, nonce=NONCE)

    assert f"The user's tenant is {OTHER_TENANT}; the partner's is {TENANT}." in str(refused.value)


class TestSignatures:
    def test_a_key_that_microsoft_does_not_publish_is_none(
        self, id_tokens: IdTokens, entra: Entra
    ) -> None:
        token = signed(id_claims(), key=OTHER_KEY, key_name="key-of-somebody")

        with pytest.raises(IdTokenRejected, match="does not publish"):
            id_tokens.check(token, tenant=TENANT, nonce=NONCE)

        assert entra.keys.call_count == 2

    def test_somebody_elses_signature_under_a_name_of_microsofts_is_none(
        self, id_tokens: IdTokens
    ) -> None:
        token = signed(id_claims(), key=OTHER_KEY)

        with pytest.raises(IdTokenRejected, match="InvalidSignatureError"):
            id_tokens.check(token, tenant=TENANT, nonce=NONCE)

    def test_an_unsigned_token_is_rejected(self, id_tokens: IdTokens) -> None:
        token = Secret(jwt.encode(id_claims(), "", algorithm="none", headers={"kid": KEY_NAME}))

        with pytest.raises(IdTokenRejected, match="InvalidAlgorithmError"):
            id_tokens.check(token, tenant=TENANT, nonce=NONCE)

    def test_a_token_signed_by_a_shared_text_is_rejected(self, id_tokens: IdTokens) -> None:
        # With the public key as that text, a checker that believes the header is fooled.
        token = Secret(
            jwt.encode(id_claims(), "x" * 32, algorithm="HS256", headers={"kid": KEY_NAME})
        )

        with pytest.raises(IdTokenRejected, match="InvalidAlgorithmError"):
            id_tokens.check(token, tenant=TENANT, nonce=NONCE)

    def test_a_claim_that_was_changed_afterwards_breaks_the_signature(
        self, id_tokens: IdTokens
    ) -> None:
        header, _, signature = signed(id_claims()).reveal().split(".")
        _, payload, _ = signed(id_claims(oid="somebody-else")).reveal().split(".")

        with pytest.raises(IdTokenRejected, match="InvalidSignatureError"):
            id_tokens.check(Secret(f"{header}.{payload}.{signature}"), tenant=TENANT, nonce=NONCE)

    def test_keys_that_were_exchanged_are_fetched_again(
        self, id_tokens: IdTokens, entra: Entra
    ) -> None:
        id_tokens.check(signed(id_claims()), tenant=TENANT, nonce=NONCE)
        entra.keys.mock(
            return_value=httpx.Response(200, json=published_keys(**{"key-of-june": OTHER_KEY}))
        )

        token = signed(id_claims(), key=OTHER_KEY, key_name="key-of-june")

        assert id_tokens.check(token, tenant=TENANT, nonce=NONCE).user == USER

    def test_keys_are_not_asked_for_each_time(self, id_tokens: IdTokens, entra: Entra) -> None:
        for _ in range(3):
            id_tokens.check(signed(id_claims()), tenant=TENANT, nonce=NONCE)

        assert entra.keys.call_count == 1


@pytest.mark.parametrize("published", [{"issuer": None}, {"jwks_uri": 7}])
def test_microsoft_has_to_say_who_signs(
    id_tokens: IdTokens, entra: Entra, published: dict[str, Any]
) -> None:
    entra.published = published

    with pytest.raises(SignInAnswerWrong, match="does not say by whom tokens are signed"):
        id_tokens.check(signed(id_claims()), tenant=TENANT, nonce=NONCE)


def test_keys_from_another_host_are_not_even_asked_for(id_tokens: IdTokens, entra: Entra) -> None:
    entra.published = {"jwks_uri": "https://evil.example/keys"}

    with pytest.raises(SignInAnswerWrong, match=r"names evil\.example"):
        id_tokens.check(signed(id_claims()), tenant=TENANT, nonce=NONCE)


@pytest.mark.parametrize("keys", [{}, {"keys": []}, {"keys": [{"kty": "?"}]}, {"keys": "none"}])
def test_keys_that_cannot_be_read_are_a_contradiction(
    id_tokens: IdTokens, entra: Entra, keys: dict[str, Any]
) -> None:
    entra.keys.mock(return_value=httpx.Response(200, json=keys))

    with pytest.raises(SignInAnswerWrong, match="publishes no keys that can be read"):
        id_tokens.check(signed(id_claims()), tenant=TENANT, nonce=NONCE)


def test_the_name_of_the_audience_is_the_applications(id_tokens: IdTokens) -> None:
    token = signed(id_claims(aud=[CLIENT, "another"]), key=SIGNING_KEY)

    assert id_tokens.check(token, tenant=TENANT, nonce=NONCE).user == USER
