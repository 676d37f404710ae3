"""The tables, one module per area."""

from dataverse_schema.table import Table
from dataverse_schema.tables import billing, operations, providers, standard

TABLES: tuple[type[Table], ...] = (
    standard.TransactionCurrency,
    standard.SystemUser,
    standard.Account,
    standard.Contact,
    standard.UomSchedule,
    standard.Uom,
    standard.Product,
    standard.PriceLevel,
    standard.ProductPriceLevel,
    providers.Provider,
    providers.ProviderAccount,
    billing.BillingSettings,
    billing.BillingContract,
    billing.Subscription,
    billing.SubscriptionChange,
    billing.OneTimeCharge,
    billing.Invoice,
    billing.InvoiceLine,
    operations.Job,
    operations.Finding,
    operations.Watermark,
)
"""Every table, those before the ones that refer to them."""
