from datetime import UTC, datetime, timedelta

import pytest

from work365.emulators.partner_center.seeds import small
from work365.emulators.partner_center.snapshots import copy_of, restore, snapshot

NOW = datetime(2026, 8, 15, 10, 30, tzinfo=UTC)


class TestSnapshot:
    def test_brings_everything_back(self) -> None:
        world = small(NOW)
        world.annexes["elsewhere"] = {"kept": [1, "two", None]}

        again = restore(snapshot(world))

        assert again == world
        assert snapshot(again) == snapshot(world)

    def test_lets_a_copy_live_on_alone(self) -> None:
        world = small(NOW)
        before = snapshot(world)

        rehearsal = copy_of(world)
        rehearsal.advance(NOW + timedelta(days=40))
        world_later = copy_of(world)
        world_later.advance(NOW + timedelta(days=40))

        assert len(rehearsal.charges) > len(world.charges)
        assert snapshot(world) == before
        assert snapshot(world_later) == snapshot(rehearsal)

    @pytest.mark.parametrize("text", ['{"version": 0}', "[]"])
    def test_of_something_else_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="not a snapshot"):
            restore(text)
