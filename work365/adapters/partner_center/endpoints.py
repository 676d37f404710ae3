"""Every operation of Microsoft's that the connector asks for, and as whom it may ask.

Owns the table that `docs/partner_center.md` shows. Paths have names in braces for ids. How
certain an entry is: all of them were checked against documentation only, because Microsoft
offers no rehearsal room that would do.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import quote

from work365.identity.clouds import Audience


class Mode(Enum):
    """As whom an operation may be asked for."""

    APP_ONLY = "app-only"
    """The application alone is enough; it works with the delegated connection as well."""
    DELEGATED = "delegated"
    """Only on behalf of the user who consented."""


PERSONAL = frozenset({"user"})
"""Names of ids that lead to a person, so that no log has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An operation: method, path, and what has to be known to ask for it."""

    title: str
    """What it does, as the table in the documentation says it."""
    method: str
    path: str
    mode: Mode
    audience: Audience = Audience.PARTNER_CENTER
    is_repeatable: bool = True
    """Whether it may be sent again when nobody knows what became of the first sending."""
    feature: str = ""
    """What does not work without the delegated connection, in the words of a user."""

    @property
    def is_counted(self) -> bool:
        """Whether it is one of the requests of which a partner has 500 a minute.

        Source: "Subscription resources", note; the same for customers and orders.
        """
        return self.path.startswith("/v1/customers")

    @property
    def writes(self) -> bool:
        """Whether something may be different afterwards."""
        return self.method not in ("GET", "HEAD")

    def path_with(self, ids: dict[str, Any]) -> str:
        """Return the path with `ids` in it, none of which can lead anywhere else."""
        assert all(str(each) not in ("", ".", "..") for each in ids.values()), (
            "an id of no resource"
        )
        return self.path.format(**{name: quote(str(each), safe="") for name, each in ids.items()})

    def path_told(self, ids: dict[str, Any]) -> str:
        """Return the path as a log or an error may show it."""
        shown = {name: f"{{{name}}}" if name in PERSONAL else each for name, each in ids.items()}
        return self.path.format(**shown)


def _app(title: str, method: str, path: str, *, is_repeatable: bool = True) -> Endpoint:
    return Endpoint(
        title=title,
        method=method,
        path=f"/v1/{path}",
        mode=Mode.APP_ONLY,
        is_repeatable=is_repeatable,
    )


def _delegated(title: str, method: str, path: str, *, feature: str) -> Endpoint:
    return Endpoint(
        title=title, method=method, path=f"/v1/{path}", mode=Mode.DELEGATED, feature=feature
    )


def _webhook(title: str, method: str, path: str) -> Endpoint:
    return Endpoint(
        title=title, method=method, path=f"/webhooks/v1/registration{path}", mode=Mode.APP_ONLY
    )


def _price_sheet(title: str, path: str) -> Endpoint:
    return Endpoint(
        title=title,
        method="GET",
        path=f"/v1.0/sales/{path}/$value",
        mode=Mode.DELEGATED,
        audience=Audience.PRICE_SHEETS,
        feature="Price sheets from Microsoft",
    )


def _admin(title: str, method: str, path: str = "", *, is_repeatable: bool = True) -> Endpoint:
    return Endpoint(
        title=title,
        method=method,
        path=f"/v1.0/tenantRelationships/delegatedAdminRelationships{path}",
        mode=Mode.DELEGATED,
        audience=Audience.GRAPH,
        is_repeatable=is_repeatable,
        feature="Granular admin relationships",
    )


def _export(title: str, method: str, path: str) -> Endpoint:
    return Endpoint(
        title=title,
        method=method,
        path=f"/v1.0/reports/partners/billing/{path}",
        mode=Mode.APP_ONLY,
        audience=Audience.GRAPH,
    )


_LICENCES = "Licences of users"
_AGREEMENTS = "Agreements that customers signed"
_RESELLERS = "Indirect resellers and providers"
_INVOICES = "Single invoices and their PDF"
_CONSENTS = "Consents in customers' tenants"
_MFA = "Reports on multifactor authentication"
_SUBSCRIPTION = "customers/{customer}/subscriptions/{subscription}"

LIST_CUSTOMERS = _app("List customers", "GET", "customers")
GET_CUSTOMER = _app("Get a customer", "GET", "customers/{customer}")

LIST_AGREEMENT_TEMPLATES = _delegated(
    "List agreement templates", "GET", "agreements", feature=_AGREEMENTS
)
LIST_AGREEMENTS = _delegated(
    "List a customer's agreements", "GET", "customers/{customer}/agreements", feature=_AGREEMENTS
)
GET_DIRECT_SIGNATURE = _delegated(
    "Say whether a customer signed the agreement itself",
    "GET",
    "customers/{customer}/directSignedMicrosoftCustomerAgreementStatus",
    feature=_AGREEMENTS,
)

LIST_PRODUCTS = _app("List products", "GET", "products")
LIST_SKUS = _app("List a product's SKUs", "GET", "products/{product}/skus")
LIST_AVAILABILITIES = _app(
    "List what a cart for a customer may name",
    "GET",
    "customers/{customer}/products/{product}/skus/{sku}/availabilities",
)
LIST_PROMOTIONS = _app("List promotions", "GET", "productpromotions")
CHECK_PROMOTIONS = _app(
    "Say which promotions a customer may have",
    "POST",
    "customers/{customer}/promotionEligibilities",
)

CREATE_CART = _app("Create a cart", "POST", "customers/{customer}/carts")
CHECK_OUT_CART = _app("Check out a cart", "POST", "customers/{customer}/carts/{cart}/checkout")
LIST_ORDERS = _app("List a customer's orders", "GET", "customers/{customer}/orders")
GET_ORDER = _app("Get an order", "GET", "customers/{customer}/orders/{order}")

LIST_SUBSCRIPTIONS = _app(
    "List a customer's subscriptions", "GET", "customers/{customer}/subscriptions"
)
GET_SUBSCRIPTION = _app("Get a subscription", "GET", _SUBSCRIPTION)
CHANGE_SUBSCRIPTION = _app("Change a subscription", "PATCH", _SUBSCRIPTION)
LIST_TERM_ENDS = _app(
    "List ends that a first term may have",
    "GET",
    "customers/{customer}/subscriptions/customTermEndDates",
)
LIST_TRANSITION_OFFERS = _app(
    "List what a subscription can become", "GET", f"{_SUBSCRIPTION}/transitionEligibilities"
)
LIST_TRANSITIONS = _app("List a subscription's transitions", "GET", f"{_SUBSCRIPTION}/transitions")
CREATE_TRANSITION = _app(
    "Make a subscription another", "POST", f"{_SUBSCRIPTION}/transitions", is_repeatable=False
)
REGISTER_SUBSCRIPTION = _app(
    "Register an Azure subscription for reservations", "POST", f"{_SUBSCRIPTION}/registrations"
)
GET_REGISTRATION = _app(
    "Get a registration for reservations", "GET", f"{_SUBSCRIPTION}/registrationstatus"
)
LIST_ENTITLEMENTS = _app(
    "List the Azure subscriptions of a plan", "GET", f"{_SUBSCRIPTION}/azureEntitlements"
)
GET_ENTITLEMENT = _app(
    "Get an Azure subscription", "GET", f"{_SUBSCRIPTION}/azureEntitlements/{{entitlement}}"
)
CANCEL_ENTITLEMENT = _app(
    "Cancel an Azure subscription",
    "POST",
    f"{_SUBSCRIPTION}/azureEntitlements/{{entitlement}}/cancel",
)
REACTIVATE_ENTITLEMENT = _app(
    "Reactivate an Azure subscription",
    "POST",
    f"{_SUBSCRIPTION}/azureEntitlements/{{entitlement}}/reactivate",
)

LIST_USERS = _delegated("List users", "GET", "customers/{customer}/users", feature=_LICENCES)
LIST_LICENCE_POOLS = _delegated(
    "List a customer's licences", "GET", "customers/{customer}/subscribedskus", feature=_LICENCES
)
LIST_LICENCES = _delegated(
    "List a user's licences", "GET", "customers/{customer}/users/{user}/licenses", feature=_LICENCES
)
UPDATE_LICENCES = _delegated(
    "Assign and remove licences",
    "POST",
    "customers/{customer}/users/{user}/licenseupdates",
    feature=_LICENCES,
)

LIST_INVOICES = _app("List invoices", "GET", "invoices")
GET_INVOICE = _delegated("Get an invoice", "GET", "invoices/{invoice}", feature=_INVOICES)
GET_STATEMENT = _delegated(
    "Get an invoice as PDF", "GET", "invoices/{invoice}/documents/statement", feature=_INVOICES
)
LIST_INVOICE_LINES = _app("List the lines of an invoice", "GET", "invoices/{invoice}/lineitems")
LIST_ESTIMATES = _app("List what will be invoiced", "GET", "invoices/estimates/links")

LIST_AUDIT_RECORDS = _app("List audit records", "GET", "auditrecords")

GET_INVITATION = _delegated(
    "Get the link that invites a customer",
    "GET",
    "customers/relationshiprequests",
    feature="Links that invite customers",
)
LIST_PARTNERS = _delegated(
    "List indirect resellers or providers", "GET", "relationships", feature=_RESELLERS
)
LIST_RESELLERS_OF_CUSTOMER = _delegated(
    "List a customer's indirect resellers",
    "GET",
    "customers/{customer}/relationships",
    feature=_RESELLERS,
)
GET_PARTNER_AGREEMENT = _delegated(
    "Say whether a reseller signed the partner agreement",
    "GET",
    "compliance/csp/agreementstatus",
    feature=_RESELLERS,
)

CREATE_CONSENT = _delegated(
    "Consent in a customer's tenant",
    "POST",
    "customers/{customer}/applicationconsents",
    feature=_CONSENTS,
)
DELETE_CONSENT = _delegated(
    "Withdraw a consent in a customer's tenant",
    "DELETE",
    "customers/{customer}/applicationconsents/{application}",
    feature=_CONSENTS,
)
PROBE_MFA = _delegated(
    "Probe whether the sign-in is accepted as multifactor", "GET", "customers", feature=_MFA
)
LIST_SIGNED_IN_REQUESTS = _delegated(
    "List requests with a user, and whether they had MFA", "GET", "partnerRequests", feature=_MFA
)
GET_PARTNER_PROFILE = _delegated(
    "Get the partner's profile", "GET", "profiles/mpn", feature="The partner's own profile"
)

GET_WEBHOOK = _webhook("Get the webhook registration", "GET", "")
CREATE_WEBHOOK = _webhook("Register a webhook", "POST", "")
REPLACE_WEBHOOK = _webhook("Replace the webhook registration", "PUT", "")
LIST_WEBHOOK_EVENTS = _webhook("List events that can be had", "GET", "/events")
CREATE_VALIDATION_EVENT = _webhook("Ask for a test event", "POST", "/validationEvents")
GET_VALIDATION_EVENT = _webhook("Get what became of a test event", "GET", "/validationEvents/{id}")

GET_PRICE_SHEET = _price_sheet(
    "Download a price sheet", "pricesheets(Market='{market}',PricesheetView='{view}')"
)

LIST_ADMIN_RELATIONSHIPS = _admin("List admin relationships", "GET")
GET_ADMIN_RELATIONSHIP = _admin("Get an admin relationship", "GET", "/{relationship}")
CREATE_ADMIN_RELATIONSHIP = _admin("Create an admin relationship", "POST", is_repeatable=False)
CHANGE_ADMIN_RELATIONSHIP = _admin("Change an admin relationship", "PATCH", "/{relationship}")
DELETE_ADMIN_RELATIONSHIP = _admin(
    "Delete an admin relationship that is not approved", "DELETE", "/{relationship}"
)
REQUEST_ADMIN_RELATIONSHIP = _admin(
    "Lock an admin relationship for approval, or end it",
    "POST",
    "/{relationship}/requests",
    is_repeatable=False,
)
LIST_ACCESS_ASSIGNMENTS = _admin(
    "List the groups that have roles", "GET", "/{relationship}/accessAssignments"
)
CREATE_ACCESS_ASSIGNMENT = _admin(
    "Give a group roles", "POST", "/{relationship}/accessAssignments", is_repeatable=False
)

START_BILLED_EXPORT = _export("Export what an invoice has", "POST", "{kind}/billed/export")
START_UNBILLED_EXPORT = _export("Export what will be invoiced", "POST", "{kind}/unbilled/export")
GET_EXPORT = _export("Get how far an export is", "GET", "operations/{operation}")
GET_MANIFEST = _export("Get the files of an export", "GET", "manifests/{manifest}")

ENDPOINTS = tuple(each for each in list(globals().values()) if isinstance(each, Endpoint))
"""All of them, in the order of the documentation."""
