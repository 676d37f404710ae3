"""The daily look, with the twin of Partner Center and the local Dataverse at its ends."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from tests.entrypoints.cli.decisions import Office, office_of
from work365.adapters.partner_center.errands import Errand
from work365.bootstrap import Services
from work365.emulators.partner_center.subscription import Batch
from work365.entrypoints import deciding_watch
from work365.entrypoints.deciding_watch import watch
from work365.settings import Settings

MAILBOX, PREMIUM = "CFQ7TTC0TW06", "CFQ7TTC0TW03"


@dataclass
class Line:
    """Microsoft, for whoever asks."""

    office: Office

    def partner_center(self, _purpose: str) -> Errand:
        return self.office.partner.errand

    def clock(self) -> datetime:
        return self.office.partner.microsoft.clock()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with office_of(tmp_path_factory.mktemp("office")) as office:
        yield office


@pytest.fixture
def services(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    monkeypatch.setattr(deciding_watch, "microsoft_of", lambda _services: Line(office))
    settings = Settings(dataverse_url=office.partner.dataverse_url, markets=("DE",))
    with closing(Services(settings)) as services:
        vars(services)["dataverse"] = office.partner.client
        yield services


def test_a_day_on_which_nothing_is_to_be_decided_finds_nothing(
    office: Office, services: Services
) -> None:
    assert watch(services, at=office.partner.microsoft.clock()) == ()


def test_seats_that_nobody_pays_for_and_terms_that_nobody_decided_on_are_found(
    office: Office, services: Services
) -> None:
    now = office.partner.microsoft.clock()
    mailbox, premium = office.bought(MAILBOX, 30), office.bought(PREMIUM, 14)
    mailbox.quantity += 5
    mailbox.batches.append(Batch(5, now + timedelta(days=1)))
    premium.auto_renew = False

    found = watch(services, at=now)

    mailbox.quantity -= 5
    mailbox.batches.pop()
    premium.auto_renew = True
    assert [(each.code, each.path) for each in found] == [
        ("window_closes", f"subscription {mailbox.subscription}"),
        ("will_extend", f"subscription {premium.subscription}"),
    ]


def test_nothing_is_written_at_either_end(office: Office, services: Services) -> None:
    with office.partner.counted() as counts:
        watch(services, at=office.partner.microsoft.clock())

    requests = office.partner.microsoft.control("GET", "requests")["requests"]
    assert {each["method"] for each in requests} == {"GET"}
    assert counts["rows_written"] == 0
