"""Twins that run."""

from collections.abc import Iterator

import pytest

from tests.emulators.partner_center.stage import Stage, staged


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A twin of the small world on a port, its own for the test."""
    with staged() as stage:
        yield stage
