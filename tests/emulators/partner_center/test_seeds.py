from datetime import UTC, datetime

import pytest

from work365.emulators.partner_center.seeds import PARTNER, PROVIDER, portfolio, small
from work365.emulators.partner_center.snapshots import snapshot
from work365.emulators.partner_center.world import World

NOW = datetime(2026, 8, 15, 10, 30, tzinfo=UTC)


class TestSmallWorld:
    @pytest.fixture
    def world(self) -> World:
        return small(NOW)

    def test_has_twelve_customers_of_two_partners(self, world: World) -> None:
        counts = [len(world.customers_of(partner)) for partner in (PARTNER, PROVIDER)]

        assert counts == [10, 2]

    def test_has_a_past_that_was_billed(self, world: World) -> None:
        types = {line.charge_type for line in world.charges}

        assert {"new", "renew", "cycleCharge"} <= types
        assert all(line.at <= NOW for line in world.charges)

    def test_has_a_history_of_its_orders(self, world: World) -> None:
        kinds = {event.kind for event in world.history}

        assert {"create_order", "create_subscription", "renew_subscription"} <= kinds

    def test_is_the_same_each_time(self, world: World) -> None:
        assert snapshot(small(NOW)) == snapshot(world)


class TestPortfolio:
    def test_spreads_subscriptions_over_customers(self) -> None:
        world = portfolio(10, 100, NOW)

        counts = {len(world.subscriptions_of(each)) for each in world.customers}

        assert counts == {10}
        assert (world.charges, world.history) == ([], [])

    def test_has_all_cycles_end_in_time_to_come(self) -> None:
        world = portfolio(10, 200, NOW)

        ends = [each.cycle_end for each in world.subscriptions.values()]

        assert all(end is not None and end >= NOW.date() for end in ends)
