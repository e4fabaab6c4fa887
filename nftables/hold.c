/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table `inet nat64-relay-hold`: so that a moment without our table lets nothing through and breaks no connection.
 *
 * `nft flush ruleset`, with which /etc/nftables.conf of Debian begins, takes our table away, and so do `nft delete table`, `flush table` and their
 * like. It is back within a moment, but a moment is enough: a host that is no client reaches the targets, and connections are lost, for with the
 * last nat chain the kernel ceases to undo the masquerade of the connections it still knows, takes an answer of a target for its own, and resets it.
 * So the process that keeps the relay holds a second table, which belongs to a socket (NFT_TABLE_F_OWNER, Linux 5.12): others can neither flush nor change
 * it, and the kernel deletes it when the socket is closed, however its process ends.
 * It has our chains one step behind ours, with the same rules: as long as ours are there a packet that comes to them passes them too, and what ours
 * drop does not come to them. nftables_counters_read returns the sum of both.
 *
 * Why two. The table of the socket ends with its process; ours stays, so a killed `watch` leaves a guarded relay behind, and `up`, which keeps no process, has
 * ours alone. NFT_TABLE_F_PERSIST (Linux 6.9) would keep the table of a socket that is closed, but for a flush it is then a table like any other: no
 * more than ours already is. While ours is missing and the process is killed, nothing guards; so ours is put back at once, however often, and
 * where that cannot be done the device is set down (relay/watch/reconcile.c).
 *
 * When tailscaled restarts, its device goes, and the kernel forgets what was masqueraded by it (nf_nat_masquerade). A client's next
 * packet takes such a connection up again, with the same port; but when the target's is earlier, the kernel answers it with a reset. The chain
 * `forgotten` drops what comes to the relay in the middle of a TCP connection that neither conntrack nor a socket knows: data, which conntrack calls new, and
 * a FIN or a SYN-ACK that is sent again (the client's last ACK was lost with tailscaled's queue), which conntrack calls invalid. It needs nft_socket: a kernel without
 * it gets the table without that chain.
 *
 * What is not held: the limits of clients, whose sets would count all that a client does a second time; a flush of others suspends them for a moment.
 * The price: nobody else may write the table, so a file made by `nft list ruleset` is refused while the relay runs, unless this table is left out.
 */
#include "nftables/hold.h"

#include "conf/report.h"
#include "nftables/batch.h"
#include "nftables/exchange.h"
#include "nftables/names.h"
#include "nftables/transport.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* 0, or -1 with errno. */
static int commit(const struct nftables_hold *hold, const struct conf_settings *settings, bool has_sockets)
{
	struct nftables_batch batch = {.buffer = NULL};
	int result, error;

	nftables_batch_hold(&batch, settings, has_sockets);
	result = nftables_exchange(hold->socket, &batch, CONF_REPORT_DISCARD) < 0 ? -1 : 0;
	error = errno;
	nftables_batch_clear(&batch);
	errno = error;
	return result;
}

int nftables_hold_install(struct nftables_hold *hold, const struct conf_settings *settings, struct conf_report *report)
{
	if (!hold->socket)
		hold->socket = nftables_transport_open(report);
	if (!hold->socket)
		return -1;
	if (commit(hold, settings, true) == 0 ||
	    ((errno == ENOENT || errno == EOPNOTSUPP) && commit(hold, settings, false) == 0))
		return 0;
	conf_report_add(report, "table inet %s is not available: %s; it needs Linux 5.12 or newer, and no other owner",
			NFTABLES_HOLD, strerror(errno));
	nftables_hold_release(hold);
	return -1;
}

void nftables_hold_release(struct nftables_hold *hold)
{
	if (hold->socket)
		mnl_socket_close(hold->socket);
	hold->socket = NULL;
}
