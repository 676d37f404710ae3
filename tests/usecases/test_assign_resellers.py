from collections.abc import Mapping

import pytest

from tests.usecases.fake_catalog import OTHER_TENANT
from tests.usecases.provider_ends import (
    UNREADABLE,
    Customers,
    OutOfReach,
    Partners,
    RefusedHere,
    a_customer,
    an_account,
)
from work365.domain.findings import Reading
from work365.domain.microsoft.customers import SeenCustomer
from work365.domain.microsoft.relationships import OtherPartner, PartnerRole
from work365.errors import Refusal, Work365Error
from work365.ports.providers import KeptProviderAccount
from work365.usecases.assign_resellers import assign_resellers

ELM = OtherPartner(tenant="elm", name="Elm Consulting", mpn="5000001", is_active=True)
ASH = OtherPartner(tenant="ash", name="Ash Systems", mpn="5000002", is_active=True)
FIRST, SECOND = a_customer(), a_customer(OTHER_TENANT, "Lindqvist")
Answers = Mapping[str, Reading[SeenCustomer] | Work365Error]
NOBODY: Reading[SeenCustomer] = Reading((), ())
UNREAD: Reading[SeenCustomer] = Reading((), (UNREADABLE,))


class NotConnected(Refusal):
    code = "needs_delegated_connection"


def assigned(
    partners: Partners,
    of: Answers | None = None,
    kept: KeptProviderAccount | None = None,
) -> tuple[list[str | None], list[str]]:
    """Return the resellers of both customers, and the codes of what is wrong."""
    lists = Customers([FIRST, SECOND], of=of or {})
    accounts = [] if kept is None else [kept]
    reading = assign_resellers(lists.listed, accounts, partners=partners, lists=lists)
    codes = [finding.code for finding in reading.findings]
    return [customer.reseller for customer in reading.values], codes


def test_a_direct_partner_is_asked_about_once_and_no_more() -> None:
    partners = Partners()

    found = assigned(partners)

    assert found == ([None, None], [])
    assert partners.asked == [PartnerRole.OUR_RESELLERS]


def test_each_customer_gets_the_reseller_that_lists_it() -> None:
    of = {"elm": Reading((FIRST,), ()), "ash": Reading((SECOND,), ())}

    assert assigned(Partners(Reading((ELM, ASH), ())), of) == (["elm", "ash"], [])


def test_a_customer_that_left_its_reseller_has_none() -> None:
    of = {"elm": NOBODY}

    found = assigned(Partners(Reading((ELM,), ())), of, an_account(reseller="elm"))

    assert found == ([None, None], [])


def test_without_the_delegated_connection_nothing_is_wrong_where_nothing_was_known() -> None:
    assert assigned(Partners(NotConnected("no"))) == ([None, None], [])


@pytest.mark.parametrize("refusal", [NotConnected("no"), RefusedHere("no"), OutOfReach("no")])
def test_a_reseller_that_is_kept_stays_where_the_look_is_refused(refusal: Work365Error) -> None:
    found = assigned(Partners(refusal), kept=an_account(reseller="elm"))

    assert found == (["elm", None], ["resellers_not_read"])


def test_a_look_that_is_refused_otherwise_is_a_finding_even_where_nothing_was_known() -> None:
    assert assigned(Partners(RefusedHere("no"))) == ([None, None], ["resellers_not_read"])


def test_a_reseller_whose_list_is_refused_does_not_keep_the_others_from_being_read() -> None:
    of: Answers = {"elm": RefusedHere("no"), "ash": Reading((SECOND,), ())}

    found = assigned(Partners(Reading((ELM, ASH), ())), of, an_account(reseller="elm"))

    assert found == (["elm", "ash"], ["resellers_not_read"])


def test_a_list_that_was_not_read_whole_empties_nothing() -> None:
    of = {"elm": UNREAD}

    found = assigned(Partners(Reading((ELM,), ())), of, an_account(reseller="elm"))

    assert found == (["elm", None], [UNREADABLE.code])
