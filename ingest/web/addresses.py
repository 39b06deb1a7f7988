"""Which addresses a page may come from: those of the public internet, whatever name or number leads to them.

After IANA's registries of special-purpose addresses (RFC 6890), RFC 6052 (NAT64) and RFC 3056 (6to4).
"""

from __future__ import annotations

import ipaddress
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from queue import Empty, Queue
from threading import Thread
from typing import TYPE_CHECKING

from ragsys.errors import PageTimeoutError, PageUnreachableError, PrivateAddressError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Resolve = Callable[[str, int], Sequence[str]]

__all__ = ["allowed_hosts", "checked_addresses", "is_public", "look_up"]

# What Python's own lists hold depends on its version.
_SPECIAL = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3", "2001::/23", "2001:db8::/32",
        "2620:4f:8000::/48", "3fff::/20",
    )
)  # fmt: skip
# Nothing else of IPv6 has been given to the public.
_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether an address, as `socket` writes it, is one of the public internet; so is what it carries inside.

    >>> [is_public(address) for address in ("8.8.8.8", "::ffff:127.0.0.1", "2002:7f00:1::", "64:ff9b::808:808")]
    [True, False, False, True]
    """
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        inside = _embedded(found)
        if inside is not None:
            return is_public(str(inside))
        if found not in _UNICAST:
            return False
    return not any(found.version == network.version and found in network for network in _SPECIAL)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The address of IPv4 that a connection to this one ends at."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def allowed_hosts(setting: str) -> frozenset[str]:
    """The hosts that may have any address: names or numbers, with or without a port, by comma."""
    return frozenset(name.strip().lower().removesuffix("/") for name in setting.split(",") if name.strip())


def look_up(host: str, port: int) -> list[str]:
    """The addresses of a host, in the order in which to try them. Raises `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def checked_addresses(host: str, port: int, hosts: frozenset[str], resolve: Resolve, seconds: float) -> list[str]:
    """The addresses of a host, asked for once, all of them public unless the host is among `hosts`.

    Raises:
        PrivateAddressError: one of them is not.
        PageUnreachableError: it has none.
        PageTimeoutError: that is not known within so many seconds.
    """
    addresses = _resolved(host, port, resolve, seconds)
    name = f"[{host}]" if ":" in host else host
    if hosts.isdisjoint((host, name, f"{name}:{port}")):
        for address in addresses:
            if not is_public(address):
                where = host if host == address else f"{host} is at {address}, which"
                raise PrivateAddressError(
                    f"{where} is no address of the public internet; allowed_hosts may name the host"
                )
    return addresses


def _resolved(host: str, port: int, resolve: Resolve, seconds: float) -> list[str]:
    """What `resolve` says; it knows no limit of time, and is left alone where it takes too long."""
    answers: Queue[list[str] | Exception] = Queue()

    def ask() -> None:
        try:
            answers.put(list(resolve(host, port)))
        except Exception as error:  # noqa: BLE001 - it is raised below
            answers.put(error)

    Thread(target=ask, name="ragsys-resolve", daemon=True).start()
    try:
        found = answers.get(timeout=max(seconds, 0))
    except Empty:
        raise PageTimeoutError(f"the address of {host} was not found within {seconds:.0f} s") from None
    if isinstance(found, OSError | UnicodeError):
        raise PageUnreachableError(f"the name {host} has no address ({found})")
    if isinstance(found, Exception):
        raise found
    if not found:
        raise PageUnreachableError(f"the name {host} has no address")
    return found
