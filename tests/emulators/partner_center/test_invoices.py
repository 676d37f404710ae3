from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.emulators.partner_center.stage import AGENT, APP, PROVIDER_AGENT, Stage, staged
from work365.emulators.partner_center.invoices import ready_at
from work365.emulators.partner_center.months import Month

PATH = "/v1/invoices"


def items(stage: Stage, token: str = AGENT) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = stage.get(PATH, token)["items"]
    return found


class TestAMonth:
    @pytest.mark.parametrize("number", range(1, 13))
    def test_is_invoiced_between_the_sixth_and_the_eighth_of_the_next(self, number: int) -> None:
        month = Month.of(datetime(2026, number, 15, tzinfo=UTC))

        ready = ready_at(month)

        assert Month.of(ready) == month.following
        assert 6 <= ready.day <= 8

    def test_has_no_invoice_before_it_is_ready(self) -> None:
        with staged(now=datetime(2026, 7, 7, 8, 59, tzinfo=UTC)) as stage:
            before = [each["billingPeriodEndDate"] for each in items(stage)]
            stage.at(datetime(2026, 7, 7, 9, 0, tzinfo=UTC))
            after = [each["billingPeriodEndDate"] for each in items(stage)]

        assert "2026-06-30T00:00:00Z" not in before
        assert after[-1] == "2026-06-30T00:00:00Z"

    def test_takes_every_charge_once(self, stage: Stage) -> None:
        stage.conduct(v1_line_items="served")
        stage.pass_days(60)
        billed: dict[str, int] = {}
        for invoice in items(stage) + items(stage, PROVIDER_AGENT):
            token = AGENT if invoice in items(stage) else PROVIDER_AGENT
            lines = stage.get(
                f"{PATH}/{invoice['id']}/lineitems?provider=onetime"
                "&invoicelineitemtype=billinglineitems",
                token,
            )
            for line in lines["items"]:
                key = f"{line['referenceId']} {line['subtotal']} {line['effectiveUnitPrice']}"
                billed[key] = billed.get(key, 0) + 1
        charged = stage.control("GET", "charges")["charges"]

        end = datetime.fromisoformat("2026-09-01T00:00:00+00:00")
        due = [line for line in charged if datetime.fromisoformat(line["at"]) < end]
        assert sum(billed.values()) == len(due)
        assert set(billed.values()) == {1}

    def test_tells_the_history_that_the_invoice_is_ready(self, stage: Stage) -> None:
        last = items(stage)[-1]

        told = [
            event
            for event in stage.control("GET", "history")["events"]
            if event["kind"] == "ready_invoice" and event["after"]["id"] == last["id"]
        ]

        assert [event["at"] for event in told] == ["2026-07-07T09:00:00Z"]


class TestTheList:
    def test_is_paged_by_offset(self, stage: Stage) -> None:
        everything = [each["id"] for each in items(stage)]

        page = stage.get(f"{PATH}?size=10")
        rest = stage.get(f"/v1{page['links']['next']['uri']}")

        assert [each["id"] for each in page["items"] + rest["items"]] == everything
        assert "next" not in rest["links"]

    def test_is_of_the_partner_alone(self, stage: Stage) -> None:
        own = {each["id"] for each in items(stage)}

        others = {each["id"] for each in items(stage, PROVIDER_AGENT)}

        assert own
        assert others
        assert not own & others

    def test_may_be_read_by_an_application_but_not_one_invoice(self, stage: Stage) -> None:
        last = items(stage, APP)[-1]["id"]

        one = stage.call("GET", f"{PATH}/{last}", token=APP)
        statement = stage.call("GET", f"{PATH}/{last}/documents/statement", token=APP)

        assert [one.status_code, statement.status_code] == [403, 403]
        assert one.json()["code"] == 900329


class TestOneInvoice:
    def test_is_found_by_its_id_and_as_links_write_it(self, stage: Stage) -> None:
        last = items(stage)[-1]

        assert stage.get(f"{PATH}/{last['id']}") == last
        assert stage.get(f"/v1{last['links']['self']['uri']}") == last

    def test_of_another_partner_is_not_found(self, stage: Stage) -> None:
        other = items(stage, PROVIDER_AGENT)[-1]["id"]

        assert stage.call("GET", f"{PATH}/{other}").status_code == 404

    def test_has_a_statement_with_its_figures(self, stage: Stage) -> None:
        last = items(stage)[-1]

        answer = stage.call("GET", f"/v1{last['pdfDownloadLink']}")

        assert answer.headers["content-type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF-")
        assert answer.content.rstrip().endswith(b"%%EOF")
        assert f"Total: {last['totalCharges']} EUR".encode() in answer.content


