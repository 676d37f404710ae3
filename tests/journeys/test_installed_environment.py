"""Billing in an environment that `work365 install` made out of a blank one."""

from datetime import UTC, date, datetime
from pathlib import Path

from tests.journeys.world import World, contract, customer, installed_world, world

FEBRUARY = datetime(2026, 2, 1, 6, 30, tzinfo=UTC)


def two_months(partner: World) -> dict[str, list[tuple[object, ...]]]:
    """Let two months go by, with seats added in the first; return what billing left behind."""
    partner.people.keep_customers([customer("NC-1", contract("CT-1"))], provider="Microsoft")
    partner.add_subscription("sub-1", "CT-1", name="Microsoft 365 Business Standard")
    partner.open_with("change-1", "sub-1", 10, "12.40")
    partner.settle()
    partner.set_day(date(2026, 1, 11))
    partner.change("change-2", "sub-1", date(2026, 1, 11), 3)
    partner.settle()
    partner.set_day(date(2026, 2, 1))
    assert partner.host is not None
    partner.host.tick(FEBRUARY)
    partner.settle()
    return partner.kept()


def test_it_bills_as_one_that_has_everything_built_in(tmp_path: Path) -> None:
    with installed_world(tmp_path / "installed") as partner:
        installed = two_months(partner)
    with world(tmp_path / "built in") as partner:
        built_in = two_months(partner)

    assert installed == built_in
    assert len(installed["w365_invoicelines"]) == 3
