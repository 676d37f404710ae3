"""The registration for webhooks, where there is none, and in other shapes."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import respx

from tests.adapters.partner_center.asking import API, errand
from work365.adapters.partner_center.errors import AnswerImpossible
from work365.adapters.partner_center.webhook_registration import Webhooks
from work365.domain.microsoft.webhooks import WebhookRegistration
from work365.http import read_json

URL = f"{API}/webhooks/v1/registration"
WANTED = WebhookRegistration(
    url="https://app.example/api/webhooks/partner-center",
    events=frozenset({"subscription-updated", "invoice-ready"}),
    signs_in_own_header=True,
)


@pytest.fixture(autouse=True)
def _answered_here() -> Iterator[None]:
    with respx.mock:
        yield


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404),
        httpx.Response(204),
        httpx.Response(200, json={"WebhookUrl": None, "WebhookEvents": []}),
    ],
    ids=["404", "empty", "nothing in it"],
)
def test_no_registration_is_none(answer: httpx.Response) -> None:
    respx.get(URL).mock(return_value=answer)

    assert Webhooks(errand()).registered() is None


@pytest.mark.parametrize("capital", [True, False])
def test_names_are_read_in_either_spelling(capital: bool) -> None:
    fields: dict[str, Any] = {
        "WebhookUrl": WANTED.url,
        "WebhookEvents": list(WANTED.events),
        "SignatureTokenToMsSignatureHeader": True,
    }
    if not capital:
        fields = {name[0].lower() + name[1:]: value for name, value in fields.items()}
    respx.get(URL).respond(json=fields)

    assert Webhooks(errand()).registered() == WANTED


def test_the_header_of_the_signature_can_be_chosen() -> None:
    route = respx.put(URL).respond(
        json={"WebhookUrl": WANTED.url, "WebhookEvents": sorted(WANTED.events)}
    )

    Webhooks(errand()).replace(WANTED)

    body = read_json(route.calls.last.request.content)
    assert body["SignatureTokenToMsSignatureHeader"] is True
    assert body["WebhookEvents"] == ["invoice-ready", "subscription-updated"]


def test_events_that_are_no_list_are_a_contradiction() -> None:
    respx.get(f"{URL}/events").respond(json={"events": []})

    with pytest.raises(AnswerImpossible, match="not a list of events"):
        Webhooks(errand()).events()
