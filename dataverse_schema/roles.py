"""Security roles: who may do what with which rows.

A role's privilege is a verb on a table, with the depth to which it reaches: rows of one's
own, of one's business unit, of that and those below it, or of everybody. A table that
belongs to the organization knows the last one only, and is neither assigned nor shared.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from dataverse_schema.identifiers import identifier
from dataverse_schema.table import Table
from dataverse_schema.tables import TABLES, billing, microsoft, operations, providers, standard


class Verb(StrEnum):
    """What is done with a row."""

    CREATE = "Create"
    READ = "Read"
    WRITE = "Write"
    DELETE = "Delete"
    APPEND = "Append"
    APPEND_TO = "AppendTo"
    ASSIGN = "Assign"
    SHARE = "Share"


class Depth(StrEnum):
    """Whose rows a privilege reaches."""

    BASIC = "Basic"
    LOCAL = "Local"
    DEEP = "Deep"
    GLOBAL = "Global"


Privileges = Mapping[tuple[Verb, str], Depth]
"""Depth by verb and logical name of the table."""


@dataclass(frozen=True, kw_only=True)
class Role:
    """One security role."""

    id: UUID
    name: str
    description: str
    privileges: Privileges
    other_privileges: Mapping[str, Depth] = field(default_factory=dict)
    """Depth by the full name of privileges that are about no table."""


LOOK = (Verb.READ,)
REFER = (Verb.READ, Verb.APPEND_TO)
"""To read a row, and to point at it from another one."""

KEEP = (Verb.CREATE, Verb.READ, Verb.WRITE, Verb.APPEND, Verb.APPEND_TO)
"""To enter rows and change them, and never to delete one."""

HAND_OVER = (*KEEP, Verb.ASSIGN, Verb.SHARE)
EVERYTHING = tuple(Verb)

OURS = tuple(declared for declared in TABLES if declared.is_ours())
CATALOGUE = (
    standard.Product,
    standard.PriceLevel,
    standard.ProductPriceLevel,
    standard.Uom,
    standard.UomSchedule,
)
CUSTOMERS = (standard.Account, standard.Contact)
AGREEMENTS = (
    billing.BillingContract,
    billing.Subscription,
    billing.SubscriptionChange,
    billing.OneTimeCharge,
)
BILLS = (billing.Invoice, billing.InvoiceLine)
SUPPLY = (providers.Provider, providers.ProviderAccount)
CUSTOMER_TIES = (microsoft.AdminRelationship, microsoft.Agreement)
"""What ties a customer to the partner at Microsoft."""

EVIDENCE = (microsoft.Consent, microsoft.ProviderEvent, microsoft.ProviderCall)
"""What the service keeps of its own doing; no person writes it."""

PRIVILEGE_NOUNS = {
    "systemuser": "User",
    "transactioncurrency": "TransactionCurrency",
    "account": "Account",
    "contact": "Contact",
    **{declared.table_name(): "Product" for declared in CATALOGUE},
}
"""How privileges call Microsoft's tables. Price lists and units have none of their own: a
product's count. Source: docs, privileges by entity (PriceLevel, ProductPriceLevel, UoM)."""


def privilege_name(verb: Verb, table: str) -> str:
    """Return the name of the privilege for `verb` on the table with this logical name.

    Raises: KeyError: the table is none that a role of ours is about.
    """
    ours = {declared.table_name(): declared.table_schema_name() for declared in OURS}
    return f"prv{verb}{(ours | PRIVILEGE_NOUNS)[table]}"


def named_privileges(role: Role) -> dict[str, Depth]:
    """Return the role's depth by privilege, in the order of the privileges' names.

    Where two tables share a privilege, it reaches as far as the further of them.
    """
    reach = list(Depth)
    found = dict(role.other_privileges)
    for (verb, table), depth in role.privileges.items():
        name = privilege_name(verb, table)
        found[name] = max(depth, found.get(name, depth), key=reach.index)
    return dict(sorted(found.items()))


def _grant(
    tables: tuple[type[Table], ...], verbs: tuple[Verb, ...], depth: Depth = Depth.GLOBAL
) -> dict[tuple[Verb, str], Depth]:
    granted = {}
    for declared in tables:
        for verb in verbs:
            if not declared.user_owned and verb in (Verb.ASSIGN, Verb.SHARE):
                continue
            reach = depth if declared.user_owned else Depth.GLOBAL
            granted[verb, declared.table_name()] = reach
    return granted


