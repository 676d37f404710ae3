"""Display names of tables, columns and options, in plain English from their own names."""

import re
from enum import IntEnum

from dataverse_schema.table import Table

LANGUAGE = 1033
"""Microsoft's code of English (United States), the language of every label."""

TABLES_IN_WORDS = {
    "OneTimeCharge": "One-time charge",
    "SystemUser": "User",
    "TransactionCurrency": "Currency",
    "Uom": "Unit",
    "UomSchedule": "Unit group",
    "PriceLevel": "Price list",
    "ProductPriceLevel": "Price list item",
}
"""Where the class's name is not it: Microsoft's tables are called as on its screens."""

PLURALS = {"Billing settings": "Billing settings", "Currency": "Currencies"}

COLUMNS_IN_WORDS = {
    "agreed_on": "Agreed on",
    "application_id": "Application ID",
    "approve_link": "Approval link",
    "at_term_end": "At the end of the term",
    "bill_day": "Bill day",
    "charged_on": "Charged on",
    "checked_on": "Last checked on",
    "custom_term_end_on": "Custom term end",
    "cycle_months": "Billing cycle (months)",
    "change_cycle_months": "Change cycle (months)",
    "discount_percent": "Discount (%)",
    "due_on": "Due date",
    "effective_on": "Effective date",
    "end_on": "End date",
    "extended_decided_by": "Extended service decided by",
    "extended_decided_on": "Extended service decided on",
    "extended_service": "Extended service decision",
    "given_by_object_id": "Given by (object ID)",
    "in_extended_term": "In the extended service term",
    "invoice_on": "Invoice date",
    "is_limited": "Limited to the rest",
    "kind": "Kind",
    "mfa_seen": "MFA seen",
    "net_amount": "Net amount",
    "one_time_charge": "One-time charge",
    "offset_days": "Offset (days)",
    "payment_days": "Payment term (days)",
    "period_end_on": "Billing period end",
    "period_start_on": "Billing period start",
    "price_months": "Price for (months)",
    "review_days": "Review (days)",
    "seen_etag": "Version seen",
    "service_end_on": "Service period end",
    "service_start_on": "Service period start",
    "settle_next_on": "Settle next on",
    "start_on": "Start date",
    "term_end_on": "Term end date",
    "term_months": "Term (months)",
    "token_expires_on": "Delegated connection expires on",
    "transactioncurrencyid": "Currency",
    "address1_stateorprovince": "Address 1: state or province",
    "address1_postalcode": "Address 1: postal code",
    "address1_city": "Address 1: city",
    "address1_country": "Address 1: country or region",
    "address1_line1": "Address 1: street 1",
    "address1_line2": "Address 1: street 2",
    "azure_active_directory_object_id": "Entra object id",
    "base_uom_name": "Base unit name",
    "baseuom": "Base unit",
    "defaultuomid": "Default unit",
    "defaultuomscheduleid": "Unit group",
    "email_address1": "Email",
    "internal_email_address": "Primary email",
    "iso_currency_code": "Currency code",
    "parentaccountid": "Parent account",
    "pricelevelid": "Price list",
    "primarycontactid": "Primary contact",
    "productid": "Product",
    "quantity_decimal": "Decimals supported",
    "uomid": "Unit",
    "uomscheduleid": "Unit group",
}

OPTIONS_IN_WORDS = {
    "APP_ONLY": "Connected app-only",
    "CHINA": "China (21Vianet)",
    "DELEGATED": "Connected with delegated",
    "PARTNER_CENTER": "Partner Center",
    "US_GOVERNMENT": "US government",
    "WRITE_IN": "Write-in",
}


def table_label(declared: type[Table]) -> str:
    """Return the table's display name, such as `Billing contract`."""
    name = declared.__name__
    return TABLES_IN_WORDS.get(name) or _sentence(_words(name))


def table_plural_label(declared: type[Table]) -> str:
    """Return the display name of several rows, such as `Billing contracts`."""
    label = table_label(declared)
    return PLURALS.get(label, label + "s")


def column_label(declared: type[Table], field: str) -> str:
    """Return the column's display name, such as `Start date`."""
    if field == "key" and not declared.is_ours():
        return "Work 365 key"
    return COLUMNS_IN_WORDS.get(field) or _sentence(field.split("_"))


def key_label(declared: type[Table], fields: tuple[str, ...]) -> str:
    """Return the display name of the alternate key over `fields`, such as `By key`."""
    return "By " + ", ".join(column_label(declared, field) for field in fields)


def choice_label(choice: type[IntEnum]) -> str:
    """Return the choice's display name, such as `Contract type`."""
    return _sentence(_words(choice.__name__))


def option_label(option: IntEnum) -> str:
    """Return the option's display name, such as `Credit and charge`."""
    return OPTIONS_IN_WORDS.get(option.name) or _sentence(option.name.split("_"))


def _words(name: str) -> list[str]:
    return re.findall(r"[A-Z][a-z0-9]*", name)


def _sentence(words: list[str]) -> str:
    return " ".join(words).capitalize()
