# SPDX-License-Identifier: GPL-2.0-or-later
dist_man_MANS += man/relay.conf.5
dist_man_MANS += man/nat64d.8
if RELAY
dist_man_MANS += man/nat64-relay.8
dist_man_MANS += man/splitdns.7
endif

# What a reader finds at the top, besides README.md.
EXTRA_DIST += man/path.svg HACKING.md README.zh-CN.md
