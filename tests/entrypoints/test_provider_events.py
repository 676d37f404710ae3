from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.usecases.fakes import FakeQueue
from work365.bootstrap import Services
from work365.domain.findings import Finding, Severity
from work365.entrypoints import provider_events
from work365.entrypoints.provider_events import MicrosoftSilent, handle_events, webhook_url
from work365.jobs import HandleProviderEvents
from work365.settings import Settings, SettingWrong
from work365.usecases.handle_provider_events import Handled

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
FRAUD = Finding(Severity.ERROR, "azure_fraud_suspected", "Look at it now", "subscription 7")


class Handling:
    """What the use case comes to."""

    def __init__(self) -> None:
        self.outcome = Handled(events=1, waiting=0, findings=(), has_more=False)
        self.kept: list[tuple[list[Finding], dict[str, Any]]] = []

    def __call__(self, **given: Any) -> Handled:
        assert given["provider"] == "microsoft"
        return self.outcome


@pytest.fixture
def handling(monkeypatch: pytest.MonkeyPatch) -> Handling:
    handling = Handling()

    def keep_findings(_: Services, findings: Sequence[Finding], **given: Any) -> None:
        handling.kept.append((list(findings), given))

    monkeypatch.setattr(provider_events, "handle_provider_events", handling)
    monkeypatch.setattr(provider_events, "keep_findings", keep_findings)
    return handling


@pytest.fixture
def queue() -> FakeQueue:
    return FakeQueue([])


@pytest.fixture
def services(queue: FakeQueue) -> Services:
    made = Services(Settings(dataverse_url="http://127.0.0.1:1"))
    vars(made)["queue"] = queue
    return made


class TestTheJob:
    def test_keeps_what_is_wrong(
        self, services: Services, queue: FakeQueue, handling: Handling
    ) -> None:
        handling.outcome = Handled(events=1, waiting=0, findings=(FRAUD,), has_more=False)

        handle_events(services, at=NOW)

        # Messages say nothing of what other messages were about.
        assert handling.kept == [([FRAUD], {"origin": "provider messages", "at": NOW, "paths": ()})]
        assert queue.jobs == []

    def test_goes_on_where_there_are_more(
        self, services: Services, queue: FakeQueue, handling: Handling
    ) -> None:
        handling.outcome = Handled(events=500, waiting=0, findings=(), has_more=True)

        handle_events(services, at=NOW)

        assert queue.jobs == [HandleProviderEvents()]

    def test_is_repeated_where_microsoft_was_silent(
        self, services: Services, handling: Handling
    ) -> None:
        handling.outcome = Handled(events=1, waiting=2, findings=(), has_more=False)

        with pytest.raises(MicrosoftSilent, match="2 messages"):
            handle_events(services, at=NOW)


class TestTheAddress:
    def test_is_beside_the_consent_pages(self) -> None:
        settings = Settings(
            dataverse_url="http://127.0.0.1:1",
            consent_url="https://northwind.azurewebsites.net/api/consent",
        )

        assert webhook_url(settings) == (
            "https://northwind.azurewebsites.net/api/webhooks/partner-center"
        )

    def test_has_to_be_known(self) -> None:
        with pytest.raises(SettingWrong, match="WORK365_CONSENT_URL"):
            webhook_url(Settings(dataverse_url="http://127.0.0.1:1"))
