"""A vault over https, and an identity that signs in there as in Azure."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.key_vault.running import EVERYTHING, RunningVault, running_vault
from tests.emulators.entra.running import running_entra, this_machine
from tests.identity.connected import as_in_azure


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningVault]:
    # Azure's libraries keep their tokens by the machine's clock, whatever the time is elsewhere.
    with running_entra(tmp_path, client_clock=this_machine) as entra:
        as_in_azure(entra, monkeypatch)
        with running_vault(entra, EVERYTHING) as running:
            yield running
