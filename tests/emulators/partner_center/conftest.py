"""Twins that run."""

from collections.abc import Iterator

import pytest

from tests.emulators.partner_center.room import Room, room_at
from tests.emulators.partner_center.stage import Stage, staged


@pytest.fixture
def room() -> Room:
    """A twin of an empty world, in the process of the test."""
    return room_at()


@pytest.fixture
def customer(room: Room) -> str:
    """A customer in the room that may buy."""
    return room.customer()


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A twin of the small world on a port, its own for the test."""
    with staged() as stage:
        yield stage
