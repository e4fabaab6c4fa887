# SPDX-License-Identifier: GPL-2.0-or-later
dist_man_MANS += man/nat64-relay.8
dist_man_MANS += man/nat64d.8
dist_man_MANS += man/splitdns.7
