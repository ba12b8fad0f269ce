"""A token server on loopback: oauthlib's, over HTTPS, with the addresses of Microsoft and of Google.

It runs in threads of its own, so that whoever is tested may block. Whoever follows its authorization
address is signed in as `user` and consents at once. What it issues it remembers, so that a test can end
or withdraw it; a real Dovecot asks it whose a token is.
"""

from __future__ import annotations

import base64
import json
import secrets
import socket
import ssl
import threading
import time
import urllib.parse
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
from oauthlib.oauth2 import OAuth2Error, RequestValidator, Server

from tests.servers.ports import hold_port, port_of
from tests.servers.smtp import authority

TENANT = "voorbeeld.example"
CLIENT = "11111111-2222-3333-4444-555555555555"
CLIENT_SECRET = "client-secret-of-the-tests"
PRINCIPAL = "99999999-8888-7777-6666-555555555555"  # of the enterprise application
SCOPE = "mail"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(slots=True)
class Issued:
    """An access token. ends_s: by this server's clock."""

    user: str
    scope: str
    ends_s: float
    is_revoked: bool = False


@dataclass(slots=True)
class Consent:
    """A refresh token."""

    user: str
    scope: str
    client: str
    is_revoked: bool = False


@dataclass(slots=True, kw_only=True)
class TokenServer:
    """Start with `with`.

    user: who is signed in; app_user: as whom an app comes by itself.
    lifetime_s: of an access token, as it says; skew_s: so much sooner it really ends.
    rotates: each refresh gives another refresh token, and the one before counts no more.
    keeps_before: it counts all the same. testing_s: what it says of the life of a refresh token, or None.
    denies: what it answers to who asks for consent, as an OAuth error, or None. refusals: what it answers to
    the next token requests instead: (status, JSON). requests: what came to the token address.
    asked_about: tokens, by who was logged in to.
    """

    user: str = "sofie@voorbeeld.example"
    app_user: str = "app"
    app_roles: list[str] = field(default_factory=lambda: ["IMAP.AccessAsApp", "SMTP.SendAsApp"])
    lifetime_s: int = 3600
    skew_s: float = 0
    rotates: bool = True
    keeps_before: bool = False
    testing_s: int | None = None
    denies: dict[str, str] | None = None
    refusals: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    requests: list[dict[str, str]] = field(default_factory=list)
    asked_about: list[str] = field(default_factory=list)
    assertion_keys: dict[str, Any] = field(default_factory=dict)  # of clients and service accounts
    granted_scope: str = SCOPE
    tokens: dict[str, Issued] = field(default_factory=dict)
    consents: dict[str, Consent] = field(default_factory=dict)
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    devices: dict[str, bool] = field(default_factory=dict)  # whether the code was entered
    certificate_names: tuple[str, ...] = ("localhost", "127.0.0.1")
    port: int = 0
    _http: ThreadingHTTPServer | None = None
    _held: socket.socket | None = None

    def __enter__(self) -> TokenServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        if self._held is not None:
            self._held.close()
            self._held = None

    def start(self) -> None:
        server = self
        if self._held is None:
            self._held = hold_port(port=self.port)
            self.port = port_of(self._held)

        class Handler(_Handler):
            tokens = server

        self._http = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._http.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority().issue_cert(*self.certificate_names).configure_cert(context)
        self._http.socket = context.wrap_socket(
            self._http.socket, server_side=True, do_handshake_on_connect=False
        )
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()
            self._http = None

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def new_token(self, request: Any, refresh_token: bool = False) -> str:
        """An app's is a JWT, as Microsoft's are: it says which app it is, and what that may do."""
        if request.grant_type != "client_credentials":
            return secrets.token_urlsafe(24)
        claims = {"oid": PRINCIPAL, "roles": self.app_roles, "jti": secrets.token_urlsafe(12)}
        return jwt.encode(claims, "a key that nobody looks at, of 32 octets", algorithm="HS256")

    def write_ca(self, folder: Path) -> Path:
        """The certificates by which to trust it."""
        path = folder / "token-ca.pem"
        authority().cert_pem.write_to_path(str(path))
        path.chmod(0o644)
        return path

    # --- what a test gives and takes

    def issue(self, user: str = "", scope: str = "", lifetime_s: float | None = None) -> str:
        """An access token."""
        token = secrets.token_urlsafe(32)
        left_s = self.lifetime_s if lifetime_s is None else lifetime_s
        ends_s = time.time() + left_s - self.skew_s
        self.tokens[token] = Issued(user or self.user, scope or self.granted_scope, ends_s)
        return token

    def expire_tokens(self) -> None:
        """Each access token that there is ends now."""
        for token in self.tokens.values():
            token.ends_s = 0

    def revoke(self) -> None:
        """As a changed password, or the owner at their account's page: nothing that was issued counts."""
        self.expire_tokens()
        for consent in self.consents.values():
            consent.is_revoked = True

    def is_valid(self, token: str) -> bool:
        issued = self.tokens.get(token)
        return issued is not None and not issued.is_revoked and issued.ends_s > time.time()

    def refuse(self, error: str, description: str = "", *, status: int = 400, times: int = 1) -> None:
        self.refusals += [(status, {"error": error, "error_description": description})] * times

    def google_client(self) -> dict[str, Any]:
        """What Google's console gives of a desktop client."""
        return {
            "installed": {
                "client_id": CLIENT,
                "client_secret": CLIENT_SECRET,
                "auth_uri": f"{self.url}/authorize",
                "token_uri": f"{self.url}/token",
                "redirect_uris": ["http://localhost"],
            }
        }


