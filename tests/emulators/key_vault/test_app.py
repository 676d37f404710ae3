"""The vault with the real clients: azure-keyvault-secrets, signed in by azure-identity."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.identity import ManagedIdentityCredential
from azure.keyvault.secrets import SecretClient

from tests.emulators.entra.running import RunningEntra, running_entra, serving
from work365.emulators.entra import seeds
from work365.emulators.entra.app import LOCAL_IDENTITY_HEADER
from work365.emulators.key_vault.app import create_app
from work365.emulators.key_vault.state import Vault

NAME = "partner-token"
EVERYTHING = frozenset({"get", "set", "list", "delete", "recover", "purge"})


@dataclass(frozen=True, kw_only=True)
class RunningVault:
    url: str
    vault: Vault
    entra: RunningEntra
    client: SecretClient

    def http(self, method: str, path: str, token: str = "", **body: object) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.entra.http.request(method, f"{self.url}/{path}", json=body, headers=headers)

    def token(self, audience: str = "https://vault.azure.net") -> str:
        answer = self.entra.http.get(
            f"{self.entra.url}/msi/token",
            params={
                "api-version": "2019-08-01",
                "resource": audience,
                "client_id": seeds.IDENTITY_CLIENT_ID,
            },
            headers={"X-IDENTITY-HEADER": LOCAL_IDENTITY_HEADER},
        )
        return str(answer.json()["access_token"])


@pytest.fixture
def vault(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RunningVault]:
    with running_entra(tmp_path_factory.mktemp("entra")) as entra:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{entra.url}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", LOCAL_IDENTITY_HEADER)
        app = create_app(
            clock=entra.clock,
            authority=entra.url,
            tenant_id=seeds.PARTNER_TENANT_ID,
            keys=entra.authority.keys.key_set,
            policies={seeds.IDENTITY_PRINCIPAL_ID: EVERYTHING},
        )
        with serving(app, entra.certified) as url:
            credential = ManagedIdentityCredential(
                client_id=seeds.IDENTITY_CLIENT_ID,
                transport=entra.azure_transport(),
                retry_total=0,
            )
            client = SecretClient(
                vault_url=url,
                credential=credential,
                transport=entra.azure_transport(),
                verify_challenge_resource=False,
                retry_total=0,
            )
            yield RunningVault(url=url, vault=app.state.vault, entra=entra, client=client)
            # The server waits for connections that are open.
            entra.closing.close()


def test_a_secret_is_kept_with_what_is_said_of_it(vault: RunningVault) -> None:
    made = vault.client.set_secret(
        NAME, "first", content_type="refresh-token", tags={"redeemed_at": "2026-06-15"}
    )

    found = vault.client.get_secret(NAME)

    assert found.value == "first"
    assert found.properties.version == made.properties.version
    assert found.properties.content_type == "refresh-token"
    assert found.properties.tags == {"redeemed_at": "2026-06-15"}
    assert found.properties.created_on == vault.entra.clock.now.replace(microsecond=0)


def test_a_new_value_is_a_new_version_and_the_old_one_can_be_disabled(
    vault: RunningVault,
) -> None:
    old = vault.client.set_secret(NAME, "first").properties.version
    vault.client.set_secret(NAME, "second")
    assert vault.client.get_secret(NAME, old).value == "first"

    vault.client.update_secret_properties(NAME, old, enabled=False)

    with pytest.raises(HttpResponseError, match="not allowed on a disabled secret"):
        vault.client.get_secret(NAME, old)
    versions = list(vault.client.list_properties_of_secret_versions(NAME))
    assert {version.version: version.enabled for version in versions}[old] is False
    assert vault.client.get_secret(NAME).value == "second"


def test_versions_and_secrets_are_listed_page_by_page(vault: RunningVault) -> None:
    for number in range(27):
        vault.client.set_secret(f"name-{number:02}", str(number))

    names = [found.name for found in vault.client.list_properties_of_secrets()]

    assert names == [f"name-{number:02}" for number in range(27)]


def test_a_deleted_secret_is_gone_keeps_its_name_and_can_come_back(vault: RunningVault) -> None:
    vault.client.set_secret(NAME, "first")
    vault.client.begin_delete_secret(NAME).result()

    with pytest.raises(ResourceNotFoundError, match="was not found in this key vault"):
        vault.client.get_secret(NAME)
    with pytest.raises(ResourceExistsError, match="deleted but recoverable"):
        vault.client.set_secret(NAME, "second")
    assert [gone.name for gone in vault.client.list_deleted_secrets()] == [NAME]

    vault.client.begin_recover_deleted_secret(NAME).wait()

    assert vault.client.get_secret(NAME).value == "first"


def test_a_purged_secret_frees_its_name(vault: RunningVault) -> None:
    vault.client.set_secret(NAME, "first")
    vault.client.begin_delete_secret(NAME).result()

    vault.client.purge_deleted_secret(NAME)

    assert vault.client.set_secret(NAME, "second").value == "second"
    with pytest.raises(ResourceNotFoundError, match="Deleted Secret not found"):
        vault.client.get_deleted_secret(NAME)


def test_who_has_no_permission_is_told_which_one_is_missing(vault: RunningVault) -> None:
    answer = vault.http(
        "PUT",
        "_emulator/v1/policies",
        object_id=seeds.IDENTITY_PRINCIPAL_ID,
        permissions=["get"],
    )
    assert answer.status_code == 200

    with pytest.raises(HttpResponseError, match="does not have secrets set permission") as found:
        vault.client.set_secret(NAME, "first")

    assert found.value.status_code == 403
    assert found.value.error is not None
    assert found.value.error.innererror == {"code": "AccessDenied"}


def test_a_request_without_a_token_is_told_where_to_sign_in(vault: RunningVault) -> None:
    answer = vault.http("GET", f"secrets/{NAME}?api-version=7.5")

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == (
        f'Bearer authorization="{vault.entra.url}/{seeds.PARTNER_TENANT_ID}", '
        'resource="https://vault.azure.net"'
    )
    assert answer.json()["error"]["message"].startswith("AKV10000")


def test_a_token_for_another_service_opens_nothing(vault: RunningVault) -> None:
    token = vault.token("https://graph.microsoft.com")

    answer = vault.http("GET", f"secrets/{NAME}?api-version=7.5", token)

    assert answer.status_code == 401
    assert answer.json()["error"]["message"].startswith("AKV10022: Invalid audience.")


def test_a_token_of_another_tenant_opens_nothing(vault: RunningVault) -> None:
    vault.vault.access.tenant_id = seeds.VENDOR_TENANT_ID

    answer = vault.http("GET", f"secrets/{NAME}?api-version=7.5", vault.token())

    assert answer.json()["error"]["message"].startswith("AKV10032: Invalid issuer.")


def test_a_token_that_expired_opens_nothing(vault: RunningVault) -> None:
    token = vault.token()
    vault.entra.clock.move(hours=1)

    answer = vault.http("GET", f"secrets/{NAME}?api-version=7.5", token)

    assert answer.status_code == 401
    assert "expired" in answer.json()["error"]["message"]
    assert token not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "body", "text"),
    [
        ("PUT", "secrets/a_b?api-version=7.5", {"value": "x"}, "invalid name"),
        ("PUT", f"secrets/{NAME}?api-version=7.5", {}, "value is required"),
        ("PUT", f"secrets/{NAME}?api-version=7.5", {"value": "x" * 25_601}, "longer"),
        ("PUT", f"secrets/{NAME}?api-version=1", {"value": "x"}, "not recognized"),
        ("PUT", f"secrets/{NAME}?api-version=7.5", {"value": "x", "attributes": {"a": 1}}, "a"),
        ("GET", "secrets?api-version=7.5&maxresults=26", {}, "from 1 to 25"),
        ("GET", "secrets?api-version=7.5&maxresults=x", {}, "whole numbers"),
    ],
)
def test_what_is_not_well_made_is_refused(
    vault: RunningVault, method: str, path: str, body: dict[str, object], text: str
) -> None:
    answer = vault.http(method, path, vault.token(), **body)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "BadParameter"
    assert text in answer.json()["error"]["message"]


def test_too_many_or_too_long_tags_are_refused(vault: RunningVault) -> None:
    with pytest.raises(HttpResponseError, match="16 tags; 15 are the most"):
        vault.client.set_secret(NAME, "x", tags={str(number): "" for number in range(16)})
    with pytest.raises(HttpResponseError, match="more than 256 characters"):
        vault.client.set_secret(NAME, "x", tags={"long": "x" * 257})


def test_the_value_of_a_version_cannot_be_changed(vault: RunningVault) -> None:
    version = vault.client.set_secret(NAME, "first").properties.version

    answer = vault.http(
        "PATCH", f"secrets/{NAME}/{version}?api-version=7.5", vault.token(), value="second"
    )

    assert answer.status_code == 400
    assert vault.client.get_secret(NAME).value == "first"


def test_what_a_vault_does_and_this_one_does_not_is_said(vault: RunningVault) -> None:
    vault.client.set_secret(NAME, "first")

    with pytest.raises(HttpResponseError, match="does not do POST /secrets/partner-token/backup"):
        vault.client.backup_secret(NAME)


def test_a_fault_can_be_planned(vault: RunningVault) -> None:
    vault.client.set_secret(NAME, "first")
    vault.http("POST", "_emulator/v1/faults", statuses=[503])

    with pytest.raises(HttpResponseError, match="A planned fault"):
        vault.client.get_secret(NAME)

    assert vault.client.get_secret(NAME).value == "first"


def test_a_fault_may_be_a_token_that_is_no_longer_taken(vault: RunningVault) -> None:
    vault.client.set_secret(NAME, "first")
    vault.http("POST", "_emulator/v1/faults", statuses=[401, 401, 401])

    with pytest.raises(ClientAuthenticationError, match="A planned fault"):
        vault.client.get_secret(NAME)


def test_the_requests_are_told_without_values(vault: RunningVault) -> None:
    vault.client.set_secret(NAME, "very-secret-value")

    told = vault.http("GET", "_emulator/v1/requests")

    last = told.json()["requests"][-1]
    assert (last["method"], last["path"], last["status"]) == ("PUT", f"/secrets/{NAME}", 200)
    assert last["object_id"] == seeds.IDENTITY_PRINCIPAL_ID
    assert "very-secret-value" not in told.text
    assert "very-secret-value" not in repr(vault.vault.secrets.__dict__)
    assert vault.http("PUT", "_emulator/v1/policies", permissions=["fly"]).status_code == 400
