/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The places on the way from a name to its target where check looks: the steps of its answer. */
#ifndef RELAY_CHECK_PLACE_H
#define RELAY_CHECK_PLACE_H

/* On the relay, in the order of printing; then on a client. */
enum relay_place {
	PLACE_RELAY, /* is there a relay at all? */
	PLACE_ANSWER,
	PLACE_LEAK,
	PLACE_REACH,
	PLACE_TRAFFIC,
	PLACE_DIRECT,
	PLACE_REBOOT,
	PLACE_SPLIT_DNS,
	PLACE_POLICY,
	PLACE_CLIENTS,
	PLACE_TAILSCALED,
	PLACE_AROUND,
	PLACE_MACHINE,
	PLACE_TWIN,
	PLACE_CLIENT_TAILSCALED,
	PLACE_CLIENT_SPLIT_DNS,
	PLACE_CLIENT_RELAY,
	PLACE_CLIENT_ANSWER,
	PLACE_CLIENT_ROUTE,
	PLACE_CLIENT_TRAFFIC,
	PLACE_CLIENT_DIRECT,
	PLACES,
};

/* "split-dns", and "split DNS hands the names to this relay". Static. */
const char *relay_place_name(enum relay_place place);
const char *relay_place_title(enum relay_place place);

#endif