COMMON = _grant((standard.TransactionCurrency, *CATALOGUE), REFER) | _grant(
    (standard.SystemUser,), LOOK
)
"""What every role needs to see the money, the products and the people in a form."""


def _role(
    name: str,
    description: str,
    *granted: Privileges,
    others: Mapping[str, Depth] | None = None,
) -> Role:
    privileges: dict[tuple[Verb, str], Depth] = dict(COMMON)
    for each in granted:
        privileges |= each
    return Role(
        id=identifier("role", name),
        name=name,
        description=description,
        privileges=privileges,
        other_privileges=others or {},
    )


ADMINISTRATOR = _role(
    "Work 365 Administrator",
    "Sets up billing, the catalogue and providers, and may do whatever the other roles may.",
    _grant(tuple(declared for declared in OURS if declared not in EVIDENCE), EVERYTHING),
    _grant(EVIDENCE, LOOK),
    _grant(CUSTOMERS, HAND_OVER),
    _grant(CATALOGUE, KEEP),
)

BILLING = _role(
    "Work 365 Billing",
    "Keeps contracts, subscriptions and charges, reviews invoices and answers findings.",
    _grant(AGREEMENTS, HAND_OVER),
    _grant(BILLS, (Verb.READ, Verb.WRITE, Verb.APPEND, Verb.APPEND_TO)),
    _grant(SUPPLY, REFER),
    _grant((microsoft.ProviderInvoice, *CUSTOMER_TIES), LOOK),
    _grant((billing.BillingSettings, operations.Watermark), LOOK),
    _grant((operations.Job,), KEEP),
    _grant((operations.Finding,), (Verb.READ, Verb.WRITE)),
    _grant(CUSTOMERS, REFER),
)

SALES = _role(
    "Work 365 Sales",
    "Enters contracts and subscriptions of its own customers, and sees those of its unit.",
    _grant(AGREEMENTS, (Verb.CREATE, Verb.WRITE), Depth.BASIC),
    _grant(AGREEMENTS, (Verb.READ, Verb.APPEND, Verb.APPEND_TO), Depth.LOCAL),
    _grant(BILLS, LOOK, Depth.LOCAL),
    _grant(SUPPLY, REFER),
    _grant((*CUSTOMER_TIES, operations.Finding), LOOK, Depth.LOCAL),
    _grant(CUSTOMERS, REFER, Depth.LOCAL),
)

PROVISIONING = _role(
    "Work 365 Provisioning",
    "Maps customers to their tenants, and changes seats with the providers.",
    _grant((*SUPPLY, *CUSTOMER_TIES), HAND_OVER),
    _grant((*EVIDENCE, microsoft.ConsentRequest, microsoft.ProviderInvoice), LOOK),
    _grant((billing.BillingContract,), REFER),
    _grant((billing.Subscription, billing.SubscriptionChange), KEEP),
    _grant((operations.Job,), KEEP),
    _grant((operations.Finding,), (Verb.READ, Verb.WRITE)),
    _grant(CUSTOMERS, REFER),
)

SERVICE = _role(
    "Work 365 Service",
    "Reads what a customer has and was billed, to answer questions.",
    _grant((*AGREEMENTS, *BILLS, *SUPPLY, *CUSTOMER_TIES, operations.Finding), LOOK),
    _grant(CUSTOMERS, LOOK),
)

APPLICATION = _role(
    "Work 365 Application",
    "For the application user that the service signs in as, and for nobody else.",
    _grant((*SUPPLY, *AGREEMENTS, operations.Job, operations.Finding), HAND_OVER),
    _grant((*CUSTOMER_TIES, *EVIDENCE), HAND_OVER),
    _grant((microsoft.ConsentRequest, microsoft.ProviderInvoice), HAND_OVER),
    _grant((*BILLS, operations.Watermark), EVERYTHING),
    _grant((billing.BillingSettings,), REFER),
    _grant((*CUSTOMERS, *CATALOGUE), KEEP),
    others={
        "prvActOnBehalfOfAnotherUser": Depth.GLOBAL,
        "prvBypassCustomPlugins": Depth.GLOBAL,
        "prvBypassCustomBusinessLogic": Depth.GLOBAL,
    },
)

ROLES = (ADMINISTRATOR, BILLING, SALES, PROVISIONING, SERVICE, APPLICATION)
