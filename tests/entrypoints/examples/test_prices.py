from decimal import Decimal
from pathlib import Path

import pytest

from tests.entrypoints.examples.stories import kept, table
from work365.domain.cost_plus import CostOfUsage, CostPlus, Margin, Markup, Surcharge
from work365.domain.price_models import (
    Discounted,
    Flat,
    Included,
    Package,
    PerUnit,
    PriceModel,
)
from work365.domain.rate_cards import Rate
from work365.domain.tiers import Beyond, Graduated, Tier, Volume
from work365.entrypoints.examples.markdown import NotUnderstood, sections_of
from work365.entrypoints.examples.prices import read_models, read_rate_card

TIERS = table(
    "Tiers",
    "name | up to | each | once | in blocks of",
    "Boxes | 10 | 5.00 | | ",
    "Boxes | the rest | 4.00 | 20.00 | 5",
)


def model_of(folder: Path, price: str, tiers: str = "") -> PriceModel:
    models = table("Price models", "name | price", f"Boxes | {price}")
    sections = sections_of(kept(folder, models + tiers))
    return read_models(sections["Price models"], sections.get("Tiers"))["Boxes"]


def number(text: str) -> Decimal:
    return Decimal(text)


@pytest.mark.parametrize(
    ("price", "model"),
    [
        ("each at 0.05", PerUnit(number("0.05"))),
        ("flat 50.00", Flat(number("50.00"))),
        ("packages of 100 at 5.00", Package(size=number("100"), price=number("5.00"))),
        (
            "packages of 100 at 5.00 after 50 free",
            Package(size=number("100"), price=number("5.00"), free=number("50")),
        ),
        (
            "40.00 with 500 included, then packages of 10 at 1.00",
            Included(
                fee=number("40.00"),
                units=number("500"),
                overage=Package(size=number("10"), price=number("1.00")),
            ),
        ),
        ("cost 8.00 plus 15 %", CostPlus(unit_cost=number("8.00"), addition=Markup(number("15")))),
        (
            "cost 8.00 plus 1.20",
            CostPlus(unit_cost=number("8.00"), addition=Surcharge(number("1.20"))),
        ),
        (
            "cost 8.00 with a margin of 20 %",
            CostPlus(unit_cost=number("8.00"), addition=Margin(number("20"))),
        ),
        (
            "cost 8.00, agreed price 9.00",
            CostPlus(
                unit_cost=number("8.00"),
                addition=Surcharge(number("0")),
                agreed_price=number("9.00"),
            ),
        ),
        ("cost of the usage plus 15 %", CostOfUsage(Markup(number("15")))),
        ("each at 0.05, less 10 %", Discounted(PerUnit(number("0.05")), number("10"))),
    ],
)
def test_a_price_is_a_model(price: str, model: PriceModel, tmp_path: Path) -> None:
    assert model_of(tmp_path, price) == model


STEPS = (
    Tier(up_to=Decimal(10), per_unit=number("5.00")),
    Tier(up_to=None, per_unit=number("4.00"), flat=number("20.00"), block=Decimal(5)),
)


@pytest.mark.parametrize(
    ("price", "model"),
    [
        ("graduated", Graduated(STEPS)),
        ("volume", Volume(STEPS)),
        ("graduated, beyond them not priced", Graduated(STEPS, Beyond.NOT_PRICED)),
        ("volume, beyond them as the last", Volume(STEPS, Beyond.LAST_TIER)),
        ("volume, beyond them refused", Volume(STEPS, Beyond.REFUSED)),
        ("graduated, less 5 %", Discounted(Graduated(STEPS), number("5"))),
    ],
)
def test_tiers_are_in_their_own_section(price: str, model: PriceModel, tmp_path: Path) -> None:
    assert model_of(tmp_path, price, TIERS) == model


@pytest.mark.parametrize(
    ("price", "tiers", "why"),
    [
        ("cheap", "", "each at 0.05;.* graduated .* beyond them refused;.*, less 10 %"),
        ("graduated", "", "it has no tiers; add rows for 'Boxes' to the section Tiers"),
        ("graduated, beyond them free", TIERS, "this means nothing here"),
        ("each at 0.05, less a lot", "", r"what can be written is:\s+10 %"),
        ("packages of 0 at 5.00", "", "size is 0; it must be more than zero"),
        ("cost 8.00 with a margin of 100 %", "", "the margin is 100 %"),
        ("each at 1.00", table("Tiers", "name | up to", "Crates | 1"), "name 'Crates'; there is"),
        ("volume", table("Tiers", "name | up to", "Boxes | 10", "Boxes | 5"), "ascending order"),
        ("volume", table("Tiers", "name | up to", "Boxes | all"), r"written is:\s+the rest;\s+10"),
        ("volume", table("Tiers", "name | up to", "Boxes | 0"), "up_to is 0"),
    ],
)
def test_what_is_no_price_is_refused(price: str, tiers: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(NotUnderstood, match=f"(?s){why}"):
        model_of(tmp_path, price, tiers)


def test_tiers_without_price_models_are_for_nothing(tmp_path: Path) -> None:
    tiers = sections_of(kept(tmp_path, TIERS))["Tiers"]

    with pytest.raises(NotUnderstood, match="there is no section 'Price models'"):
        read_models(None, tiers)
    assert read_models(None, None) == {}


MODELS = {"Old": PerUnit(Decimal(2)), "New": PerUnit(Decimal(1))}


class TestRateCard:
    def test_each_row_is_a_rate(self, tmp_path: Path) -> None:
        text = table("Rate card", "meter | from | priced by", "H | 2026-01-01 | Old")
        section = sections_of(kept(tmp_path, text))["Rate card"]

        card = read_rate_card(section, MODELS)

        assert [(rate.meter, rate.effective_on.month, rate.model) for rate in card.rates] == [
            ("H", 1, MODELS["Old"])
        ]
        assert isinstance(card.rates[0], Rate)

    @pytest.mark.parametrize(
        ("row", "why"),
        [
            ("H | 2026-01-01 | Newer", "no price model has the name 'Newer'"),
            ("H | 2026-01-01 | New", "meter 'H' has two prices from 2026-01-01 on"),
        ],
    )
    def test_a_rate_has_one_known_price(self, row: str, why: str, tmp_path: Path) -> None:
        text = table("Rate card", "meter | from | priced by", "H | 2026-01-01 | Old", row)
        section = sections_of(kept(tmp_path, text))["Rate card"]

        with pytest.raises(NotUnderstood, match=f"(?s)section 'Rate card'.*{why}"):
            read_rate_card(section, MODELS)

    def test_without_a_section_there_is_no_rate(self) -> None:
        assert read_rate_card(None, MODELS).rates == ()
