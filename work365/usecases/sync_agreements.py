"""Bring over which agreements customers accepted, before which nothing is bought for them."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from work365.domain.findings import Finding, Severity
from work365.domain.microsoft.customers import SignedAgreement
from work365.ports.provider_lists import AgreementList
from work365.ports.providers import KeptProviderAccount, ProviderAccounts
from work365.usecases.halving import halving
from work365.usecases.intake import Imported, Progress
from work365.usecases.reading_ahead import read_ahead
from work365.usecases.sync_customers import account_path

CUSTOMERS_PER_CHUNK = 100
NEEDS_DELEGATED = "needs_delegated_connection"


def sync_agreements(
    *,
    provider: str,
    agreements: AgreementList,
    store: ProviderAccounts,
    progress: Progress,
    signed_before: datetime | None = None,
) -> Imported:
    """Read what customers accepted, one request each, and keep what is not kept yet.

    With `signed_before` only those customers are read of whom no agreement is kept that was
    signed on its day or later. A customer without one is a finding. Without the delegated
    connection nobody is asked twice: there is one finding, and what is kept stays.

    Raises: ProviderMissing; Unavailable: no answer.
    """
    due = [account for account in store.accounts(provider) if _is_due(account, signed_before)]
    answers = read_ahead(
        due,
        lambda account: agreements.of_customer(account.tenant),
        path=lambda account: account_path(account.tenant),
    )
    imported = Imported()
    while chunk := list(islice(answers, CUSTOMERS_PER_CHUNK)):
        refused = [each.finding for each in chunk if each.finding is not None]
        if any(finding.code == NEEDS_DELEGATED for finding in refused):
            answers.close()
            return imported + Imported(findings=(_not_asked(refused[0].message),))
        signed: list[SignedAgreement] = []
        findings = list(refused)
        for account, answer in ((each.about, each.answer) for each in chunk):
            if answer is None:
                continue
            signed += answer.values
            findings += answer.findings
            if not answer.values and answer.is_complete and account.agreement_signed_on is None:
                findings.append(_unsigned(account))
        imported += _kept(provider, signed, store) + Imported(findings=tuple(findings))
        progress(len(chunk))
    return imported


def _is_due(account: KeptProviderAccount, signed_before: datetime | None) -> bool:
    signed = account.agreement_signed_on
    is_known = signed_before is not None and signed is not None and signed >= signed_before.date()
    return account.unlisted_since is None and not is_known


def _kept(provider: str, signed: Sequence[SignedAgreement], store: ProviderAccounts) -> Imported:
    written = halving(signed, lambda some: store.keep_agreements(provider, some))
    findings = tuple(
        Finding(Severity.ERROR, why.code, str(why), account_path(agreement.tenant))
        for agreement, why in written.refused
    )
    return sum(map(Imported, written.results), Imported(Counter(), findings))


def _unsigned(account: KeptProviderAccount) -> Finding:
    message = (
        f"{account.name} (tenant {account.tenant}) has not accepted the Microsoft Customer"
        " Agreement as far as Partner Center says; nothing can be bought for it. Let it accept, or"
        " confirm its acceptance in Partner Center"
    )
    path = account_path(account.tenant)
    return Finding(Severity.WARNING, "agreement_not_signed", message, path)


def _not_asked(why: str) -> Finding:
    message = f"Agreements were not read. {why}"
    return Finding(Severity.WARNING, NEEDS_DELEGATED, message, "agreements")
