/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table `inet nat64-relay-hold`.
 *
 * `nft flush ruleset`, with which /etc/nftables.conf of Debian begins, takes our table away. It is back within a moment, but the
 * connections are lost by then: with the last nat chain the kernel ceases to undo the masquerade of the connections it still knows,
 * takes an answer of a target for its own, and resets it. So whoever keeps the relay holds a second table, with our nat chains and
 * nothing else: one that belongs to a socket (NFT_TABLE_F_OWNER, Linux 5.12), which a flush of others leaves alone, and which the kernel deletes when
 * the socket is closed, however its process ends. Its chains stand one step behind ours and have the same rules: as long as ours are there no
 * packet comes to them, and without ours they serve new connections too. A chain without rules would not do: conntrack itself rests when no rule asks for it.
 *
 * What is not held: the guard, and all else that filters. It is missing until our table is back.
 * The price: nobody else may write the table, so a file made by `nft list ruleset` is refused while the relay runs, unless this table is left out.
 */
#include "nftables/hold.h"

#include "conf/report.h"
#include "nftables/batch.h"
#include "nftables/nftables.h"
#include "nftables/transport.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <stddef.h>
#include <string.h>

int nftables_hold_take(struct nftables_hold *hold, const struct conf_settings *settings, struct conf_report *report)
{
	struct nftables_batch batch = { .buffer = NULL };
	struct conf_report refusal = { .count = 0 };
	int result = -1;

	if (!hold->socket)
		hold->socket = nftables_transport_open(&refusal);
	if (hold->socket) {
		nftables_batch_hold(&batch, settings);
		result = nftables_transport_commit_by(hold->socket, &batch, &refusal);
	}
	if (result < 0) {
		conf_report_add(report, "table inet %s is not to be had: %s; it needs Linux 5.12 or newer, and nobody else who owns it", NFTABLES_HOLD,
				strerror(errno));
		nftables_hold_release(hold);
	}
	conf_report_clear(&refusal);
	nftables_batch_clear(&batch);
	return result;
}

void nftables_hold_release(struct nftables_hold *hold)
{
	if (hold->socket)
		mnl_socket_close(hold->socket);
	hold->socket = NULL;
}
