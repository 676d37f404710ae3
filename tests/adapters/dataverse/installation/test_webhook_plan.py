from dataclasses import replace
from typing import Any

import pytest

from tests.adapters.dataverse.installation.environments import (
    BLANK,
    SERVICE_URL,
    TARGET,
    URL,
    as_declared,
    codes,
    subjects,
)
from work365.adapters.dataverse.installation.declarations import declared
from work365.adapters.dataverse.installation.found import FoundEnvironment
from work365.adapters.dataverse.installation.requests import Named, Reference
from work365.adapters.dataverse.installation.target import target_of
from work365.adapters.dataverse.installation.webhook_plan import IMAGES, STEPS, plan_webhook

UPDATE_OF_CONTRACT = "Work 365: Update of w365_billingcontract"
KEYLESS = target_of(url=URL, service_url=SERVICE_URL)
RENEWING = replace(TARGET, renews_key=True)


def with_row(entity_set: str, name: str, **changes: Any) -> FoundEnvironment:
    found: FoundEnvironment = as_declared()
    rows = [{**row, **changes} if row["name"] == name else row for row in found.rows[entity_set]]
    return replace(found, rows={**found.rows, entity_set: rows})


def test_an_endpoint_is_made_with_its_key_in_a_header() -> None:
    planned = plan_webhook(declared(), BLANK, TARGET)

    endpoint = planned.actions[0].requests[0].body
    assert endpoint is not None
    assert endpoint["url"] == f"{SERVICE_URL}/api/webhooks/dataverse"
    assert (endpoint["contract"], endpoint["authtype"]) == (8, 5)
    assert endpoint["authvalue"] == Reference(Named.WEBHOOK_SETTINGS, "key of the webhook")


def test_a_step_rings_for_the_columns_that_matter() -> None:
    planned = plan_webhook(declared(), BLANK, TARGET)

    [step] = [
        action.requests[0].body
        for action in planned.actions
        if action.subject == UPDATE_OF_CONTRACT
    ]
    assert step is not None
    assert "w365_currency" in step["filteringattributes"].split(",")
    assert (step["stage"], step["mode"]) == (40, 1)
    assert step["sdkmessagefilterid@odata.bind"] == Reference(
        Named.MESSAGE_FILTER, "Update w365_billingcontract", "/sdkmessagefilters({})"
    )


def test_without_an_address_nothing_is_registered_and_a_person_is_told() -> None:
    planned = plan_webhook(declared(), BLANK, target_of(url=URL))

    assert planned.actions == []
    assert codes(planned) == ["service_address_missing"]


def test_the_address_that_is_there_stays_where_none_is_stated() -> None:
    planned = plan_webhook(declared(), as_declared(), target_of(url=URL))

    assert planned.actions == []
    assert codes(planned) == []


def test_without_a_key_nothing_is_registered() -> None:
    planned = plan_webhook(declared(), BLANK, KEYLESS)

    assert planned.actions == []
    assert codes(planned) == ["webhook_key_missing"]


def test_a_key_that_is_to_be_renewed_has_to_be_there() -> None:
    planned = plan_webhook(declared(), as_declared(), target_of(url=URL, renews_key=True))

    assert planned.actions == []
    assert codes(planned) == ["webhook_key_missing"]


def test_the_key_is_written_once_and_then_left_alone() -> None:
    planned = plan_webhook(declared(), as_declared(), TARGET)

    assert planned.actions == []


@pytest.mark.parametrize(
    ("found", "target"),
    [
        (as_declared(), RENEWING),
        (with_row("serviceendpoints", "Work 365", isauthvalueset=False), TARGET),
    ],
    ids=["it is to be renewed", "it was lost"],
)
def test_the_key_is_written_again(found: FoundEnvironment, target: Any) -> None:
    planned = plan_webhook(declared(), found, target)

    [action] = planned.actions
    assert action.requests[0].body is not None
    assert list(action.requests[0].body) == ["authvalue"]


def test_an_endpoint_at_another_address_is_put_right() -> None:
    found = with_row("serviceendpoints", "Work 365", url="https://old.example/api")

    planned = plan_webhook(declared(), found, TARGET)

    assert planned.actions[0].requests[0].body == {"url": f"{SERVICE_URL}/api/webhooks/dataverse"}


@pytest.mark.parametrize(
    "change",
    [
        {"statecode": 1, "statuscode": 2},
        {"filteringattributes": "w365_status"},
        {"mode": 0},
        {"_eventhandler_value": "0e000000-0000-4000-8000-000000000001"},
    ],
    ids=["disabled", "with other columns", "synchronous", "at another endpoint"],
)
def test_a_step_that_was_changed_is_put_right(change: dict[str, Any]) -> None:
    found = with_row(STEPS, UPDATE_OF_CONTRACT, **change)

    planned = plan_webhook(declared(), found, TARGET)

    assert subjects(planned) == [("step", UPDATE_OF_CONTRACT)]


def test_the_order_of_filtering_columns_does_not_matter() -> None:
    found: FoundEnvironment = as_declared()
    [step] = [row for row in found.rows[STEPS] if row["name"] == UPDATE_OF_CONTRACT]
    turned = ",".join(reversed(step["filteringattributes"].split(",")))

    planned = plan_webhook(
        declared(), with_row(STEPS, UPDATE_OF_CONTRACT, filteringattributes=turned), TARGET
    )

    assert planned.actions == []


def test_an_image_that_is_gone_is_registered_again() -> None:
    found: FoundEnvironment = as_declared()
    rows = {**found.rows, IMAGES: found.rows[IMAGES][1:]}

    planned = plan_webhook(declared(), replace(found, rows=rows), TARGET)

    [action] = planned.actions
    assert action.kind == "image"


def test_a_step_of_somebody_else_at_our_endpoint_is_reported_and_stays() -> None:
    found: FoundEnvironment = as_declared()
    other = {
        **found.rows[STEPS][0],
        "name": "Ring for every account",
        "sdkmessageprocessingstepid": "0e000000-0000-4000-8000-000000000002",
    }
    rows = {**found.rows, STEPS: [*found.rows[STEPS], other]}

    planned = plan_webhook(declared(), replace(found, rows=rows), TARGET)

    assert planned.actions == []
    assert codes(planned) == ["step_not_declared"]
