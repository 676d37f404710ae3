"""The composition root: which adapter stands behind each port."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import httpx

from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.feed import DataverseChangeFeed
from work365.adapters.dataverse.invoice_book import DataverseInvoiceBook
from work365.adapters.dataverse.job_log import DataverseJobLog
from work365.adapters.dataverse.origin import Origin
from work365.adapters.dataverse.store import DataverseBillingStore
from work365.adapters.queue.jobs import QueuedJobs
from work365.adapters.queue.local import LocalQueue
from work365.adapters.queue.messages import MessageQueue
from work365.adapters.queue.storage import StorageQueue, connect, connect_with_identity
from work365.http import http_client
from work365.identity.environment import dataverse_token, fixed_token
from work365.identity.redaction import install_redaction
from work365.made_once import made_once
from work365.settings import Settings, SettingWrong

QUEUE_NAME = "jobs"


@dataclass(frozen=True, eq=False)
class Services:
    """What the entry points work with, each part made when it is first needed."""

    settings: Settings

    @made_once
    def http(self) -> httpx.Client:
        """Connections to the outside, kept open between requests."""
        return http_client()

    @made_once
    def dataverse(self) -> DataverseClient:
        """The Web API of the partner's environment."""
        return self._client(Origin())

    @made_once
    def dataverse_definitions(self) -> DataverseClient:
        """The same Web API for definitions, which set off nothing that a tag could mark."""
        return self._client(Origin(tag=None))

    def _client(self, origin: Origin) -> DataverseClient:
        settings = self.settings
        token = (
            fixed_token(settings.dataverse_token)
            if settings.dataverse_token
            else dataverse_token(
                settings.dataverse_url,
                managed_identity_client_id=settings.managed_identity_client_id,
            )
        )
        return DataverseClient(
            url=settings.dataverse_url, token=token, http=self.http, origin=origin
        )

    @made_once
    def store(self) -> DataverseBillingStore:
        """Contracts, change logs and invoices."""
        return DataverseBillingStore(self.dataverse)

    @made_once
    def feed(self) -> DataverseChangeFeed:
        """What changed."""
        return DataverseChangeFeed(self.dataverse)

    @made_once
    def job_log(self) -> DataverseJobLog:
        """Runs and failures, as rows."""
        return DataverseJobLog(self.dataverse)

    @made_once
    def invoice_book(self) -> DataverseInvoiceBook:
        """Invoices as people read them."""
        return DataverseInvoiceBook(self.dataverse)

    @made_once
    def queue(self) -> QueuedJobs:
        """Where jobs wait."""
        return QueuedJobs(self._messages)

    @made_once
    def _messages(self) -> MessageQueue:
        return open_queue(QUEUE_NAME, self.settings)

    def close(self) -> None:
        """Close what was opened; a process that ends need not."""
        for name in ("http", "_messages"):
            if name in self.__dict__:
                getattr(self, name).close()


@cache
def services() -> Services:
    """Return the services of this process."""
    install_redaction()
    return Services(Settings.read(os.environ))


def open_queue(name: str, settings: Settings) -> MessageQueue:
    """Return the queue called `name`: in Azure Storage, or in a file of this machine.

    Raises: SettingWrong: neither is set.
    """
    if settings.queue_file is not None:
        # Messages are held for as long as work really takes, whatever the emulator's clock says.
        return LocalQueue(settings.queue_file, name, clock=_real_time)
    if settings.storage_queue_url is not None:
        client_id = settings.managed_identity_client_id
        return StorageQueue(
            name, service=connect_with_identity(settings.storage_queue_url, client_id=client_id)
        )
    if settings.storage_connection is not None:
        return StorageQueue(name, service=connect(settings.storage_connection))
    raise SettingWrong(
        "there is no queue; set AzureWebJobsStorage__queueServiceUri to the queue service of the"
        " app's storage account, or WORK365_QUEUE_FILE on this machine"
    )


def _real_time() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  a queue on this machine has no other clock
