"""Bring the provider's customers over: an account for each, mapped where that is clear."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from work365.domain.findings import Finding, Severity
from work365.domain.microsoft.customers import SeenCustomer
from work365.domain.microsoft.matching import Ambiguous, Candidates
from work365.ports.provider_lists import IndirectCustomerList, PartnerList
from work365.ports.providers import FoundCustomer, KeptProviderAccount, ProviderAccounts
from work365.usecases.assign_resellers import assign_resellers
from work365.usecases.halving import halving
from work365.usecases.intake import Imported

REMEDY = "open its provider account and choose the customer"


def sync_customers(
    *,
    provider: str,
    customers: IndirectCustomerList,
    partners: PartnerList,
    store: ProviderAccounts,
    at: datetime,
) -> Imported:
    """Keep an account for every customer that the provider with the key `provider` lists.

    One that is not mapped yet is mapped by its tenant, then by its domain, then by its exact
    name; where several fit or none, it stays unmapped and is a finding. One that is listed no
    more is marked, and stays. What has not changed is not written. Each gets the indirect reseller
    that it belongs to, where `partners` has resellers.

    Raises: ProviderMissing; Refusal, Unavailable, Contradiction: the list was not given.
    """
    listed = customers.all()
    kept = store.accounts(provider)
    assigned = assign_resellers(listed.values, kept, partners=partners, lists=customers)
    seen = {customer.tenant: customer for customer in assigned.values}
    mapped = {account.tenant for account in kept if account.customer is not None}
    found, unmapped = _matched([each for each in seen.values() if each.tenant not in mapped], store)
    found += [FoundCustomer(each) for each in seen.values() if each.tenant in mapped]
    written = halving(found, lambda some: store.keep_customers(provider, some))
    gone = [each for each in kept if each.tenant not in seen and each.unlisted_since is None]
    if gone and listed.is_complete and seen:
        store.mark_unlisted(provider, [account.tenant for account in gone], at=at)
    imported = Imported(
        findings=(
            *listed.findings,
            *assigned.findings,
            *unmapped,
            *(_not_written(customer, refusal) for customer, refusal in written.refused),
            *_missing(gone, is_certain=listed.is_complete and bool(seen)),
        )
    )
    return sum(map(Imported, written.results), imported)


def account_path(tenant: str) -> str:
    """Return where findings about the account of `tenant` are found."""
    return f"provider account {tenant}"


def _matched(
    unmapped: Sequence[SeenCustomer], store: ProviderAccounts
) -> tuple[list[FoundCustomer], list[Finding]]:
    candidates = Candidates.of(store.candidates() if unmapped else ())
    found, findings = [], []
    for seen in unmapped:
        match = candidates.match(seen)
        if match is None or isinstance(match, Ambiguous):
            found.append(FoundCustomer(seen))
            findings.append(_unclear(seen, match))
        else:
            found.append(FoundCustomer(seen, match))
    return found, findings


def _unclear(seen: SeenCustomer, match: Ambiguous | None) -> Finding:
    named = f"{seen.name} (tenant {seen.tenant}, domain {seen.domain or 'unknown'})"
    if match is None:
        message = (
            f"{named} is no customer here by tenant, domain or name, and nothing of it is billed;"
            f" {REMEDY}"
        )
        return _warning("customer_not_found", message, seen.tenant)
    message = f"{named} could be any of these by its {match.rule.value}: {match}; {REMEDY}"
    return _warning("customer_ambiguous", message, seen.tenant)


def _missing(gone: Sequence[KeptProviderAccount], *, is_certain: bool) -> Iterator[Finding]:
    for account in gone:
        if is_certain:
            message = (
                f"Microsoft lists {account.name} (tenant {account.tenant}) no more: the"
                " relationship has ended, or the customer is gone. Its account stays, and its"
                " subscriptions are not read any more; end in the change log what it no longer has"
            )
            yield _warning("customer_unlisted", message, account.tenant)
        else:
            message = (
                f"{account.name} (tenant {account.tenant}) is not in Microsoft's list, which is"
                " empty or could not be read whole; nothing was marked. Run the sync again, and"
                " see the other findings if this stays"
            )
            yield _warning("customer_perhaps_unlisted", message, account.tenant)


def _not_written(customer: FoundCustomer, refusal: Exception) -> Finding:
    tenant = customer.seen.tenant
    message = f"{customer.seen.name} (tenant {tenant}) was not kept: {refusal}"
    return Finding(Severity.ERROR, "customer_not_kept", message, account_path(tenant))


def _warning(code: str, message: str, tenant: str) -> Finding:
    return Finding(Severity.WARNING, code, message, account_path(tenant))
