"""What answers at an address where somebody says that an environment is."""

from uuid import UUID

import httpx
import pytest
import respx

from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.installation.declarations import declared
from work365.adapters.dataverse.installation.reading import NotAnEnvironment, read_environment
from work365.adapters.dataverse.installation.rows_reading import ComponentRows, RowsOutOfReach
from work365.adapters.dataverse.installation.target import target_of
from work365.http import http_client

URL = "https://contoso.example"
ROOT = f"{URL}/api/data/v9.2/"


@pytest.fixture
def client() -> DataverseClient:
    return DataverseClient(url=URL, token=lambda: "any", http=http_client())


@respx.mock
@pytest.mark.parametrize(
    "body", [{}, {"value": []}, {"value": [None]}, {"OrganizationId": 7}, {"OrganizationId": "x"}]
)
def test_what_knows_no_organization_is_not_taken_for_an_empty_environment(
    client: DataverseClient, body: object
) -> None:
    respx.route().respond(json=body)

    with pytest.raises(NotAnEnvironment, match="WhoAmI was answered without an OrganizationId"):
        read_environment(client, declared(), target_of(url=URL))


@respx.mock
def test_an_answer_without_a_body_is_no_environment(client: DataverseClient) -> None:
    respx.route().mock(return_value=httpx.Response(200))

    with pytest.raises(NotAnEnvironment):
        read_environment(client, declared(), target_of(url=URL))


@respx.mock
@pytest.mark.parametrize("units", [0, 2])
def test_whoever_does_not_see_the_one_root_is_told_which_role_it_takes(
    client: DataverseClient, units: int
) -> None:
    rows = [{"businessunitid": str(UUID(int=each))} for each in range(units)]
    respx.route().respond(json={"value": rows})

    with pytest.raises(RowsOutOfReach, match=f"and {units} were found; .* System Administrator"):
        ComponentRows(client, declared()).root_business_unit()
