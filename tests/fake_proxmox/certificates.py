"""Which certificates the server can show."""

import hashlib
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import trustme

Certificate = Literal["good", "other-ca", "expired", "expiring", "wrong-name"]

_SOON = timedelta(days=12)


class Certificates:
    """Certificates in files, made when they are first asked for; all but `other-ca` are signed by one authority."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._authority = trustme.CA(organization_name="Proxmox Virtual Environment")
        self.ca_file = folder / "pve-root-ca.pem"
        self._authority.cert_pem.write_to_path(self.ca_file)

    def file(self, certificate: Certificate) -> Path:
        """Return the file that holds a certificate and its key."""
        path = self._folder / f"{certificate}.pem"
        if not path.exists():
            self._issued(certificate).private_key_and_cert_chain_pem.write_to_path(path)
        return path

    def fingerprint(self, certificate: Certificate) -> str:
        """Return the SHA-256 of a certificate, as `AB:CD:…`."""
        text = self.file(certificate).read_text(encoding="ascii")
        leaf = text[text.index("-----BEGIN CERTIFICATE-----") :]
        leaf = leaf[: leaf.index("-----END CERTIFICATE-----")] + "-----END CERTIFICATE-----\n"
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(leaf)).digest().hex(":").upper()

    def _issued(self, certificate: Certificate) -> trustme.LeafCert:
        match certificate:
            case "good":
                return self._authority.issue_cert("127.0.0.1", "localhost")
            case "other-ca":
                return trustme.CA().issue_cert("127.0.0.1", "localhost")
            case "expired":
                return self._authority.issue_cert("127.0.0.1", "localhost", not_after=datetime(2020, 1, 1, tzinfo=UTC))
            case "expiring":
                return self._authority.issue_cert("127.0.0.1", "localhost", not_after=datetime.now(UTC) + _SOON)
            case "wrong-name":
                return self._authority.issue_cert("pve.example.org")
