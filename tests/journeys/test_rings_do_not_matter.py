"""Rings that are lost, doubled, late or out of order: the rows come out the same."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.journeys.world import NEW_YEAR, World, contract, customer, world

WELL_DELIVERED: dict[str, int] = {}
ALL_LOST = {"drop_percent": 100}
MORNING = time(6, 30)
FIRST_NIGHT = NEW_YEAR + timedelta(days=1)
SECOND_NIGHT = date(2026, 2, 2)


class Told(NamedTuple):
    """A change, and the day on which a person enters it."""

    recorded_on: int
    effective_on: int
    quantity: int


stories = st.lists(
    st.builds(Told, st.integers(2, 27), st.integers(0, 30), st.integers(-2, 5)),
    min_size=1,
    max_size=4,
)
faults = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 1_000),
        "drop_percent": st.sampled_from([0, 50]),
        "duplicate_percent": st.sampled_from([0, 100]),
        "delay_ms_max": st.sampled_from([0, 60]),
    }
)
numbers = count(1)


@pytest.fixture(scope="module")
def partner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("rings")) as one:
        yield one


def play(partner: World, story: Sequence[Told], webhooks: dict[str, int]) -> list[tuple[Any, ...]]:
    """Let the story happen to a new contract; return its lines, without the contract's name."""
    name = f"CT-{next(numbers):04d}"
    # The clock goes back to the start of the story, and the timers have to see it.
    pass_night(partner, NEW_YEAR)
    partner.control("POST", "faults", {"webhooks": webhooks})
    partner.people.keep_customers([customer(f"NC-{name}", contract(name))], provider="Microsoft")
    partner.add_subscription(f"sub-{name}", name, name="Seats")
    partner.open_with(f"{name}-0", f"sub-{name}", 10, "12.40")
    pass_night(partner, FIRST_NIGHT)
    for number, told in enumerate(sorted(story), start=1):
        partner.set_day(NEW_YEAR + timedelta(days=told.recorded_on))
        effective_on = NEW_YEAR + timedelta(days=told.effective_on)
        partner.change(f"{name}-{number}", f"sub-{name}", effective_on, told.quantity)
    pass_night(partner, SECOND_NIGHT)
    return [
        tuple(str(value).replace(name, "CT") for value in line)
        for line in partner.lines()
        if line[0].startswith(name)
    ]


def pass_night(partner: World, day: date) -> None:
    """Let the timers run on the morning of `day`: the sweep, then what is due."""
    assert partner.host is not None
    partner.control("POST", "idle")
    partner.set_day(day)
    partner.host.tick(datetime.combine(day, MORNING, UTC))
    partner.settle()


@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(story=stories, webhooks=faults)
def test_the_rows_are_those_of_rings_that_came_once_and_in_order(
    partner: World, story: list[Told], webhooks: dict[str, int]
) -> None:
    expected = play(partner, story, WELL_DELIVERED)

    assert play(partner, story, webhooks) == expected
    assert play(partner, story, ALL_LOST) == expected
