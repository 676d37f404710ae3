"""Microsoft's own tables that billing refers to: only the columns that we read or write."""

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, ClassVar
from uuid import UUID

from dataverse_schema.columns import (
    Amount,
    Day,
    ExactNumber,
    Lookup,
    Memo,
    Moment,
    Number,
    Text,
    Unique,
    Whole,
    YesNo,
)
from dataverse_schema.table import Table


class StandardTable(Table):
    """A table that every environment has; it cannot be created, only extended."""

    prefix: ClassVar = ""


CurrencyOfRow = Annotated[UUID | None, Lookup(target="transactioncurrency")]
OptionalText = Annotated[str | None, Text()]
OptionalMoment = Annotated[datetime | None, Moment()]
CustomKey = Annotated[str | None, Text(max_length=250, custom=True)]


class TransactionCurrency(StandardTable):
    """A currency in which rows can hold money."""

    plural: ClassVar = "transactioncurrencies"
    primary_name: ClassVar = "currency_name"
    user_owned: ClassVar = False

    currency_name: Annotated[str, Text()]
    iso_currency_code: Annotated[str, Text(max_length=5)]
    currency_symbol: Annotated[str, Text(max_length=10)]
    currency_precision: Annotated[int, Whole(minimum=0, maximum=4)] = 2
    exchange_rate: ExactNumber
    """Units of this currency for one unit of the organization's base currency."""


class SystemUser(StandardTable):
    """A person or an application that signs in."""

    primary_name: ClassVar = "full_name"
    user_owned: ClassVar = False

    full_name: Annotated[str | None, Text(max_length=200)] = None
    domain_name: Annotated[str | None, Text(max_length=1024)] = None
    internal_email_address: OptionalText = None
    application_id: Annotated[UUID | None, Unique()] = None
    azure_active_directory_object_id: Annotated[UUID | None, Unique()] = None
    is_disabled: Annotated[bool, YesNo()] = False


class Account(StandardTable):
    """A company that buys: the customer of a billing contract."""

    keys: ClassVar = (("key",),)

    name: Annotated[str, Text(max_length=160)]
    account_number: Annotated[str | None, Text(max_length=20)] = None
    email_address1: OptionalText = None
    web_site_url: Annotated[str | None, Text(max_length=200, apart=True)] = None
    address1_line1: Annotated[str | None, Text(max_length=250)] = None
    address1_line2: Annotated[str | None, Text(max_length=250)] = None
    address1_city: Annotated[str | None, Text(max_length=80)] = None
    address1_stateorprovince: Annotated[str | None, Text(max_length=50)] = None
    address1_postalcode: Annotated[str | None, Text(max_length=20)] = None
    address1_country: Annotated[str | None, Text(max_length=80)] = None
    transactioncurrencyid: CurrencyOfRow = None
    primarycontactid: Annotated[UUID | None, Lookup(target="contact")] = None
    parentaccountid: Annotated[UUID | None, Lookup(target="account")] = None
    credit_on_hold: Annotated[bool, YesNo(apart=True)] = False
    key: CustomKey = None

    @classmethod
    @cache
    def column_name(cls, field: str) -> str:
        """Return the column's name; Microsoft's address columns keep their underscore."""
        if field.startswith("address1_"):
            return field
        return super().column_name(field)


class Contact(StandardTable):
    """A person at a customer."""

    keys: ClassVar = (("key",),)
    primary_name: ClassVar = "full_name"

    full_name: Annotated[str | None, Text(max_length=160)] = None
    first_name: Annotated[str | None, Text(max_length=50)] = None
    last_name: Annotated[str | None, Text(max_length=50)] = None
    email_address1: OptionalText = None
    key: CustomKey = None


class UomSchedule(StandardTable):
    """A unit group: units that convert into each other.

    With a new group Dynamics 365 makes the unit that the others are counted in, named
    `base_uom_name`.
    """

    keys: ClassVar = (("key",),)
    user_owned: ClassVar = False

    name: Annotated[str, Text(max_length=200)]
    base_uom_name: OptionalText = None
    key: CustomKey = None


class Uom(StandardTable):
    """A unit in which a product is sold."""

    keys: ClassVar = (("key",),)
    user_owned: ClassVar = False

    name: Annotated[str, Text()]
    quantity: ExactNumber
    """How many base units one of this unit is."""
    baseuom: Annotated[UUID | None, Lookup(target="uom")] = None
    """The group's base unit; the base unit itself has none."""
    uomscheduleid: Annotated[UUID | None, Lookup(target="uomschedule")] = None
    key: CustomKey = None


class Product(StandardTable):
    """Something that can be sold."""

    keys: ClassVar = (("key",),)
    user_owned: ClassVar = False

    name: Annotated[str, Text()]
    product_number: Annotated[str, Text()]
    """Provider part number; a new-commerce product is `ProductId:SkuId`."""
    description: Annotated[str | None, Memo()] = None
    quantity_decimal: Annotated[int, Whole(minimum=0, maximum=5)] = 0
    defaultuomid: Annotated[UUID | None, Lookup(target="uom")] = None
    defaultuomscheduleid: Annotated[UUID | None, Lookup(target="uomschedule")] = None
    transactioncurrencyid: CurrencyOfRow = None
    publisher: Annotated[str | None, Text(custom=True)] = None
    key: CustomKey = None


class PriceLevel(StandardTable):
    """A price list: prices in one currency, between two days.

    Its days are shown without a time, and kept and sent with one, in UTC.
    """

    keys: ClassVar = (("key",),)
    user_owned: ClassVar = False

    name: Annotated[str, Text()]
    begin_date: OptionalMoment = None
    """In the first day on which it holds."""
    end_date: OptionalMoment = None
    """In the last day on which it holds."""
    transactioncurrencyid: CurrencyOfRow = None
    key: CustomKey = None


class ProductPriceLevel(StandardTable):
    """A price of one product in one unit on one price list: there is no second one.

    Its currency is that of the price list.
    """

    keys: ClassVar = (("key",),)
    primary_name: ClassVar = "key"
    user_owned: ClassVar = False

    amount: Amount
    """Price of one seat for `price_months` months."""
    pricelevelid: Annotated[UUID | None, Lookup(target="pricelevel")] = None
    productid: Annotated[UUID | None, Lookup(target="product")] = None
    uomid: Annotated[UUID | None, Lookup(target="uom")] = None
    term: Annotated[str | None, Text(max_length=10, custom=True)] = None
    billing_plan: Annotated[str | None, Text(max_length=20, custom=True)] = None
    price_months: Annotated[int | None, Whole(minimum=1, maximum=120, custom=True)] = None
    cost: Annotated[Decimal | None, Number(custom=True)] = None
    """What the partner pays for it."""
    market: Annotated[str | None, Text(max_length=2, custom=True)] = None
    segment: Annotated[str | None, Text(max_length=40, custom=True)] = None
    effective_from: Annotated[date | None, Day(custom=True)] = None
    effective_until: Annotated[date | None, Day(custom=True)] = None
    key: CustomKey = None
