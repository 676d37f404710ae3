"""The endpoint of App Service: who gets which identity's tokens."""

import httpx
import jwt
import pytest

from tests.emulators.entra.running import RunningEntra
from work365.emulators.entra import seeds
from work365.emulators.entra.app import LOCAL_IDENTITY_HEADER
from work365.emulators.entra.applications import ManagedIdentity
from work365.emulators.entra.resources import GRAPH

VAULT = "https://vault.azure.net"
EXCHANGE = "api://AzureADTokenExchange"


def asked(
    entra: RunningEntra, *, header: str = LOCAL_IDENTITY_HEADER, **query: str
) -> httpx.Response:
    given = {
        "api-version": "2019-08-01",
        "resource": VAULT,
        "client_id": seeds.IDENTITY_CLIENT_ID,
        **{name.replace("api_", "api-"): value for name, value in query.items()},
    }
    return entra.http.get(
        f"{entra.url}/msi/token",
        params={name: value for name, value in given.items() if value},
        headers={"X-IDENTITY-HEADER": header},
    )


def claims(answer: httpx.Response) -> dict[str, object]:
    token = answer.json()["access_token"]
    return dict(jwt.decode(token, options={"verify_signature": False}))


def test_a_token_to_exchange_is_in_the_form_that_federated_credentials_name(
    entra: RunningEntra,
) -> None:
    answer = asked(entra, resource=EXCHANGE)

    said = claims(answer)
    assert said["iss"] == f"https://login.microsoftonline.com/{seeds.PARTNER_TENANT_ID}/v2.0"
    assert (said["sub"], said["aud"]) == (seeds.IDENTITY_PRINCIPAL_ID, EXCHANGE)
    body = answer.json()
    assert int(body["expires_on"]) - int(body["not_before"]) == 86_399


def test_an_identity_has_the_roles_that_were_granted_to_it(entra: RunningEntra) -> None:
    entra.directory.grant_roles(
        seeds.PARTNER_TENANT_ID,
        seeds.IDENTITY_CLIENT_ID,
        {GRAPH.application_id: frozenset({"User.Read.All"})},
    )

    said = claims(asked(entra, resource="https://graph.microsoft.com"))

    assert said["roles"] == ["User.Read.All"]
    assert said["oid"] == seeds.IDENTITY_PRINCIPAL_ID


def test_an_identity_may_be_asked_for_by_its_other_names(entra: RunningEntra) -> None:
    path = "/subscriptions/s/resourcegroups/g/providers/x/identity"
    entra.directory.add_managed_identity(
        ManagedIdentity(
            client_id="0e1d2c3b-4a59-4687-9776-655443323664",
            principal_id="1f2e3d4c-5b6a-4798-8877-766554433665",
            tenant_id=seeds.PARTNER_TENANT_ID,
            name="another",
            resource_id=path,
        )
    )

    by_path = claims(asked(entra, client_id="", mi_res_id=path.upper()))
    by_object = claims(asked(entra, client_id="", object_id=seeds.IDENTITY_PRINCIPAL_ID))

    assert by_path["appid"] == "0e1d2c3b-4a59-4687-9776-655443323664"
    assert by_path["xms_mirid"] == path
    assert by_object["appid"] == seeds.IDENTITY_CLIENT_ID


@pytest.mark.parametrize(
    ("query", "status", "text"),
    [
        ({"header": "wrong"}, 401, "X-IDENTITY-HEADER"),
        ({"api_version": "2017-09-01"}, 400, "api-version is not supported"),
        ({"resource": ""}, 400, "'resource' is missing"),
        ({"resource": "https://other.example"}, 400, "AADSTS500011"),
        ({"client_id": ""}, 400, "Name a user-assigned one"),
        ({"client_id": "nobody"}, 400, "No User Assigned"),
    ],
)
def test_a_request_is_refused_with_its_reason(
    entra: RunningEntra, query: dict[str, str], status: int, text: str
) -> None:
    answer = asked(entra, **query)

    assert answer.status_code == status
    assert answer.json()["statusCode"] == status
    assert text in answer.json()["message"]
