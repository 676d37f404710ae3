"""`work365 microsoft invite` and `customers consent`: what customers accept, or have accepted."""

from collections.abc import Callable, Sequence
from datetime import datetime
from difflib import get_close_matches
from functools import partial
from typing import Annotated

import typer

from work365.adapters.dataverse.microsoft.consent import DataverseConsentLedger
from work365.adapters.dataverse.microsoft.providers import DataverseProviderStore
from work365.adapters.partner_center.application_consents import ApplicationConsents
from work365.adapters.partner_center.entra_roles import entra_roles
from work365.adapters.partner_center.relationships import Relationships
from work365.bootstrap import Services
from work365.domain.microsoft.consents import MICROSOFT_GRAPH, ApplicationGrant
from work365.domain.microsoft.relationships import AdminRelationship, WantedAdminRelationship
from work365.entrypoints import clock
from work365.entrypoints.cli.findings_output import findings_as_json, print_findings
from work365.entrypoints.cli.microsoft.asking import (
    Tenants,
    at_microsoft,
    exit_with,
    tenant_id,
    tenant_ids,
)
from work365.entrypoints.cli.output import (
    AsJson,
    console,
    errors,
    in_plain_words,
    print_json,
    progress,
)
from work365.entrypoints.microsoft import PROVIDER, microsoft_of
from work365.entrypoints.provider_events import desk_of
from work365.errors import Refusal
from work365.usecases.consent_customers import Consented, Wish, consent_customers
from work365.usecases.invite_customer import Invitation, invite_customer
from work365.usecases.manage_admin_relationships import request_admin_relationship

INVITE_PURPOSE = "invite a customer"
CONSENT_PURPOSE = "consent in customers' tenants"
DEFAULT_SCOPES = ("User.Read.All",)
"""Of Microsoft Graph: what it takes to see who has which licence."""
DEFAULT_DAYS = 365
PARTNER_LENGTH_MAX = 30
"""Of the 50 characters that Microsoft allows in the name of a relationship."""

app = typer.Typer()
customers = typer.Typer(help="What is done in customers' tenants.", no_args_is_help=True)
app.add_typer(customers, name="customers")


class RoleUnknown(Refusal):
    """A role was asked for that is not on the list."""

    code = "role_unknown"


class RightsOfNobody(Refusal):
    """Rights were asked for, and it is not said of whom."""

    code = "rights_of_nobody"


@app.command()
@in_plain_words
def invite(
    rights: Annotated[
        list[str] | None,
        typer.Option("--rights", help="A role to ask for (GDAP), by name or id; can be repeated."),
    ] = None,
    tenant: Annotated[
        str | None, typer.Option(help="Tenant id of the customer that may approve the rights.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="What the customer sees; each name is used once.")
    ] = None,
    days: Annotated[int, typer.Option(help="How long the rights are for.")] = DEFAULT_DAYS,
    group: Annotated[
        str | None, typer.Option(help="Object id of our security group that gets the roles.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the link with which a customer accepts us, and one for rights where wanted."""
    roles = [_role(each) for each in rights or ()]
    customer = None if tenant is None else tenant_id(tenant)
    if roles and customer is None and name is None:
        raise RightsOfNobody(
            "the link for rights is good for one customer; give --tenant, or a --name of your own"
            " where the tenant is not known"
        )
    with at_microsoft() as services:
        ask: Callable[[], AdminRelationship] | None = None
        if roles:
            wanted = WantedAdminRelationship(
                name=name or _name(services, customer or ""),
                days=days,
                roles=tuple(sorted(set(roles))),
                customer=customer,
            )
            ask = partial(_ask_for_rights, services, wanted, group, clock.now(services))
        microsoft = microsoft_of(services)
        partners = Relationships(microsoft.partner_center(INVITE_PURPOSE))
        invitation = invite_customer(partners=partners, cloud=microsoft.cloud, ask_for_rights=ask)
    _print_invitation(invitation, as_json=as_json)


@customers.command()
@in_plain_words
def consent(
    tenants: Tenants = None,
    scopes: Annotated[
        list[str] | None,
        typer.Option("--scope", help="Permission of Microsoft Graph; can be repeated."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Consent for the application in customers' tenants, where that is not on record yet."""
    named = tenant_ids(tenants)
    asked = tuple(dict.fromkeys(scopes or DEFAULT_SCOPES))
    with at_microsoft() as services, progress() as bars:
        microsoft = microsoft_of(services)
        everybody = named or _listed(services)
        task = bars.add_task("Customers asked", total=len(everybody))
        done = consent_customers(
            everybody,
            Wish(
                provider=PROVIDER,
                application=microsoft.application.client_id,
                grants=(ApplicationGrant(MICROSOFT_GRAPH, asked),),
            ),
            at=clock.now(services),
            consents=ApplicationConsents(microsoft.partner_center(CONSENT_PURPOSE)),
            ledger=DataverseConsentLedger(services.dataverse),
            progress=lambda more: bars.advance(task, more),
        )
    _print_consented(done, asked, as_json=as_json)
    exit_with(done.findings)


def _print_consented(done: Consented, scopes: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "scopes": scopes,
                "given": done.given,
                "unchanged": done.unchanged,
                "findings": findings_as_json(done.findings),
            }
        )
        return
    console.print(
        f"{', '.join(scopes)}: {len(done.given):,} consents given, {done.unchanged:,} there"
        f" already, {len(done.findings):,} refused.",
        highlight=False,
        markup=False,
    )
    print_findings(done.findings)


def _print_invitation(invitation: Invitation, *, as_json: bool) -> None:
    if as_json:
        print_json({"reseller_link": invitation.reseller_link, "admin_link": invitation.admin_link})
        return
    errors.print(
        "Send this to a global administrator of the customer. The first link accepts us as the"
        " reseller, and gives no rights.",
    )
    print(invitation.reseller_link)
    if invitation.admin_link is not None:
        errors.print("The second one grants the rights that were asked for.")
        print(invitation.admin_link)


def _ask_for_rights(
    services: Services, wanted: WantedAdminRelationship, group: str | None, at: datetime
) -> AdminRelationship:
    desk = desk_of(services, INVITE_PURPOSE, at=at)
    return request_admin_relationship(wanted, group=group, roles=entra_roles(), desk=desk)


def _name(services: Services, tenant: str) -> str:
    """Return a name that is the same all day, so that a command that is repeated asks once."""
    whose = services.settings.partner.name or "Administration"
    return f"{whose[:PARTNER_LENGTH_MAX]} {tenant[:8]} {clock.today(services)}"


def _listed(services: Services) -> tuple[str, ...]:
    accounts = DataverseProviderStore(services.dataverse).accounts(PROVIDER)
    return tuple(each.tenant for each in accounts if each.unlisted_since is None)


def _role(text: str) -> str:
    """Return the id of a role that is named by its name or its id.

    Raises: RoleUnknown.
    """
    asked = text.strip().casefold()
    known = {role.name.casefold(): role for role in entra_roles()}
    for role in known.values():
        if asked in (role.name.casefold(), role.id):
            return role.id
    near = [known[each].name for each in get_close_matches(asked, known)]
    hint = f"; perhaps {' or '.join(near)}" if near else "; give a role of Microsoft Entra"
    raise RoleUnknown(f"there is no role {text!r} that a customer can be asked for{hint}")
