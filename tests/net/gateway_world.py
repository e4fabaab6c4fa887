# SPDX-License-Identifier: GPL-2.0-or-later
"""Unbound as a NAT64 gateway: its settings, and questions from inside."""
import ipaddress

OPEN = """
    prefix fd64:9929::/96 9929
    prefix fd64:1::/96
    dynamic-pool 192.168.240.0/20
    dns64 fd64:1::/96
    allow-destination 0.0.0.0/0
    deny-destination 10.0.0.0/8
    allow-source fd7a:115c:a1e0::/48
    upstream-dns . 127.0.0.1@5300
    dns-client fd7a:115c:a1e0::/48
    dns-client 100.64.0.0/10
"""


GATEWAY = OPEN.replace("/96 9929", "/96")


def inside(prefix, *addresses):
    """IPv4 addresses inside a /96, as text."""
    return {str(ipaddress.IPv6Address(prefix) + int(ipaddress.IPv4Address(address))) for address in addresses}
