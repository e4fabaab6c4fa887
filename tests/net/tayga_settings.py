# SPDX-License-Identifier: GPL-2.0-or-later
"""Settings that a tayga.conf may hold: what TAYGA does with them, and what nat64d does.

A row is the lines, whether TAYGA 0.9.2 takes them, whether nat64d takes them, and, where they differ, why. BASE stands before every row that
does not begin with "=": it is a file that both take. NEWER marks what TAYGA took up after 0.9.2, the version of Debian 12.
"""
BASE = "tun-device nat64\nipv4-addr 192.168.255.1\nprefix 2001:db8:1:ffff::/96\n"
NEWER = "newer than 0.9.2"

ROWS = [
    # the lexer
    ("", True, True, None),
    ("# comment\n\n   \t\n", True, True, None),
    ("DYNAMIC-Pool 192.168.255.0/24 # words\r\n", True, True, None),
    ("dynamic-pool\t192.168.255.0/24#24\n", False, False, None),
    ("nonsense\n", False, False, None),
    ("dynamic-pool\n", False, False, None),
    ("dynamic-pool 192.168.255.0/24 extra\n", False, False, None),
    ("# " + "x" * 600 + "\n", False, True, "a line may be of any length"),
    ("=tun-device nat64\nipv4-addr 192.168.255.1", False, False, None),
    ("=", False, False, None),
    # tun-device
    ("=ipv4-addr 192.168.255.1\nprefix 2001:db8:1:ffff::/96\n", True, True, None),
    ("tun-device nat65\n", False, False, None),
    ("=tun-device sixteen-letters-\nipv4-addr 192.168.255.1\nprefix 2001:db8:1:ffff::/96\n", False, False, None),
    # ipv4-addr
    ("=tun-device nat64\nprefix 2001:db8:1:ffff::/96\n", False, False, None),
    ("=tun-device nat64\nprefix 2001:db8:1:ffff::/96\ndynamic-pool 192.168.255.0/24\n", False, True, "ipv4-addr is the pool's first host then"),
    ("ipv4-addr 192.168.255.2\n", False, False, None),
    ("=tun-device nat64\nipv4-addr 127.0.0.1\nprefix 2001:db8:1:ffff::/96\n", False, False, None),
    ("=tun-device nat64\nipv4-addr 0.0.0.1\nprefix 2001:db8:1:ffff::/96\n", True, False, "TAYGA 0.9.6 refuses it too"),
    ("=tun-device nat64\nipv4-addr 224.0.0.1\nprefix 2001:db8:1:ffff::/96\n", False, False, None),
    ("=tun-device nat64\nipv4-addr 192.168.255.1/24\nprefix 2001:db8:1:ffff::/96\n", False, False, None),
    ("=tun-device nat64\nipv4-addr 240.0.0.1\nprefix 2001:db8:1:ffff::/96\n", False, True, NEWER),
    # ipv6-addr
    ("ipv6-addr 2001:db8:1::2\n", True, True, None),
    ("ipv6-addr 2001:db8:1::2\nipv6-addr 2001:db8:1::3\n", False, False, None),
    ("ipv6-addr fe80::1\n", False, False, None),
    ("ipv6-addr ff02::1\n", False, False, None),
    ("ipv6-addr ::1\n", False, False, None),
    ("ipv6-addr 2001:db8:1:ffff::5\n", False, True, "an address of its own inside the prefix harms nobody"),
    ("=tun-device nat64\nipv4-addr 192.168.255.1\nmap 192.0.2.1 2001:db8::1\n", False, False, None),
    ("=tun-device nat64\nipv4-addr 192.168.255.1\nipv6-addr 2001:db8::9\nmap 192.0.2.1 2001:db8::1\n", True, True, None),
    ("=tun-device nat64\nipv4-addr 192.168.255.1\nprefix 64:ff9b::/96\n", False, True, "a private address inside 64:ff9b::/96 as source of errors"),
    ("=tun-device nat64\nipv4-addr 192.168.255.1\nipv6-addr 2001:db8::9\nprefix 64:ff9b::/96\n", True, True, None),
    # prefix
    ("=tun-device nat64\nipv4-addr 192.168.255.1\nprefix 2001:db8::/32\n", True, True, None),
    ("=tun-device nat64\nipv4-addr 192.168.255.1\nprefix 2001:db8::/40\n", True, True, None),
    ("=tun-device nat64\nipv4-addr 192.168.255.1\nprefix 2001:db8::/64\n", True, True, None),
    ("=tun-device nat64\nipv4-addr 192.168.255.1\nprefix 2001:db8::/72\n", False, False, None),
    ("=tun-device nat64\nipv4-addr 192.168.255.1\nprefix 2001:db8::1/96\n", False, False, None),
    ("=tun-device nat64\nipv4-addr 192.168.255.1\nprefix 2001:db8::\n", False, False, None),
    ("=tun-device nat64\nipv4-addr 192.168.255.1\nprefix fe80::/64\n", False, False, None),
    ("prefix 2001:db8:2::/96\n", False, True, "several prefixes"),
    ("prefix 2001:db8:1:ffff::/96\n", False, False, None),
    # dynamic-pool
    ("dynamic-pool 192.168.255.0/24\n", True, True, None),
    ("dynamic-pool 192.168.255.0/24\ndynamic-pool 192.168.254.0/24\n", False, False, None),
    ("dynamic-pool 192.168.255.1/24\n", False, False, None),
    ("dynamic-pool 192.168.255.0/32\n", False, False, None),
    ("dynamic-pool 192.168.255.0/29\n", True, True, None),
    ("dynamic-pool 192.168.255.0/30\n", True, False, "a pool without an address to lend"),
    ("dynamic-pool 192.168.255.0/31\n", True, False, "a pool without an address to lend"),
    ("dynamic-pool 127.0.0.0/24\n", False, False, None),
    ("dynamic-pool 100.96.0.0/16\n", True, False, "tailscaled drops what comes from 100.64.0.0/10"),
    # map
    ("map 192.168.5.42 2001:db8:1:4444::1\n", True, True, None),
    ("map 192.168.5.0/24 2001:db8:1:4444::/120\n", True, True, None),
    ("map 192.168.5.0/24 2001:db8:1:4444::/64\n", False, False, None),
    ("map 192.168.5.7/24 2001:db8:1:4444::/120\n", True, False, "bits beyond the length: TAYGA's map never matches"),
    ("map 192.168.5.0/33 2001:db8:1:4444::/129\n", True, False, "a length beyond the address"),
    ("map 192.168.5.42 2001:db8:1:4444::1\nmap 192.168.5.42 2001:db8:1:4444::2\n", False, False, None),
    ("map 192.168.5.42 2001:db8:1:4444::1\nmap 192.168.5.43 2001:db8:1:4444::1\n", False, False, None),
    ("map 192.168.5.0/24 2001:db8:1:4444::/120\nmap 192.168.5.9 2001:db8:2::9\n", True, True, None),
    ("map 192.168.5.42 2001:db8:1:ffff::1\n", False, False, None),
    ("map 192.168.255.1 2001:db8:1:4444::1\n", False, False, None),
    ("dynamic-pool 192.168.255.0/24\nmap 192.168.255.9 2001:db8:1:4444::1\n", True, True, None),
    ("dynamic-pool 192.168.255.0/24\nmap 192.168.255.0/24 2001:db8:1:4444::/120\n", False, False, None),
    ("map 192.168.5.42\n", False, False, None),
    ("map 192.168.5.42 fe80::1\n", False, False, None),
    # data-dir
    ("data-dir /tmp\n", True, True, None),
    ("data-dir relative\n", False, False, None),
    ("data-dir /tmp\ndata-dir /tmp\n", False, False, None),
    # what came after 0.9.2
    ("strict-frag-hdr 1\n", True, True, None),
    ("strict-frag-hdr nonsense\n", None, False, "TAYGA does not look at the word"),
    ("wkpf-strict no\nwkpf-strict yes\n", False, True, NEWER),
    ("wkpf-strict up\n", False, False, None),
    ("udp-cksum-mode calculate\nudp-cksum-mode FWD\n", False, True, NEWER),
    ("udp-cksum-mode never\n", False, False, None),
    ("offlink-mtu 1280\n", False, True, NEWER),
    ("offlink-mtu 1279\n", False, False, None),
    ("workers 4\n", False, True, NEWER),
    ("workers 65\n", False, False, None),
    ("log drop REJECT icmp self dyn\n", False, True, NEWER),
    ("log\n", False, True, NEWER),
    ("log everything\n", False, False, None),
    ("tun-up yes\ntun-ip 192.168.255.2\ntun-ip 2001:db8::2/64\ntun-route 192.168.255.0/24\n", False, True, NEWER),
    ("tun-up up\n", False, False, None),
    ("tun-route 192.168.255.1/24\n", False, False, None),
    ("map-file /nonexistent/maps\n", False, False, None),
]
