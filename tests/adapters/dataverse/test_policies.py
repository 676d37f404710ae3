from datetime import date
from typing import Any

import pytest

from dataverse_schema import options
from dataverse_schema.tables import billing as tables
from work365.adapters.dataverse.policies import USUAL_SETTINGS, known_through, policy_of
from work365.adapters.dataverse.row_faults import FieldWrong
from work365.domain.accounts import MemoryUnreadable
from work365.domain.day_counts import DayCount
from work365.domain.policies import USUAL_POLICY, AddingUp, BillingPolicy, ChangeLines
from work365.domain.proration import BY_ACTUAL_DAYS, Proration

BY_MONTH = Proration(day_count=DayCount.NONE)
BY_30_DAYS = Proration(day_count=DayCount.STRICT_30_360)
SETTLED = "recurring advance anniversary 1 EUR 2026-01-01"


def a_contract(**values: Any) -> tables.BillingContract:
    return tables.BillingContract(**{"name": "Contract", "key": "CT-1", **values})


def settings(**values: Any) -> tables.BillingSettings:
    return tables.BillingSettings(**{"name": "Ours", "key": "default", **values})


class TestPolicy:
    def test_is_the_usual_one_where_nobody_says_anything(self) -> None:
        assert policy_of(a_contract(), USUAL_SETTINGS) == USUAL_POLICY

    def test_is_the_environments_where_the_contract_says_nothing(self) -> None:
        environment = settings(
            proration=BY_MONTH.name,
            change_lines=options.ChangeLines.CREDIT_AND_CHARGE,
            adding_up=options.AddingUp.LINE,
            process_refunds=True,
            last_day_counts=True,
            offset_days=-5,
        )

        assert policy_of(a_contract(), environment) == BillingPolicy(
            proration=BY_MONTH,
            change_lines=ChangeLines.CREDIT_AND_CHARGE,
            adding_up=AddingUp.LINE,
            refunds=True,
            last_day_counts=True,
            offset_days=-5,
        )

    def test_is_the_contracts_own_where_it_says_something(self) -> None:
        contract = a_contract(
            proration=BY_30_DAYS.name,
            change_lines=options.OwnChangeLines.DELTA,
            adding_up=options.OwnAddingUp.PERIOD,
            process_refunds=options.OwnYesNo.NO,
            last_day_counts=options.OwnYesNo.YES,
            offset_days=0,
        )
        environment = settings(
            proration=BY_MONTH.name,
            change_lines=options.ChangeLines.CREDIT_AND_CHARGE,
            adding_up=options.AddingUp.LINE,
            process_refunds=True,
            offset_days=3,
        )

        assert policy_of(contract, environment) == BillingPolicy(
            proration=BY_30_DAYS,
            change_lines=ChangeLines.DELTA,
            adding_up=AddingUp.PERIOD,
            refunds=False,
            last_day_counts=True,
            offset_days=0,
        )

    def test_is_what_it_was_first_invoiced_by_whatever_the_environment_says_since(self) -> None:
        contract = a_contract(settled_as=f"{SETTLED} {BY_30_DAYS.name} last-day-counts offset+2 -")
        environment = settings(proration=BY_MONTH.name, process_refunds=True, offset_days=-7)

        policy = policy_of(contract, environment)

        assert policy == BillingPolicy(
            proration=BY_30_DAYS, refunds=True, last_day_counts=True, offset_days=2
        )

    def test_is_the_usual_one_that_it_was_first_invoiced_by(self) -> None:
        contract = a_contract(settled_as=f"{SETTLED} -")
        environment = settings(proration=BY_MONTH.name, last_day_counts=True, offset_days=-7)

        assert policy_of(contract, environment) == USUAL_POLICY

    def test_of_an_invoiced_contract_does_not_mind_what_is_wrong_in_the_settings(self) -> None:
        contract = a_contract(settled_as=f"{SETTLED} -")

        assert policy_of(contract, settings(proration="moons")).proration == BY_ACTUAL_DAYS

    @pytest.mark.parametrize(
        ("contract", "environment", "words"),
        [
            ("moons", None, "billing contract CT-1: the proration is wrong: proration 'moons'"),
            (None, "moons", "billing settings default: the proration is wrong: proration 'moons'"),
        ],
    )
    def test_by_a_proration_that_there_is_not_is_refused(
        self, contract: str | None, environment: str | None, words: str
    ) -> None:
        with pytest.raises(FieldWrong, match=words):
            policy_of(a_contract(proration=contract), settings(proration=environment))

    def test_by_a_memory_that_was_edited_is_refused(self) -> None:
        with pytest.raises(MemoryUnreadable, match="moons/1"):
            policy_of(a_contract(settled_as=f"{SETTLED} moons/1 -"), USUAL_SETTINGS)


class TestKnownThrough:
    @pytest.mark.parametrize(
        ("settled_as", "day"),
        [
            (None, date(2026, 2, 1)),
            (f"{SETTLED} -", date(2026, 2, 1)),
            (f"{SETTLED} offset+3 -", date(2026, 1, 29)),
            (f"{SETTLED} offset-3 -", date(2026, 2, 4)),
            (f"{SETTLED} offset? -", date(2026, 2, 1)),
        ],
    )
    def test_is_the_last_closed_invoice_date_before_it_was_moved(
        self, settled_as: str | None, day: date
    ) -> None:
        row = a_contract(settled_through=date(2026, 2, 1), settled_as=settled_as)

        assert known_through(row) == day

    def test_is_no_day_where_nothing_is_closed(self) -> None:
        assert known_through(a_contract()) is None
