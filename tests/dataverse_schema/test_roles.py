import pytest

from dataverse_schema.roles import (
    ADMINISTRATOR,
    APPLICATION,
    BILLING,
    CATALOGUE,
    EVIDENCE,
    ROLES,
    SALES,
    SERVICE,
    Depth,
    Role,
    Verb,
    named_privileges,
    privilege_name,
)
from dataverse_schema.tables import TABLES

OURS = [declared for declared in TABLES if declared.is_ours()]
LEDGER = ("w365_billingcontract", "w365_subscription", "w365_subscriptionchange")


def test_there_are_five_roles_for_people_and_one_for_the_service() -> None:
    assert [role.name.removeprefix("Work 365 ") for role in ROLES] == [
        "Administrator",
        "Billing",
        "Sales",
        "Provisioning",
        "Service",
        "Application",
    ]


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_who_writes_a_row_may_also_read_it(role: Role) -> None:
    depths = list(Depth)

    for (verb, table), depth in role.privileges.items():
        reading = role.privileges[Verb.READ, table]

        assert depths.index(reading) >= depths.index(depth), (verb, table)


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_what_belongs_to_the_organization_is_neither_assigned_nor_shared(role: Role) -> None:
    organization = {declared.table_name() for declared in TABLES if not declared.user_owned}

    granted = {key: depth for key, depth in role.privileges.items() if key[1] in organization}

    assert {verb for verb, _ in granted} & {Verb.ASSIGN, Verb.SHARE} == set()
    assert set(granted.values()) == {Depth.GLOBAL}


def test_the_service_and_staff_never_delete_what_was_agreed() -> None:
    for role in (APPLICATION, BILLING, SALES, SERVICE):
        assert not any((Verb.DELETE, table) in role.privileges for table in LEDGER)


def test_the_service_may_rebuild_a_draft() -> None:
    for table in ("w365_invoice", "w365_invoiceline"):
        assert APPLICATION.privileges[Verb.DELETE, table] is Depth.GLOBAL


def test_the_service_reads_every_table() -> None:
    read = {table for verb, table in APPLICATION.privileges if verb is Verb.READ}

    assert read == {declared.table_name() for declared in TABLES}


def test_support_changes_nothing() -> None:
    ours = {declared.table_name() for declared in OURS}

    assert {verb for verb, table in SERVICE.privileges if table in ours} == {Verb.READ}


def test_no_person_writes_what_the_service_keeps_of_its_own_doing() -> None:
    for role in ROLES:
        for declared in EVIDENCE:
            verbs = {verb for verb, table in role.privileges if table == declared.table_name()}

            assert verbs <= {Verb.READ} or role is APPLICATION
    assert not any(
        (Verb.DELETE, table.table_name()) in APPLICATION.privileges for table in EVIDENCE
    )


def test_who_asks_for_consent_is_an_administrator() -> None:
    may = [role for role in ROLES if (Verb.CREATE, "w365_consentrequest") in role.privileges]

    assert may == [ADMINISTRATOR, APPLICATION]


def test_a_seller_changes_only_what_is_their_own() -> None:
    assert SALES.privileges[Verb.WRITE, "w365_subscription"] is Depth.BASIC
    assert SALES.privileges[Verb.READ, "w365_subscription"] is Depth.LOCAL


def test_a_privilege_has_the_schema_name_of_its_table() -> None:
    name = privilege_name(Verb.APPEND_TO, "w365_billingcontract")

    assert name == "prvAppendTow365_BillingContract"
    assert privilege_name(Verb.READ, "systemuser") == "prvReadUser"


def test_the_catalogue_has_the_privileges_of_products() -> None:
    names = {privilege_name(Verb.WRITE, declared.table_name()) for declared in CATALOGUE}

    assert names == {"prvWriteProduct"}


def test_a_privilege_of_two_tables_reaches_as_far_as_the_further() -> None:
    role = Role(
        id=SALES.id,
        name="Two depths",
        description="",
        privileges={
            (Verb.READ, "product"): Depth.GLOBAL,
            (Verb.READ, "uom"): Depth.LOCAL,
        },
        other_privileges={"prvActOnBehalfOfAnotherUser": Depth.GLOBAL},
    )

    assert named_privileges(role) == {
        "prvActOnBehalfOfAnotherUser": Depth.GLOBAL,
        "prvReadProduct": Depth.GLOBAL,
    }


def test_a_table_of_nobodys_is_refused() -> None:
    with pytest.raises(KeyError, match="lead"):
        privilege_name(Verb.READ, "lead")
