"""The certificate of a server for tests, and the authority that its clients trust.

Tests: ``tests/live/test_servers.py``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

from rosterkit.testing.machine import HOST
from rosterkit.testing.setup import DOMAIN

__all__ = ["write_certificates"]

#: ejabberd cannot count the milliseconds until the year 3000, trustme's own end.
_VALID = timedelta(days=365)


def write_certificates(ca_file: Path, certificate: Path) -> None:
    """A new certificate authority, and a key with its certificate for the domain and for :data:`HOST`, in PEM."""
    authority = trustme.CA(organization_name="rosterkit test CA", key_type=trustme.KeyType.ECDSA)
    leaf = authority.issue_cert(DOMAIN, HOST, not_after=datetime.now(UTC) + _VALID, key_type=trustme.KeyType.ECDSA)
    leaf.private_key_and_cert_chain_pem.write_to_path(str(certificate))
    authority.cert_pem.write_to_path(str(ca_file))
