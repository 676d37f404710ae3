"""Take in what customers have at the provider: each subscription with an opened change log.

What is kept already is compared with what the provider says, and never changed: a difference
is a finding, because a person or the two-way sync has to say from which day it holds.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeAlias
from uuid import UUID

from work365.domain.catalog import (
    COMMERCIAL,
    PriceList,
    ProviderSubscription,
    SubscriptionStatus,
)
from work365.domain.microsoft.comparison import differences, term_end
from work365.errors import Refusal
from work365.ports.catalog import (
    CatalogKind,
    CatalogStore,
    ContractHead,
    Effect,
    KeptSubscription,
    Opening,
)
from work365.usecases.halving import halving
from work365.usecases.intake import Imported, Intake, Place, Progress, Provided, chunks
from work365.usecases.price_opening import PriceBook

SUBSCRIPTIONS_PER_CHUNK = 300

GivenSubscription: TypeAlias = Provided[ProviderSubscription]

BILLED_AT_THE_PROVIDER = (SubscriptionStatus.ACTIVE, SubscriptionStatus.SUSPENDED)


class ContractUnclear(Refusal):
    """It cannot be told under which contract a subscription belongs."""

    code = "contract_unclear"


class NotMapped(Refusal):
    """A tenant is not mapped to a customer."""

    code = "provider_account_not_mapped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a person said about the files, where the files do not say it themselves."""

    contract: str | None = None
    """Key of the contract that all subscriptions go under."""
    tenant: str | None = None
    """The customer's tenant."""
    market: str | None = None
    segment: str = COMMERCIAL


