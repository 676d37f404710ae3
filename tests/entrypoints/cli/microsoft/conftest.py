"""A room for the tests of a module."""

from collections.abc import Iterator

import pytest

from tests.entrypoints.cli.microsoft.room import Room, room_of


@pytest.fixture(scope="module", autouse=True)
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with room_of(tmp_path_factory.mktemp("microsoft")) as room:
        yield room
