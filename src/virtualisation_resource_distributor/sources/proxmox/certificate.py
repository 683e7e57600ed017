"""Which certificate does a host show, whether it is trusted or not? Nothing is sent but the handshake."""

import hashlib
import socket
import ssl
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from ...cluster.facts import CertificateFacts
from .session import with_port

# X509_V_FLAG_PARTIAL_CHAIN is in the module, X509_V_FLAG_NO_CHECK_TIME (of OpenSSL) is not.
_NO_CHECK_TIME = 0x200000


def examine_certificate(host: str, timeout_seconds: float) -> CertificateFacts | None:
    """Return the certificate; None where no handshake comes about."""
    try:
        der = _shown(host, timeout_seconds, _trusting())[0]
        _, fields = _shown(host, timeout_seconds, _trusting(der))
        return CertificateFacts(
            fingerprint=hashlib.sha256(der).digest().hex(":").upper(),
            names=tuple(str(name) for _, name in fields.get("subjectAltName", ())),
            not_after=datetime.fromtimestamp(ssl.cert_time_to_seconds(fields["notAfter"]), UTC),
        )
    except (OSError, ValueError, KeyError):
        return None


def _trusting(der: bytes | None = None) -> ssl.SSLContext:
    """Return a context that trusts anybody, or this one certificate, whose fields it then tells."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if der is not None:
        context.load_verify_locations(cadata=der)
        context.verify_flags |= ssl.VerifyFlags(ssl.VERIFY_X509_PARTIAL_CHAIN | _NO_CHECK_TIME)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _shown(host: str, timeout_seconds: float, context: ssl.SSLContext) -> tuple[bytes, dict[str, Any]]:
    parts = urlsplit(f"//{with_port(host)}")
    with (
        socket.create_connection((parts.hostname, parts.port), timeout=timeout_seconds) as bare,
        context.wrap_socket(bare, server_hostname=parts.hostname) as secured,
    ):
        return secured.getpeercert(binary_form=True) or b"", secured.getpeercert() or {}
