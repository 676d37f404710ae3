from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

import pytest

from tests.identity.tokens import (
    AGENT_ROLE,
    CLIENT,
    NOW,
    TENANT,
    USER,
    id_claims,
    seconds,
    signed,
)
from work365.identity.claims import read_claims
from work365.identity.failures import SignInAnswerWrong
from work365.ports.secrets import Secret


def claims(**changes: Any) -> Secret:
    return signed(id_claims(**changes))


def encoded(payload: bytes) -> Secret:
    return Secret(f"e30.{urlsafe_b64encode(payload).decode().rstrip('=')}.c2ln")


def test_what_a_user_token_states_is_read() -> None:
    token = claims(
        aud="https://api.partnercenter.microsoft.com",
        tid=TENANT.upper(),
        appid=CLIENT.upper(),
        scp="user_impersonation openid",
        groups=["admin agents"],
    )

    read = read_claims(token)

    assert read.audience == "https://api.partnercenter.microsoft.com"
    assert (read.tenant, read.application) == (TENANT, CLIENT)
    assert (read.user, read.name) == (USER, "ada@contoso.example")
    assert read.scopes == {"user_impersonation", "openid"}
    assert read.directory_roles == {AGENT_ROLE}
    assert read.groups == {"admin agents"}
    assert read.app_roles == frozenset()
    assert read.expires_at == NOW + timedelta(hours=1)


def test_what_an_application_token_states_is_read() -> None:
    read = read_claims(claims(azp=CLIENT, roles=["PartnerBilling.Read.All"], scp=None))

    assert read.application == CLIENT
    assert read.app_roles == {"PartnerBilling.Read.All"}
    assert read.scopes == frozenset()


@pytest.mark.parametrize(
    ("methods", "expected"),
    [
        (["pwd", "mfa"], True),
        (["ngcmfa"], True),
        ("mfa", True),
        (["pwd"], False),
        (["mfa-is-not-it"], False),
        ([], False),
        (None, False),
    ],
)
def test_the_second_factor_is_told_by_the_end_of_a_word(methods: Any, expected: bool) -> None:
    assert read_claims(claims(amr=methods)).has_mfa is expected


def test_what_a_token_does_not_say_is_empty() -> None:
    read = read_claims(signed({"exp": seconds(NOW)}))

    assert (read.audience, read.tenant, read.user, read.name) == ("", "", "", "")
    assert read.directory_roles == frozenset()


def test_a_claim_of_another_kind_is_not_believed() -> None:
    read = read_claims(signed({"exp": seconds(NOW), "tid": 7, "wids": [1, "A"]}))

    assert read.tenant == ""
    assert read.directory_roles == {"a"}


@pytest.mark.parametrize("exp", [None, "soon", True, 1.5, 10**30])
def test_a_token_has_to_say_until_when_it_is_good(exp: Any) -> None:
    with pytest.raises(SignInAnswerWrong, match="'exp'"):
        read_claims(claims(exp=exp))


@pytest.mark.parametrize(
    "token",
    [
        Secret("opaque-text"),
        Secret("e30.not base64.c2ln"),
        encoded(b"half of it: {"),
        encoded(b"[]"),
        encoded(b"\xff\xfe"),
    ],
)
def test_what_is_no_token_is_refused_without_being_shown(token: Secret) -> None:
    with pytest.raises(SignInAnswerWrong) as refused:
        read_claims(token)

    assert "Microsoft Entra gave a token" in str(refused.value)
    assert token.reveal() not in str(refused.value)
