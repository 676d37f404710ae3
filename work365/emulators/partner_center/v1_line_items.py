"""Invoice line items as version 1 of the interface shows them: camel case, numbers as texts.

Of dated rules: unbilled line items ended on 15 March 2026; billed ones are not served for what
was invoiced after 21 April 2025 (both reported). The setting `v1_line_items` serves them all, as
clouds without Graph's exports need it.
Source: learn.microsoft.com/partner-center/developer/get-invoiceline-items.
"""

from datetime import UTC, datetime
from decimal import Decimal

from work365.emulators.partner_center.annexes import Record
from work365.emulators.partner_center.azure_usage import DailyUsage
from work365.emulators.partner_center.ledger import ChargeLine
from work365.emulators.partner_center.payloads import read_json
from work365.emulators.partner_center.reconciliation import row_of
from work365.emulators.partner_center.state import State
from work365.emulators.partner_center.usage_rows import usage_row

UNBILLED_ENDS = datetime(2026, 3, 15, tzinfo=UTC)
BILLED_ENDS = datetime(2025, 4, 21, tzinfo=UTC)

_RENAMED = {
    "Tier2MpnId": "resellerMpnId",
    "Total": "totalForCustomer",
    "PCToBCExchangeRate": "pcToBCExchangeRate",
    "PCToBCExchangeRateDate": "pcToBCExchangeRateDate",
    "ResourceURI": "resourceUri",
    "Unit": "unitOfMeasure",
    "PartnerEarnedCreditPercentage": "rateOfPartnerEarnedCredit",
    "CreditPercentage": "rateOfCredit",
    "BillingPreTaxTotal": "billingPreTaxTotal",
}
_LEFT_OUT = ("CreditReasonCode", "ProductCategory")


def line_item(state: State, line: ChargeLine, document: Record | None) -> Record:
    """Return a charge line as a line item of the provider `onetime`."""
    shown = _shown(row_of(state, line, document))
    qualifiers = shown["productQualifiers"]
    return {
        **shown,
        "productQualifiers": read_json(qualifiers) if qualifiers else [],
        "discountDetails": "",
        "invoiceLineItemType": "billing_line_items",
        "billingProvider": "one_time",
        "attributes": {"objectType": "OneTimeInvoiceLineItem"},
    }


def usage_item(state: State, usage: DailyUsage, invoice: str) -> Record:
    """Return a day's usage as a line item of the provider `onetime`."""
    return {
        **_shown(usage_row(state, usage, invoice, "full")),
        "invoiceLineItemType": "usage_line_items",
        "billingProvider": "marketplace",
        "attributes": {"objectType": "DailyRatedUsageLineItem"},
    }


def _shown(row: Record) -> Record:
    return {
        _RENAMED.get(name, name[:1].lower() + name[1:]): _text(value)
        for name, value in row.items()
        if name not in _LEFT_OUT
    }


def _text(value: object) -> object:
    return f"{value:f}" if isinstance(value, Decimal) else value
