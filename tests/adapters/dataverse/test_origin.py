"""What the environment is told about where our requests come from."""

from uuid import UUID

import pytest
import respx

from tests.adapters.dataverse.test_client import NO_CONTENT, ROOT, batch_answer
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.operations import create, query
from work365.adapters.dataverse.origin import CustomLogic, Origin
from work365.http import http_client

CALLER = UUID("22222222-3333-4444-5555-666666666666")
EVERY_LOGIC = frozenset(CustomLogic)


@pytest.mark.parametrize(
    ("origin", "writes", "headers"),
    [
        (Origin(), True, {}),
        (Origin(caller=CALLER), False, {"CallerObjectId": str(CALLER)}),
        (Origin(bypassed=EVERY_LOGIC), False, {}),
        (
            Origin(bypassed=EVERY_LOGIC),
            True,
            {"MSCRM.BypassBusinessLogicExecution": "CustomAsync,CustomSync"},
        ),
    ],
    ids=["nothing", "a caller", "logic that a read never runs", "logic that a write runs"],
)
def test_only_what_differs_from_the_usual_is_said(
    origin: Origin, writes: bool, headers: dict[str, str]
) -> None:
    assert origin.headers(writes=writes) == headers


@respx.mock
def test_a_client_on_behalf_of_a_user_says_so_in_a_batch_and_in_each_of_its_parts(
    client: DataverseClient,
) -> None:
    answer = batch_answer(NO_CONTENT, NO_CONTENT)
    route = respx.post(f"{ROOT}$batch").mock(return_value=answer)

    client.on_behalf_of(CALLER).change_set([create("accounts", {})] * 2)

    request = route.calls.last.request
    assert request.headers["CallerObjectId"] == str(CALLER)
    assert request.content.count(f"\r\nCallerObjectId: {CALLER}\r\n".encode()) == 2


@respx.mock
def test_a_client_on_behalf_of_a_user_keeps_the_pace_of_the_one_it_came_from(
    client: DataverseClient,
) -> None:
    hint = {"x-ms-dop-hint": "7"}
    respx.get(url__startswith=ROOT).respond(json={"value": []}, headers=hint)

    client.on_behalf_of(CALLER).ask(query("accounts", select=["name"]))

    assert client.degree_of_parallelism == 7


@respx.mock
def test_a_client_can_have_no_tag() -> None:
    route = respx.post(url__startswith=ROOT).respond(204)
    with http_client() as http:
        client = DataverseClient(
            url="https://org.example", token=lambda: "t", http=http, origin=Origin(tag=None)
        )
        client.send(create("accounts", {}))

    assert route.calls.last.request.url == f"{ROOT}accounts"
