"""A catalogue to start from: made-up prices, with the rises that the rules know.

All names and ids of products are this twin's own. Prices are per charge cycle; of every
seat-based SKU only the yearly price is given, and the other plans' follow from it by the dated
rules: a monthly term is dearer, and so is monthly billing of a year since April 2025.
"""

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal

from work365.emulators.partner_center.catalogue import (
    AZURE_PLAN,
    ONE_TIME,
    PERPETUAL_SOFTWARE,
    RESERVATION,
    SAAS,
    SOFTWARE_SUBSCRIPTION,
    Catalogue,
    Plan,
    Price,
    Product,
    Promotion,
    Sku,
)
from work365.emulators.partner_center.rules import (
    MONTHLY_BILLING_UPLIFT,
    MONTHLY_TERM_UPLIFT,
    value_of,
)

MARKETS = {
    "DE": ("EUR", Decimal(1)),
    "AT": ("EUR", Decimal(1)),
    "FR": ("EUR", Decimal(1)),
    "US": ("USD", Decimal("1.08")),
    "GB": ("GBP", Decimal("0.86")),
}
_CENT = Decimal("0.01")
_RETAIL = Decimal("1.25")
_BEGIN = date(2023, 1, 1)
_MONTHLY_BILLING_RISES = date(2025, 4, 1)
_LIST_RISES = date(2026, 7, 1)
_LIST_RISE = Decimal("1.08")

SEATS = (
    # product, title, a month's price in a year's term, maximum, is an add-on
    ("CFQ7TTC0TW01", "Office Basic", "5.00", 300, False),
    ("CFQ7TTC0TW02", "Office Standard", "10.08", 300, False),
    ("CFQ7TTC0TW03", "Office Premium", "18.60", 300, False),
    ("CFQ7TTC0TW04", "Enterprise Three", "31.20", 10_000, False),
    ("CFQ7TTC0TW05", "Enterprise Five", "48.00", 10_000, False),
    ("CFQ7TTC0TW06", "Mailbox One", "3.40", 10_000, False),
    ("CFQ7TTC0TW07", "Team Calling", "6.80", 10_000, True),
    ("CFQ7TTC0TW08", "Sales Professional", "54.90", 10_000, False),
    ("CFQ7TTC0TW09", "Dashboards Pro", "8.40", 10_000, False),
)
UPGRADES = {
    "CFQ7TTC0TW01": ("CFQ7TTC0TW02", "CFQ7TTC0TW03"),
    "CFQ7TTC0TW02": ("CFQ7TTC0TW03", "CFQ7TTC0TW04"),
    "CFQ7TTC0TW03": ("CFQ7TTC0TW05",),
    "CFQ7TTC0TW04": ("CFQ7TTC0TW05",),
}
ADDON = "CFQ7TTC0TW07"
WITHOUT_MONTHLY = "CFQ7TTC0TW08"
TRIAL = "CFQ7TTC0TW10"
AZURE = "DZH318Z0TW01"
RESERVED = "DZH318Z0TW02"
SOFTWARE = "DG7GMGF0TW01"
PERPETUAL = "DG7GMGF0TW02"
MARKETPLACE = "DZH318Z0TW03"
PROMOTION = "39NFJQT1TW01:0001:39NFJQT1TW0A"


def catalogue() -> Catalogue:
    """Return the catalogue."""
    made = Catalogue()
    for product, title, monthly, maximum, is_addon in SEATS:
        sku = _seat_sku(product, title, Decimal(monthly), maximum)
        sku.is_addon = is_addon
        sku.upgrade_targets = [f"{target}:0001" for target in UPGRADES.get(product, ())]
        if product == ADDON:
            sku.prerequisites = [f"{each[0]}:0001" for each in SEATS[:5]]
        if product == WITHOUT_MONTHLY:
            sku.prices = [price for price in sku.prices if price.plan.term != "P1M"]
        made.add(Product(product, title), sku)
    made.add(Product(TRIAL, "Office Premium Trial"), _trial_sku())
    _add_others(made)
    made.promotions[PROMOTION] = Promotion(
        promotion=PROMOTION,
        name="Office Premium, 15 % for new seats",
        product="CFQ7TTC0TW03",
        sku="0001",
        plan=Plan("P1Y", "monthly"),
        share=Decimal("0.15"),
        starts=datetime(2025, 1, 1, tzinfo=UTC),
        ends=datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC),
        seats_max=2400,
    )
    return made


