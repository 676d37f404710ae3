"""Bring the invoices of a chunk of contracts up to date."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from uuid import UUID

from work365.domain.accounts import Account
from work365.domain.settlements import Settlement, settle_account
from work365.errors import Refusal
from work365.ports.billing import BillingStore, ContractFinding, KeptAccount, Overtaken, Written
from work365.usecases.halving import halving

ATTEMPTS_MAX = 5
"""How often a chunk is read again because another run was faster, before the job gives up."""


@dataclass(frozen=True, slots=True)
class Billed:
    """What one chunk came to."""

    contracts: int
    written: Written
    findings: tuple[ContractFinding, ...]


def bill_contracts(
    *,
    contracts: Sequence[UUID],
    through: date | None,
    as_of: date,
    at: datetime,
    store: BillingStore,
) -> Billed:
    """Make the invoices of `contracts` agree with the facts.

    Invoice dates on or before `through` are closed, none without it; drafts show what is due
    as of `as_of`.
    A contract that a rule refuses gets a finding and is left as it is; the others are billed.
    Units: `at` is the time of the run, in UTC; it is written on findings and nowhere else.
    Raises: Overtaken: other runs kept being faster, time after time.
    """
    for attempt in range(ATTEMPTS_MAX):
        try:
            return _bill_once(
                contracts, partial(settle_account, through=through, as_of=as_of), at, store
            )
        except Overtaken:
            if attempt + 1 == ATTEMPTS_MAX:
                raise
    raise AssertionError("the loop returns or raises")


def _bill_once(
    contracts: Sequence[UUID],
    settle: Callable[[Account], Settlement],
    at: datetime,
    store: BillingStore,
) -> Billed:
    reading = store.read_accounts(contracts)
    settlements: list[tuple[KeptAccount, Settlement]] = []
    findings = list(reading.findings)
    for kept in reading.accounts:
        try:
            settlement = settle(kept.account)
        except Refusal as refusal:
            findings.append(_finding(kept, refusal))
        else:
            settlements.append((kept, settlement))
            contract = kept.account.contract.id
            findings += [ContractFinding(contract, found) for found in settlement.findings]
    written, refused = _keep(settlements, store)
    findings += refused
    store.keep_findings(contracts=contracts, findings=findings, at=at)
    return Billed(len(contracts), written, tuple(findings))


def _keep(
    settlements: Sequence[tuple[KeptAccount, Settlement]], store: BillingStore
) -> tuple[Written, list[ContractFinding]]:
    """Keep the settlements; where one cannot be kept, keep the rest."""
    kept, refused = halving(settlements, store.keep)
    written = Written(
        invoices=sum(part.invoices for part in kept), lines=sum(part.lines for part in kept)
    )
    return written, [_finding(account, refusal) for (account, _), refusal in refused]


def _finding(kept: KeptAccount, refusal: Refusal) -> ContractFinding:
    contract = kept.account.contract
    return ContractFinding.of(refusal, contract=contract.id, key=contract.key)
