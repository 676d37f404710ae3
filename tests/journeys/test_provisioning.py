"""Changes entered here are carried out at Microsoft: each action from a row to the twin."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from dataverse_schema.options import ExtendedServiceDecision
from tests.journeys.provisioning_partner import (
    MAILBOX,
    PREMIUM,
    STANDARD,
    Action,
    Provisioning,
    Status,
    provisioning_partner,
)
from work365.emulators.partner_center.catalogue import Plan
from work365.emulators.partner_center.licences import licence_id
from work365.emulators.partner_center.seed_catalogue import AZURE, PROMOTION, SOFTWARE
from work365.emulators.partner_center.users import users_of
from work365.http import write_json

DONE = [Status.PROVISIONED]
FAILED = [Status.FAILED]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provisioning]:
    with provisioning_partner(tmp_path_factory.mktemp("provisioning")) as told:
        yield told


def bought(told: Provisioning, customer: int = 0, quantity: int = 10, **given: Any) -> str:
    """Buy seats, and return the key of our subscription."""
    key = told.subscribe(customer, **given)
    assert told.run_on(told.change(key, Action.PURCHASE, quantity)) == DONE
    return key


def reference(told: Provisioning, key: str) -> str:
    found = told.subscription(key).provider_reference
    assert found is not None
    return found


class TestAPurchase:
    def test_becomes_an_order_and_the_subscription_has_its_id(self, told: Provisioning) -> None:
        before = told.orders(0)
        key = told.subscribe(0, friendly_name="Head office")
        change = told.change(key, Action.PURCHASE, 7)

        run = told.run()

        row, subscription = told.row(change), told.subscription(key)
        seen = told.at_microsoft(subscription.provider_reference)
        [order] = [each for each in told.orders(0) if each not in before]
        assert (run.provisioned, run.failed, run.findings) == (1, 0, [])
        assert (row.provisioning_status, row.provider_reference) == (
            Status.PROVISIONED,
            order.order,
        )
        assert (row.provisioned_on, row.attempts) == (told.now.replace(microsecond=0), 1)
        assert row.provisioning_message == f"Bought: 7 seats of {STANDARD}, order {order.order}."
        assert (seen.quantity, seen.friendly_name, seen.order) == (7, "Head office", order.order)
        assert told.row(change).quantity_delta == Decimal(7)

    def test_has_a_promotion_that_the_customer_may_have(self, told: Provisioning) -> None:
        key = bought(told, 0, 3, part_number=PREMIUM, promotion=PROMOTION)

        seen = told.at_microsoft(reference(told, key))

        assert (seen.promotion, seen.share_off) == (PROMOTION, Decimal("0.15"))

    def test_without_right_to_its_promotion_is_not_made_at_the_full_price(
        self, told: Provisioning
    ) -> None:
        before = told.orders(0)
        key = told.subscribe(0, promotion=PROMOTION)
        change = told.change(key, Action.PURCHASE, 3)

        assert told.run_on(change) == FAILED

        assert "Remove the promotion" in str(told.row(change).provisioning_message)
        assert told.orders(0) == before

    def test_ends_with_another_subscription(self, told: Provisioning) -> None:
        other = told.sold(3, PREMIUM)
        key = bought(told, 3, 2, custom_term_end_on=other.term_end)

        assert told.at_microsoft(reference(told, key)).term_end == other.term_end

    def test_that_may_not_end_on_its_day_names_the_days_that_there_are(
        self, told: Provisioning
    ) -> None:
        key = told.subscribe(3, custom_term_end_on=date(2026, 9, 13))
        change = told.change(key, Action.PURCHASE, 2)

        assert told.run_on(change) == FAILED

        assert f"{told.sold(3, PREMIUM).term_end}" in str(told.row(change).provisioning_message)

    def test_of_an_azure_plan_needs_no_term(self, told: Provisioning) -> None:
        key = told.subscribe(3, f"{AZURE}:0001", term=None, billing_plan=None)
        change = told.change(key, Action.PURCHASE, 1)

        assert told.run_on(change) == DONE, told.row(change).provisioning_message

        assert told.at_microsoft(reference(told, key)).product == AZURE

    def test_of_software_for_a_year_is_paid_once(self, told: Provisioning) -> None:
        key = told.subscribe(4, f"{SOFTWARE}:0001", term="P1Y", billing_plan="OneTime")
        change = told.change(key, Action.PURCHASE, 1)

        assert told.run_on(change) == DONE, told.row(change).provisioning_message

        assert told.at_microsoft(reference(told, key)).product == SOFTWARE

    def test_is_refused_before_it_is_made_where_the_agreement_is_not_signed(
        self, told: Provisioning
    ) -> None:
        change = told.change(told.subscribe(9), Action.PURCHASE, 5)

        refused = told.run_on(change)
        message = str(told.row(change).provisioning_message)
        told.partner.microsoft.act("sign-agreement", customer=told.tenant(9))
        row = told.row(change)
        told.update(type(row), row.row_id, provisioning_status=Status.AWAITING)
        again = told.run_on(change)

        assert (refused, again) == (FAILED, DONE)
        assert "has not accepted the Microsoft Customer Agreement" in message
        assert len(told.orders(9)) == 1
        assert told.row(change).attempt_epoch == 1

    def test_is_not_made_for_who_is_on_credit_hold(self, told: Provisioning) -> None:
        before = told.orders(1)
        told.hold_credit(1, is_on_hold=True)
        change = told.change(told.subscribe(1), Action.PURCHASE, 5)

        assert told.run_on(change) == FAILED

        told.hold_credit(1, is_on_hold=False)
        assert "credit hold" in str(told.row(change).provisioning_message)
        assert told.orders(1) == before

    @pytest.mark.parametrize("quantity", [0, -3, 301, Decimal("2.5")])
    def test_of_seats_that_are_not_sold_is_refused_before_anything_is_sent(
        self, told: Provisioning, quantity: int
    ) -> None:
        before, carts = told.orders(0), len(told.partner.microsoft.world.carts)
        change = told.change(told.subscribe(0), Action.PURCHASE, quantity)

        assert told.run_on(change) == FAILED

        assert (told.orders(0), len(told.partner.microsoft.world.carts)) == (before, carts)


class TestSeats:
    def test_come(self, told: Provisioning) -> None:
        key = told.bought()
        change = told.change(key, Action.QUANTITY, 4)

        assert told.run_on(change) == DONE

        message = str(told.row(change).provisioning_message)
        assert told.at_microsoft(reference(told, key)).quantity == 14
        assert message.startswith("Microsoft has it: 14 seats instead of 10.")
        assert "EUR" in message
        assert "can be given back until" in message

    def test_go_within_their_window(self, told: Provisioning) -> None:
        key = told.bought()
        change = told.change(key, Action.QUANTITY, -4)

        assert told.run_on(change) == DONE

        assert told.at_microsoft(reference(told, key)).quantity == 6

    def test_stay_after_it_and_the_renewal_is_offered(self, told: Provisioning) -> None:
        seen = told.sold(2, "CFQ7TTC0TW04")
        key = told.adopt(seen, 2)
        change = told.change(key, Action.QUANTITY, -20)

        assert told.run_on(change) == FAILED

        assert '{"quantity": 100}' in str(told.row(change).provisioning_message)
        assert seen.quantity == 120

    def test_that_were_changed_at_both_ends_at_once_are_for_a_person(
        self, told: Provisioning
    ) -> None:
        key = told.bought()
        change = told.change(key, Action.QUANTITY, 4)
        told.partner.microsoft.act("change-seats", subscription=reference(told, key), quantity=12)

        run = told.run()

        message = str(told.row(change).provisioning_message)
        assert [finding.code for finding in run.findings] == ["changed_at_both_ends"]
        assert "made for 10 seats, and Microsoft shows 12" in message
        assert "meant to become 14" in message
        assert told.at_microsoft(reference(told, key)).quantity == 12

    def test_come_in_their_order_and_one_that_failed_holds_back_the_others(
        self, told: Provisioning
    ) -> None:
        key = told.bought()
        first = told.change(key, Action.QUANTITY, 1)
        told.change(key, Action.QUANTITY, -40)
        third = told.change(key, Action.QUANTITY, 2)

        told.run()

        row = told.row(third)
        assert told.row(first).provisioning_status is Status.PROVISIONED
        assert row.provisioning_status is Status.AWAITING
        assert "It waits for change" in str(row.provisioning_message)
        assert told.at_microsoft(reference(told, key)).quantity == 11

    def test_of_another_day_wait_for_it(self, told: Provisioning) -> None:
        key = told.bought()
        tomorrow = told.now.date() + timedelta(days=2)
        change = told.change(key, Action.QUANTITY, 1, effective_on=tomorrow)

        run = told.run()

        assert (run.provisioned, run.waiting) == (0, 0)
        assert told.row(change).provisioning_status is Status.AWAITING
        assert told.at_microsoft(reference(told, key)).quantity == 10


class TestStatus:
    def test_goes_from_suspended_to_active_and_renews_again(self, told: Provisioning) -> None:
        key = told.bought(auto_renew=True)
        seen = told.at_microsoft(reference(told, key))

        stopped = told.run_on(told.change(key, Action.SUSPEND))
        between = seen.status
        runs = told.run_on(told.change(key, Action.REACTIVATE))

        assert (stopped, between, runs, seen.status) == (DONE, "suspended", DONE, "active")
        assert seen.auto_renew

    def test_becomes_deleted_within_the_window(self, told: Provisioning) -> None:
        key = told.bought()

        assert told.run_on(told.change(key, Action.CANCEL)) == DONE

        assert told.at_microsoft(reference(told, key)).status == "deleted"

    def test_stays_after_the_window_and_says_what_can_be_done(self, told: Provisioning) -> None:
        seen = told.sold(6, "CFQ7TTC0TW08")
        change = told.change(told.adopt(seen, 6), Action.CANCEL)

        assert told.run_on(change) == FAILED

        assert "cancelled at the end of the term" in str(told.row(change).provisioning_message)
        assert seen.status == "active"


class TestTheEndOfTheTerm:
    def test_is_a_cancellation_with_its_action(self, told: Provisioning) -> None:
        key = told.bought()
        details = write_json({"atTermEnd": "cancel"})

        assert told.run_on(told.change(key, Action.AUTO_RENEW, details=details)) == DONE

        seen = told.at_microsoft(reference(told, key))
        assert not seen.auto_renew
        assert [each.action for each in seen.scheduled_actions] == ["Cancel"]

    def test_is_an_extension_only_where_the_customer_decided_so(self, told: Provisioning) -> None:
        key = told.bought()
        details = write_json({"atTermEnd": "extend"})
        change = told.change(key, Action.AUTO_RENEW, details=details)

        refused = told.run_on(change)
        decision = ExtendedServiceDecision.EXTEND
        subscription = told.subscription(key)
        told.update(type(subscription), subscription.row_id, extended_service=decision)
        row = told.row(change)
        told.update(type(row), row.row_id, provisioning_status=Status.AWAITING)
        again = told.run_on(change)

        assert (refused, again) == (FAILED, DONE)
        seen = told.at_microsoft(reference(told, key))
        assert [each.action for each in seen.scheduled_actions] == ["RenewToExtendedServiceTerm"]

    def test_brings_another_number_of_seats_which_a_later_change_does_not_forget(
        self, told: Provisioning
    ) -> None:
        key = told.bought()
        schedule = told.change(key, Action.RENEWAL_SCHEDULE, details=write_json({"quantity": 8}))
        more = told.change(key, Action.QUANTITY, 2)

        assert told.run_on(schedule, more) == [Status.PROVISIONED] * 2

        seen = told.at_microsoft(reference(told, key))
        assert seen.quantity == 12
        assert [each.next_term and each.next_term.quantity for each in seen.scheduled_actions] == [
            8
        ]

    def test_brings_another_product(self, told: Provisioning) -> None:
        key = told.bought()
        change = told.change(
            key, Action.RENEWAL_SCHEDULE, details=write_json({"partNumber": PREMIUM})
        )

        assert told.run_on(change) == DONE, told.row(change).provisioning_message

        seen = told.at_microsoft(reference(told, key))
        [scheduled] = seen.scheduled_actions
        assert scheduled.next_term is not None
        assert scheduled.next_term.catalog_item.startswith(PREMIUM)


class TestTermAndPlan:
    def test_change_from_a_month_to_a_year(self, told: Provisioning) -> None:
        key = told.bought(7, part_number=MAILBOX, plan=Plan("P1M", "monthly"))
        details = write_json({"term": "P1Y", "plan": "Monthly"})

        assert told.run_on(told.change(key, Action.BILLING_PLAN, details=details)) == DONE

        assert told.at_microsoft(reference(told, key)).plan.term == "P1Y"


class TestAnUpgrade:
    def test_moves_seats_once_and_takes_its_time(self, told: Provisioning) -> None:
        key = told.bought(4)
        told.lag(transition=7_200)
        details = write_json({"partNumber": PREMIUM, "quantity": 4})
        change = told.change(key, Action.TRANSITION, details=details)

        told.run()
        first = told.row(change)
        assert told.run_on(change) == DONE

        told.lag(transition=0)
        seen = told.at_microsoft(reference(told, key))
        assert first.provisioning_status is Status.IN_PROGRESS
        assert [each.operation for each in seen.transitions] == [first.provider_reference]
        assert seen.quantity == 6
        assert told.sold(4, PREMIUM).quantity == 4

    def test_that_is_not_offered_names_those_that_are(self, told: Provisioning) -> None:
        key = told.bought(5)
        details = write_json({"partNumber": MAILBOX})
        change = told.change(key, Action.TRANSITION, details=details)

        assert told.run_on(change) == FAILED

        assert PREMIUM in str(told.row(change).provisioning_message)


class TestAzureAndLicences:
    def test_an_azure_subscription_is_stopped_and_runs_again(self, told: Provisioning) -> None:
        plan = told.sold(8, f"{AZURE}:0001")
        key = told.adopt(plan, 8)
        [entitlement] = plan.entitlements[:1]
        details = {"entitlement": entitlement.entitlement}
        asked = [write_json({**details, "step": step}) for step in ("cancel", "reactivate")]

        stopped = told.run_on(told.change(key, Action.ENTITLEMENT, details=asked[0]))
        between = entitlement.status
        runs = told.run_on(told.change(key, Action.ENTITLEMENT, details=asked[1]))

        assert (stopped, between, runs, entitlement.status) == (DONE, "inactive", DONE, "active")

    def test_a_user_gets_a_licence(self, told: Provisioning) -> None:
        key = told.bought()
        world = told.partner.microsoft.world
        sku = world.catalogue.sku(STANDARD)
        assert sku is not None
        [user] = users_of(world, told.tenant(0))
        details = write_json({"user": user, "assign": [licence_id(sku)]})

        assert told.run_on(told.change(key, Action.LICENCES, details=details)) == DONE

        assert licence_id(sku) in users_of(world, told.tenant(0))[user]["licences"]
