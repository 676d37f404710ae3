"""Choices: the fixed lists of options that columns of ours can hold."""

from enum import IntEnum

from dataverse_schema.columns import CHOICE_VALUE_BASE


def _value(number: int) -> int:
    return CHOICE_VALUE_BASE + number


class ContractType(IntEnum):
    """Which cycle says what is on an invoice."""

    RECURRING = _value(0)
    FLEXI = _value(1)
    NON_RECURRING = _value(2)


class ContractStatus(IntEnum):
    """Whether a contract is billed."""

    DRAFT = _value(0)
    ACTIVE = _value(1)
    TERMINATED = _value(2)


class BillingTiming(IntEnum):
    """When a billing period is paid: at its start, or after its end."""

    ADVANCE = _value(0)
    ARREARS = _value(1)


class AnchorRule(IntEnum):
    """From which day billing periods are counted."""

    ANNIVERSARY = _value(0)
    CALENDAR = _value(1)
    BILL_DAY = _value(2)


class MonthEnd(IntEnum):
    """What becomes of a billing period's start in a month that is shorter."""

    CLAMP = _value(0)
    KEEP_DISTANCE = _value(1)


class ChangeLines(IntEnum):
    """How a change within a billed period is written on the invoice."""

    DELTA = _value(0)
    CREDIT_AND_CHARGE = _value(1)


class AddingUp(IntEnum):
    """Across which lines rounding is carried, so that they add up."""

    LINE = _value(0)
    PERIOD = _value(1)


class OwnChangeLines(IntEnum):
    """How one contract's changes are written: as the environment says, or its own way."""

    AS_ENVIRONMENT = _value(0)
    DELTA = _value(1)
    CREDIT_AND_CHARGE = _value(2)


class OwnAddingUp(IntEnum):
    """How one contract's rounding adds up: as the environment says, or its own way."""

    AS_ENVIRONMENT = _value(0)
    LINE = _value(1)
    PERIOD = _value(2)


class OwnYesNo(IntEnum):
    """What one contract says to a question: as the environment says, or for itself."""

    AS_ENVIRONMENT = _value(0)
    NO = _value(1)
    YES = _value(2)


class SubscriptionStatus(IntEnum):
    """State of a subscription from a day on. The values are in the order they came to be."""

    ACTIVE = _value(0)
    TRIAL = _value(3)
    PAUSED = _value(4)
    SUSPENDED = _value(1)
    CANCELLED = _value(2)


class ProviderKind(IntEnum):
    """How a provider is told of changes."""

    DO_NOTHING = _value(0)
    MANUAL = _value(1)
    PARTNER_CENTER = _value(2)


class OneTimeKind(IntEnum):
    """What a one-time charge is for."""

    PRODUCT = _value(0)
    EFFORT = _value(1)
    WRITE_IN = _value(2)


class LineKind(IntEnum):
    """What an invoice line does."""

    CHARGE = _value(0)
    CREDIT = _value(1)
    WAIVED = _value(2)


class DocumentKind(IntEnum):
    """Which paper a bill is."""

    INVOICE = _value(0)
    CREDIT_NOTE = _value(1)


class InvoiceStatus(IntEnum):
    """Where an invoice is on its way to the customer."""

    DRAFT = _value(0)
    BILLED = _value(1)


class JobStatus(IntEnum):
    """Where a job is."""

    WAITING = _value(0)
    IN_PROGRESS = _value(1)
    SUCCEEDED = _value(2)
    FAILED = _value(3)


class Severity(IntEnum):
    """How much a finding matters."""

    ERROR = _value(0)
    WARNING = _value(1)


class FindingStatus(IntEnum):
    """Whether a finding still holds."""

    OPEN = _value(0)
    CLOSED = _value(1)


class Cloud(IntEnum):
    """Which of Microsoft's clouds a partner is in."""

    GLOBAL = _value(0)
    US_GOVERNMENT = _value(1)
    CHINA = _value(2)


class ConnectionState(IntEnum):
    """Whether the service can reach a provider, and as whom."""

    NOT_CONNECTED = _value(0)
    APP_ONLY = _value(1)
    DELEGATED = _value(2)
    BROKEN = _value(3)


class TermEnd(IntEnum):
    """What happens to a subscription when its term is over."""

    RENEW = _value(0)
    CANCEL = _value(1)
    EXTEND = _value(2)
    TRANSITION = _value(3)


class ExtendedServiceDecision(IntEnum):
    """What the customer decided about the extended service term, which costs more."""

    RENEW = _value(0)
    CANCEL = _value(1)
    EXTEND = _value(2)


class ProvisioningStatus(IntEnum):
    """How far a change is at the provider. The values are in the order they came to be."""

    NOT_APPLICABLE = _value(0)
    AWAITING = _value(1)
    IN_PROGRESS = _value(2)
    PROVISIONED = _value(3)
    FAILED = _value(4)


class ProvisioningAction(IntEnum):
    """What the provider is asked to do for a change."""

    NONE = _value(0)
    PURCHASE = _value(1)
    QUANTITY = _value(2)
    SUSPEND = _value(3)
    REACTIVATE = _value(4)
    CANCEL = _value(5)
    AUTO_RENEW = _value(6)
    RENEWAL_SCHEDULE = _value(7)
    BILLING_PLAN = _value(8)
    TRANSITION = _value(9)
    ENTITLEMENT = _value(10)
    LICENCES = _value(11)


class ChangeOrigin(IntEnum):
    """Where a change came from."""

    SYSTEM = _value(0)
    PROVIDER = _value(1)
    PORTAL = _value(2)


class ConsentRequestState(IntEnum):
    """Whether the link of a consent request can still be used."""

    OPEN = _value(0)
    USED = _value(1)
    EXPIRED = _value(2)
    WITHDRAWN = _value(3)


class ConsentKind(IntEnum):
    """Whose consent it is."""

    PARTNER = _value(0)
    CUSTOMER = _value(1)
