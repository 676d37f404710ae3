"""What a request asks for: scopes as they are written, and the services they belong to.

Source: the documented `scope` parameter of the second version and `resource` of the first.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from work365.emulators.entra.applications import Application
from work365.emulators.entra.directory import Directory
from work365.emulators.entra.errors import EntraRefusal
from work365.emulators.entra.resources import DEFAULT, GRAPH, OPENID_SCOPES, Resource


@dataclass(frozen=True, kw_only=True)
class Target:
    """One service that a token is wanted for."""

    resource: Resource
    audience: str
    """As the client called it."""

    names: frozenset[str]
    """Of scopes; `.default` is whatever was consented to."""

    @property
    def known(self) -> frozenset[str]:
        """Return the names of all scopes that the service has."""
        return frozenset(self.resource.scopes)


def read_scopes(scopes: tuple[str, ...], directory: Directory, tenant: str) -> tuple[Target, ...]:
    """Return the services that scopes ask for.

    Raises: EntraRefusal: a service or a scope that there is not.
    """
    found: dict[str, Target] = {}
    for scope in scopes:
        if scope in OPENID_SCOPES:
            continue
        named, _, name = scope.rpartition("/")
        audience = named or GRAPH.identifiers[0]
        resource = directory.resource(audience, tenant)
        _check_scope(resource, name, scope)
        before = found.get(resource.application_id)
        names = (before.names if before else frozenset()) | {name}
        found[resource.application_id] = Target(resource=resource, audience=audience, names=names)
    return tuple(found.values())


def _check_scope(resource: Resource, name: str, scope: str) -> None:
    if name != DEFAULT and name not in resource.scopes:
        raise EntraRefusal(
            "invalid_client",
            650053,
            f"The application asked for scope '{name}' that doesn't exist on the resource "
            f"'{resource.application_id}' ({resource.name}). The scope was written '{scope}'. "
            "Contact the app vendor.",
        )


def one_target(targets: tuple[Target, ...], scopes: tuple[str, ...]) -> Target:
    """Return the service that a token is for, which without any is Graph's profile.

    Raises: EntraRefusal 28000: more than one.
    """
    if len(targets) > 1:
        raise EntraRefusal(
            "invalid_scope",
            28000,
            "Provided value for the input parameter scope is not valid because it contains more "
            f"than one resource. Scope {' '.join(scopes)} is not valid.",
        )
    if targets:
        return targets[0]
    return Target(resource=GRAPH, audience=GRAPH.application_id, names=frozenset())


def asked_consent(
    application: Application, targets: tuple[Target, ...]
) -> Mapping[str, frozenset[str]]:
    """Return scopes by the resource's application id that a consent is about.

    `.default` stands for all that the app registration asks for, of every resource.
    """
    asked: dict[str, frozenset[str]] = {}
    for target in targets:
        if DEFAULT in target.names:
            for resource_id, names in application.scopes.items():
                asked[resource_id] = asked.get(resource_id, frozenset()) | names
        plain = target.names - {DEFAULT}
        if plain:
            resource_id = target.resource.application_id
            asked[resource_id] = asked.get(resource_id, frozenset()) | plain
    return asked
