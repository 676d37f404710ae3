"""What is brought over from Microsoft, part by part: for jobs, timers and commands alike."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from work365.adapters.dataverse.catalog_store import DataverseCatalogStore
from work365.adapters.dataverse.microsoft.provider_invoices import DataverseProviderInvoiceBook
from work365.adapters.dataverse.microsoft.providers import DataverseProviderStore
from work365.adapters.dataverse.microsoft.reading_marks import DataverseReadingMarks
from work365.adapters.dataverse.microsoft.subscriptions import DataverseSubscriptionMirror
from work365.adapters.partner_center.agreements import Agreements
from work365.adapters.partner_center.audit_records import AuditRecords
from work365.adapters.partner_center.azure import AzureSubscriptions
from work365.adapters.partner_center.catalogue import Catalogue
from work365.adapters.partner_center.customers import Customers
from work365.adapters.partner_center.errands import Errand
from work365.adapters.partner_center.invoices import Invoices
from work365.adapters.partner_center.price_sheet_downloads import PriceSheets
from work365.adapters.partner_center.promotions import Promotions
from work365.adapters.partner_center.relationships import Relationships
from work365.adapters.partner_center.subscriptions import Subscriptions
from work365.bootstrap import Services
from work365.domain.catalog import COMMERCIAL
from work365.domain.findings import Finding
from work365.domain.microsoft.price_sheets import PriceSheetName, PriceSheetView
from work365.domain.moments import local_day
from work365.entrypoints.microsoft import PROVIDER, microsoft_of
from work365.entrypoints.provider_findings import keep_findings
from work365.jobs import CHUNK_TENANTS_MAX, ProviderPart, SyncProvider
from work365.microsoft import Microsoft
from work365.ports.catalog import Tally
from work365.settings import SettingWrong
from work365.usecases.intake import Imported, Progress
from work365.usecases.sync_agreements import sync_agreements
from work365.usecases.sync_audit import sync_audit
from work365.usecases.sync_customers import sync_customers
from work365.usecases.sync_entitlements import sync_entitlements
from work365.usecases.sync_prices import last_months, sheets_of, sync_prices
from work365.usecases.sync_products import sync_products
from work365.usecases.sync_promotions import sync_promotions
from work365.usecases.sync_provider_invoices import sync_provider_invoices
from work365.usecases.sync_subscriptions import Offered, Scope, Stores, Synced, sync_subscriptions


def unwatched(_more: int) -> None:
    """Take no notice of progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be brought over, and who is told how it goes."""

    tenants: Collection[str] | None = None
    """Whose subscriptions; everybody's where none are named."""
    since: datetime | None = None
    """Where a sync of subscriptions began that ended early, so that this one goes on."""
    months: int = 0
    """Of how many past months prices are read as well, which is needed once."""
    progress: Progress = unwatched
    purpose: str | None = None
    """Why, as it is recorded with each request; else that this part is synced."""


@dataclass(frozen=True, slots=True)
class BroughtOver:
    """What came of one part."""

    part: ProviderPart
    tally: Tally = field(default_factory=Counter)
    findings: tuple[Finding, ...] = ()
    repairs: tuple[Offered, ...] = ()
    """Of drift, which a person can have carried out."""
    is_whole: bool = True
    """Whether it says all that there is to say of the part, and not of some customers."""


def bring_over(
    services: Services, part: ProviderPart, *, at: datetime, order: Order | None = None
) -> BroughtOver:
    """Bring one part over, as of `at` in UTC.

    Raises: MicrosoftNotSetUp, SettingWrong: a setting is missing; Refusal: Microsoft gives no
    list; Unavailable, Contradiction.
    """
    way = _Way(services, part, at, order or Order())
    return replace(WAYS[part](way), is_whole=way.is_whole)


def keep_findings_of(services: Services, brought: BroughtOver, *, at: datetime) -> None:
    """Log and keep what was found while a part was brought over."""
    paths = None if brought.is_whole else ()
    keep_findings(services, brought.findings, origin=origin_of(brought.part), at=at, paths=paths)


def origin_of(part: ProviderPart) -> str:
    """Return the name of the look at one part, by which its findings are kept."""
    return f"sync of {part.value}"


def put_subscription_syncs(services: Services) -> int:
    """Put a job for each chunk of the customers that Microsoft lists; return how many."""
    accounts = DataverseProviderStore(services.dataverse).accounts(PROVIDER)
    tenants = [account.tenant for account in accounts if account.unlisted_since is None]
    chunks = range(0, len(tenants), CHUNK_TENANTS_MAX)
    for first in chunks:
        some = tuple(tenants[first : first + CHUNK_TENANTS_MAX])
        services.queue.put(SyncProvider(part=ProviderPart.SUBSCRIPTIONS, tenants=some))
    return len(chunks)


