"""Refusals of Microsoft's that people can do something about, each with its remedy."""

from work365.adapters.partner_center.errors import Fault, NotFound, RequestRefused


class NeedsDelegatedConnection(RequestRefused):
    """A feature works only on behalf of a user who consented."""

    code = "needs_delegated_connection"
    words = (
        "This needs the delegated connection: an administrator of the partner has to consent"
        " with multifactor authentication. Open the provider's record and choose Get consent"
        " link."
    )

    @classmethod
    def of_feature(cls, feature: str, operation: str) -> "NeedsDelegatedConnection":
        """Return the refusal of `feature`, for which Microsoft was not even asked."""
        why = f"{feature}: Microsoft does not let an application alone do this; it was not asked."
        return cls(Fault(operation=operation, description=why))


class MfaMissing(RequestRefused):
    """The user who consented did not sign in with multifactor authentication."""

    code = "mfa_missing"
    words = (
        "The consent was given without multifactor authentication, which Microsoft demands."
        " Consent again, and sign in with a second factor."
    )


class AudienceRefused(RequestRefused):
    """The token is for another interface of Microsoft's."""

    code = "audience_refused"
    words = "The sign-in is for another interface of Microsoft's. Check the cloud in the settings."


class RoleMissing(RequestRefused):
    """Whoever asks lacks a role."""

    code = "microsoft_role_missing"
    words = (
        "A role is missing. The user who consented has to be in the group AdminAgents, and for"
        " work in a customer's tenant a security group of the user's needs a role there (GDAP)."
    )


class ConditionalAccessBlocked(RequestRefused):
    """The customer's conditional access does not let the partner in."""

    code = "conditional_access_blocked"
    words = (
        "The customer's Conditional Access policies keep the partner out. The customer has to"
        " allow service providers in them."
    )


class RelationshipMissing(RequestRefused):
    """The partner does not sell to this customer."""

    code = "relationship_missing"
    words = (
        "There is no reseller relationship with this customer. Invite it, and let it accept"
        " before this is repeated."
    )


class CustomerAgreementMissing(RequestRefused):
    """The customer did not accept the Microsoft Customer Agreement."""

    code = "customer_agreement_missing"
    words = (
        "The customer has not accepted the Microsoft Customer Agreement. Let it accept, or"
        " confirm its acceptance in Partner Center, and then repeat."
    )


class PartnerAgreementMissing(RequestRefused):
    """The partner or its reseller did not accept the Microsoft Partner Agreement."""

    code = "partner_agreement_missing"
    words = (
        "The Microsoft Partner Agreement is not accepted, by the partner or by the indirect"
        " reseller. Its Global Administrator accepts it in Partner Center."
    )


class AvailabilityChanged(RequestRefused):
    """The availability in the cart is not sold any more: ask for a fresh one and repeat."""

    code = "availability_changed"
    words = "Microsoft has reissued what was in the cart. It has to be looked up again."


class NotForSale(RequestRefused):
    """Microsoft does not sell this, or not to this customer."""

    code = "not_for_sale"
    words = (
        "Microsoft does not sell this to the customer. Check product, SKU, term, billing plan"
        " and segment against the price sheet."
    )


class QuantityRefused(RequestRefused):
    """So many seats cannot be had."""

    code = "quantity_refused"
    words = "Microsoft does not allow this number of seats. Choose one within its limits."


class SeatWindowPassed(RequestRefused):
    """Seats cannot be given back any more."""

    code = "seat_window_passed"
    words = (
        "The window in which these seats could be given back has passed. Schedule the smaller"
        " number for the next term."
    )


class CancellationWindowPassed(RequestRefused):
    """The subscription cannot be cancelled any more."""

    code = "cancellation_window_passed"
    words = (
        "The window in which this could be cancelled has passed. Let it end with its term: turn"
        " off auto-renewal with a cancellation at the end."
    )


class BillingCycleByOrder(RequestRefused):
    """The billing plan of an older subscription is changed on its order."""

    code = "billing_cycle_by_order"
    words = (
        "The billing plan of this older subscription is changed on its order, in Partner Center."
    )


class TooManyUpdates(RequestRefused):
    """The subscription was changed more often than Microsoft allows."""

    code = "too_many_updates"
    words = "The subscription was changed too often. Microsoft's partner support has to help."


class ChangesClosed(RequestRefused):
    """The subscription cannot be changed in the state that it is in."""

    code = "changes_closed"
    words = (
        "Microsoft does not allow this change in the subscription's present state. Look at its"
        " status in Partner Center."
    )


class TransitionRefused(RequestRefused):
    """The subscription cannot become what was asked for."""

    code = "transition_refused"
    words = (
        "The subscription cannot become this one. Choose one of the products, terms and"
        " subscriptions that are offered for it."
    )


class TermRefused(RequestRefused):
    """The term, or how it is billed, is not possible."""

    code = "term_refused"
    words = "This term or billing plan is not possible. Choose one that the price sheet lists."


class TermEndRefused(RequestRefused):
    """The term cannot end on that day."""

    code = "term_end_refused"
    words = (
        "The first term cannot end on that day. Choose a day on which another subscription of"
        " the customer or a calendar month ends."
    )


class PromotionRefused(RequestRefused):
    """The promotion is not valid."""

    code = "promotion_refused"
    words = "The promotion is not valid for this. Buy without it, or choose another."


class CreditRefused(RequestRefused):
    """Microsoft does not trust the partner or the customer with so much."""

    code = "credit_refused"
    words = (
        "Microsoft's credit or risk check refused this. The partner's credit line has to be"
        " looked at with Microsoft."
    )


class CustomerUnderReview(RequestRefused):
    """Microsoft examines the customer, or refused it."""

    code = "customer_under_review"
    words = (
        "Microsoft is reviewing the customer's account or has not approved it. See the"
        " customer's account status in Partner Center."
    )


class AttestationMissing(RequestRefused):
    """Somebody has to attest something first."""

    code = "attestation_missing"
    words = (
        "Microsoft demands an attestation for this purchase. Let the person who is responsible"
        " give it, and then repeat."
    )


class AzurePlanRefused(RequestRefused):
    """The Azure plan or subscription that it is for is missing, or not active."""

    code = "azure_plan_refused"
    words = (
        "The Azure plan, or the Azure subscription in it, is missing or not active, or not fit"
        " for this. Look at it in Partner Center."
    )


class NotInSandbox(RequestRefused):
    """The sandbox does not allow it."""

    code = "not_in_sandbox"
    words = "Microsoft's sandbox does not allow this."


class LicencesUsedUp(RequestRefused):
    """All licences are assigned."""

    code = "licences_used_up"
    words = "The customer has no licence of this kind left. Buy seats, or remove one from a user."


class OrderNotFound(NotFound):
    """There is no such order, or not yet: it may take a quarter of an hour."""

    code = "order_not_found"
    words = (
        "Microsoft does not know the order. It may take 15 minutes until a new one appears; then"
        " look again."
    )


class SubscriptionNotFound(NotFound):
    """The customer has no such subscription."""

    code = "subscription_not_found"
    words = "The customer has no such subscription at Microsoft."


class CartNotFound(NotFound):
    """There is no such cart: carts are kept for seven days."""

    code = "cart_not_found"
    words = "Microsoft does not keep this cart any more; carts last seven days. Buy again."


class UserNotFound(NotFound):
    """The customer's tenant has no such user, or there is no such tenant."""

    code = "user_not_found"
    words = "The customer's tenant, or this user in it, is not known to Microsoft."
