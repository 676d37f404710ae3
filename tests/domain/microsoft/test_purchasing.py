from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.domain.microsoft.seen import BETTER, BOUGHT, ID, PRODUCT, a_seen, moment
from work365.domain.catalog import BillingPlan, SubscriptionStatus, Term
from work365.domain.microsoft.azure import AzureEntitlement
from work365.domain.microsoft.decisions import Done, Refuse, Send, Wait
from work365.domain.microsoft.intents import (
    AssignLicences,
    CancelEntitlement,
    ReactivateEntitlement,
    Upgrade,
)
from work365.domain.microsoft.licences import AssignedLicence, LicenceUpdate
from work365.domain.microsoft.orders import Purchase
from work365.domain.microsoft.purchasing import (
    decide_entitlement,
    decide_licences,
    decide_purchase,
    decide_upgrade,
    perhaps_ours,
)
from work365.domain.microsoft.transitions import (
    Transition,
    TransitionOffer,
    TransitionOrder,
    TransitionStatus,
    TransitionType,
)

PURCHASE = Purchase(
    part_number=PRODUCT, quantity=10, term=Term.YEAR, plan=BillingPlan.MONTHLY, friendly_name="Ours"
)
ASKED_AT = BOUGHT - timedelta(minutes=1)
AT = moment("2026-09-16 12:00:00")
UPGRADE = Upgrade(part_number=BETTER, quantity=4)
OFFER = TransitionOffer(
    catalogue_id=f"{BETTER}:CFQ7TTC0KH5J",
    title="Business Standard",
    quantity=10,
    types=(TransitionType.WITH_LICENCES,),
    into=("s-2",),
    reasons=("Add-ons move with the licences only.",),
)


def test_what_nobody_has_is_bought() -> None:
    other = a_seen(part_number=BETTER)

    decision = decide_purchase(PURCHASE, [other], known=[], asked_at=ASKED_AT, sent_before=True)

    assert decision == Send(PURCHASE)


def test_a_purchase_whose_answer_was_lost_is_found_and_not_made_again() -> None:
    decision = decide_purchase(PURCHASE, [a_seen()], known=[], asked_at=ASKED_AT, sent_before=True)

    assert decision == Done("The purchase was made already.", ID)


def test_what_somebody_else_bought_just_now_waits_for_a_person() -> None:
    decision = decide_purchase(PURCHASE, [a_seen()], known=[], asked_at=ASKED_AT, sent_before=False)

    assert isinstance(decision, Refuse)
    assert decision.finding.code == "looks_bought"
    assert ID in decision.finding.message


def test_the_one_with_our_name_is_ours() -> None:
    named, other = a_seen(friendly_name="Ours"), a_seen(id="other", friendly_name="Theirs")

    decision = decide_purchase(
        PURCHASE, [other, named], known=[], asked_at=ASKED_AT, sent_before=True
    )

    assert decision == Done("The purchase was made already.", ID)


def test_of_two_that_look_alike_none_is_chosen() -> None:
    alike = [a_seen(), a_seen(id="other")]

    decision = decide_purchase(PURCHASE, alike, known=[], asked_at=ASKED_AT, sent_before=True)

    assert isinstance(decision, Refuse)
    assert f"{ID}, other" in decision.finding.message


@pytest.mark.parametrize(
    "different",
    [
        {"quantity": 9},
        {"term": Term.MONTH},
        {"plan": BillingPlan.ANNUAL},
        {"parent": "s-9"},
        {"bought_at": BOUGHT - timedelta(minutes=7)},
        {"bought_at": None},
        {"status": SubscriptionStatus.DELETED},
    ],
)
def test_what_is_different_or_older_is_not_it(different: dict[str, object]) -> None:
    seen = a_seen(**different)

    decision = decide_purchase(PURCHASE, [seen], known=[], asked_at=ASKED_AT, sent_before=True)

    assert decision == Send(PURCHASE)


def test_what_belongs_to_another_of_our_subscriptions_is_not_it() -> None:
    decision = decide_purchase(
        PURCHASE, [a_seen()], known=[ID.upper()], asked_at=ASKED_AT, sent_before=True
    )

    assert decision == Send(PURCHASE)


def upgraded(
    *transitions: Transition,
    upgrade: Upgrade = UPGRADE,
    offers: tuple[TransitionOffer, ...] = (OFFER,),
    known: tuple[str, ...] = (),
    quantity: int = 10,
) -> object:
    return decide_upgrade(
        upgrade,
        a_seen(quantity=quantity),
        at=AT,
        offers=offers,
        transitions=perhaps_ours(transitions, known=known, asked_at=ASKED_AT),
    )


def a_transition(status: TransitionStatus, **given: object) -> Transition:
    transition = Transition(
        operation="o-1",
        catalogue_id=f"{BETTER}:CFQ7TTC0KH5J",
        quantity=4,
        status=status,
        subscription="s-3",
    )
    return replace(transition, **given)  # type: ignore[arg-type]  # fields are given by name


