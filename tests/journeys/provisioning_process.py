"""Changes told to Microsoft in a process of its own, which can be killed.

Run with the addresses of the twin and of the emulator, and the time.
"""

import sys
from datetime import datetime

from tests.emulators.partner_center import stage
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.partner_center.connection import Connection, Tokens
from work365.adapters.partner_center.errands import Errand
from work365.bootstrap import Services
from work365.entrypoints import provisioning
from work365.http import http_client
from work365.identity.clouds import Audience
from work365.settings import Settings


class AtTheTwin:
    """Stands for Microsoft."""

    def __init__(self, address: str) -> None:
        self._connection = Connection(
            audience=Audience.PARTNER_CENTER,
            address=address,
            tokens=Tokens(lambda: stage.APP, lambda: stage.AGENT),
            http=http_client(),
        )

    def partner_center(self, purpose: str) -> Errand:
        """Return Partner Center."""
        return Errand(self._connection, purpose)


def main(twin: str, dataverse: str, moment: str) -> None:
    """Tell what is due at `moment`."""
    here = AtTheTwin(twin)
    vars(provisioning)["microsoft_of"] = lambda _: here
    services = Services(Settings(dataverse_url=dataverse))
    client = DataverseClient(url=dataverse, token=lambda: "service", http=http_client())
    vars(services).update(dataverse=client)
    provisioning.provision(services, at=datetime.fromisoformat(moment))


if __name__ == "__main__":
    main(*sys.argv[1:])
