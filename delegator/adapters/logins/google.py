"""Google, by google-auth: for a person (an own desktop client), or for a service account with delegation."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from ...config.installed import install_command
from ...core.logins.faults import explain
from ...core.logins.scopes import GOOGLE_SCOPE
from ...ports import Refused, Unavailable
from .client import ANSWER_TIMEOUT_S, Answer, Begun, LoginFailed
from .microsoft import certificate_sentence

_SCOPES = [GOOGLE_SCOPE]
_CONSOLE = "download it as JSON from the Google Cloud console (Google Auth Platform, Clients)"


class Google:
    """See LoginClient. client: the JSON file that Google's console gives.

    Raises Refused where it is none.
    """

    def __init__(self, client: str) -> None:
        try:
            said = json.loads(client)
        except ValueError:
            raise Refused(f"`client` holds no JSON; {_CONSOLE}") from None
        self._said: dict[str, Any] = said if isinstance(said, dict) else {}
        self.is_app = self._said.get("type") == "service_account"
        self._desktop: dict[str, Any] = self._said.get("installed") or {}
        if not self.is_app and not self._desktop:
            is_web = "web" in self._said
            what = "`client` is one for a web server" if is_web else "`client` is not a client of Google's"
            raise Refused(f"{what}; make one of the type “Desktop app”, and {_CONSOLE}")
        of = self._said if self.is_app else self._desktop
        wanted = ("client_email", "private_key", "token_uri") if self.is_app else ("client_id", "token_uri")
        if missing := [name for name in wanted if not isinstance(of.get(name), str)]:
            raise Refused(f"`client` lacks {', '.join(missing)}; {_CONSOLE}")
        self._where = str(of["token_uri"])

    def begin(self, redirect: str, username: str) -> Begun:
        _load()
        from google_auth_oauthlib.flow import Flow

        flow = Flow.from_client_config(
            self._said,
            scopes=_SCOPES,
            redirect_uri=redirect,
            autogenerate_code_verifier=True,
        )
        # offline and consent: else Google gives no refresh token at a second consent.
        address, state = flow.authorization_url(
            access_type="offline", prompt="consent", login_hint=username, state=secrets.token_urlsafe(16)
        )
        return Begun(address, (flow, state))

    def finish(self, begun: Begun, parameters: dict[str, str], now: datetime) -> Answer:
        flow, state = begun.kept
        if not hmac.compare_digest(parameters.get("state", "").encode(), state.encode()):
            raise Refused("this address belongs to another login; begin again with `delegator login`")
        if error := parameters.get("error"):
            raise LoginFailed(explain("google", error, parameters.get("error_description", "")))

        def fetch() -> dict[str, Any]:
            try:
                return dict(flow.fetch_token(code=parameters.get("code", ""), timeout=ANSWER_TIMEOUT_S))
            except Warning as warning:  # oauthlib's word for another scope than was asked for
                return dict(getattr(warning, "token", {}))

        token = self._asked(fetch)
        granted = token.get("scope", _SCOPES)
        granted = granted.split() if isinstance(granted, str) else list(granted)
        if GOOGLE_SCOPE not in granted:
            raise LoginFailed(explain("google", "scope_not_granted"))
        ends_s = token.get("refresh_token_expires_in")
        return Answer(
            access_token=str(token["access_token"]),
            lives_s=float(token.get("expires_in", 600)),
            refresh_token=token.get("refresh_token"),
            ends_at=now + timedelta(seconds=float(ends_s)) if ends_s else None,
        )

    def by_itself(self, username: str) -> Answer:
        _load()
        from google.oauth2 import service_account

        account: Any = service_account.Credentials
        try:
            credentials = account.from_service_account_info(self._said, scopes=_SCOPES, subject=username)
        except ValueError:
            raise Refused(f"`client` holds no private key that can be read; {_CONSOLE}") from None
        return self._refreshed(credentials)

    def refresh(self, refresh_token: str) -> Answer:
        _load()
        from google.oauth2 import credentials as of_person

        kind: Any = of_person.Credentials
        credentials = kind(
            None,
            refresh_token=refresh_token,
            token_uri=self._where,
            client_id=self._desktop["client_id"],
            client_secret=self._desktop.get("client_secret"),
        )
        answer = self._refreshed(credentials)
        rotated = str(credentials.refresh_token)
        return Answer(answer.access_token, answer.lives_s, None if rotated == refresh_token else rotated)

    def _refreshed(self, credentials: Any) -> Answer:
        from google.auth.transport.requests import Request

        def ask(*args: Any, **options: Any) -> Any:
            return request(*args, **{"timeout": ANSWER_TIMEOUT_S, **options})

        request = Request()
        self._asked(lambda: credentials.refresh(ask))
        left = (credentials.expiry - _utc_now_of(credentials)).total_seconds()
        return Answer(str(credentials.token), max(0.0, left))

    def _asked(self, ask: Callable[[], Any]) -> Any:
        """What the library answers, or what its errors mean."""
        import google.auth.exceptions
        import requests
        from oauthlib.oauth2 import OAuth2Error

        try:
            return ask()
        except google.auth.exceptions.RefreshError as error:
            raise self._fault(*_error_of(error)) from None
        except OAuth2Error as error:
            raise self._fault(str(error.error), str(error.description or "")) from None
        except (requests.exceptions.SSLError, google.auth.exceptions.TransportError) as error:
            if "SSL" in str(error):
                raise Refused(certificate_sentence(self._where, error)) from None
            raise Unavailable(
                f"{self._where}: the token server gives no answer; is this machine online?"
            ) from None
        except (LookupError, AttributeError, json.JSONDecodeError):
            raise Unavailable(f"{self._where}: the token server does not work now") from None
        except requests.exceptions.RequestException as error:
            raise Unavailable(
                f"{self._where}: the token server gives no answer ({type(error).__name__}); "
                "is this machine online?"
            ) from None

    def _fault(self, error: str, description: str) -> Exception:
        fault = explain("google", error, description)
        return Unavailable(str(fault)) if fault.kind == "later" else LoginFailed(fault)


def _load() -> None:
    try:
        import_module("google_auth_oauthlib")
    except ImportError:
        raise Refused(f"the login to Google needs a library: {install_command('oauth')}") from None


def _utc_now_of(credentials: Any) -> datetime:
    """By the library's own clock, with which it has computed the end."""
    from google.auth import _helpers

    helpers: Any = _helpers
    now: datetime = helpers.utcnow()
    return now.replace(tzinfo=credentials.expiry.tzinfo)


def _error_of(error: Exception) -> tuple[str, str]:
    """google-auth says "CODE: DESCRIPTION", and the server's whole answer beside it."""
    said = error.args[1] if len(error.args) > 1 else None
    if isinstance(said, dict):
        return str(said.get("error", "")), str(said.get("error_description", said.get("error_subtype", "")))
    if getattr(error, "retryable", False):
        return "temporarily_unavailable", ""
    code, _, description = str(error.args[0] if error.args else "").partition(": ")
    return code, description
