from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.microsoft.seen import BETTER, ID, PRODUCT
from work365.domain.catalog import BillingPlan, Term
from work365.domain.changes import Change
from work365.domain.microsoft.actions import ProvisioningAction
from work365.domain.microsoft.asked_changes import (
    AskedChange,
    ChangeNotClear,
    before_and_after,
    intent_of,
)
from work365.domain.microsoft.intents import (
    AssignLicences,
    AutoRenew,
    Cancel,
    CancelEntitlement,
    ChangePlan,
    Intent,
    Reactivate,
    ReactivateEntitlement,
    ScheduleRenewal,
    SetQuantity,
    Suspend,
    Upgrade,
)
from work365.domain.microsoft.licences import LicenceUpdate
from work365.domain.microsoft.orders import Purchase
from work365.domain.microsoft.subscriptions import NextTerm, TermEnd

ASKED = AskedChange(
    key="CHG-1",
    action=ProvisioningAction.QUANTITY,
    before=Decimal(10),
    after=Decimal(12),
    reference=ID,
    part_number=PRODUCT,
    term="P1Y",
    plan="Monthly",
)
BUYING = replace(
    ASKED, action=ProvisioningAction.PURCHASE, before=Decimal(0), after=Decimal(5), reference=None
)


def asked(action: ProvisioningAction, **details: object) -> AskedChange:
    return replace(ASKED, action=action, details=details)


def test_a_purchase_takes_what_the_subscription_says_and_the_details_beside() -> None:
    details = {
        "segment": "Education",
        "partnerOnRecord": "4391227",
        "partnerOnRecordAttested": True,
        "endOn": "2026-12-31",
        "provisioning": {"scope": "Single"},
    }
    buying = replace(BUYING, details=details, promotion="39NFJQT1PFPB:0002", friendly_name="Office")

    assert intent_of(buying) == Purchase(
        part_number=PRODUCT,
        quantity=5,
        term=Term.YEAR,
        plan=BillingPlan.MONTHLY,
        segment="Education",
        promotion="39NFJQT1PFPB:0002",
        friendly_name="Office",
        end_on=date(2026, 12, 31),
        partner_on_record="4391227",
        partner_on_record_attested=True,
        provisioning=(("scope", "Single"),),
    )


def test_an_azure_plan_is_bought_without_a_term() -> None:
    bought = intent_of(replace(BUYING, term=None, plan=None, after=Decimal(1)))

    assert isinstance(bought, Purchase)
    assert (bought.term, bought.plan) == (None, BillingPlan.ONE_TIME)


def test_a_reservation_has_a_term_and_is_paid_once() -> None:
    bought = intent_of(replace(BUYING, term="P3Y", plan="OneTime"))

    assert isinstance(bought, Purchase)
    assert (bought.term, bought.plan) == (Term.THREE_YEARS, BillingPlan.ONE_TIME)


