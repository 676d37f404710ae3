"""From the consent to its withdrawal, no secret is where somebody could read it."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from dataverse_schema.options import ProvisioningStatus
from tests.emulators.entra.person import Person
from tests.emulators.partner_center.stage import Stage
from tests.journeys.connected_partner import ConnectedPartner
from tests.journeys.microsoft.stage import MicrosoftStage, microsoft_stage
from tests.journeys.provisioning_partner import Action, Provisioning
from tests.leaks import Watch, watching
from work365.adapters.partner_center.billing_exports import BillingExports
from work365.adapters.partner_center.blobs import BlobFolder
from work365.domain.findings import Finding, Severity
from work365.domain.microsoft.billing_exports import BillingPeriod, ExportKind, UnbilledExport
from work365.emulators.entra.seeds import AGENT, CLERK, PASSWORD
from work365.emulators.partner_center.control import SettableClock
from work365.emulators.partner_center.seeds import PARTNER
from work365.entrypoints.connection import offer_link, withdraw
from work365.entrypoints.microsoft import PROVIDER, microsoft_of
from work365.entrypoints.provider_findings import keep_findings
from work365.entrypoints.provider_jobs import do_provider_job
from work365.errors import Work365Error
from work365.http import Unhurried
from work365.identity.redaction import QUIET_LOGGERS
from work365.jobs import (
    ProviderJob,
    ProviderPart,
    ProvisionChanges,
    SyncProvider,
    WatchConnection,
)


class Office:
    """A partner's whole installation, whose every wire is tapped."""

    def __init__(self, stage: MicrosoftStage, watch: Watch) -> None:
        self.stage = stage
        self.watch = watch
        # Not the one to Dataverse: its token here is a word that stands in this repository.
        for client in (stage.browser, microsoft_of(stage.services).http):
            watch.tap(client)

    def consent(self, account: str = AGENT) -> int:
        """Go the way of an administrator from the link to the last page; return its status."""
        link = offer_link(self.stage.services, PROVIDER, requested_by="Berta").address.reveal()
        self.watch.know("link", link.rpartition("/")[2])
        to_microsoft = self.stage.browser.post(link).headers["Location"]
        told = Person(self.stage.browser, account=account).visits(to_microsoft)
        asked = parse_qs(urlsplit(to_microsoft).query)
        for name, text in [("nonce", asked["nonce"][0]), *told.items()]:
            if name in {"code", "nonce", "state"}:
                self.watch.know(name, text)
        callback = f"{self.stage.here.consent_url}/callback"
        return self.stage.browser.post(callback, data=told).status_code

    def do(self, job: ProviderJob) -> None:
        """Do a job, as the queue has it done."""
        do_provider_job(job, self.stage.services, at=self.stage.now)

    def fails(self, work: Callable[[], object]) -> None:
        """Do what has to fail, and look into what would be printed of it."""
        with pytest.raises(Work365Error) as raised:
            work()
        logging.getLogger("work365").error("it failed", exc_info=raised.value)
        self.watch.saw(raised.value)

    def revoke(self) -> None:
        """Take at Microsoft back what the agent gave out."""
        url = f"{self.stage.here.sign_in_url}/_emulator/v1/users/revoke"
        self.stage.browser.post(url, json={"user": AGENT}).raise_for_status()

    def order(self) -> ProvisioningStatus:
        """Order three seats, and return what came of it."""
        services, here = self.stage.services, self.stage.here
        clock = SettableClock(self.stage.now)
        at_microsoft = Stage(self.stage.microsoft.center, here.microsoft_url, clock)
        partner = ConnectedPartner(
            at_microsoft, services.dataverse, here.dataverse_url, Unhurried()
        )
        partner.sign_contracts()
        self.do(SyncProvider(part=ProviderPart.PRICES))
        told = Provisioning(partner)
        change = told.change(told.subscribe(0), Action.PURCHASE, 3)
        self.do(ProvisionChanges())
        told.http.close()
        at_microsoft.http.close()
        return told.row(change).provisioning_status

    def export(self) -> None:
        """Have Microsoft export what it will bill, and fetch the first file, then in vain."""
        microsoft = microsoft_of(self.stage.services)
        blobs = BlobFolder(http=microsoft.http, hosts=("127.0.0.1",), schemes=("http",))
        exports = BillingExports(microsoft.graph("look for leaks"), blobs)
        asked = UnbilledExport(ExportKind.RECONCILIATION, "EUR", BillingPeriod.CURRENT)
        operation = exports.start(asked)
        self.stage.pass_time(minutes=30)
        manifest = exports.manifest(operation)
        assert manifest is not None
        file = manifest.files[0]
        exports.download(manifest, file, BytesIO())
        self.fails(lambda: exports.download(manifest, replace(file, name="none"), BytesIO()))


@pytest.fixture
def office(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Office]:
    kept = tmp_path / "kept"
    with watching(kept, capfd) as watch, microsoft_stage(kept) as stage:
        watch.tap_requests(monkeypatch)
        watch.know("password", PASSWORD)
        yield Office(stage, watch)


def speak_up() -> None:
    """Let libraries tell all that they would, but those by which the browser asks."""
    for name in set(QUIET_LOGGERS) - {"httpx", "httpcore"}:
        logging.getLogger(name).setLevel(logging.DEBUG)


@pytest.mark.parametrize("is_loud", [False, True], ids=["as it is set up", "every library loud"])
def test_all_that_is_done_with_a_connection_leaves_no_secret_behind(
    office: Office, is_loud: bool
) -> None:
    if is_loud:
        speak_up()
    assert office.consent() == HTTPStatus.OK
    assert office.order() is ProvisioningStatus.PROVISIONED
    for part in ProviderPart:
        office.do(SyncProvider(part=part))
    office.export()
    office.do(WatchConnection())
    withdraw(office.stage.services, PROVIDER)

    assert office.watch.leaks() == []
    assert office.watch.kinds >= {
        "access_token",
        "Authorization",
        "client_assertion",
        "code",
        "code_verifier",
        "id_token",
        "link",
        "nonce",
        "part of access_token",
        "password",
        "refresh_token",
        "sasToken",
        "sig",
        "state",
        "value",
    }


def test_what_is_refused_at_either_end_is_told_without_a_secret(office: Office) -> None:
    assert office.consent(CLERK) == HTTPStatus.BAD_REQUEST
    assert office.consent() == HTTPStatus.OK
    office.revoke()
    microsoft = microsoft_of(office.stage.services)

    office.do(WatchConnection())
    office.fails(microsoft.delegated_tokens.prolong)
    office.do(SyncProvider(part=ProviderPart.PRICES))

    assert office.watch.leaks() == []


def test_a_token_that_is_left_in_a_row_is_found(office: Office) -> None:
    office.consent()
    kept = microsoft_of(office.stage.services).vault.read(PARTNER)
    assert kept is not None
    careless = Finding(
        Severity.ERROR, "careless", f"could not use {kept.refresh_token.reveal()}", "connection"
    )

    keep_findings(office.stage.services, [careless], origin="careless", at=office.stage.now)

    places = {leak.partition(" in ")[2] for leak in office.watch.leaks()}
    assert "table w365_finding of dataverse.sqlite" in places
