import re
from pathlib import Path

from dataverse_schema.endpoints import ENDPOINT, UNSET_URL
from dataverse_schema.environment_variables import ENVIRONMENT_VARIABLES
from work365.entrypoints.webhooks import KEY_HEADER

ROOT = Path(__file__).parents[2]


def test_the_address_is_below_the_services() -> None:
    url = ENDPOINT.url("https://name.azurewebsites.net/")

    assert url == "https://name.azurewebsites.net/api/webhooks/dataverse"


def test_a_file_has_an_address_that_leads_nowhere() -> None:
    assert ENDPOINT.url() == UNSET_URL + ENDPOINT.path
    assert UNSET_URL.endswith(".invalid")


def test_the_service_listens_at_the_path() -> None:
    source = (ROOT / "work365" / "entrypoints" / "webhooks.py").read_text()

    routes = re.findall(r'@bp\.route\("([^"]+)"', source)

    assert ENDPOINT.path.removeprefix("/api/") in routes


def test_the_service_looks_for_the_key_in_the_header() -> None:
    assert ENDPOINT.key_header == KEY_HEADER


def test_the_address_is_an_environment_variable() -> None:
    assert ENDPOINT.url_variable in {one.schema_name for one in ENVIRONMENT_VARIABLES}