@dataclass(frozen=True, slots=True)
class _Way:
    """Both ends of one part."""

    services: Services
    part: ProviderPart
    at: datetime
    order: Order

    @property
    def microsoft(self) -> Microsoft:
        return microsoft_of(self.services)

    @property
    def purpose(self) -> str:
        return self.order.purpose or origin_of(self.part)

    @property
    def is_whole(self) -> bool:
        # Audit records tell of the customers in them and of no others.
        is_some = self.order.tenants is not None or self.order.since is not None
        return not is_some and self.part is not ProviderPart.AUDIT

    @property
    def errand(self) -> Errand:
        return self.microsoft.partner_center(self.purpose)

    @property
    def markets(self) -> Sequence[str]:
        markets = self.services.settings.markets
        if not markets:
            raise SettingWrong(
                f"WORK365_MARKETS is not set, so that no {self.part.value} are read; set it to the"
                " countries or regions that customers are in, such as DE,AT"
            )
        return markets

    @property
    def accounts(self) -> DataverseProviderStore:
        return DataverseProviderStore(self.services.dataverse)

    @property
    def catalog(self) -> DataverseCatalogStore:
        return DataverseCatalogStore(self.services.dataverse)

    @property
    def mirror(self) -> DataverseSubscriptionMirror:
        return DataverseSubscriptionMirror(self.services.dataverse)

    @property
    def subscriptions(self) -> Subscriptions:
        spelling = self.services.settings.schedule_spelling
        return Subscriptions(self.errand, clock=self.microsoft.clock, spelling=spelling)

    @property
    def stores(self) -> Stores:
        return Stores(accounts=self.accounts, mirror=self.mirror, catalog=self.catalog)

    def said(self, imported: Imported) -> BroughtOver:
        return BroughtOver(self.part, imported.tally, imported.findings)

    def said_of_subscriptions(self, synced: Synced) -> BroughtOver:
        imported = synced.imported
        return BroughtOver(self.part, imported.tally, imported.findings, synced.repairs)


def _customers(way: _Way) -> BroughtOver:
    customers = Customers(way.errand)
    return way.said(
        sync_customers(
            provider=PROVIDER,
            customers=customers,
            partners=Relationships(way.errand),
            store=way.accounts,
            at=way.at,
        )
    )


def _agreements(way: _Way) -> BroughtOver:
    return way.said(
        sync_agreements(
            provider=PROVIDER,
            agreements=Agreements(way.errand),
            store=way.accounts,
            progress=way.order.progress,
        )
    )


def _products(way: _Way) -> BroughtOver:
    imported = Imported()
    for market in way.markets:
        imported += sync_products(
            market=market,
            offers=Catalogue(way.errand),
            store=way.catalog,
            progress=way.order.progress,
        )
    return way.said(imported)


def _prices(way: _Way) -> BroughtOver:
    today = local_day(way.at, UTC)
    past: list[PriceSheetName] = []
    for market in way.markets:
        past += last_months(market, PriceSheetView.LICENCES, months=way.order.months, today=today)
    return way.said(
        sync_prices(
            sheets=[*past, *sheets_of(way.markets)],
            shelf=PriceSheets(way.microsoft.price_sheets(way.purpose)),
            store=way.catalog,
            progress=way.order.progress,
        )
    )


def _promotions(way: _Way) -> BroughtOver:
    promoted = sync_promotions(
        markets=way.markets,
        segments=[COMMERCIAL],
        promotions=Promotions(way.errand),
        today=local_day(way.at, UTC),
    )
    return BroughtOver(way.part, findings=promoted.findings)


def _subscriptions(way: _Way) -> BroughtOver:
    return way.said_of_subscriptions(
        sync_subscriptions(
            provider=PROVIDER,
            subscriptions=way.subscriptions,
            stores=way.stores,
            scope=Scope(tenants=way.order.tenants, since=way.order.since),
            at=way.at,
            progress=way.order.progress,
        )
    )


def _entitlements(way: _Way) -> BroughtOver:
    mirrored = way.mirror.mirrored(PROVIDER)
    entitled = sync_entitlements(
        # What is billed by its usage has no term: an Azure plan.
        plans=[each for each in mirrored.values if each.term is None],
        entitlements=AzureSubscriptions(way.errand),
        progress=way.order.progress,
    )
    return BroughtOver(way.part, findings=(*mirrored.findings, *entitled.findings))


def _audit(way: _Way) -> BroughtOver:
    return way.said_of_subscriptions(
        sync_audit(
            provider=PROVIDER,
            trail=AuditRecords(way.errand),
            marks=DataverseReadingMarks(way.services.dataverse),
            subscriptions=way.subscriptions,
            stores=way.stores,
            at=way.at,
        )
    )


def _invoices(way: _Way) -> BroughtOver:
    book = DataverseProviderInvoiceBook(way.services.dataverse)
    return way.said(
        sync_provider_invoices(provider=PROVIDER, invoices=Invoices(way.errand), book=book)
    )


WAYS: Mapping[ProviderPart, Callable[[_Way], BroughtOver]] = {
    ProviderPart.CUSTOMERS: _customers,
    ProviderPart.AGREEMENTS: _agreements,
    ProviderPart.PRODUCTS: _products,
    ProviderPart.PRICES: _prices,
    ProviderPart.PROMOTIONS: _promotions,
    ProviderPart.SUBSCRIPTIONS: _subscriptions,
    ProviderPart.ENTITLEMENTS: _entitlements,
    ProviderPart.AUDIT: _audit,
    ProviderPart.INVOICES: _invoices,
}
