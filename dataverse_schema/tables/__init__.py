"""The tables, one module per area."""

from dataverse_schema.table import Table
from dataverse_schema.tables import billing, microsoft, operations, providers, standard

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
    microsoft.ConsentRequest,
    microsoft.Consent,
    microsoft.AdminRelationship,
    microsoft.Agreement,
    microsoft.ProviderEvent,
    microsoft.ProviderInvoice,
    microsoft.ProviderCall,
    operations.Job,
    operations.Finding,
    operations.Watermark,
)
"""Every table, those before the ones that refer to them."""