def test_an_upgrade_is_sent_with_the_offer_of_the_moment() -> None:
    assert upgraded() == Send(
        TransitionOrder(
            catalogue_id=OFFER.catalogue_id, quantity=4, type=TransitionType.WITH_LICENCES
        )
    )


def test_an_upgrade_into_a_subscription_is_sent_where_that_is_open() -> None:
    assert isinstance(upgraded(upgrade=replace(UPGRADE, into="s-2")), Send)
    assert isinstance(upgraded(upgrade=replace(UPGRADE, into="s-8")), Refuse)


def test_an_upgrade_that_was_made_is_done_and_one_under_way_is_waited_for() -> None:
    made = upgraded(a_transition(TransitionStatus.COMPLETED), quantity=6)
    started = upgraded(a_transition(TransitionStatus.STARTED))

    assert made == Done("The upgrade was made already.", "s-3")
    assert isinstance(started, Wait)
    assert started.until == AT + timedelta(minutes=2)


@pytest.mark.parametrize(
    "other",
    [
        a_transition(TransitionStatus.FAILED),
        a_transition(TransitionStatus.COMPLETED, quantity=5),
        a_transition(TransitionStatus.COMPLETED, catalogue_id=f"{PRODUCT}:X"),
    ],
)
def test_an_upgrade_that_failed_or_was_another_does_not_count(other: Transition) -> None:
    assert isinstance(upgraded(other), Send)


@pytest.mark.parametrize(
    ("began_at", "kind"),
    [(ASKED_AT - timedelta(days=90), Send), (ASKED_AT - timedelta(minutes=4), Done)],
)
def test_an_upgrade_that_began_before_this_was_asked_for_does_not_count(
    began_at: datetime, kind: type[object]
) -> None:
    before = a_transition(TransitionStatus.COMPLETED, began_at=began_at)

    assert isinstance(upgraded(before), kind)


def test_an_upgrade_of_another_change_does_not_count() -> None:
    assert isinstance(upgraded(a_transition(TransitionStatus.COMPLETED), known=("o-1",)), Send)


def test_more_seats_than_there_are_are_not_upgraded() -> None:
    decision = upgraded(quantity=3)

    assert isinstance(decision, Refuse)
    assert decision.finding.code == "changed_at_both_ends"


def test_an_upgrade_that_is_not_offered_names_what_is() -> None:
    other = replace(OFFER, catalogue_id="CFQ7TTC0LCHC:0002:X", title="Business Premium")

    decision = upgraded(offers=(other,))

    assert isinstance(decision, Refuse)
    assert decision.finding.code == "no_such_upgrade"
    assert "it offers Business Premium (CFQ7TTC0LCHC:0002)" in decision.finding.message


def test_an_upgrade_in_a_way_that_is_closed_says_microsofts_reason() -> None:
    decision = upgraded(upgrade=replace(UPGRADE, with_licences=False))

    assert isinstance(decision, Refuse)
    assert decision.finding.code == "upgrade_not_open"
    assert "Add-ons move with the licences only." in decision.finding.message


@pytest.mark.parametrize(
    ("status", "cancelled", "reactivated"),
    [("active", Send("e-1"), None), ("Suspended", None, Send("e-1"))],
)
def test_an_azure_subscription_is_stopped_and_started_once(
    status: str, cancelled: object, reactivated: object
) -> None:
    seen = [AzureEntitlement(id="e-1", name="Production", status=status, plan="p-1")]

    stop = decide_entitlement(CancelEntitlement("E-1"), seen)
    start = decide_entitlement(ReactivateEntitlement("E-1"), seen)

    assert stop == cancelled or (cancelled is None and isinstance(stop, Done))
    assert start == reactivated or (reactivated is None and isinstance(start, Done))


def test_an_azure_subscription_that_is_not_there_is_refused() -> None:
    decision = decide_entitlement(CancelEntitlement("e-1"), [])

    assert isinstance(decision, Refuse)
    assert decision.finding.code == "no_such_entitlement"


def test_only_the_licences_that_lack_are_sent() -> None:
    intent = AssignLicences("u-1", LicenceUpdate(assign=("A", "b"), remove=("c", "d")))
    has = [AssignedLicence(sku="a", name="A"), AssignedLicence(sku="C", name="C")]

    assert decide_licences(intent, has) == Send(LicenceUpdate(assign=("b",), remove=("c",)))


def test_licences_that_are_as_they_should_be_are_done() -> None:
    intent = AssignLicences("u-1", LicenceUpdate(assign=("a",), remove=("b",)))

    assert isinstance(decide_licences(intent, [AssignedLicence(sku="a", name="A")]), Done)