@dataclass(slots=True)
class _Run:
    """One import while it runs."""

    store: CatalogStore
    choices: Choices
    contract: ContractHead | None
    at: datetime
    today: date
    intake: Intake
    tenants: set[str] = field(default_factory=set)
    """Those met so far."""


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What is kept of the tenants and products in a chunk."""

    customers: Mapping[str, UUID | None]
    contracts: Mapping[UUID, Sequence[ContractHead]]
    prices: PriceBook


def import_subscriptions(
    *,
    subscriptions: Sequence[GivenSubscription],
    choices: Choices,
    at: datetime,
    today: date,
    store: CatalogStore,
    progress: Progress,
) -> Imported:
    """Add the subscriptions that are not kept yet, and compare those that are.

    Units: `at` is the time of the import, at which the opening entries are recorded; `today`
    is the day for which quantities are compared.
    Raises: Refusal: the contract that was chosen cannot take any subscription.
    """
    contract = None if choices.contract is None else store.contract(choices.contract)
    intake = Intake(CatalogKind.SUBSCRIPTION)
    run = _Run(store, choices, contract, at, today, intake)
    once = _without_repetitions(subscriptions, intake)
    progress(len(subscriptions) - len(once))
    for chunk in chunks(once, SUBSCRIPTIONS_PER_CHUNK):
        _import_chunk(chunk, run)
        progress(len(chunk))
    return intake.imported()


def place_of(given: GivenSubscription, field: str) -> Place:
    """Return where a field of `given` stands."""
    return Place(given.file_name, f"subscription {given.value.id}", field)


def _without_repetitions(
    subscriptions: Sequence[GivenSubscription], intake: Intake
) -> list[GivenSubscription]:
    by_id: dict[str, list[GivenSubscription]] = defaultdict(list)
    for given in subscriptions:
        by_id[given.value.id].append(given)
    once = []
    for key, (first, *others) in by_id.items():
        if all(other.value == first.value for other in others):
            once.append(first)
            for other in others:
                remedy = f"it is in {first.file_name} already, with the same values"
                intake.leave_out(place_of(other, "id"), "repeated_id", key, remedy)
        else:
            files = ", ".join(sorted({given.file_name for given in (first, *others)}))
            remedy = f"it is given with other values, too ({files}): keep the newest only"
            for given in (first, *others):
                intake.refuse(place_of(given, "id"), "repeated_id", key, remedy)
    return once


def _import_chunk(chunk: Sequence[GivenSubscription], run: _Run) -> None:
    kept = run.store.subscriptions([given.value.id for given in chunk])
    new = []
    for given in chunk:
        before = kept.get(given.value.id)
        if before is not None:
            _compare(given, before, run)
        elif _is_billed(given, run.intake):
            new.append(given)
    if new:
        _add(new, run)


def _compare(given: GivenSubscription, kept: KeptSubscription, run: _Run) -> None:
    run.intake.count(Effect.UNCHANGED)
    if run.contract is not None and kept.contract != run.contract.id:
        remedy = (
            f"it is kept under another contract than {run.contract.key} already, and stays there:"
            " end it there first, if it is to move"
        )
        run.intake.warn(place_of(given, "id"), "other_contract", given.value.id, remedy)
    for difference in differences(given.value, kept, today=run.today):
        place = place_of(given, difference.field)
        run.intake.warn(place, difference.code, difference.value, difference.remedy)


def _is_billed(given: GivenSubscription, intake: Intake) -> bool:
    status = given.value.status
    if status not in BILLED_AT_THE_PROVIDER:
        remedy = "there is nothing to bill, so it was not taken in"
        intake.leave_out(place_of(given, "status"), "not_active", status.value, remedy)
        return False
    if given.value.is_trial:
        remedy = "nothing is billed for a trial, so it was not taken in"
        intake.leave_out(place_of(given, "isTrial"), "trial", "true", remedy)
        return False
    return True


def _add(new: Sequence[GivenSubscription], run: _Run) -> None:
    with_tenant = [(given, tenant) for given in new if (tenant := _tenant(given, run)) is not None]
    around = _surroundings(with_tenant, run)
    openings = []
    for given, tenant in with_tenant:
        try:
            contract = _contract(given, tenant, around, run)
        except Refusal as refusal:
            run.intake.refuse_as(refusal, place_of(given, "links.self"), tenant)
            continue
        opening = _opening(given, tenant=tenant, contract=contract, around=around, run=run)
        if opening is not None:
            openings.append((given, opening))
    _keep(openings, run)


def _tenant(given: GivenSubscription, run: _Run) -> str | None:
    told, chosen = given.value.customer_tenant, run.choices.tenant
    place = place_of(given, "links.self")
    if told is None and chosen is None:
        remedy = "the file does not say whose subscription it is: give --tenant"
        run.intake.refuse(place, "tenant_missing", "missing", remedy)
    elif None not in (told, chosen) and told != chosen:
        remedy = f"--tenant says {chosen}, which is for files that do not say it, and not for this"
        run.intake.warn(place, "tenant_contradicted", told, remedy)
    return told or chosen


def _surroundings(new: Sequence[tuple[GivenSubscription, str]], run: _Run) -> _Surroundings:
    tenants = sorted({tenant for _, tenant in new})
    accounts = run.store.provider_accounts(tenants)
    unknown = [tenant for tenant in tenants if tenant not in accounts]
    if run.contract is None and unknown:
        # A person can map only what is there.
        run.intake.tally += run.store.add_provider_accounts(unknown)
    unchanged = CatalogKind.PROVIDER_ACCOUNT, Effect.UNCHANGED
    run.intake.tally[unchanged] += sum(
        account.tenant not in run.tenants and (account.customer is not None or run.contract is None)
        for account in accounts.values()
    )
    run.tenants.update(tenants)
    contracts: dict[UUID, list[ContractHead]] = defaultdict(list)
    if run.contract is None:
        mapped = {account.customer for account in accounts.values() if account.customer}
        for contract in run.store.contracts_of(sorted(mapped)):
            contracts[contract.customer].append(contract)
    prices = run.store.prices_of(sorted({given.value.part_number for given, _ in new}))
    run.intake.findings += prices.findings
    return _Surroundings(
        customers={tenant: account.customer for tenant, account in accounts.items()},
        contracts=contracts,
        prices=PriceBook(
            PriceList.of(prices.values), run.choices.segment, market=run.choices.market
        ),
    )


def _contract(
    given: GivenSubscription, tenant: str, around: _Surroundings, run: _Run
) -> ContractHead:
    customer = around.customers.get(tenant)
    if run.contract is not None:
        if customer not in (None, run.contract.customer):
            remedy = (
                "it is mapped to another customer than the one that contract"
                f" {run.contract.key} invoices: make sure that this is meant"
            )
            run.intake.warn(place_of(given, "links.self"), "other_customer", tenant, remedy)
        return run.contract
    if customer is None:
        raise NotMapped(
            f"provider account {tenant} is not mapped to a customer: map it or give --contract"
        )
    contracts = around.contracts.get(customer, ())
    if not contracts:
        raise ContractUnclear(
            f"the customer of provider account {tenant} has no active contract: add one or give"
            " --contract"
        )
    if len(contracts) == 1:
        return contracts[0]
    currencies = around.prices.currencies(given.value)
    fitting = [contract for contract in contracts if contract.currency in currencies]
    if len(fitting) == 1:
        return fitting[0]
    names = ", ".join(f"{contract.key} in {contract.currency}" for contract in contracts)
    raise ContractUnclear(f"its customer has several active contracts ({names}): give --contract")


def _opening(
    given: GivenSubscription,
    *,
    tenant: str,
    contract: ContractHead,
    around: _Surroundings,
    run: _Run,
) -> Opening | None:
    bought = given.value
    place = place_of(given, "offerId")
    try:
        found = around.prices.opening_price(bought, contract.currency)
    except Refusal as refusal:
        run.intake.refuse_as(refusal, place, bought.part_number)
        return None
    if found.is_later:
        remedy = (
            f"no price was in force on {bought.effective_start}, so it opens with the first one"
            f" after it, {found.price.erp_price:f} {contract.currency} from"
            f" {found.price.effective_from}: correct the opening change if that is not right"
        )
        run.intake.warn(place, "later_price", bought.part_number, remedy)
    if bought.status is SubscriptionStatus.SUSPENDED:
        remedy = (
            "it was taken in as active, because Microsoft goes on charging for it; add a change"
            " if the customer is not to be charged"
        )
        run.intake.warn(place_of(given, "status"), "suspended", "suspended", remedy)
    return Opening(
        provided=bought,
        tenant=tenant,
        contract=contract,
        price=found.price,
        term_end_on=term_end(bought),
        source=given.file_name,
        recorded_at=run.at,
    )


def _keep(openings: Sequence[tuple[GivenSubscription, Opening]], run: _Run) -> None:
    if not openings:
        return
    try:
        run.intake.tally += run.store.add_subscriptions([opening for _, opening in openings])
    except Refusal:
        _keep_by_halves(openings, run)


def _keep_by_halves(openings: Sequence[tuple[GivenSubscription, Opening]], run: _Run) -> None:
    # Another run may have been faster, or this one's own answer may have been lost.
    kept = run.store.subscriptions([given.value.id for given, _ in openings])
    rest = []
    for given, opening in openings:
        if given.value.id in kept:
            _compare(given, kept[given.value.id], run)
        else:
            rest.append((given, opening))
    added = halving(
        rest, lambda some: run.store.add_subscriptions([opening for _, opening in some])
    )
    for tally in added.results:
        run.intake.tally += tally
    for (given, _), refusal in added.refused:
        run.intake.refuse_as(refusal, place_of(given, "id"), given.value.id)
