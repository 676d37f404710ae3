"""Discovery: where the endpoints are, and which keys sign.

Source: OpenID Connect discovery as Entra answers it in both versions, and the documented instance
discovery.
"""

from typing import Any

from work365.emulators.entra.authority import OLD_ISSUER, Authority
from work365.emulators.entra.directory import MANY_TENANTS


def openid_configuration(
    authority: Authority, *, tenant: str, root: str, is_old: bool
) -> dict[str, Any]:
    """Return the OpenID configuration of a tenant, or of all of them.

    Raises: EntraRefusal 90002.
    """
    known = "{tenantid}" if tenant in MANY_TENANTS else authority.directory.tenant(tenant).tenant_id
    path = tenant if tenant in MANY_TENANTS else known
    version = "" if is_old else "/v2.0"
    oauth = f"{root}/{path}/oauth2{version}"
    return {
        "issuer": f"{OLD_ISSUER}/{known}/" if is_old else f"{root}/{known}/v2.0",
        "authorization_endpoint": f"{oauth}/authorize",
        "token_endpoint": f"{oauth}/token",
        "jwks_uri": f"{root}/{path}/discovery{version}/keys",
        "response_modes_supported": ["query", "form_post"],
        "response_types_supported": ["code", "code id_token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": [
            "client_secret_post",
            "private_key_jwt",
            "client_secret_basic",
        ],
        "code_challenge_methods_supported": ["S256"],
        "tenant_region_scope": None,
        "cloud_instance_name": "microsoftonline.com",
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": "graph.microsoft.com",
    }


def instances(root: str, authorization_endpoint: str) -> dict[str, Any]:
    """Return the instance discovery for an address of an authorization endpoint of this host."""
    host = root.partition("://")[2]
    known = authorization_endpoint.partition("://")[2]
    if known.partition("/")[0] != host:
        return {
            "error": "invalid_instance",
            "error_description": "AADSTS50049: Unknown or invalid instance.",
            "error_codes": [50049],
        }
    tenant = known.split("/")[1]
    return {
        "tenant_discovery_endpoint": f"{root}/{tenant}/v2.0/.well-known/openid-configuration",
        "api-version": "1.1",
        "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
    }
