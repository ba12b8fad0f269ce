"""From a login of the configuration to its client, with the secrets of the app."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from ...config.installed import install_command
from ...config.model import TokenLogin
from ...config.secrets import SecretError, read_document, read_secret
from ...ports import Refused
from .google import Google
from .microsoft import Microsoft

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


AnyClient = Google | Microsoft


def login_client(login: TokenLogin, folder: Path) -> AnyClient:
    """Blocks where a secret comes from a command. Raises Refused.

    folder: of rules.yaml.
    """
    try:
        if login.provider == "google":
            assert login.client is not None
            return Google(read_document(login.client, config_dir=folder))
        return Microsoft(
            login.client_id,
            login.tenant,
            login.authority,
            read_secret(login.secret, config_dir=folder) if login.secret else None,
            read_document(login.certificate, config_dir=folder) if login.certificate else None,
        )
    except SecretError as error:
        raise Refused(str(error)) from None


def certificate_end(login: TokenLogin, folder: Path) -> datetime | None:
    """When the app's certificate ends; None: it has none. Raises Refused."""
    if login.certificate is None:
        return None
    try:
        found = _CERTIFICATE.search(read_document(login.certificate, config_dir=folder))
    except SecretError as error:
        raise Refused(str(error)) from None
    if found is None:
        raise Refused("`certificate` holds no certificate; append the PEM of the registered one to the key")
    try:
        from cryptography import x509  # msal brings it
    except ImportError:
        raise Refused(f"the login to Microsoft 365 needs a library: {install_command('oauth')}") from None
    try:
        return x509.load_pem_x509_certificate(found[0].encode()).not_valid_after_utc
    except ValueError:
        raise Refused(
            "`certificate` holds a certificate that cannot be read; export it anew, as PEM"
        ) from None