@pytest.mark.parametrize(
    ("change", "intent"),
    [
        (ASKED, SetQuantity(10, 12)),
        (asked(ProvisioningAction.SUSPEND), Suspend()),
        (asked(ProvisioningAction.REACTIVATE), Reactivate()),
        (asked(ProvisioningAction.CANCEL), Cancel()),
        (asked(ProvisioningAction.AUTO_RENEW, atTermEnd="Cancel"), AutoRenew(TermEnd.CANCEL)),
        (
            asked(ProvisioningAction.RENEWAL_SCHEDULE, quantity=Decimal(8), term="p1m"),
            ScheduleRenewal(NextTerm(quantity=8, term=Term.MONTH)),
        ),
        (
            asked(ProvisioningAction.BILLING_PLAN, plan="annual"),
            ChangePlan(Term.YEAR, BillingPlan.ANNUAL),
        ),
        (
            asked(ProvisioningAction.BILLING_PLAN, term="P3Y", plan="Triennial"),
            ChangePlan(Term.THREE_YEARS, BillingPlan.TRIENNIAL),
        ),
        (
            asked(ProvisioningAction.TRANSITION, partNumber=BETTER, withLicences=False),
            Upgrade(part_number=BETTER, quantity=10, with_licences=False),
        ),
        (
            asked(ProvisioningAction.TRANSITION, partNumber=BETTER, quantity=4, into="s-2"),
            Upgrade(part_number=BETTER, quantity=4, into="s-2"),
        ),
        (
            asked(ProvisioningAction.ENTITLEMENT, entitlement="e-1", step="cancel"),
            CancelEntitlement("e-1"),
        ),
        (
            asked(ProvisioningAction.ENTITLEMENT, entitlement="e-1", step="reactivate"),
            ReactivateEntitlement("e-1"),
        ),
        (
            asked(ProvisioningAction.LICENCES, user="u-1", assign=["s-1", "s-1"], remove=["s-2"]),
            AssignLicences("u-1", LicenceUpdate(assign=("s-1",), remove=("s-2",))),
        ),
    ],
)
def test_each_action_becomes_its_intent(change: AskedChange, intent: Intent) -> None:
    assert intent_of(change) == intent


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (asked(ProvisioningAction.NONE), "action is 'none'; choose what the provider"),
        (replace(ASKED, reference=None), "provider reference is missing; it is not known"),
        (replace(BUYING, reference=ID), f"provider reference is '{ID}'; it is bought already"),
        (replace(BUYING, part_number=None), "product is missing; choose a product"),
        (replace(BUYING, term="P2Y"), "term is 'P2Y'; enter one of P1M, P1Y, P3Y"),
        (replace(BUYING, plan="weekly"), "billing plan is 'weekly'; enter one of Monthly, Annual"),
        (replace(BUYING, term="P1M", plan="Annual"), "'Annual'; a term of P1M has none such"),
        (replace(BUYING, after=Decimal("2.5")), "quantity is '2.5'; Microsoft sells whole seats"),
        (
            replace(BUYING, details={"endOn": "31.12.2026"}),
            "detail endOn is '31.12.2026'; enter a day",
        ),
        (replace(BUYING, details={"provisioning": ["x"]}), "detail provisioning is ['x']; enter"),
        (
            replace(BUYING, details={"provisioning": {"scope": 1}}),
            "detail provisioning.scope is 1; enter a text",
        ),
        (replace(ASKED, after=Decimal(0)), "quantity after is '0'; Microsoft sells whole seats"),
        (replace(ASKED, after=Decimal(10)), "quantity is '0'; enter how many seats come or go"),
        (
            asked(ProvisioningAction.QUANTITY, quantity=3),
            "detail quantity is 3; action quantity knows no such detail; remove it",
        ),
        (asked(ProvisioningAction.AUTO_RENEW), "detail atTermEnd is missing; enter one of renew"),
        (
            asked(ProvisioningAction.AUTO_RENEW, atTermEnd="transition"),
            "detail atTermEnd is 'transition'; enter one of renew, cancel, extend",
        ),
        (
            asked(ProvisioningAction.AUTO_RENEW, atTermEnd=True),
            "detail atTermEnd is True; enter a text",
        ),
        (asked(ProvisioningAction.RENEWAL_SCHEDULE), "name what is to be different"),
        (asked(ProvisioningAction.RENEWAL_SCHEDULE, quantity=0), "detail quantity is 0; enter a"),
        (
            asked(ProvisioningAction.RENEWAL_SCHEDULE, quantity=Decimal("1.5")),
            "detail quantity is 1.5; seats are whole",
        ),
        (
            asked(ProvisioningAction.RENEWAL_SCHEDULE, quantity=True),
            "detail quantity is True; enter a whole number",
        ),
        (asked(ProvisioningAction.BILLING_PLAN), "detail plan is missing; enter the billing plan"),
        (
            asked(ProvisioningAction.BILLING_PLAN, term="P1M", plan="Annual"),
            "detail plan is 'Annual'; a term of P1M is not sold with it",
        ),
        (
            replace(asked(ProvisioningAction.BILLING_PLAN, plan="Annual"), term=None),
            "detail term is missing; the subscription has none",
        ),
        (asked(ProvisioningAction.TRANSITION), "detail partNumber is missing"),
        (
            asked(ProvisioningAction.TRANSITION, partNumber=BETTER, withLicences="yes"),
            "detail withLicences is 'yes'; enter true or false",
        ),
        (
            asked(ProvisioningAction.ENTITLEMENT, entitlement="e-1"),
            "detail step is missing; enter cancel or reactivate",
        ),
        (asked(ProvisioningAction.LICENCES, assign=["s-1"]), "detail user is missing"),
        (asked(ProvisioningAction.LICENCES, user="u-1"), "detail assign is missing; enter"),
        (
            asked(ProvisioningAction.LICENCES, user="u-1", assign=["s-1"], remove=["s-1"]),
            "detail assign is 's-1'; enter licences to assign or to remove",
        ),
        (
            asked(ProvisioningAction.LICENCES, user="u-1", assign="s-1"),
            "detail assign is 's-1'; enter a list",
        ),
        (
            asked(ProvisioningAction.LICENCES, user="u-1", assign=["s-1"], excludedPlans=[]),
            "detail excludedPlans is []; action licences knows no such detail",
        ),
    ],
)
def test_what_is_not_clear_is_refused_with_name_value_and_remedy(
    change: AskedChange, why: str
) -> None:
    with pytest.raises(ChangeNotClear) as refused:
        intent_of(change)

    assert why in str(refused.value)
    assert str(refused.value).startswith("change CHG-1: ")


def entry(key: str, quantity: int, day: int) -> Change:
    return Change(
        key=key,
        effective_on=date(2026, 10, day),
        recorded_at=datetime(2026, 10, 20, tzinfo=UTC),
        quantity=Decimal(quantity),
    )


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        # It is dated back, and Microsoft has the five of the 10th already.
        ("back", (15, 17)),
        # It comes after the one that is dated back, and before that of the 18th.
        ("next", (17, 14)),
        # What is of a day to come is not told yet, and does not count.
        ("last", (14, 15)),
    ],
)
def test_before_and_after_are_what_microsoft_should_show(
    key: str, expected: tuple[int, int]
) -> None:
    log = [
        entry("opened", 10, 1),
        entry("back", 2, 5),
        entry("told", 5, 10),
        entry("next", -3, 15),
        entry("last", 1, 18),
        entry("coming", 100, 31),
    ]
    change = next(each for each in log if each.key == key)

    found = before_and_after(
        log, change, pending={"back", "next", "last"}, today=date(2026, 10, 20)
    )

    assert found == (Decimal(expected[0]), Decimal(expected[1]))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
NAMES = ["quantity", "term", "plan", "partNumber", "atTermEnd", "user", "assign", "endOn", "other"]


@given(
    st.sampled_from(ProvisioningAction),
    st.dictionaries(st.sampled_from(NAMES), JSON),
    st.booleans(),
)
def test_whatever_was_entered_is_an_intent_or_a_refusal(
    action: ProvisioningAction, details: dict[str, object], bought: bool
) -> None:
    change = replace(ASKED, action=action, details=details, reference=ID if bought else None)

    said = None
    try:
        said = intent_of(change)
    except ChangeNotClear as refusal:
        remedy = str(refusal).partition("; ")[2]
    else:
        remedy = ""

    assert isinstance(said, Intent) or remedy
