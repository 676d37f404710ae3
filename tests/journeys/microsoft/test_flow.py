"""Consent, sync, order, changes at either end, a window that closes, renewal, invoice."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import pytest

from tests.journeys.microsoft.stage import MicrosoftStage, microsoft_stage
from work365.domain.microsoft.actions import ProvisioningStatus
from work365.emulators.partner_center.ledger import ChargeLine
from work365.emulators.partner_center.subscription import Subscription as AtMicrosoft
from work365.entrypoints.cli.stand_ins import customers_of
from work365.entrypoints.demo.microsoft_chapter import (
    BEGIN,
    SUBSCRIPTION,
    UNIT_PRICE,
    MicrosoftChapter,
)
from work365.entrypoints.demo.people import as_person
from work365.http import http_client
from work365.ports.invoice_book import KeptLine


class Played(NamedTuple):
    """The chapter after it was played once."""

    stage: MicrosoftStage
    chapter: MicrosoftChapter

    @property
    def seen(self) -> AtMicrosoft:
        """What was ordered, as it is at Microsoft."""
        reference = self.chapter.people.provider_reference(SUBSCRIPTION)
        assert reference is not None
        return self.stage.world.subscriptions[reference]

    @property
    def at_microsoft(self) -> list[ChargeLine]:
        """What Microsoft charges for it, in order."""
        every = self.stage.world.charges
        return [line for line in every if line.subscription == self.seen.subscription]

    @property
    def ours(self) -> list[KeptLine]:
        """What we invoice for it, in order."""
        return [
            line
            for line in self.chapter.lines()
            if line.billed.charge.slot.price.subscription == SUBSCRIPTION
        ]


@contextmanager
def chapter_on(stage: MicrosoftStage) -> Iterator[MicrosoftChapter]:
    with http_client() as http:
        yield MicrosoftChapter(
            here=stage.here,
            services=stage.services,
            host=stage.host,
            people=as_person(stage.here, stage.services, http),
            browser=stage.browser,
            customers=customers_of(stage.world),
        )


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("flow")
    with microsoft_stage(folder, now=BEGIN) as stage, chapter_on(stage) as chapter:
        for _ in chapter.play():
            pass
        yield Played(stage, chapter)


def test_everything_is_told_in_its_order(played: Played) -> None:
    days = [told.on for told in played.chapter.told]

    assert len(days) == 10
    assert days == sorted(days)
    assert "10 customers" in played.chapter.told[1].outcome


def test_every_change_is_in_the_log_once_with_what_microsoft_said(played: Played) -> None:
    log = [
        (one.effective_on, int(one.quantity_delta), one.origin, one.status)
        for one in played.chapter.log()
    ]

    done, seen = ProvisioningStatus.PROVISIONED, ProvisioningStatus.NOT_APPLICABLE
    assert log == [
        (date(2026, 7, 10), 10, "system", done),
        (date(2026, 7, 12), 3, "system", done),
        (date(2026, 7, 13), 2, "provider", seen),
        (date(2026, 7, 14), -1, "system", done),
        (date(2026, 7, 24), 0, "system", done),
        (date(2026, 8, 10), -4, "provider", seen),
    ]


def test_seats_whose_window_has_closed_stay_and_the_renewal_is_offered(played: Played) -> None:
    refused = played.chapter.told[6].outcome

    assert "0 can be given back now" in refused
    assert '{"quantity": 10}' in refused


def test_it_is_bought_once_and_renewed_with_fewer_seats(played: Played) -> None:
    kinds = [line.charge_type for line in played.at_microsoft]

    assert kinds == ["new", *["addQuantity"] * 4, *["removeQuantity"] * 2, "renew"]
    assert (played.seen.quantity, played.seen.term_start) == (10, date(2026, 8, 10))


def test_the_invoices_have_every_seat_for_its_days(played: Played) -> None:
    lines = [
        (
            line.invoice,
            line.billed.charge.service_period.start,
            int(line.billed.charge.quantity),
            str(line.billed.amount.amount),
        )
        for line in played.ours
    ]

    first, second = "CT-2001-00001", "CT-2001-00002"
    assert lines == [
        (first, date(2026, 7, 10), 10, "152.00"),
        (second, date(2026, 7, 12), 3, "1.47"),
        (second, date(2026, 7, 13), 5, "2.45"),
        (second, date(2026, 7, 14), 4, "52.96"),
        (second, date(2026, 8, 10), 10, "152.00"),
    ]


def test_what_is_invoiced_is_what_microsoft_charges_at_our_price(played: Played) -> None:
    charged = sum(line.subtotal for line in played.at_microsoft)
    invoiced = sum(line.billed.amount.amount for line in played.ours)

    [theirs] = {line.unit_price for line in played.at_microsoft}
    assert abs(charged * UNIT_PRICE / theirs - invoiced) <= Decimal("0.02")
