from datetime import UTC, datetime, timedelta

from work365.emulators.partner_center.seeds import small
from work365.emulators.partner_center.snapshots import copy_of

NOW = datetime(2026, 8, 15, 10, 30, tzinfo=UTC)


class TestTime:
    def test_passes_in_steps_as_in_one_go(self) -> None:
        in_one = small(NOW)
        in_steps = copy_of(in_one)

        in_one.advance(NOW + timedelta(days=90))
        for day in range(1, 91):
            in_steps.advance(NOW + timedelta(days=day))

        assert in_steps.charges == in_one.charges

    def test_does_not_go_back(self) -> None:
        world = small(NOW)

        world.advance(NOW - timedelta(days=1))

        assert world.now == NOW
