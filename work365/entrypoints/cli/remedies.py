"""What whoever sits at the command line can do about a failure of the environment."""

from work365.adapters.dataverse.errors import (
    DataverseError,
    PrivilegeDenied,
    SignInRejected,
    Throttled,
)
from work365.errors import Unavailable, Work365Error
from work365.identity.failures import NotSignedIn

SIGN_IN = (
    "Sign in to the tenant that the environment belongs to, with `az login --tenant TENANT`, as one"
    " of the environment's users."
)
ROLE = (
    "Whoever signed in may not do this. An administrator of the environment can give them the role"
    " that it takes; to install, that is System Administrator."
)
WAIT = "Dataverse limits what one user may ask of it in five minutes. Run this again later."
ADDRESS = (
    "This is not how Dataverse answers. See that the address is an environment's, and that no proxy"
    " or firewall answers in its place."
)


def remedy_of(error: Work365Error) -> str:
    """Return what to do about `error` besides what it says itself; blank where that is all."""
    match error:
        case NotSignedIn() | SignInRejected():
            return SIGN_IN
        case PrivilegeDenied() if error.fault.code is not None:
            return ROLE
        case Throttled():
            return WAIT + _pause(error)
        case DataverseError() if error.fault.status is not None and error.fault.code is None:
            return ADDRESS
        case Unavailable():
            return _pause(error).strip()
    return ""


def _pause(error: Unavailable) -> str:
    seconds = error.retry_after_seconds
    return "" if seconds is None else f" It asks to be left alone for {seconds:,.0f} seconds."
