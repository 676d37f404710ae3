"""The webhook on a machine whose tables are there already, and what rings at it."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

import pytest

from dataverse_schema.endpoints import ENDPOINT
from dataverse_schema.steps import STEPS, Step
from dataverse_schema.table import Key, Table
from tests.adapters.dataverse.partner import Partner
from work365.adapters.dataverse.installation.declarations import declared
from work365.adapters.dataverse.installation.installer import DataverseInstallation, NameUnknown
from work365.adapters.dataverse.installation.target import target_of
from work365.adapters.dataverse.operations import query
from work365.entrypoints.webhooks import KEY_HEADER

AFTERWARDS, ASYNCHRONOUS = 40, 1
NOWHERE = "http://127.0.0.1:9"
AWKWARD_KEY = """a "quoted" & <bracketed> 'key'"""
COLUMNS = (
    "sdkmessageprocessingstepid",
    "name",
    "stage",
    "mode",
    "filteringattributes",
    "statecode",
    "_eventhandler_value",
)


class NotInstalled(Table):
    """A table that is not in the environment."""

    keys: ClassVar = (("key",),)

    key: Key


@dataclass
class Doorbell:
    """A web server that keeps the headers of what is posted to it."""

    url: str = ""
    rings: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture
def doorbell() -> Iterator[Doorbell]:
    bell = Doorbell()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            bell.rings.append({name.lower(): text for name, text in self.headers.items()})
            self.send_response(202)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        bell.url = f"http://127.0.0.1:{server.server_port}"
        yield bell
        server.shutdown()
        thread.join()


def register(
    partner: Partner, *, url: str = NOWHERE, key: str = "secret", steps: tuple[Step, ...] = STEPS
) -> None:
    installation = DataverseInstallation(
        partner.client,
        target=target_of(url=partner.url, service_url=url, webhook_key=key),
        http=partner.http,
        declarations=replace(declared(), steps=steps),
    )
    installation.register_webhook()


def steps_of(partner: Partner) -> list[dict[str, Any]]:
    asked = query("sdkmessageprocessingsteps", select=COLUMNS, order_by="name")
    return [{**row, "@odata.etag": ""} for row in partner.client.rows(asked)]


def test_the_service_looks_for_the_key_where_it_is_sent() -> None:
    assert ENDPOINT.key_header == KEY_HEADER


def test_every_step_rings_afterwards_at_the_endpoint(partner: Partner) -> None:
    register(partner)

    steps = steps_of(partner)

    assert sorted(step["name"] for step in steps) == sorted(step.name for step in STEPS)
    assert {(step["stage"], step["mode"], step["statecode"]) for step in steps} == {
        (AFTERWARDS, ASYNCHRONOUS, 0)
    }
    assert {step["_eventhandler_value"] for step in steps} == {str(ENDPOINT.id)}


def test_each_step_on_updates_has_its_filtering_attributes(partner: Partner) -> None:
    register(partner)

    filters = {step["name"]: step["filteringattributes"] for step in steps_of(partner)}

    assert filters["Work 365: Update of w365_subscriptionchange"] == (
        "w365_effectiveon,w365_quantitydelta,w365_unitprice,w365_pricemonths,w365_status,"
        "w365_refund,w365_provisioningstatus"
    )
    assert all(bool(text) is (": Update of" in name) for name, text in filters.items())
    assert not any("settled" in (text or "") for text in filters.values())


def test_registering_twice_changes_nothing(partner: Partner) -> None:
    register(partner)
    steps = steps_of(partner)

    register(partner)

    assert steps_of(partner) == steps


def test_registering_again_moves_the_steps_to_a_new_address_and_key(
    partner: Partner, doorbell: Doorbell
) -> None:
    register(partner)

    register(partner, url=doorbell.url, key="another")
    partner.open()
    partner.control("POST", "idle")

    assert {ring[KEY_HEADER] for ring in doorbell.rings} == {"another"}
    assert sorted(ring["x-ms-dynamics-entity-name"] for ring in doorbell.rings) == [
        "w365_billingcontract",
        "w365_subscription",
        "w365_subscriptionchange",
    ]


def test_the_key_arrives_as_it_was_given(partner: Partner, doorbell: Doorbell) -> None:
    register(partner, url=doorbell.url, key=AWKWARD_KEY)

    partner.add_contract()
    partner.control("POST", "idle")

    assert [ring[KEY_HEADER] for ring in doorbell.rings] == [AWKWARD_KEY]


def test_what_billing_remembers_does_not_ring(partner: Partner, doorbell: Doorbell) -> None:
    contract, _ = partner.open()
    register(partner, url=doorbell.url)

    partner.bill(contract)
    partner.control("POST", "idle")

    assert doorbell.rings == []


def test_a_table_that_is_not_installed_is_named(partner: Partner) -> None:
    with pytest.raises(NameUnknown, match="no message of a table Create w365_notinstalled"):
        register(partner, steps=(Step(message="Create", table=NotInstalled),))

    assert steps_of(partner) == []
