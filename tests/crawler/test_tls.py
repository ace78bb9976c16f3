"""Certificates are verified, and a source for which they are not is named."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LISTING = "/tin"


def self_signed(folder: Path) -> ssl.SSLContext:
    """A server context with a certificate for 127.0.0.1 that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@pytest.fixture
def secure_web(pages: Any, tmp_path: Path) -> Iterator[Any]:
    server = pages.Web(tls=self_signed(tmp_path))
    server.put("/robots.txt", b"", "text/plain")
    server.put(LISTING, pages.listing(["/bai-1.html"]))
    server.put("/bai-1.html", pages.article(1))
    yield server
    server.close()


def test_it_refuses_a_certificate_that_nobody_vouches_for(
    secure_web: Any, source_at: Callable[..., Any], job_for: Callable[..., Any], crawl: Callable[..., Any]
) -> None:
    done = crawl(job_for(source_at(secure_web, listings=(LISTING,))))
    assert done.code == 1
    assert "certificate" in done.end["error"]
    assert done.outcomes == []


def test_it_crawls_a_source_whose_certificate_need_not_be_verified_and_says_so(
    secure_web: Any, source_at: Callable[..., Any], job_for: Callable[..., Any], crawl: Callable[..., Any]
) -> None:
    done = crawl(job_for(source_at(secure_web, listings=(LISTING,), verify_tls=False)))
    assert done.outcomes == ["new"]
    assert "verif" in done.log
