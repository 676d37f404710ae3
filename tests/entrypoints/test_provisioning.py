"""The wiring of what is told to providers; tests/journeys has the whole way."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from work365.adapters.partner_center.desk import PartnerCenterDesk
from work365.bootstrap import Services
from work365.domain.findings import Finding, Severity
from work365.entrypoints import provisioning
from work365.entrypoints.provisioning import Desks, ProviderNotTold, provision
from work365.ports.provider_desk import ProviderOutOfReach
from work365.settings import Settings
from work365.usecases.provision_changes import CHANGES_MAX, Parts, ProvisioningRun

NOW = datetime(2026, 11, 2, 23, 30, tzinfo=UTC)
FAILED = Finding(Severity.ERROR, "credit_hold", "The customer is on credit hold", "change CHG-1")
BY_HAND = Finding(Severity.WARNING, "to_be_done_by_hand", "Carry it out", "change CHG-2")


@pytest.fixture
def services() -> Services:
    made = Services(Settings(dataverse_url="http://127.0.0.1:1"))
    vars(made)["dataverse"] = object()
    return made


def told(monkeypatch: pytest.MonkeyPatch, run: ProvisioningRun) -> dict[str, Any]:
    """Let the use case come to `run`, and return what it is asked for."""
    asked: dict[str, Any] = {}

    def provision_changes(parts: Parts, **given: Any) -> ProvisioningRun:
        asked.update(given, parts=parts)
        return run

    def keep_findings(_: Services, findings: list[Finding], **given: Any) -> None:
        asked.update(kept=findings, paths=given["paths"])

    monkeypatch.setattr(provisioning, "provision_changes", provision_changes)
    monkeypatch.setattr(provisioning, "keep_findings", keep_findings)
    return asked


def test_what_is_wrong_is_kept(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    run = ProvisioningRun(provisioned=3, failed=1, findings=[FAILED, BY_HAND])
    run.settled.append("change CHG-3")
    asked = told(monkeypatch, run)

    assert provision(services, at=NOW) is run

    assert asked["kept"] == [FAILED, BY_HAND]
    assert asked["paths"] == ["provisioning", "change CHG-3"]


def test_the_day_is_the_partners_and_the_time_runs_on(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = told(monkeypatch, ProvisioningRun())

    provision(services, at=NOW)
    first, second = asked["parts"].clock(), asked["parts"].clock()

    zone = services.settings.time_zone
    assert (asked["today"], asked["most"]) == (NOW.astimezone(zone).date(), CHANGES_MAX)
    assert NOW <= first <= second
    assert isinstance(asked["today"], date)


@pytest.mark.parametrize(("markets", "market"), [(("DE",), "DE"), (("DE", "AT"), None), ((), None)])
def test_prices_are_those_of_the_only_market(
    monkeypatch: pytest.MonkeyPatch, markets: tuple[str, ...], market: str | None
) -> None:
    asked = told(monkeypatch, ProvisioningRun())
    services = Services(Settings(dataverse_url="http://127.0.0.1:1", markets=markets))
    vars(services)["dataverse"] = object()

    provision(services, at=NOW)

    assert asked["parts"].prices.market == market


class TestDesks:
    def clock(self) -> datetime:
        return NOW

    def test_microsoft_is_one(self, services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
        purposes: list[str] = []

        microsoft = SimpleNamespace(partner_center=purposes.append)
        monkeypatch.setattr(provisioning, "microsoft_of", lambda _: microsoft)

        desk = Desks(services, self.clock).desk("microsoft", purpose="change CHG-1")

        assert isinstance(desk, PartnerCenterDesk)
        assert purposes == ["change CHG-1"]

    def test_another_provider_is_none(self, services: Services) -> None:
        with pytest.raises(ProviderNotTold, match="set its kind to manual"):
            Desks(services, self.clock).desk("acme", purpose="change CHG-1")

    def test_without_settings_it_waits_for_a_person(self, services: Services) -> None:
        with pytest.raises(ProviderOutOfReach, match="WORK365_PARTNER_TENANT"):
            Desks(services, self.clock).desk("microsoft", purpose="change CHG-1")
