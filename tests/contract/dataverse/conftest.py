"""An environment for real clients, rows of its own for each test, and many to page through."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.contract.dataverse.environments import (
    Address,
    Body,
    Observer,
    body,
    emulator,
    real_address,
)

MANY = 12_001
"""Three pages of the largest size."""


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    real = real_address()
    if real is not None:
        yield real
        return
    with emulator(tmp_path_factory.mktemp("environment")) as local:
        yield local


@pytest.fixture(scope="session")
def observer(address: Address) -> Iterator[Observer]:
    observer = Observer(address)
    yield observer
    observer.close()


@pytest.fixture
def prefix(observer: Observer) -> Iterator[str]:
    """What the keys of this test's rows begin with; such rows are deleted afterwards."""
    prefix = f"contract-{uuid4().hex}-"
    yield prefix
    observer.delete(prefix)


@pytest.fixture(scope="session")
def many(address: Address, observer: Observer) -> Iterator[tuple[str, Body]]:
    """A prefix of keys, and the names of the many rows that have it, by what the keys end with."""
    prefix = f"many-{uuid4().hex}-"
    names = {str(number): f"Row {number}" for number in range(MANY)}
    observer.create([body(prefix + number, name) for number, name in names.items()])
    yield prefix, names
    if not address.is_emulator:  # which is thrown away as a whole
        observer.delete(prefix)
