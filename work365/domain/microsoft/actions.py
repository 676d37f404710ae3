"""What the provider is asked to do for a change, and how far that is."""

from enum import Enum


class ProvisioningAction(Enum):
    """What the provider is asked to do."""

    NONE = "none"
    """Nothing: the change is only ours, or came from the provider."""
    PURCHASE = "purchase"
    QUANTITY = "quantity"
    SUSPEND = "suspend"
    REACTIVATE = "reactivate"
    CANCEL = "cancel"
    AUTO_RENEW = "auto-renew"
    RENEWAL_SCHEDULE = "renewal schedule"
    BILLING_PLAN = "billing plan"
    TRANSITION = "transition"
    ENTITLEMENT = "entitlement"
    LICENCES = "licences"


class ProvisioningStatus(Enum):
    """How far a change is at the provider."""

    NOT_APPLICABLE = "not applicable"
    AWAITING = "awaiting"
    IN_PROGRESS = "in progress"
    PROVISIONED = "provisioned"
    FAILED = "failed"

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done at the provider, without a person's help."""
        return self in (ProvisioningStatus.AWAITING, ProvisioningStatus.IN_PROGRESS)
