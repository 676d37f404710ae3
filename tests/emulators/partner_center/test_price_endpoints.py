import csv
import io
import zipfile
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.emulators.partner_center.stage import AGENT, PRICE_AGENT, PRICE_APP, Stage

STANDARD = "CFQ7TTC0TW02"


def sheet_path(view: str = "updatedlicensebased", market: str = "DE", query: str = "") -> str:
    return f"/v1.0/sales/pricesheets(Market='{market}',PricesheetView='{view}')/$value{query}"


def read(stage: Stage, path: str) -> list[dict[str, str]]:
    answer = stage.call("GET", path, token=PRICE_AGENT)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8"))))


def prices(rows: list[dict[str, str]], term: str = "P1Y", plan: str = "Monthly") -> list[Decimal]:
    return [
        Decimal(row["UnitPrice"])
        for row in rows
        if (row["ProductId"], row["TermDuration"], row["BillingPlan"]) == (STANDARD, term, plan)
    ]


class TestASheet:
    def test_has_the_documented_columns(self, stage: Stage) -> None:
        row = read(stage, sheet_path())[0]

        assert list(row)[:4] == ["ProductTitle", "ProductId", "SkuId", "SkuTitle"]
        assert list(row)[-2:] == ["ERP Price", "Segment"]
        assert {row["Market"] for row in read(stage, sheet_path())} == {"DE"}

    def test_is_zipped_where_deflate_is_asked_for(self, stage: Stage) -> None:
        plain = stage.call("GET", sheet_path(), token=PRICE_AGENT).content
        zipped = stage.call(
            "GET", sheet_path(), token=PRICE_AGENT, headers={"Accept-Encoding": "deflate"}
        )

        with zipfile.ZipFile(io.BytesIO(zipped.content)) as archive:
            assert archive.read(archive.namelist()[0]) == plain
        assert "content-encoding" not in zipped.headers

    def test_shows_a_new_price_in_the_month_in_which_it_begins(self, stage: Stage) -> None:
        before = prices(read(stage, sheet_path()))
        stage.act(
            "change-price",
            sku=f"{STANDARD}:0001",
            term="P1Y",
            billingCycle="monthly",
            market="DE",
            amount="99.90",
            starts="2026-08-01",
        )
        preview = read(stage, sheet_path(query="?timeline=future"))
        stage.at(datetime(2026, 8, 2, tzinfo=UTC))
        current = read(stage, sheet_path())
        history = read(stage, sheet_path(query="?timeline=history&month=202607"))

        assert prices(preview) == [Decimal("1198.80")]
        assert prices(current) == [Decimal("1198.80")]
        assert prices(history) == before
        assert history[0]["EffectiveEndDate"]
        ended = [row for row in history if row["UnitPrice"] == str(before[0].normalize())]
        assert "7/31/2026 11:59:59 PM" in {row["EffectiveEndDate"] for row in ended}

    def test_prices_the_whole_term_in_however_many_parts_it_is_billed(self, stage: Stage) -> None:
        rows = read(stage, sheet_path())

        # A month's price is 10.08 in January 2023, 8 percent more since July 2026, 5 percent
        # more billed monthly, and 20 percent more without a year's term.
        assert prices(rows, "P1M", "Monthly") == [Decimal("13.06")]
        assert prices(rows, "P1Y", "Monthly") == [12 * Decimal("11.43")]
        assert prices(rows, "P1Y", "Annual") == [Decimal("130.64")]
        assert prices(rows, "P3Y", "Annual") == [3 * Decimal("130.64")]
        assert prices(rows, "P3Y", "Triennial") == [Decimal("391.91")]

    def test_of_the_future_is_404_where_nothing_changes(self, stage: Stage) -> None:
        answer = stage.call("GET", sheet_path(query="?timeline=future"), token=PRICE_AGENT)

        assert answer.status_code == 404

    def test_of_extended_service_is_three_percent_above_the_month(self, stage: Stage) -> None:
        monthly = prices(read(stage, sheet_path()), term="P1M")
        extended = prices(read(stage, sheet_path("licensebasedest")), term="P1M")

        assert extended == [(monthly[0] * Decimal("1.03")).quantize(Decimal("0.01"), "ROUND_DOWN")]

    def test_of_consumption_is_in_dollars(self, stage: Stage) -> None:
        rows = read(stage, sheet_path("azure_consumption"))

        assert {row["Currency"] for row in rows} == {"USD"}
        assert all(row["UnitOfMeasure"] for row in rows)

    @pytest.mark.parametrize(
        ("path", "status"),
        [
            (sheet_path("licensebased"), 400),
            (sheet_path(market="QQ"), 404),
            (sheet_path(query="?timeline=past"), 400),
            (sheet_path(query="?timeline=history"), 400),
            (sheet_path(query="?timeline=history&month=2026-01"), 400),
            (sheet_path(query="?timeline=history&month=202608"), 404),
        ],
    )
    def test_is_refused_where_there_is_none(self, stage: Stage, path: str, status: int) -> None:
        assert stage.call("GET", path, token=PRICE_AGENT).status_code == status

    @pytest.mark.parametrize(
        ("token", "status", "code"), [(AGENT, 401, 900420), (PRICE_APP, 403, 900329)]
    )
    def test_is_for_users_with_its_own_audience(
        self, stage: Stage, token: str, status: int, code: int
    ) -> None:
        answer = stage.call("GET", sheet_path(), token=token)

        assert (answer.status_code, answer.json()["code"]) == (status, code)


class TestTheOfferMatrix:
    def test_tells_limits_and_conversions(self, stage: Stage) -> None:
        rows = read(stage, "/v1.0/sales/offermatrix(Month='202607')/$value")

        standard = next(row for row in rows if row["ProductId"] == STANDARD)
        assert standard["MaxLicenses"] == "300"
        assert "/" in standard["ProductSkuConversion"]
        assert "DE" in standard["AllowedCountries"].split(";")


class TestExchangeRates:
    def test_differ_from_month_to_month(self, stage: Stage) -> None:
        june = read(stage, "/v1.0/sales/fxrates(Month='202606')/$value")
        july = read(stage, "/v1.0/sales/fxrates(Month='202607')/$value")

        assert [row["CurrencyCode"] for row in june] == [row["CurrencyCode"] for row in july]
        euro = [row["USDPerUnit"] for row in june + july if row["CurrencyCode"] == "EUR"]
        assert len(set(euro)) == 2

    def test_of_a_month_to_come_are_not_there(self, stage: Stage) -> None:
        answer = stage.call("GET", "/v1.0/sales/fxrates(Month='202609')/$value", token=PRICE_AGENT)

        assert answer.status_code == 404
