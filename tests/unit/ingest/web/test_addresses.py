"""Which addresses pages may come from, whatever they are written as."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragsys.errors import OfflineError, PageTimeoutError, PageUnreachableError, PrivateAddressError
from ragsys.ingest.web.addresses import allowed_hosts, checked_addresses, is_public, look_up

PRIVATE = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1",
    "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1",
    "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255",
    "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1",
    "64:ff9b::169.254.169.254", "64:ff9b:1::1", "64:ff9b:1::808:808", "100::1", "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::",
    "2002:a00:1::1", "2002:c0a8:1::1", "3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%1",
    "fec0::1", "ff02::1", "ff0e::1", "4000::1", "localhost", "2130706433", "0x7f.1", "", "127.1",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
    "128.0.0.1", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "223.255.255.255",
    "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1", "2606:4700:4700::1111", "2a00:1450:4001::1",
    "2001:4860:4860::8888",
]  # fmt: skip
NAT64 = ipaddress.ip_network("64:ff9b::/96")


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_no_public_ones(address):
    """Loopback, private, link-local, carrier's, reserved, multicast, documentation; also inside another address."""
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are(address):
    """The neighbours of every private range, and public addresses inside of IPv6."""
    assert is_public(address)


@settings(deadline=None)
@given(st.ip_addresses())
def test_nothing_is_public_that_python_knows_to_be_private(address):
    """Our lists are never wider than the standard library's."""
    if is_public(str(address)):
        inside = address.version == 6 and (address.sixtofour or address.ipv4_mapped or address in NAT64)
        assert inside or not (address.is_private or address.is_multicast or address.is_reserved)


def test_one_private_address_is_enough_to_refuse_a_host():
    """A name with a public and a private address is refused, in whichever order."""
    for answer in (["8.8.8.8", "127.0.0.1"], ["::1", "8.8.8.8"]):
        with pytest.raises(PrivateAddressError, match=r"site\.example is at"):
            checked_addresses("site.example", 80, frozenset(), lambda _host, _port, found=answer: found, 5)


def test_numbers_in_disguise_are_seen_as_what_they_are():
    """The system takes these for loopback, and so it is what is checked."""
    for host in ("2130706433", "0x7f000001", "127.1", "0"):
        with pytest.raises(PrivateAddressError):
            checked_addresses(host, 80, frozenset(), look_up, 60)


@pytest.mark.parametrize("setting", ["wiki.intern", "Wiki.Intern ,other", "wiki.intern:8080", "10.0.0.8,wiki.intern"])
def test_named_hosts_may_be_private(setting):
    """With or without its port, in whatever case."""
    hosts = allowed_hosts(setting)
    assert checked_addresses("wiki.intern", 8080, hosts, lambda _host, _port: ["10.0.0.8"], 5) == ["10.0.0.8"]


@pytest.mark.parametrize("setting", ["", "intern", "wiki.intern:80", "10.0.0.8", "*"])
def test_only_named_hosts_may_be_private(setting):
    """Neither a part of a name nor another port, nor the address that a name stands for; there is no wildcard."""
    with pytest.raises(PrivateAddressError):
        checked_addresses("wiki.intern", 8080, allowed_hosts(setting), lambda _host, _port: ["10.0.0.8"], 5)


def test_a_host_without_an_address():
    """A name that nobody knows, or that has no address, is an outcome."""

    def unknown(_host, _port):
        raise OSError("no such name")

    for resolve in (unknown, lambda _host, _port: []):
        with pytest.raises(PageUnreachableError, match="has no address"):
            checked_addresses("site.example", 80, frozenset(), resolve, 5)


def test_a_refusal_to_ask_goes_through():
    """What the offline hook says reaches the caller as it is."""

    def offline(_host, _port):
        raise OfflineError("offline")

    with pytest.raises(OfflineError):
        checked_addresses("site.example", 80, frozenset(), offline, 5)


def test_a_resolver_that_never_answers():
    """Looking up a name is within the time that a page has."""
    import threading

    over = threading.Event()
    try:
        with pytest.raises(PageTimeoutError):
            checked_addresses("site.example", 80, frozenset(), lambda _host, _port: over.wait(60) and [], 0.01)
    finally:
        over.set()