def _seat_sku(product: str, title: str, monthly: Decimal, maximum: int) -> Sku:
    sku = Sku(product, "0001", title, maximum=maximum, provisioning_id=_provisioning(product))
    for starts in (_BEGIN, _MONTHLY_BILLING_RISES, _LIST_RISES):
        amount = monthly * (_LIST_RISE if starts >= _LIST_RISES else 1)
        for plan, units in _plan_prices(amount, starts):
            sku.prices += _in_markets(plan, units, starts)
    return sku


def _plan_prices(monthly: Decimal, on: date) -> list[tuple[Plan, Decimal]]:
    dearer = 1 + value_of(MONTHLY_TERM_UPLIFT, on)
    in_parts = 1 + value_of(MONTHLY_BILLING_UPLIFT, on)
    return [
        (Plan("P1M", "monthly"), monthly * dearer),
        (Plan("P1Y", "monthly"), monthly * in_parts),
        (Plan("P1Y", "annual"), monthly * 12),
        (Plan("P3Y", "monthly"), monthly * in_parts),
        (Plan("P3Y", "annual"), monthly * 12),
        (Plan("P3Y", "triennial"), monthly * 36),
    ]


def _in_markets(plan: Plan, amount: Decimal, starts: date) -> list[Price]:
    return [
        Price(
            plan, market, currency, _cents(amount * rate), _cents(amount * rate * _RETAIL), starts
        )
        for market, (currency, rate) in MARKETS.items()
    ]


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, rounding=ROUND_HALF_UP)


def _provisioning(product: str) -> str:
    return f"7a1e00{product[-2:]}-5b1c-4d7e-8a90-3f2e6c5d4b1a"


def _trial_sku() -> Sku:
    sku = Sku(
        TRIAL,
        "0001",
        "Office Premium Trial",
        maximum=25,
        is_trial=True,
        converts_to="CFQ7TTC0TW03:0001",
        provisioning_id=_provisioning(TRIAL),
        subscriptions_max=1,
    )
    sku.prices = _in_markets(Plan("P1M", "monthly"), Decimal(0), _BEGIN)
    return sku


def _add_others(made: Catalogue) -> None:
    once = Plan("", ONE_TIME)
    others = (
        (AZURE, "Azure plan", AZURE_PLAN, [(once, "0")]),
        (RESERVED, "Reserved machine", RESERVATION, [(Plan("P1Y", ONE_TIME), "820.00")]),
        (
            SOFTWARE,
            "Server subscription",
            SOFTWARE_SUBSCRIPTION,
            [(Plan("P1Y", ONE_TIME), "612.00"), (Plan("P3Y", ONE_TIME), "1650.00")],
        ),
        (PERPETUAL, "Server perpetual", PERPETUAL_SOFTWARE, [(once, "940.00")]),
        (
            MARKETPLACE,
            "Mail guard",
            SAAS,
            [(Plan("P1M", "monthly"), "2.10"), (Plan("P1Y", "annual"), "21.00")],
        ),
    )
    for product, title, kind, prices in others:
        sku = Sku(product, "0001", title)
        for plan, amount in prices:
            sku.prices += _in_markets(plan, Decimal(amount), _BEGIN)
        if kind == AZURE_PLAN:
            sku.maximum = 1
        if kind == RESERVATION:
            sku.restricted_regions = ["japanwest"]
        is_ours = kind != SAAS
        publisher = "Microsoft Corporation" if is_ours else "Mail Guard Ltd"
        made.add(Product(product, title, kind, publisher=publisher, is_microsoft=is_ours), sku)
