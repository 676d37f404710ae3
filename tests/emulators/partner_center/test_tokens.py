from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.emulators.partner_center.room import APPLICATION, START
from work365.emulators.partner_center.callers import InvalidToken, caller_from
from work365.emulators.partner_center.seeds import PARTNER
from work365.emulators.partner_center.tokens import signed_tokens, user_claims

NOW = datetime(2026, 8, 15, 10, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class TestSignedTokens:
    def token(self, key: rsa.RSAPrivateKey, lifetime: timedelta, key_id: str = "one") -> str:
        times = {"nbf": int(START.timestamp()), "exp": int((START + lifetime).timestamp())}
        claims = user_claims(PARTNER, APPLICATION, "agent@nordlicht.example", **times)
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": key_id})

    def keys(self, key: rsa.RSAPrivateKey) -> dict[str, object]:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        return {"keys": [public | {"kid": "one", "use": "sig", "alg": "RS256"}]}

    def test_are_read_by_the_twins_clock(self, key: rsa.RSAPrivateKey) -> None:
        read = signed_tokens(lambda: self.keys(key), lambda: START)

        caller = caller_from(read(self.token(key, timedelta(hours=1))))

        assert (caller.tenant, caller.has_mfa, caller.is_app_only) == (PARTNER, True, False)

    @pytest.mark.parametrize("moved", [timedelta(hours=1), timedelta(hours=-1)])
    def test_are_refused_out_of_their_time(self, key: rsa.RSAPrivateKey, moved: timedelta) -> None:
        read = signed_tokens(lambda: self.keys(key), lambda: START + moved)

        with pytest.raises(InvalidToken):
            read(self.token(key, timedelta(hours=1)))

    def test_are_refused_from_another_key(self, key: rsa.RSAPrivateKey) -> None:
        other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        read = signed_tokens(lambda: self.keys(key), lambda: START)

        for token in (
            self.token(other, timedelta(hours=1)),
            self.token(key, timedelta(hours=1), key_id="two"),
            "not.a.token",
        ):
            with pytest.raises(InvalidToken):
                read(token)
