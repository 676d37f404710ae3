import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from work365.adapters.partner_center.webhook_messages import NotAMessage, read_message

MESSAGE: dict[str, Any] = {
    "EventName": "subscription-updated",
    "ResourceUri": "http://evil.example/webhooks/v1/customers/1/subscriptions/2",
    "ResourceName": "subscription",
    "AuditUri": None,
    "ResourceChangeUtcDate": "2026-11-01T23:19:06.3520276+00:00",
}
DOCUMENTED = Path(__file__).parents[4] / "shared" / "fixtures" / "partner_center"


def body(**changes: Any) -> bytes:
    return json.dumps({**MESSAGE, **changes}).encode()


class TestAMessage:
    def test_is_a_name_a_path_and_a_moment(self) -> None:
        event = read_message(body())

        assert event.name == "subscription-updated"
        assert event.path == "/webhooks/v1/customers/1/subscriptions/2"
        assert event.changed_at == datetime(2026, 11, 1, 23, 19, 6, 352027, tzinfo=UTC)

    def test_is_the_same_from_another_host(self) -> None:
        there = read_message(body())
        here = read_message(body(ResourceUri=MESSAGE["ResourceUri"].replace("evil", "good")))

        assert there.key == here.key

    @pytest.mark.parametrize(
        "changes",
        [
            {"EventName": "subscription-removed"},
            {"ResourceUri": "http://evil.example/webhooks/v1/customers/1/subscriptions/3"},
            {"ResourceChangeUtcDate": "2026-11-01T23:19:06.3520286+00:00"},
        ],
    )
    def test_is_another_when_anything_of_it_differs(self, changes: dict[str, Any]) -> None:
        assert read_message(body(**changes)).key != read_message(body()).key

    def test_keeps_the_query_which_says_whose_fraud_it_is(self) -> None:
        event = read_message(body(ResourceUri="https://x.example/v1/fraudEvents?SubscriptionId=7"))

        assert event.path == "/v1/fraudEvents?SubscriptionId=7"

    def test_may_begin_with_a_mark_and_be_about_nothing(self) -> None:
        event = read_message(b"\xef\xbb\xbf" + body(ResourceUri=None))

        assert event.path == ""

    def test_in_another_zone_or_without_one_is_in_utc(self) -> None:
        moments = [
            read_message(body(ResourceChangeUtcDate=text)).changed_at
            for text in ("2026-11-02T01:00:00+01:00", "2026-11-02T00:00:00")
        ]

        assert moments == [datetime(2026, 11, 2, tzinfo=UTC)] * 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not a JSON object"),
        (b"{}", "EventName"),
        (body(EventName=7), "EventName"),
        (body(EventName="x" * 101), "EventName"),
        (body(ResourceUri=[]), "ResourceUri"),
        (body(ResourceUri="http://[::1/"), "ResourceUri"),
        (body(ResourceUri=f"http://x.example/{'y' * 1_000}"), "1,000 characters"),
        (body(ResourceChangeUtcDate=None), "is missing"),
        (body(ResourceChangeUtcDate="yesterday"), "not a moment"),
        (body(ResourceChangeUtcDate="0001-01-01T00:00:00+14:00"), "not a moment"),
    ],
)
def test_what_is_no_message_is_said(content: bytes, said: str) -> None:
    with pytest.raises(NotAMessage, match=said):
        read_message(content)


@pytest.mark.skipif(not DOCUMENTED.is_dir(), reason="the documented messages are not here")
def test_every_documented_message_is_read() -> None:
    files = sorted(DOCUMENTED.glob("webhook_event_*.json"))

    names = [read_message(file.read_bytes()).name for file in files]

    assert len(names) > 15
    assert names == [json.loads(file.read_text())["EventName"] for file in files]