class _Validator(RequestValidator):  # type: ignore[misc]
    """What oauthlib asks."""

    def __init__(self, tokens: TokenServer) -> None:
        self.tokens = tokens

    def validate_client_id(self, client_id: str, request: Any) -> bool:
        return client_id == CLIENT

    def validate_redirect_uri(self, client_id: str, redirect_uri: str, request: Any) -> bool:
        return redirect_uri.startswith(("http://127.0.0.1:", "http://localhost:", "http://localhost"))

    def validate_response_type(self, client_id: str, response_type: str, client: Any, request: Any) -> bool:
        return response_type == "code"

    def validate_scopes(self, client_id: str, scopes: Any, client: Any, request: Any) -> bool:
        return True

    def get_default_scopes(self, client_id: str, request: Any) -> list[str]:
        return [SCOPE]

    def is_pkce_required(self, client_id: str, request: Any) -> bool:
        return True  # a loopback client that leaves it out is a fault of ours

    def save_authorization_code(self, client_id: str, code: Any, request: Any) -> None:
        self.tokens.codes[code["code"]] = {
            "redirect_uri": request.redirect_uri,
            "challenge": request.code_challenge,
            "method": request.code_challenge_method,
            "nonce": dict(request.uri_query_params).get("nonce"),
            "user": self.tokens.user,
            "scopes": request.scopes,
        }

    def get_code_challenge(self, code: str, request: Any) -> Any:
        return self.tokens.codes[code]["challenge"]

    def get_code_challenge_method(self, code: str, request: Any) -> Any:
        return self.tokens.codes[code]["method"]

    def client_authentication_required(self, request: Any) -> bool:
        has_secret = bool(request.client_secret) or "Authorization" in request.headers
        return has_secret or request.grant_type == "client_credentials"

    def authenticate_client(self, request: Any) -> bool:
        request.client = type("Client", (), {"client_id": CLIENT})()
        assertion = dict(request.decoded_body or ()).get("client_assertion")
        if assertion:
            key = self.tokens.assertion_keys.get(CLIENT, "")
            try:
                jwt.decode(
                    assertion,
                    key,
                    algorithms=["PS256", "RS256"],
                    audience=None,
                    options={"verify_aud": False},
                )
            except (jwt.PyJWTError, TypeError):
                return False
            return True
        kind, _, basic = str(request.headers.get("Authorization", "")).partition(" ")
        if kind == "Basic":
            return base64.b64decode(basic).decode() == f"{CLIENT}:{CLIENT_SECRET}"
        return bool(request.client_id == CLIENT and request.client_secret == CLIENT_SECRET)

    def authenticate_client_id(self, client_id: str, request: Any) -> bool:
        request.client = type("Client", (), {"client_id": CLIENT})()
        return client_id == CLIENT

    def validate_code(self, client_id: str, code: str, client: Any, request: Any) -> bool:
        kept = self.tokens.codes.get(code)
        if kept is None:
            return False
        request.user, request.scopes, request.nonce = kept["user"], kept["scopes"], kept["nonce"]
        return True

    def confirm_redirect_uri(self, client_id: str, code: str, redirect_uri: str, *_: Any) -> bool:
        return bool(self.tokens.codes[code]["redirect_uri"] == redirect_uri)

    def validate_grant_type(self, client_id: str, grant_type: str, *_: Any) -> bool:
        return grant_type in ("authorization_code", "refresh_token", "client_credentials")

    def invalidate_authorization_code(self, client_id: str, code: str, request: Any) -> None:
        del self.tokens.codes[code]

    def validate_refresh_token(self, refresh_token: str, client: Any, request: Any) -> bool:
        consent = self.tokens.consents.get(refresh_token)
        if consent is None or consent.is_revoked:
            return False
        request.user = consent.user
        return True

    def get_original_scopes(self, refresh_token: str, request: Any) -> list[str]:
        return [SCOPE, *(request.scopes or ())]

    def is_within_original_scope(self, *_: Any) -> bool:
        return True

    def rotate_refresh_token(self, request: Any) -> bool:
        return self.tokens.rotates

    def save_bearer_token(self, token: dict[str, Any], request: Any) -> None:
        tokens = self.tokens
        is_app = request.grant_type == "client_credentials"
        user = request.user or (tokens.app_user if is_app else tokens.user)
        scope = tokens.granted_scope
        token["expires_in"] = tokens.lifetime_s
        if scope != SCOPE:
            token["scope"] = scope
        ends_s = time.time() + tokens.lifetime_s - tokens.skew_s
        tokens.tokens[token["access_token"]] = Issued(user, scope, ends_s)
        if refresh := token.get("refresh_token"):
            tokens.consents.setdefault(refresh, Consent(user, scope, CLIENT))
        if request.grant_type == "refresh_token" and tokens.rotates and not tokens.keeps_before:
            tokens.consents[request.refresh_token].is_revoked = True
        if tokens.testing_s is not None and "refresh_token" in token:
            token["refresh_token_expires_in"] = tokens.testing_s
        if request.grant_type != "client_credentials":
            token |= _identity(user, getattr(request, "nonce", None))


