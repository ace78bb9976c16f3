"""Which addresses may be asked: forms of private ones, ports, and what the resolver hands on."""

from __future__ import annotations

import ipaddress
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.guard import GuardedResolver, is_public, literal, refusal

PRIVATE = (
    "127.0.0.1",
    "10.0.0.1",
    "172.16.9.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "2002:7f00:1::",
    "64:ff9b::a00:1",
)


@pytest.mark.parametrize("address", PRIVATE)
def test_it_knows_private_addresses(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["113.160.1.1", "8.8.8.8", "2405:4800::1", "64:ff9b::808:808"])
def test_it_knows_public_addresses(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.1", "127.0.0.1."]
)
def test_it_refuses_loopback_in_every_spelling(host):
    assert refusal(f"http://{host}/", ()) == "refused: 127.0.0.1 is not a public address"


def test_it_refuses_ipv6_literals():
    assert refusal("http://[::1]/", ()) == "refused: ::1 is not a public address"
    assert "not a public address" in refusal("http://[::ffff:10.0.0.1]/", ())


@pytest.mark.parametrize("url", ["https://baolangson.vn/", "http://langson.gov.vn:80/x", "https://1.1.1.1/"])
def test_it_lets_public_places_pass(url):
    assert refusal(url, ()) == ""


@pytest.mark.parametrize(
    "url", ["http://langson.gov.vn:8080/", "https://langson.gov.vn:22/", "ftp://langson.gov.vn/", "file:///etc/passwd"]
)
def test_it_refuses_other_ports_and_schemes(url):
    assert refusal(url, ()).startswith("refused: ")


def test_it_allows_only_the_named_port_of_a_private_host():
    allowed = ("127.0.1.1:8900",)
    assert refusal("http://127.0.1.1:8900/", allowed) == ""
    assert refusal("http://127.0.1.1:8901/", allowed) != ""
    assert refusal("http://127.0.1.1/", allowed) != ""
    assert refusal("http://127.0.1.1:1234/", ("127.0.1.1",)) == ""


@given(st.integers(min_value=0, max_value=2**32 - 1))
def test_it_reads_a_number_as_the_address_it_is(number):
    address = str(ipaddress.IPv4Address(number))
    assert literal(str(number)) == address
    assert literal(hex(number)) == address
    assert (refusal(f"http://{number}/", ()) == "") == is_public(address)


@given(st.ip_addresses())
def test_it_never_lets_a_mapped_address_pass_that_is_private_itself(address):
    if address.version == 4:
        assert is_public(f"::ffff:{address}") <= is_public(str(address))


class Receiver:
    def __init__(self):
        self.addresses, self.complete = [], False

    def resolutionBegan(self, resolution):
        pass

    def addressResolved(self, address):
        self.addresses.append(address.host)

    def resolutionComplete(self):
        self.complete = True


class Inner:
    """Resolves every name to one public and one private address, as a hostile name server does."""

    def resolveHostName(self, receiver, name, port, types, semantics):
        receiver.resolutionBegan(None)
        for host in ("10.0.0.1", "93.184.216.34"):
            receiver.addressResolved(SimpleNamespace(host=host))
        receiver.resolutionComplete()


def test_it_hands_on_the_public_addresses_of_a_name_only():
    resolver, receiver = GuardedResolver(Inner(), ()), Receiver()
    resolver.resolveHostName(receiver, "evil.example", 80)
    assert receiver.addresses == ["93.184.216.34"]
    assert receiver.complete
    assert resolver.refused == {"evil.example": "10.0.0.1"}


def test_it_hands_on_everything_for_an_allowed_place_and_port():
    resolver, receiver = GuardedResolver(Inner(), ("lab.example:8080",)), Receiver()
    resolver.resolveHostName(receiver, "lab.example", 8080)
    assert receiver.addresses == ["10.0.0.1", "93.184.216.34"]
    other = Receiver()
    resolver.resolveHostName(other, "lab.example", 80)
    assert other.addresses == ["93.184.216.34"]
