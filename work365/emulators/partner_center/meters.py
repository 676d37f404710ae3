"""What Azure meters: a few services with their prices in dollars, and a small daily use.

The quantities are made up from ids and days, the same ones each time.
"""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class Meter:
    """A metered service. `price` is a retail price in dollars for one unit; `daily_max` units."""

    meter: str
    product: str
    sku: str
    availability: str
    product_name: str
    sku_name: str
    category: str
    subcategory: str
    name: str
    unit: str
    service: str
    price: Decimal
    daily_max: Decimal
    has_credit: bool = True
    """Whether the partner earned credit is given on it."""

    @property
    def description(self) -> str:
        """What reconciliation files say of it."""
        return f"{self.subcategory} - {self.name}"


METERS = (
    Meter(
        meter="3f0d54c2-0c0e-5b7e-9d3b-7b6f6a0c1e11",
        product="DZH318Z0F1W1",
        sku="00A1",
        availability="DZH318Z0KQ11",
        product_name="Virtual Machines Dsv5 Series",
        sku_name="Virtual Machines Dsv5 Series - D2s v5 - EU West",
        category="Virtual Machines",
        subcategory="Dsv5 Series",
        name="D2s v5",
        unit="1 Hour",
        service="Microsoft.Compute",
        price=Decimal("0.115"),
        daily_max=Decimal(24),
    ),
    Meter(
        meter="8a2a1f60-77b8-5c1f-8a55-1d0b0d6f2e22",
        product="DZH318Z0F2W2",
        sku="00B2",
        availability="DZH318Z0KQ22",
        product_name="Premium SSD Managed Disks",
        sku_name="Premium SSD Managed Disks - P10 LRS - EU West",
        category="Storage",
        subcategory="Premium SSD Managed Disks",
        name="P10 LRS Disk",
        unit="1/Month",
        service="Microsoft.Compute",
        price=Decimal("21.68"),
        daily_max=Decimal("0.033336"),
    ),
    Meter(
        meter="c5b7d3f1-5d0a-5f1a-b1c6-9c8f5e3b3f33",
        product="DZH318Z0F3W3",
        sku="00C3",
        availability="DZH318Z0KQ33",
        product_name="Bandwidth",
        sku_name="Bandwidth - Routing Preference: Internet - EU West",
        category="Bandwidth",
        subcategory="Rtn Preference: MGN",
        name="Standard Data Transfer Out",
        unit="1 GB",
        service="Microsoft.Network",
        price=Decimal("0.08"),
        daily_max=Decimal("12.5"),
    ),
    Meter(
        meter="e1d9a7b4-41f3-5a3e-9f0d-2f4c7b5d4a44",
        product="DZH318Z0F4W4",
        sku="00D4",
        availability="DZH318Z0KQ44",
        product_name="Partner Firewall",
        sku_name="Partner Firewall - Standard",
        category="Virtual Machine Licenses",
        subcategory="Partner Firewall",
        name="Standard License",
        unit="1 Hour",
        service="Microsoft.Compute",
        price=Decimal("0.0209496384"),
        daily_max=Decimal(24),
        has_credit=False,
    ),
)
BY_SKU = {(meter.product, meter.sku): meter for meter in METERS}
