from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar
from uuid import UUID

import pytest

from dataverse_schema.steps import STEPS, Step
from dataverse_schema.table import Key, Table
from dataverse_schema.tables.billing import BillingContract
from tests.adapters.dataverse.partner import Partner
from work365.adapters.dataverse import webhooks
from work365.adapters.dataverse.operations import query
from work365.adapters.dataverse.webhooks import MessageUnknown, register_webhook

AFTERWARDS, ASYNCHRONOUS = 40, 1
KEY_HEADER = "x-work365-key"
AWKWARD_KEY = """a "quoted" & <bracketed> 'key'"""


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
        bell.url = f"http://127.0.0.1:{server.server_port}/api/webhooks/dataverse"
        yield bell
        server.shutdown()
        thread.join()


def register(partner: Partner, *, url: str = "http://127.0.0.1:9/", key: str = "secret") -> UUID:
    return register_webhook(partner.client, url=url, key_header=KEY_HEADER, key=key)


def registered(partner: Partner) -> list[dict[str, Any]]:
    """Return the steps without versions, each with its message and table by name."""
    names = {
        table: {row[f"{table}id"]: row[name] for row in rows_of(partner, table, name)}
        for table, name in (("sdkmessage", "name"), ("sdkmessagefilter", "primaryobjecttypecode"))
    }
    columns = (
        "sdkmessageprocessingstepid", "name", "stage", "mode", "filteringattributes", "statecode",
        "_sdkmessageid_value", "_sdkmessagefilterid_value", "_eventhandler_value",
    )  # fmt: skip
    return [
        {
            **row,
            "message": names["sdkmessage"][row["_sdkmessageid_value"]],
            "table": names["sdkmessagefilter"][row["_sdkmessagefilterid_value"]],
        }
        for row in rows_of(partner, "sdkmessageprocessingstep", *columns)
    ]


def rows_of(partner: Partner, table: str, *columns: str) -> list[dict[str, Any]]:
    asked = query(f"{table}s", select=columns, order_by=columns[0])
    return [{**row, "@odata.etag": ""} for row in partner.client.rows(asked)]


def test_every_step_rings_afterwards_at_the_endpoint(partner: Partner) -> None:
    endpoint = register(partner)

    steps = registered(partner)

    assert {(step["message"], step["table"]) for step in steps} == {
        (step.message, step.table.table_name()) for step in STEPS
    }
    assert {(step["stage"], step["mode"], step["statecode"]) for step in steps} == {
        (AFTERWARDS, ASYNCHRONOUS, 0)
    }
    assert {UUID(step["_eventhandler_value"]) for step in steps} == {endpoint}


def test_each_step_on_updates_has_its_filtering_attributes(partner: Partner) -> None:
    register(partner)

    filters = {
        (step["message"], step["table"]): step["filteringattributes"]
        for step in registered(partner)
    }

    assert filters["Update", "w365_subscriptionchange"] == (
        "w365_effectiveon,w365_quantitydelta,w365_unitprice,w365_pricemonths,w365_status,"
        "w365_refund"
    )
    assert all(bool(text) is (message == "Update") for (message, _), text in filters.items())
    assert not any("settled" in (text or "") for text in filters.values())


def test_registering_twice_changes_nothing(partner: Partner) -> None:
    first = register(partner)
    steps = registered(partner)

    again = register(partner)

    assert again == first
    assert registered(partner) == steps
    assert len(rows_of(partner, "serviceendpoint", "name")) == 1


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


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (Step(message="Create", table=NotInstalled), "w365_notinstalled"),
        (Step(message="Explode", table=BillingContract), "Explode"),
    ],
    ids=["table", "message"],
)
def test_what_dataverse_does_not_know_is_named(
    partner: Partner, monkeypatch: pytest.MonkeyPatch, step: Step, words: str
) -> None:
    monkeypatch.setattr(webhooks, "STEPS", (step,))

    with pytest.raises(MessageUnknown, match=f"{words}.*are the tables of Work 365 installed"):
        register(partner)

    assert registered(partner) == []
