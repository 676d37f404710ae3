"""Registration of the webhook: which rows ring, at what address, with what key.

Rows are found again by their names, so that registering twice changes nothing.
Source: docs of the Dataverse tables serviceendpoint and sdkmessageprocessingstep.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID
from xml.sax.saxutils import quoteattr

from dataverse_schema.steps import STEPS, Step
from work365.adapters.dataverse import operations
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.operations import all_of, equals
from work365.errors import Contradiction

ENDPOINT_NAME = "Work 365"
CONTRACT_WEBHOOK = 8
AUTHENTICATION_BY_HEADER = 5
STAGE_AFTER = 40
MODE_ASYNCHRONOUS = 1


class MessageUnknown(Contradiction):
    """Dataverse has no message, or no filter for a table, that a step needs."""

    code = "dataverse_message_unknown"


def register_webhook(client: DataverseClient, *, url: str, key_header: str, key: str) -> UUID:
    """Make every step ring at `url` with `key` in the header `key_header`; return the endpoint.

    Raises: MessageUnknown: a table of ours is not there.
    """
    settings = f"<setting name={quoteattr(key_header)} value={quoteattr(key)} />"
    endpoint = {
        "name": ENDPOINT_NAME,
        "url": url,
        "contract": CONTRACT_WEBHOOK,
        "authtype": AUTHENTICATION_BY_HEADER,
        "authvalue": f"<settings>{settings}</settings>",
        "connectionmode": 1,
        "messageformat": 2,
        "userclaim": 1,
    }
    endpoint_id = _kept(client, "serviceendpoint", ENDPOINT_NAME, endpoint)
    for step in STEPS:
        name = f"{ENDPOINT_NAME}: {step.message} of {step.table.table_name()}"
        _kept(client, "sdkmessageprocessingstep", name, _step(client, step, name, endpoint_id))
    return endpoint_id


def _step(client: DataverseClient, step: Step, name: str, endpoint: UUID) -> dict[str, Any]:
    message = _id(client, "sdkmessage", [equals("name", step.message)])
    message_filter = _id(
        client,
        "sdkmessagefilter",
        [
            equals("primaryobjecttypecode", step.table.table_name()),
            equals("_sdkmessageid_value", message),
        ],
    )
    return {
        "name": name,
        "stage": STAGE_AFTER,
        "mode": MODE_ASYNCHRONOUS,
        "rank": 1,
        "supporteddeployment": 0,
        "asyncautodelete": True,
        "filteringattributes": step.filtering_attributes or None,
        "eventhandler_serviceendpoint@odata.bind": f"/serviceendpoints({endpoint})",
        "sdkmessageid@odata.bind": f"/sdkmessages({message})",
        "sdkmessagefilterid@odata.bind": f"/sdkmessagefilters({message_filter})",
    }


def _kept(client: DataverseClient, table: str, name: str, body: dict[str, Any]) -> UUID:
    found = _find(client, table, [equals("name", name)])
    if found is None:
        created = client.send(operations.create(f"{table}s", body))
        assert isinstance(created, UUID)
        return created
    client.send(operations.update(f"{table}s", found, body))
    return found


def _id(client: DataverseClient, table: str, conditions: Iterable[str]) -> UUID:
    wanted = list(conditions)
    found = _find(client, table, wanted)
    if found is None:
        raise MessageUnknown(
            f"no {table} where {' and '.join(wanted)}; are the tables of Work 365 installed?"
        )
    return found


def _find(client: DataverseClient, table: str, conditions: Iterable[str]) -> UUID | None:
    asked = operations.query(f"{table}s", select=[f"{table}id"], filter=all_of(*conditions))
    for row in client.rows(asked):
        return UUID(row[f"{table}id"])
    return None
