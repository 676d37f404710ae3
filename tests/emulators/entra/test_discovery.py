"""Discovery: where a client finds the endpoints and the keys."""

import jwt
import pytest

from tests.emulators.entra.running import RunningEntra
from work365.emulators.entra import seeds

TENANT = seeds.PARTNER_TENANT_ID


@pytest.mark.parametrize(
    ("path", "issuer", "token_path"),
    [
        (f"{TENANT}/v2.0", "{root}/{tenant}/v2.0", f"{TENANT}/oauth2/v2.0/token"),
        (f"{seeds.DOMAIN}/v2.0", "{root}/{tenant}/v2.0", f"{TENANT}/oauth2/v2.0/token"),
        ("common/v2.0", "{root}/{{tenantid}}/v2.0", "common/oauth2/v2.0/token"),
        ("organizations/v2.0", "{root}/{{tenantid}}/v2.0", "organizations/oauth2/v2.0/token"),
        (TENANT, "https://sts.windows.net/{tenant}/", f"{TENANT}/oauth2/token"),
    ],
)
def test_the_endpoints_are_told(
    entra: RunningEntra, path: str, issuer: str, token_path: str
) -> None:
    found = entra.http.get(f"{entra.url}/{path}/.well-known/openid-configuration").json()

    assert found["issuer"] == issuer.format(root=entra.url, tenant=TENANT)
    assert found["token_endpoint"] == f"{entra.url}/{token_path}"
    assert entra.http.get(found["jwks_uri"]).json() == entra.authority.keys.key_set()


def test_a_tenant_that_is_not_there_has_none(entra: RunningEntra) -> None:
    answer = entra.http.get(f"{entra.url}/nobody.example/v2.0/.well-known/openid-configuration")

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_tenant"
    assert answer.json()["error_codes"] == [90002]


def test_this_host_is_an_instance_and_others_are_not(entra: RunningEntra) -> None:
    def asked(endpoint: str) -> dict[str, object]:
        query = {"api-version": "1.1", "authorization_endpoint": endpoint}
        found: dict[str, object] = entra.http.get(
            f"{entra.url}/common/discovery/instance", params=query
        ).json()
        return found

    own = asked(f"{entra.url}/{TENANT}/oauth2/v2.0/authorize")
    other = asked(f"https://evil.example/{TENANT}/oauth2/v2.0/authorize")

    assert own["tenant_discovery_endpoint"] == (
        f"{entra.url}/{TENANT}/v2.0/.well-known/openid-configuration"
    )
    assert other["error"] == "invalid_instance"


def test_pyjwt_finds_the_key_of_a_token(entra: RunningEntra) -> None:
    token = entra.authority.keys.sign({"aud": "x"})
    client = jwt.PyJWKClient(
        f"{entra.url}/common/discovery/v2.0/keys",
        ssl_context=entra.certified.trusting(),
    )

    key = client.get_signing_key_from_jwt(token)

    assert jwt.decode(token, key.key, ["RS256"], audience="x") == {"aud": "x"}
