"""Access tokens are believed only with the authority's signature, in their time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from work365.emulators.entra.access_tokens import TokenRefused, read_access_token, read_claims
from work365.emulators.entra.keys import SigningKeys

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
SAID: dict[str, Any] = {
    "aud": "https://graph.microsoft.com",
    "tid": "tenant",
    "oid": "someone",
    "appid": "application",
    "scp": "User.Read Directory.Read.All",
    "amr": ["pwd", "mfa"],
    "upn": "ada@northstar-cloud.example",
    "wids": ["role"],
    "iat": int(NOW.timestamp()),
    "exp": int((NOW + timedelta(hours=1)).timestamp()),
}
KEYS = SigningKeys()


def test_a_token_for_a_person_is_read() -> None:
    claims = read_access_token(KEYS.sign(SAID), KEYS.key_set(), NOW)

    assert claims.audience == "https://graph.microsoft.com"
    assert claims.scopes == {"User.Read", "Directory.Read.All"}
    assert claims.has_mfa
    assert not claims.is_app_only
    assert claims.expires_at == NOW + timedelta(hours=1)


def test_the_claims_can_be_had_as_they_are_written() -> None:
    assert read_claims(KEYS.sign(SAID), KEYS.key_set(), NOW) == SAID


def test_a_token_for_an_application_is_read() -> None:
    said = {key: value for key, value in SAID.items() if key not in ("scp", "amr", "upn", "wids")}

    claims = read_access_token(KEYS.sign(said | {"roles": ["A"]}), KEYS.key_set(), NOW)

    assert claims.is_app_only
    assert claims.roles == {"A"}
    assert not claims.has_mfa


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (NOW + timedelta(hours=1), "expired at 2026-06-15T13:00:00"),
        (NOW - timedelta(minutes=6), "is not good yet"),
    ],
)
def test_a_token_out_of_its_time_is_refused(moment: datetime, text: str) -> None:
    token = KEYS.sign(SAID)

    with pytest.raises(TokenRefused, match=text):
        read_access_token(token, KEYS.key_set(), moment)


@pytest.mark.parametrize("moment", [NOW + timedelta(minutes=59), NOW - timedelta(minutes=5)])
def test_a_token_is_good_to_its_end_and_clocks_may_differ_at_its_beginning(
    moment: datetime,
) -> None:
    assert read_access_token(KEYS.sign(SAID), KEYS.key_set(), moment).tenant_id == "tenant"


def test_a_token_of_another_authority_is_refused() -> None:
    token = SigningKeys().sign(SAID)

    with pytest.raises(TokenRefused, match="a key that is not the authority's"):
        read_access_token(token, KEYS.key_set(), NOW)


def test_a_token_with_another_signature_is_refused_and_not_shown() -> None:
    own, forged = KEYS.sign(SAID), KEYS.sign(SAID | {"oid": "somebody else"})
    token = ".".join([*forged.split(".")[:2], own.split(".")[2]])

    with pytest.raises(TokenRefused, match="InvalidSignatureError") as found:
        read_access_token(token, KEYS.key_set(), NOW)

    assert token.split(".")[1] not in str(found.value)


def test_an_unsigned_token_is_refused() -> None:
    kid = KEYS.key_set()["keys"][0]["kid"]
    token = jwt.encode(SAID, "", algorithm="none", headers={"kid": kid})

    with pytest.raises(TokenRefused, match="InvalidAlgorithmError"):
        read_access_token(token, KEYS.key_set(), NOW)


@pytest.mark.parametrize("token", ["", "a.b.c", "no token"])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(TokenRefused, match="cannot be read"):
        read_access_token(token, KEYS.key_set(), NOW)


@pytest.mark.parametrize(
    "change",
    [{"tid": None}, {"exp": "soon"}, {"exp": True}, {"exp": 10**20}, {"aud": ["a"]}, {"wids": 1}],
)
def test_a_claim_that_is_none_is_refused(change: dict[str, Any]) -> None:
    token = KEYS.sign(SAID | change)

    with pytest.raises(TokenRefused, match="lacks a claim"):
        read_access_token(token, KEYS.key_set(), NOW)


def test_tokens_of_the_key_before_stay_good_after_a_rotation() -> None:
    keys = SigningKeys()
    old = keys.sign(SAID)

    key_id = keys.rotate()

    assert read_access_token(old, keys.key_set(), NOW).object_id == "someone"
    assert keys.key_set()["keys"][0]["kid"] == key_id
    assert jwt.get_unverified_header(keys.sign(SAID))["kid"] == key_id
