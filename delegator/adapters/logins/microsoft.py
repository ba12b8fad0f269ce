"""Microsoft 365, by msal: for a person (code with PKCE, device code), or for an app by itself."""

from __future__ import annotations

import base64
import json
import warnings
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ...config.installed import install_command
from ...core.logins.faults import explain
from ...core.logins.scopes import MICROSOFT_AUTHORITY, microsoft_scopes
from ...ports import Refused, Unavailable
from .client import ANSWER_TIMEOUT_S, Answer, Begun, LoginFailed

_KNOWN = "login.microsoftonline.com"


class Microsoft:
    """See LoginClient. secret, certificate: of an app alone, at most one; PEM of key and certificate."""

    def __init__(
        self,
        client_id: str,
        tenant: str,
        authority: str = MICROSOFT_AUTHORITY,
        secret: str | None = None,
        certificate: str | None = None,
    ) -> None:
        self._client_id, self._tenant, self._authority = client_id, tenant, authority.rstrip("/")
        self._secret, self._certificate = secret, certificate
        self.is_app = bool(secret or certificate)
        self._scopes = list(microsoft_scopes(self._authority, is_app=self.is_app))

    def begin(self, redirect: str, username: str) -> Begun:
        app = self._app()
        with warnings.catch_warnings():
            # It would rather have a form posted; a person can paste an address, and no form.
            warnings.simplefilter("ignore")
            flow = self._asked(
                lambda: app.initiate_auth_code_flow(self._scopes, redirect_uri=redirect, login_hint=username)
            )
        return Begun(flow["auth_uri"], flow)

    def finish(self, begun: Begun, parameters: dict[str, str], now: datetime) -> Answer:
        app = self._app()
        try:
            said = self._asked(lambda: app.acquire_token_by_auth_code_flow(begun.kept, parameters))
        except ValueError:  # another `state` than ours (RFC 6749 section 10.12)
            raise Refused(
                "this address belongs to another login; begin again with `delegator login`"
            ) from None
        return self._answer(said)

    def begin_device(self) -> Begun:
        """A code that a person enters in any browser; many organisations forbid it."""
        app = self._app()
        flow = self._asked(lambda: app.initiate_device_flow(self._scopes))
        if "device_code" not in flow:
            raise LoginFailed(explain("microsoft", flow.get("error", ""), flow.get("error_description", "")))
        return Begun(flow["message"], flow)

    def finish_device(self, begun: Begun) -> Answer:
        """Waits until it was entered, or can be no more."""
        app = self._app()
        return self._answer(self._asked(lambda: app.acquire_token_by_device_flow(begun.kept)))

    def by_itself(self, username: str) -> Answer:
        app = self._app()
        return self._answer(self._asked(lambda: app.acquire_token_for_client(self._scopes)))

    def refresh(self, refresh_token: str) -> Answer:
        app = self._app()
        return self._answer(
            self._asked(lambda: app.acquire_token_by_refresh_token(refresh_token, self._scopes))
        )

    def _app(self) -> Any:
        try:
            import msal
        except ImportError:
            raise Refused(f"the login to Microsoft 365 needs a library: {install_command('oauth')}") from None
        kind: Any = msal.PublicClientApplication
        options: dict[str, Any] = {}
        if self._certificate is not None:
            kind = msal.ConfidentialClientApplication
            options["client_credential"] = {
                "private_key": self._certificate,
                "public_certificate": self._certificate,
            }
        elif self._secret is not None:
            kind = msal.ConfidentialClientApplication
            options["client_credential"] = self._secret
        # The host is the owner's own word; asking Microsoft's public cloud about it tells nothing more.
        is_public = self._authority.endswith(f"/{_KNOWN}")
        options |= {} if is_public else {"instance_discovery": False, "validate_authority": False}
        authority = f"{self._authority}/{self._tenant}"
        try:
            return self._asked(
                lambda: kind(self._client_id, authority=authority, timeout=ANSWER_TIMEOUT_S, **options)
            )
        except ValueError as error:
            # The tenant is wrong, in msal's own words; or the certificate is none.
            if "authority" in str(error) or "tenant" in str(error).lower():
                raise LoginFailed(explain("microsoft", "invalid_tenant", "AADSTS90002")) from None
            raise Refused(
                "`certificate` holds no private key with its certificate, both as PEM; put both in it"
            ) from None

    def _asked(self, ask: Callable[[], Any]) -> Any:
        """What the library answers. Raises Unavailable where the network does not."""
        import msal
        import requests

        try:
            return ask()
        except (msal.exceptions.MsalError, json.JSONDecodeError, LookupError, AttributeError):
            # A 5yz, or what is no answer of a token server.
            raise Unavailable(f"{self._authority}: the token server does not work now") from None
        except requests.exceptions.SSLError as error:
            raise Refused(certificate_sentence(self._authority, error)) from None
        except requests.exceptions.RequestException as error:
            raise Unavailable(
                f"{self._authority}: the token server gives no answer ({type(error).__name__}); "
                "is this machine online?"
            ) from None

    def _answer(self, said: dict[str, Any]) -> Answer:
        if "access_token" not in said:
            error, description = str(said.get("error", "")), str(said.get("error_description", ""))
            fault = explain("microsoft", error, description)
            if fault.kind == "later":
                raise Unavailable(str(fault))
            raise LoginFailed(fault)
        claims = said.get("id_token_claims") or {}
        token = str(said["access_token"])
        inside = _claims_of(token) if self.is_app else {}
        roles = inside.get("roles")
        return Answer(
            access_token=token,
            lives_s=float(said.get("expires_in", 600)),
            refresh_token=said.get("refresh_token"),
            username=str(claims.get("preferred_username", "")),
            roles=tuple(map(str, roles)) if isinstance(roles, list) else () if inside else None,
            object_id=str(inside.get("oid", "")),
        )


def certificate_sentence(where: str, error: Exception) -> str:
    """Why a login over HTTPS met somebody else's certificate: a captive portal's, or a proxy's."""
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return (
            f"{where}: the certificate is not the token server's; is this network behind a sign-in page "
            "(open any page in a browser), or a proxy (then name its authority in REQUESTS_CA_BUNDLE)?"
        )
    return f"{where}: no TLS; is this the token server's address?"


def _claims_of(token: str) -> dict[str, Any]:
    """What an access token says of itself, if it is a JWT. Only for reports: nothing is decided by it."""
    parts = token.split(".")
    try:
        said = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (IndexError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}
