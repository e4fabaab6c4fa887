/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What guards the relay, and keeps the addresses of connections translated, while somebody flushes the rules. */
#ifndef NFTABLES_HOLD_H
#define NFTABLES_HOLD_H

struct conf_report;
struct conf_settings;
struct mnl_socket;

/* All zero holds nothing. */
struct nftables_hold {
	struct mnl_socket *socket;
};

/* Put NFTABLES_HOLD in place by these settings, or in the place of what was held before. 0, or -1: nothing is held. */
int nftables_hold_install(struct nftables_hold *hold, const struct conf_settings *settings, struct conf_report *report);

/* The table goes. */
void nftables_hold_release(struct nftables_hold *hold);

#endif