class TestACreditNote:
    def test_is_a_document_that_amends_the_invoice(self, stage: Stage) -> None:
        invoice = items(stage)[-1]["id"]
        note = stage.act("credit-invoice", invoice=invoice, customer=stage.customer, amount="12.50")

        found = stage.get(f"{PATH}/{note['id']}")
        amended = stage.get(f"{PATH}/{invoice}")

        assert found["documentType"] == "credit_note"
        assert found["amendsOf"] == invoice
        assert found["totalCharges"] == Decimal("-12.50")
        assert [each["id"] for each in amended["amendments"]] == [note["id"]]

    def test_is_on_no_invoice_beside(self, stage: Stage) -> None:
        stage.conduct(v1_line_items="served")
        invoice = items(stage)[-1]["id"]
        stage.act("credit-invoice", invoice=invoice, customer=stage.customer, amount="12.50")
        stage.pass_days(31)

        lines = stage.get(
            f"{PATH}/{items(stage)[-1]['id']}/lineitems?provider=onetime"
            "&invoicelineitemtype=billinglineitems"
        )["items"]

        assert "customerCredit" not in {line["chargeType"] for line in lines}

    def test_of_nothing_is_refused(self, stage: Stage) -> None:
        answer = stage.call(
            "POST",
            "/_emulator/v1/actions/credit-invoice",
            {"invoice": "G1", "customer": stage.customer, "amount": "1"},
        )

        assert answer.status_code == 400
        assert "G1" in answer.json()["error"]


class TestBalances:
    def test_are_the_sum_of_the_documents(self, stage: Stage) -> None:
        total = sum(each["totalCharges"] for each in items(stage))

        assert stage.get(f"{PATH}/summaries")["items"][0]["balanceAmount"] == total
        assert stage.get(f"{PATH}/summary")["balanceAmount"] == total


class TestLineItems:
    def test_of_what_v1_no_longer_serves_are_none(self, stage: Stage) -> None:
        last = items(stage)[-1]["id"]
        query = "lineitems?provider=onetime&invoicelineitemtype=billinglineitems"

        assert stage.get(f"{PATH}/{last}/{query}")["items"] == []
        assert stage.call("GET", f"{PATH}/unbilled/{query}&currencycode=EUR").status_code == 410

    def test_are_paged_by_continuation(self, stage: Stage) -> None:
        stage.conduct(v1_line_items="served")
        query = "provider=onetime&invoicelineitemtype=billinglineitems"
        path = f"{PATH}/{items(stage)[-1]['id']}/lineitems?{query}"

        first = stage.get(f"{path}&size=5")
        headers = {each["key"]: each["value"] for each in first["links"]["next"]["headers"]}
        second = stage.call("GET", f"/v1{first['links']['next']['uri']}", headers=headers)

        references = [line["referenceId"] for line in first["items"] + second.json()["items"]]
        everything = [line["referenceId"] for line in stage.get(path)["items"]]
        assert references == everything[:10]

    def test_write_numbers_as_texts(self, stage: Stage) -> None:
        stage.conduct(v1_line_items="served")
        path = f"{PATH}/{items(stage)[-1]['id']}/lineitems?provider=onetime"

        line = stage.get(f"{path}&invoicelineitemtype=billinglineitems")["items"][0]
        usage = stage.get(f"{path}&invoicelineitemtype=usagelineitems")["items"][0]

        assert isinstance(line["effectiveUnitPrice"], str)
        assert usage["invoiceLineItemType"] == "usage_line_items"

    @pytest.mark.parametrize(
        "query",
        [
            "provider=office&invoicelineitemtype=billinglineitems",
            "provider=onetime&invoicelineitemtype=all",
            "provider=onetime&invoicelineitemtype=billinglineitems&size=2001",
        ],
    )
    def test_are_refused_for_what_is_not_here(self, stage: Stage, query: str) -> None:
        path = f"{PATH}/{items(stage)[-1]['id']}/lineitems?{query}"

        assert stage.call("GET", path).status_code == 400

    def test_not_billed_yet_are_those_of_the_month(self, stage: Stage) -> None:
        stage.conduct(v1_line_items="served")
        query = "lineitems?provider=all&invoicelineitemtype=billinglineitems&currencycode=EUR"

        current = stage.get(f"{PATH}/unbilled/{query}&period=current")["items"]
        previous = stage.get(f"{PATH}/unbilled/{query}&period=previous")["items"]

        assert current
        assert {line["invoiceNumber"] for line in current} == {""}
        assert previous == []

    def test_to_come_are_linked(self, stage: Stage) -> None:
        stage.conduct(v1_line_items="served")

        links = stage.get(f"{PATH}/estimates/links?currencycode=EUR")["items"]

        assert [each["period"] for each in links] == ["Current", "Previous"] * 2
        assert stage.get(f"/v1{links[0]['link']['uri']}")["items"]
