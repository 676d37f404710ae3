"""The parameter `claims`: what a request wants to have in its token.

Source: the claims parameter of OpenID Connect, and the documented client capabilities.
"""

import json

from work365.emulators.entra.errors import EntraRefusal, NotEmulated


def check_claims(text: str) -> None:
    """See that what a request wants in its token is something that changes nothing here.

    A client says by `xms_cc` that it could handle tokens that live long and are withdrawn early;
    none are given here.

    Raises: EntraRefusal 9002335: unreadable. NotEmulated: any other claim.
    """
    if not text:
        return
    try:
        wanted = json.loads(text)
        names = {(part, name) for part, claims in wanted.items() for name in claims}
    except (ValueError, AttributeError, TypeError) as error:
        raise EntraRefusal(
            "invalid_request", 9002335, "The claims parameter is not a valid JSON object."
        ) from error
    others = names - {("access_token", "xms_cc")}
    if others:
        raise NotEmulated(f"the claims {sorted(name for _, name in others)} in a request")