def _identity(user: str, nonce: str | None) -> dict[str, str]:
    """As Microsoft and Google tell whose a token is."""
    now_s = int(time.time())
    claims = {
        "iss": "tests",
        "aud": CLIENT,
        "sub": user,
        "oid": user,
        "tid": TENANT,
        "preferred_username": user,
        "email": user,
        "iat": now_s,
        "exp": now_s + 3600,
    }
    if nonce:
        claims["nonce"] = nonce
    about = json.dumps({"uid": user, "utid": TENANT}).encode()
    return {
        "id_token": jwt.encode(claims, "a key that nobody looks at, of 32 octets", algorithm="HS256"),
        "client_info": base64.urlsafe_b64encode(about).decode().rstrip("="),
    }


class _Handler(BaseHTTPRequestHandler):
    tokens: TokenServer
    timeout = 20

    def log_message(self, *_: object) -> None:
        pass

    def setup(self) -> None:
        try:
            self.request.do_handshake()
        except OSError:
            pass  # a client that does not trust us
        super().setup()

    @property
    def _server(self) -> Server:
        tokens = self.tokens
        return Server(
            _Validator(tokens), token_expires_in=tokens.lifetime_s, token_generator=tokens.new_token
        )

    def do_GET(self) -> None:
        path = urllib.parse.urlsplit(self.path).path
        if path.endswith("/.well-known/openid-configuration"):
            self._discover(path.split("/")[1])
        elif path.endswith("/authorize"):
            self._authorize()
        else:
            self._say(404, {"error": "not_found"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        path, said = urllib.parse.urlsplit(self.path).path, dict(urllib.parse.parse_qsl(body))
        if path.endswith("/introspect"):
            self._introspect(said.get("token", ""))
        elif path.endswith("/devicecode"):
            self._begin_device()
        elif path.endswith("/token"):
            self._token(body, said)
        else:
            self._say(404, {"error": "not_found"})

    def _discover(self, tenant: str) -> None:
        if tenant != TENANT:
            self._say(
                400,
                {
                    "error": "invalid_tenant",
                    "error_description": f"AADSTS90002: Tenant '{tenant}' not found.",
                },
            )
            return
        base = f"{self.tokens.url}/{tenant}"
        self._say(
            200,
            {
                "issuer": f"{base}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            },
        )

    def _authorize(self) -> None:
        said = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
        if self.tokens.denies is not None:
            query = urllib.parse.urlencode({**self.tokens.denies, "state": said["state"]})
            self._redirect(f"{said['redirect_uri']}?{query}")
            return
        server = self._server
        try:
            scopes, _ = server.validate_authorization_request(self.tokens.url + self.path)
            headers, _, _ = server.create_authorization_response(self.tokens.url + self.path, scopes=scopes)
        except OAuth2Error as error:
            self._say(400, {"error": error.error, "error_description": error.description})
            return
        self._redirect(headers["Location"])

    def _token(self, body: str, said: dict[str, str]) -> None:
        tokens = self.tokens
        tokens.requests.append(said)
        if tokens.refusals:
            self._say(*tokens.refusals.pop(0))
        elif said.get("grant_type") == JWT_GRANT:
            self._token_by_assertion(said.get("assertion", ""))
        elif said.get("grant_type") == DEVICE_GRANT:
            self._token_of_device(said.get("device_code", ""))
        else:
            _, text, status = self._server.create_token_response(
                tokens.url + self.path, "POST", body, dict(self.headers)
            )
            self._say(status, json.loads(text))

    def _token_by_assertion(self, assertion: str) -> None:
        """Give a token to a service account with delegation (Google)."""
        try:
            name = jwt.decode(assertion, options={"verify_signature": False})["iss"]
            claims = jwt.decode(
                assertion,
                self.tokens.assertion_keys[name],
                algorithms=["RS256"],
                options={"verify_aud": False},
            )
        except (jwt.PyJWTError, KeyError):
            self._say(400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."})
            return
        token = self.tokens.issue(claims.get("sub", ""))
        self._say(200, {"access_token": token, "expires_in": self.tokens.lifetime_s, "token_type": "Bearer"})

    def _begin_device(self) -> None:
        code = secrets.token_urlsafe(8)
        self.tokens.devices[code] = False
        self._say(
            200,
            {
                "device_code": code,
                "user_code": "ABCD-EFGH",
                "interval": 1,
                "expires_in": 60,
                "verification_uri": f"{self.tokens.url}/device",
                "message": "enter ABCD-EFGH",
            },
        )

    def _token_of_device(self, code: str) -> None:
        if not self.tokens.devices.get(code):
            self._say(400, {"error": "authorization_pending"})
            return
        refresh = secrets.token_urlsafe(16)
        self.tokens.consents[refresh] = Consent(self.tokens.user, SCOPE, CLIENT)
        self._say(
            200,
            {
                "access_token": self.tokens.issue(),
                "refresh_token": refresh,
                "token_type": "Bearer",
                "expires_in": self.tokens.lifetime_s,
                "scope": SCOPE,
                **_identity(self.tokens.user, None),
            },
        )

    def _introspect(self, token: str) -> None:
        self.tokens.asked_about.append(token)
        issued = self.tokens.tokens.get(token)
        if issued is None or not self.tokens.is_valid(token):
            self._say(200, {"active": False})
            return
        self._say(
            200,
            {
                "active": True,
                "username": issued.user,
                "scope": issued.scope,
                "exp": int(issued.ends_s),
                "token_type": "Bearer",
                "client_id": CLIENT,
            },
        )

    def _redirect(self, to: str) -> None:
        self.send_response(302)
        self.send_header("Location", to)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _say(self, status: int, said: dict[str, Any]) -> None:
        octets = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(octets)))
        self.end_headers()
        self.wfile.write(octets)
