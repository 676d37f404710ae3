"""An Entra emulator for each module of tests, as at its beginning for each test."""

from collections.abc import Iterator

import pytest

from tests.emulators.entra.running import REDIRECT, RunningEntra, running_entra, this_machine
from work365.emulators.entra.grants import Grants
from work365.emulators.entra.seeds import small_directory


@pytest.fixture(scope="package")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEntra]:
    with running_entra(tmp_path_factory.mktemp("entra")) as entra:
        yield entra


@pytest.fixture
def entra(started: RunningEntra) -> RunningEntra:
    fresh = small_directory(redirect_uris=(REDIRECT,))
    directory, authority = started.directory, started.authority
    directory.tenants = fresh.tenants
    directory.applications = fresh.applications
    directory.managed_identities = fresh.managed_identities
    authority.grants = Grants()
    authority.lifetime_seconds = 3_599
    authority.requests.clear()
    started.clock.now = this_machine()
    return started
