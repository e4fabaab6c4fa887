/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table `inet nat64-relay-hold`: so that a moment without rules or without the overlay breaks no connection.
 *
 * `nft flush ruleset`, with which /etc/nftables.conf of Debian begins, takes our table away. It is back within a moment, but the
 * connections are lost by then: with the last nat chain the kernel ceases to undo the masquerade of the connections it still knows,
 * takes an answer of a target for its own, and resets it. So whoever keeps the relay holds a second table, which belongs to a socket
 * (NFT_TABLE_F_OWNER, Linux 5.12): a flush of others leaves it alone, and the kernel deletes it when the socket is closed, however its process ends.
 * It has our nat chains one step behind ours, with the same rules: as long as ours are there no packet comes to them, and without ours they
 * serve new connections too. Chains without rules would not do: conntrack itself rests when no rule asks for it.
 *
 * When tailscaled restarts, its device goes, and the kernel forgets what was masqueraded by it (nf_nat_masquerade). A client's next
 * packet takes such a connection up again, with the same port; but when the target's is earlier, the kernel answers it with a reset. The chain
 * `forgotten` drops what comes to the relay in the middle of a TCP connection that neither conntrack nor a socket knows. It needs nft_socket: a kernel without
 * it gets the table without that chain.
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
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* 0, or -1 with errno. */
static int commit(const struct nftables_hold *hold, const struct conf_settings *settings, bool has_sockets)
{
	struct nftables_batch batch = { .buffer = NULL };
	struct conf_report quiet = { .count = 0 };
	int result, error;

	nftables_batch_hold(&batch, settings, has_sockets);
	result = nftables_transport_commit_by(hold->socket, &batch, &quiet);
	error = errno;
	conf_report_clear(&quiet);
	nftables_batch_clear(&batch);
	errno = error;
	return result;
}

int nftables_hold_take(struct nftables_hold *hold, const struct conf_settings *settings, struct conf_report *report)
{
	if (!hold->socket)
		hold->socket = nftables_transport_open(report);
	if (!hold->socket)
		return -1;
	if (commit(hold, settings, true) == 0 || ((errno == ENOENT || errno == EOPNOTSUPP) && commit(hold, settings, false) == 0))
		return 0;
	conf_report_add(report, "table inet %s is not to be had: %s; it needs Linux 5.12 or newer, and nobody else who owns it", NFTABLES_HOLD,
			strerror(errno));
	nftables_hold_release(hold);
	return -1;
}

void nftables_hold_release(struct nftables_hold *hold)
{
	if (hold->socket)
		mnl_socket_close(hold->socket);
	hold->socket = NULL;
}
