"""A sign-in: the steps that a person goes through in a browser, and what comes of them.

A sign-in is a visit: account and password, a second factor or its set-up, consent. Its steps are
kept here, under an id that nobody can guess, for a quarter of an hour.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import compare_digest, token_urlsafe
from uuid import uuid4

from work365.emulators.entra.access_tokens import MFA
from work365.emulators.entra.authority import Authority
from work365.emulators.entra.authorization import AuthorizationRequest
from work365.emulators.entra.consent import (
    ConsentAsked,
    administrator_needed,
    asked_of,
    declined,
    record,
)
from work365.emulators.entra.directory import MANY_TENANTS
from work365.emulators.entra.errors import EntraRefusal
from work365.emulators.entra.grants import SignIn
from work365.emulators.entra.redemption import check_enabled, nobody_here
from work365.emulators.entra.replies import Reply, told
from work365.emulators.entra.tenants import EVERYONE, Tenant, User
from work365.emulators.entra.tokens import ASSERTION, Session, Tokens

VISIT_LIFE = timedelta(minutes=15)
VISIT_ID_BYTES = 24
PASSWORD = "pwd"  # noqa: S105  how someone signed in, not with what
ACCOUNT, FACTOR, ENROLMENT, CONSENT, APPROVAL = (
    "account",
    "factor",
    "enrolment",
    "consent",
    "approval",
)
ACCEPT, CANCEL = "accept", "cancel"


@dataclass(kw_only=True)
class Visit:
    """Someone who is signing in."""

    visit_id: str
    request: AuthorizationRequest
    expires_at: datetime
    step: str = ACCOUNT
    message: str = ""
    """What went wrong at the last step."""

    account: str = ""
    """What was last given as the account."""

    user: User | None = None
    home: Tenant | None = None
    tenant: Tenant | None = None
    methods: list[str] = field(default_factory=list)
    asked: ConsentAsked | None = None


class SignIns:
    """Leads people through their visits."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self._directory = authority.directory
        self._tokens = Tokens(authority)
        self._visits: dict[str, Visit] = {}

    def begin(self, request: AuthorizationRequest) -> Visit:
        """Return a new visit."""
        now = self._authority.clock()
        self._visits = {key: one for key, one in self._visits.items() if one.expires_at > now}
        visit_id = token_urlsafe(VISIT_ID_BYTES)
        visit = Visit(visit_id=visit_id, request=request, expires_at=now + VISIT_LIFE)
        self._visits[visit_id] = visit
        return visit

    def visit(self, visit_id: str) -> Visit | None:
        """Return a visit, unless it is over."""
        found = self._visits.get(visit_id)
        if found is None or found.expires_at <= self._authority.clock():
            return None
        return found

    def people(self, visit: Visit) -> list[tuple[Tenant, User]]:
        """Return whom the account page offers."""
        name = visit.request.tenant
        tenants = (
            list(self._directory.tenants.values())
            if name in MANY_TENANTS
            else [self._directory.tenant(name)]
        )
        return [(tenant, user) for tenant in tenants for user in tenant.users.values()]

    def publisher(self, visit: Visit) -> str:
        """Return whose application it is."""
        home = visit.request.application.home_tenant_id
        return self._directory.tenants[home].name

    def go_on(self, visit: Visit, form: Mapping[str, str]) -> Reply | None:
        """Take a step; return the answer to the application, or nothing for another page."""
        visit.message = ""
        if form.get("step") != visit.step:
            visit.message = "That page was left behind. Go on here."
            return None
        if form.get("answer") == CANCEL:
            return self._left(visit)
        steps = {
            ACCOUNT: self._account,
            FACTOR: self._factor,
            ENROLMENT: self._enrolment,
            CONSENT: self._consent,
            APPROVAL: self._left_without_consent,
        }
        return steps[visit.step](visit, form)

    def _account(self, visit: Visit, form: Mapping[str, str]) -> Reply | None:
        visit.account, password = form.get("account", "").strip(), form.get("password", "")
        try:
            home, user = self._directory.person(visit.account)
            known = compare_digest(user.password.encode(), password.encode())
        except KeyError:
            known = False
        if not known:
            visit.message = (
                "AADSTS50126: Error validating credentials due to invalid username or password."
            )
            return None
        try:
            check_enabled(user)
            visit.home, visit.user = home, user
            visit.tenant = self._tenant(visit, home, user)
        except EntraRefusal as refusal:
            visit.message = str(refusal)
            return None
        visit.methods.append(PASSWORD)
        if user.does_mfa:
            visit.step = FACTOR
            return None
        if self._is_mfa_wanted(visit, visit.tenant):
            visit.step = ENROLMENT
            return None
        return self._signed_in(visit)

    def _tenant(self, visit: Visit, home: Tenant, user: User) -> Tenant:
        name = visit.request.tenant
        tenant = home if name in MANY_TENANTS else self._directory.tenant(name)
        if self._directory.roles_at(tenant, home, user) is None:
            raise nobody_here(user, tenant.name, tenant.tenant_id)
        return tenant

    def _is_mfa_wanted(self, visit: Visit, tenant: Tenant) -> bool:
        if visit.request.wants_mfa:
            return True
        try:
            targets = visit.request.targets(self._directory)
        except EntraRefusal:
            # Told to the application at the next step.
            return False
        wanted = {target.resource.application_id for target in targets}
        return not wanted.isdisjoint(tenant.requires_mfa_for)

    def _factor(self, visit: Visit, form: Mapping[str, str]) -> Reply | None:
        if form.get("answer") != ACCEPT:
            visit.message = (
                "AADSTS500121: Authentication failed during strong authentication request."
            )
            return None
        visit.methods.append(MFA)
        return self._signed_in(visit)

    def _enrolment(self, visit: Visit, _form: Mapping[str, str]) -> Reply | None:
        _, user, _ = _whole(visit)
        user.does_mfa = True
        visit.methods.append(MFA)
        return self._signed_in(visit)

    def _signed_in(self, visit: Visit) -> Reply | None:
        tenant, user, home = _whole(visit)
        try:
            asked = asked_of(self._directory, visit.request, tenant, user, home)
        except EntraRefusal as refusal:
            return self._refused(visit, refusal)
        visit.asked = asked
        if not asked.is_needed:
            return self._done(visit)
        visit.step = CONSENT
        if asked.needs_admin and not asked.may_be_for_everyone:
            visit.step = APPROVAL
        return None

    def _consent(self, visit: Visit, form: Mapping[str, str]) -> Reply | None:
        tenant, user, _ = _whole(visit)
        asked, request = visit.asked, visit.request
        assert asked is not None, "asked for before the consent page"
        is_for_everyone = request.is_for_everyone or (
            asked.may_be_for_everyone and form.get("everyone") == "yes"
        )
        whom = EVERYONE if is_for_everyone else user.object_id
        record(tenant, request.application.client_id, asked, user_id=whom)
        return self._done(visit)

    def _left_without_consent(self, visit: Visit, _form: Mapping[str, str]) -> Reply | None:
        return self._refused(visit, administrator_needed())

    def _left(self, visit: Visit) -> Reply:
        refusal = administrator_needed() if visit.step == APPROVAL else declined()
        return self._refused(visit, refusal, subcode=CANCEL)

    def _refused(self, visit: Visit, refusal: EntraRefusal, *, subcode: str = "") -> Reply:
        self._visits.pop(visit.visit_id, None)
        return told(visit.request, refusal, self._authority.clock(), subcode=subcode)

    def _done(self, visit: Visit) -> Reply:
        self._visits.pop(visit.visit_id, None)
        tenant, user, home = _whole(visit)
        request = visit.request
        if request.is_admin_consent:
            given = {"admin_consent": "True", "tenant": tenant.tenant_id}
            return Reply(request=request, parameters=given | _state(request))
        sign_in = SignIn(
            user_id=user.object_id,
            client_id=request.application.client_id,
            methods=tuple(visit.methods),
            at=self._authority.clock(),
        )
        code = self._authority.grants.add_code(
            sign_in,
            redirect_uri=request.redirect_uri,
            wanted=(request.scopes, request.given.get("resource", "")),
            nonce=request.nonce,
            challenge=request.given.get("code_challenge", ""),
        )
        parameters = {"code": code} | _state(request) | {"session_state": str(uuid4())}
        if request.wants_id_token:
            session = Session(
                tenant=tenant,
                home=home,
                user=user,
                application=request.application,
                sign_in=sign_in,
                directory_roles=self._directory.roles_at(tenant, home, user) or frozenset(),
                proof=ASSERTION,
            )
            issuer = f"{request.root}/{tenant.tenant_id}/v2.0"
            if request.is_old:
                issuer = self._authority.old_issuer(tenant.tenant_id)
            parameters["id_token"] = self._tokens.id_token(
                session, nonce=request.nonce, issuer=issuer, code=code
            )
        return Reply(request=request, parameters=parameters)


def _state(request: AuthorizationRequest) -> dict[str, str]:
    return {"state": request.state} if "state" in request.given else {}


def _whole(visit: Visit) -> tuple[Tenant, User, Tenant]:
    """Return where, who, and whose someone is, once they are known."""
    assert visit.tenant is not None, "known after the account step"
    assert visit.user is not None, "known after the account step"
    assert visit.home is not None, "known after the account step"
    return visit.tenant, visit.user, visit.home
