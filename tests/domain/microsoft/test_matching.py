from uuid import UUID

import pytest

from work365.domain.microsoft.customers import SeenCustomer
from work365.domain.microsoft.matching import (
    Ambiguous,
    Candidate,
    Candidates,
    Match,
    MatchRule,
    domain_of,
)

TENANT = "0c39d6d5-c70d-4c55-bc02-f620844f3fd1"
ONE, TWO = UUID(int=1), UUID(int=2)


def a_candidate(row: UUID, **given: object) -> Candidate:
    values: dict[str, object] = {"id": row, "name": f"Company {row.int}", **given}
    return Candidate(**values)  # type: ignore[arg-type]  # a test names what it needs


def seen(**given: str) -> SeenCustomer:
    return SeenCustomer(**{"tenant": TENANT, "name": "Hollerbach GmbH", **given})


def test_the_tenant_says_more_than_the_domain_and_the_domain_more_than_the_name() -> None:
    by_name = a_candidate(ONE, name="Hollerbach GmbH")
    by_domain = a_candidate(TWO, domains=frozenset({"hollerbach.example"}))
    by_tenant = a_candidate(UUID(int=3), tenants=frozenset({TENANT}))
    customer = seen(domain="Hollerbach.example")

    found = [
        Candidates.of(some).match(customer)
        for some in ([by_name], [by_name, by_domain], [by_name, by_domain, by_tenant])
    ]

    assert found == [
        Match(ONE, MatchRule.NAME),
        Match(TWO, MatchRule.DOMAIN),
        Match(UUID(int=3), MatchRule.TENANT),
    ]


def test_a_name_is_the_same_whatever_its_capitals_and_spaces() -> None:
    candidates = Candidates.of([a_candidate(ONE, name=" HOLLERBACH  gmbh")])

    assert candidates.match(seen()) == Match(ONE, MatchRule.NAME)


def test_a_name_that_only_begins_alike_is_another_one() -> None:
    candidates = Candidates.of([a_candidate(ONE, name="Hollerbach")])

    assert candidates.match(seen()) is None


def test_of_two_that_a_rule_finds_a_person_chooses() -> None:
    domains = frozenset({"hollerbach.example"})
    candidates = Candidates.of(
        [
            a_candidate(TWO, name="Hollerbach Süd", domains=domains),
            a_candidate(ONE, name="Hollerbach Nord", domains=domains),
            a_candidate(UUID(int=3), name="Hollerbach GmbH"),
        ]
    )

    found = candidates.match(seen(domain="hollerbach.example"))

    assert found == Ambiguous(MatchRule.DOMAIN, ("Hollerbach Nord", "Hollerbach Süd"))
    assert str(found) == "Hollerbach Nord, Hollerbach Süd"


def test_many_names_are_shown_in_part_and_counted() -> None:
    found = Ambiguous(MatchRule.NAME, tuple("ABCDEFG"))

    assert str(found) == "A, B, C, D, E and 2 more"


def test_one_customer_that_is_found_twice_is_found_once() -> None:
    twice = a_candidate(ONE, domains=frozenset({"hollerbach.example"}))
    candidates = Candidates.of([twice, twice])

    assert candidates.match(seen(domain="hollerbach.example")) == Match(ONE, MatchRule.DOMAIN)


def test_what_is_empty_matches_nothing() -> None:
    candidates = Candidates.of([a_candidate(ONE, name=" ", domains=frozenset({""}))])

    assert candidates.match(seen(name="  ", domain="")) is None


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("info@Hollerbach.example", "hollerbach.example"),
        ("https://www.hollerbach.example:8080/kontakt", "hollerbach.example"),
        ("www.hollerbach.example", "hollerbach.example"),
        ("hollerbach.example.", "hollerbach.example"),
        ("http://user@hollerbach.example/a@b", "hollerbach.example"),
        ("nobody", None),
        ("call us. or not", None),
        ("", None),
    ],
)
def test_the_domain_of_an_address(address: str, domain: str | None) -> None:
    assert domain_of(address) == domain
