"""Planning the service endpoint, and the steps and images that ring at it.

Source: docs of the tables serviceendpoint, sdkmessageprocessingstep and
sdkmessageprocessingstepimage. Their navigation properties are in lower case.
"""

from typing import Any
from uuid import UUID

from dataverse_schema.endpoints import Endpoint
from dataverse_schema.steps import MESSAGE_IDS, MODE_ASYNCHRONOUS, RANK, STAGE_AFTER, Image, Step
from work365.adapters.dataverse.installation.declarations import Declarations
from work365.adapters.dataverse.installation.found import FoundEnvironment, Row
from work365.adapters.dataverse.installation.planned import Planned
from work365.adapters.dataverse.installation.requests import (
    IN_SOLUTION,
    Named,
    Reference,
    Request,
)
from work365.adapters.dataverse.installation.row_plan import WantedRow, id_of, plan_row, row_of
from work365.adapters.dataverse.installation.target import Target, service_url

ENDPOINT, STEP = "service endpoint", "step"
STEPS, IMAGES = "sdkmessageprocessingsteps", "sdkmessageprocessingstepimages"
ENABLED = {"statecode": 0, "statuscode": 1}
KEY = Reference(Named.WEBHOOK_SETTINGS, "key of the webhook")


def plan_webhook(declarations: Declarations, found: FoundEnvironment, target: Target) -> Planned:
    """Return what makes the service be rung at."""
    planned = Planned()
    endpoint = endpoint_row(declarations.endpoint, service_url(declarations, target, found))
    there = row_of(endpoint, found)
    if endpoint.columns.get("url") is None and there is None:
        planned.warn(
            "service_address_missing",
            declarations.endpoint.name,
            "nobody said where the service is, so changes do not ring at it and wait for the next"
            " sweep; run `work365 install` with --service-url",
        )
        return planned
    has_key = there is not None and there.get("isauthvalueset")
    if target.webhook_key is None and (target.renews_key or not has_key):
        planned.refuse(
            "webhook_key_missing",
            declarations.endpoint.name,
            "WORK365_WEBHOOK_KEYS is not set, so there is no key to write to the webhook, and the"
            " service turns every ring away that has none; set it to the key that is in the"
            " service's settings, and run `work365 install` again",
        )
        return planned
    plan_row(endpoint, there, planned)
    _plan_key(endpoint, there, target, planned)
    endpoint_id = id_of(endpoint, found)
    for step in declarations.steps:
        _plan_step(step, endpoint_id, found, planned)
    _note_undeclared_steps(declarations, endpoint_id, found, planned)
    return planned


def endpoint_row(endpoint: Endpoint, service: str | None) -> WantedRow:
    """Return the endpoint; without a service its address is left as it is."""
    address = {} if service is None else {"url": endpoint.url(service)}
    return WantedRow(
        kind=ENDPOINT,
        name=endpoint.name,
        entity_set="serviceendpoints",
        id_column="serviceendpointid",
        id=endpoint.id,
        columns={
            "name": endpoint.name,
            "description": endpoint.description,
            **address,
            "contract": endpoint.contract,
            "authtype": endpoint.authentication_type,
            "connectionmode": endpoint.connection_mode,
            "messageformat": endpoint.message_format,
            "userclaim": endpoint.user_claim,
        },
        on_create={"authvalue": KEY},
        same={"name": endpoint.name},
    )


def step_row(step: Step, endpoint: UUID) -> WantedRow:
    """Return a step that rings at the endpoint with this id."""
    message_filter = f"{step.message} {step.table.table_name()}"
    return WantedRow(
        kind=STEP,
        name=step.name,
        entity_set=STEPS,
        id_column="sdkmessageprocessingstepid",
        id=step.id,
        columns={
            "name": step.name,
            "stage": STAGE_AFTER,
            "mode": MODE_ASYNCHRONOUS,
            "rank": RANK,
            "supporteddeployment": 0,
            "asyncautodelete": True,
            "filteringattributes": step.filtering_attributes or None,
            **ENABLED,
        },
        on_create={
            "eventhandler_serviceendpoint@odata.bind": f"/serviceendpoints({endpoint})",
            "sdkmessageid@odata.bind": f"/sdkmessages({MESSAGE_IDS[step.message]})",
            "sdkmessagefilterid@odata.bind": Reference(
                Named.MESSAGE_FILTER, message_filter, "/sdkmessagefilters({})"
            ),
        },
        same={"name": step.name},
        readings={"filteringattributes": _as_set},
    )


def image_row(image: Image, step: Step, step_id: UUID) -> WantedRow:
    """Return what the step with this id sends along of the row as it was."""
    return WantedRow(
        kind="image",
        name=f"{step.name}: {image.name}",
        entity_set=IMAGES,
        id_column="sdkmessageprocessingstepimageid",
        id=image.id,
        columns={
            "name": image.name,
            "entityalias": image.name,
            "imagetype": image.image_type,
            "attributes": ",".join(image.attributes),
            "messagepropertyname": image.message_property,
        },
        on_create={
            "sdkmessageprocessingstepid@odata.bind": f"/{STEPS}({step_id})",
        },
        same={"_sdkmessageprocessingstepid_value": str(step_id), "name": image.name},
        headers={},
        readings={"attributes": _as_set},
    )


def _plan_key(endpoint: WantedRow, there: Row | None, target: Target, planned: Planned) -> None:
    if there is None or target.webhook_key is None:
        return
    if target.renews_key or not there.get("isauthvalueset"):
        address = f"serviceendpoints({there['serviceendpointid']})"
        planned.act(
            ENDPOINT,
            endpoint.name,
            f"Write the key of the service endpoint {endpoint.name}",
            Request("PATCH", address, {"authvalue": KEY}, {**IN_SOLUTION, "If-Match": "*"}),
        )


def _plan_step(step: Step, endpoint: UUID, found: FoundEnvironment, planned: Planned) -> None:
    row = step_row(step, endpoint)
    there = row_of(row, found)
    plan_row(row, there, planned)
    if there is not None and there.get("_eventhandler_value") != str(endpoint):
        bound = {"eventhandler_serviceendpoint@odata.bind": f"/serviceendpoints({endpoint})"}
        address = f"{STEPS}({there['sdkmessageprocessingstepid']})"
        planned.act(
            STEP,
            step.name,
            f"Make the step {step.name} ring at the service endpoint",
            Request("PATCH", address, bound, {"If-Match": "*"}),
        )
    for image in step.images:
        wanted = image_row(image, step, id_of(row, found))
        plan_row(wanted, row_of(wanted, found), planned)


def _note_undeclared_steps(
    declarations: Declarations, endpoint: UUID, found: FoundEnvironment, planned: Planned
) -> None:
    ours = {str(id_of(step_row(step, endpoint), found)) for step in declarations.steps}
    for row in found.of(STEPS):
        is_ours = row["sdkmessageprocessingstepid"] in ours
        if row.get("_eventhandler_value") == str(endpoint) and not is_ours:
            planned.warn(
                "step_not_declared",
                row["name"],
                f"the step {row['name']} rings at the service, and this version does not use it."
                " It was left as it is; delete it if nobody needs it",
            )


def _as_set(columns: Any) -> frozenset[str]:
    return frozenset(name.strip() for name in (columns or "").split(",") if name.strip())
