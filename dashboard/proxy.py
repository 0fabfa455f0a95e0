"""The web server in front: whose word on where a request came from is taken, and which of its words."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.types import Scope


def seen_through(scope: Scope, proxies: Collection[str]) -> Scope:
    """Put the browser's address in place of the proxy's; nothing else that a forwarding header claims is believed.

    Only a peer named in ``proxies`` is believed, and only the last address of ``X-Forwarded-For``: the one that this
    peer saw itself. Whatever stands before it may have been written by the browser.
    """
    client = scope.get("client")
    if not client or plain_address(client[0]) not in proxies:
        return scope
    said = ",".join(Headers(scope=scope).getlist("x-forwarded-for")).rpartition(",")[2]
    address = plain_address(said.strip())
    return scope if address is None else {**scope, "client": (address, 0)}


def plain_address(text: str) -> str | None:
    """Return an IP address in its one form, one of IPv4 unwrapped from IPv6; ``None`` for anything else."""
    with suppress(ValueError):
        address = ipaddress.ip_address(text)
        return str(getattr(address, "ipv4_mapped", None) or address)
    return None


def is_loopback(text: str) -> bool:
    """Say whether an address is this machine's own."""
    address = plain_address(text)
    return text == "localhost" if address is None else ipaddress.ip_address(address).is_loopback
