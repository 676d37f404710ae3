"""Say of customers which indirect reseller each belongs to, where the partner has any.

Microsoft's list of customers is asked once for each reseller. What cannot be seen is not known,
and what was known before stays: a refusal is a finding, and empties nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from work365.domain.findings import Finding, Reading, Severity
from work365.domain.microsoft.customers import SeenCustomer
from work365.domain.microsoft.relationships import OtherPartner, PartnerRole
from work365.errors import Work365Error
from work365.ports.provider_lists import CustomersOfResellers, PartnerList
from work365.ports.providers import KeptProviderAccount

NEEDS_DELEGATED = "needs_delegated_connection"


def assign_resellers(
    customers: Sequence[SeenCustomer],
    kept: Sequence[KeptProviderAccount],
    *,
    partners: PartnerList,
    lists: CustomersOfResellers,
) -> Reading[SeenCustomer]:
    """Return `customers`, each with its indirect reseller, and what is wrong with that.

    A partner without resellers is asked about once. Where a list was refused or not read whole,
    customers that were not found keep the reseller that is kept of them. Without the delegated
    connection that is a finding only where a reseller is kept: most partners have none.

    Raises: Contradiction: an answer is impossible.
    """
    known = {account.tenant: account.reseller for account in kept if account.reseller}
    try:
        resellers = partners.partners(PartnerRole.OUR_RESELLERS)
    except Work365Error as error:
        is_expected = error.code == NEEDS_DELEGATED and not known
        findings = () if is_expected else (_not_seen("the indirect resellers", error),)
        return Reading(tuple(_assigned(customers, {}, known)), findings)
    found, wrong = _found(resellers.values, lists)
    wrong = (*resellers.findings, *wrong)
    return Reading(tuple(_assigned(customers, found, known if wrong else {})), wrong)


def _found(
    resellers: Sequence[OtherPartner], lists: CustomersOfResellers
) -> tuple[Mapping[str, str], tuple[Finding, ...]]:
    found: dict[str, str] = {}
    findings: list[Finding] = []
    for reseller in resellers:
        try:
            listed = lists.of_reseller(reseller.tenant)
        except Work365Error as error:
            whose = f"the customers of indirect reseller {reseller.name} ({reseller.mpn})"
            findings.append(_not_seen(whose, error))
            continue
        findings += listed.findings
        found |= dict.fromkeys((each.tenant for each in listed.values), reseller.tenant)
    return found, tuple(findings)


def _assigned(
    customers: Sequence[SeenCustomer], found: Mapping[str, str], known: Mapping[str, str]
) -> Iterator[SeenCustomer]:
    for customer in customers:
        reseller = found.get(customer.tenant) or known.get(customer.tenant)
        yield replace(customer, reseller=reseller)


def _not_seen(what: str, error: Exception) -> Finding:
    message = f"{what} could not be read, and what is kept of them stays: {error}"
    return Finding(Severity.WARNING, "resellers_not_read", message, "indirect resellers")
