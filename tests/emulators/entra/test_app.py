"""The emulator with the real libraries: msal and azure-identity, over https."""

import msal
import pytest
from azure.identity import ClientAssertionCredential, ManagedIdentityCredential

from tests.emulators.entra.person import Person
from tests.emulators.entra.running import REDIRECT, RunningEntra
from work365.emulators.entra import seeds
from work365.emulators.entra.access_tokens import read_access_token
from work365.emulators.entra.app import LOCAL_IDENTITY_HEADER
from work365.emulators.entra.tenants import GLOBAL_ADMINISTRATOR

PARTNER_CENTER = "https://api.partnercenter.microsoft.com"
GRAPH = "https://graph.microsoft.com"
SCOPES = [f"{PARTNER_CENTER}/user_impersonation"]


@pytest.fixture
def app_service(entra: RunningEntra, monkeypatch: pytest.MonkeyPatch) -> RunningEntra:
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{entra.url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", LOCAL_IDENTITY_HEADER)
    return entra


def identity(entra: RunningEntra) -> ManagedIdentityCredential:
    return ManagedIdentityCredential(
        client_id=seeds.IDENTITY_CLIENT_ID, transport=entra.azure_transport(), retry_total=0
    )


def confidential(entra: RunningEntra, **options: object) -> msal.ConfidentialClientApplication:
    return msal.ConfidentialClientApplication(
        seeds.APPLICATION_ID,
        authority=f"{entra.url}/{seeds.PARTNER_TENANT_ID}",
        instance_discovery=False,
        http_client=entra.requests_session(),
        **{"client_credential": seeds.DEVELOPMENT_SECRET, **options},
    )


def test_a_managed_identity_proves_an_application_without_a_secret(
    app_service: RunningEntra,
) -> None:
    credential = identity(app_service)
    client = confidential(
        app_service,
        client_credential={
            "client_assertion": lambda: (
                credential.get_token("api://AzureADTokenExchange/.default").token
            )
        },
    )

    answer = client.acquire_token_for_client([f"{PARTNER_CENTER}/.default"])

    claims = read_access_token(
        answer["access_token"],
        app_service.authority.keys.key_set(),
        app_service.clock.now,
    )
    assert claims.is_app_only
    assert claims.audience == PARTNER_CENTER
    assert claims.application_id == seeds.APPLICATION_ID
    assert claims.tenant_id == seeds.PARTNER_TENANT_ID


def test_azure_identity_takes_a_managed_identity_in_place_of_a_secret(
    app_service: RunningEntra,
) -> None:
    managed = identity(app_service)
    credential = ClientAssertionCredential(
        tenant_id=seeds.PARTNER_TENANT_ID,
        client_id=seeds.APPLICATION_ID,
        func=lambda: managed.get_token("api://AzureADTokenExchange/.default").token,
        authority=app_service.url,
        disable_instance_discovery=True,
        transport=app_service.azure_transport(),
    )

    token = credential.get_token(f"{GRAPH}/.default")

    claims = read_access_token(
        token.token, app_service.authority.keys.key_set(), app_service.clock.now
    )
    assert "PartnerBilling.Read.All" in claims.roles
    assert token.expires_on > app_service.clock.now.timestamp()


def test_a_managed_identity_has_tokens_of_its_own(app_service: RunningEntra) -> None:
    token = identity(app_service).get_token("https://vault.azure.net/.default")

    claims = read_access_token(
        token.token, app_service.authority.keys.key_set(), app_service.clock.now
    )
    assert claims.audience == "https://vault.azure.net"
    assert claims.object_id == seeds.IDENTITY_PRINCIPAL_ID
    assert claims.is_app_only


def test_a_person_signs_in_by_code_with_pkce_and_a_posted_answer(entra: RunningEntra) -> None:
    client = confidential(entra)
    flow = client.initiate_auth_code_flow(
        SCOPES, redirect_uri=REDIRECT, prompt="select_account", response_mode="form_post"
    )

    told = Person(entra.http).visits(flow["auth_uri"])

    answer = client.acquire_token_by_auth_code_flow(flow, told)
    claims = read_access_token(
        answer["access_token"], entra.authority.keys.key_set(), entra.clock.now
    )
    assert claims.user_principal_name == seeds.AGENT
    assert claims.has_mfa
    assert claims.scopes == {"user_impersonation"}
    assert GLOBAL_ADMINISTRATOR in claims.directory_role_ids
    assert answer["id_token_claims"]["tid"] == seeds.PARTNER_TENANT_ID
    assert answer["id_token_claims"]["iss"] == f"{entra.url}/{seeds.PARTNER_TENANT_ID}/v2.0"


def test_a_refresh_token_opens_another_service_silently(entra: RunningEntra) -> None:
    client = confidential(entra)
    flow = client.initiate_auth_code_flow(
        SCOPES, redirect_uri=REDIRECT, prompt="admin_consent", response_mode="form_post"
    )
    client.acquire_token_by_auth_code_flow(flow, Person(entra.http).visits(flow["auth_uri"]))

    answer = client.acquire_token_silent(
        ["https://api.partner.microsoft.com/user_impersonation"], client.get_accounts()[0]
    )

    claims = read_access_token(
        answer["access_token"], entra.authority.keys.key_set(), entra.clock.now
    )
    assert claims.audience == "https://api.partner.microsoft.com"
    assert claims.has_mfa


def test_msal_reads_the_authority_by_openid_discovery(entra: RunningEntra) -> None:
    client = msal.ConfidentialClientApplication(
        seeds.APPLICATION_ID,
        oidc_authority=f"{entra.url}/{seeds.PARTNER_TENANT_ID}/v2.0",
        http_client=entra.requests_session(),
        client_credential=seeds.DEVELOPMENT_SECRET,
    )

    answer = client.acquire_token_for_client([f"{PARTNER_CENTER}/.default"])

    assert "access_token" in answer


def test_msal_is_told_in_entras_words(entra: RunningEntra) -> None:
    client = confidential(entra, client_credential="wrong")

    answer = client.acquire_token_for_client([f"{PARTNER_CENTER}/.default"])

    assert answer["error"] == "invalid_client"
    assert answer["error_codes"] == [7000215]
    assert answer["error_description"].startswith("AADSTS7000215: Invalid client secret provided.")
    assert "Trace ID: " in answer["error_description"]
    assert "Correlation ID: " in answer["error_description"]


def test_there_is_no_authority_for_a_tenant_that_is_not_there(entra: RunningEntra) -> None:
    with pytest.raises(ValueError, match="double check your tenant name"):
        msal.ConfidentialClientApplication(
            seeds.APPLICATION_ID,
            authority=f"{entra.url}/nobody.example",
            instance_discovery=False,
            http_client=entra.requests_session(),
            client_credential=seeds.DEVELOPMENT_SECRET,
        )
