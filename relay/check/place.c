/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names and titles of the steps of check. A title says how it is when all is well. */
#include "relay/check/place.h"

static const struct {
	const char *name, *title;
} places[] = {
	[PLACE_RELAY] = {"relay", "the relay is up"},
	[PLACE_ANSWER] = {"answer", "the name is answered inside the prefix"},
	[PLACE_LEAK] = {"leak", "the real name stays hidden"},
	[PLACE_REACH] = {"reach", "the prefix is within the clients' reach"},
	[PLACE_TRAFFIC] = {"traffic", "traffic passes translator and masquerade"},
	[PLACE_DIRECT] = {"direct", "the real name is still direct"},
	[PLACE_REBOOT] = {"reboot", "all of this survives a reboot"},
	[PLACE_SPLIT_DNS] = {"split-dns", "split DNS hands the names to this relay"},
	[PLACE_POLICY] = {"policy", "the tailnet's policy lets clients and relay through"},
	[PLACE_CLIENTS] = {"clients", "every node of the tailnet may query"},
	[PLACE_TAILSCALED] = {"tailscaled", "tailscaled has no warning"},
	[PLACE_AROUND] = {"around", "no setting lets clients bypass the relay"},
	[PLACE_MACHINE] = {"machine", "no other program of this machine is in the way"},
	[PLACE_TWIN] = {"twin", "IPv4 clients reach it through the twin prefix"},
	[PLACE_CLIENT_TAILSCALED] = {"client-tailscaled", "tailscaled of this client is up, and accepts DNS and "
							  "routes"},
	[PLACE_CLIENT_SPLIT_DNS] = {"client-split-dns", "split DNS hands the names to a relay"},
	[PLACE_CLIENT_RELAY] = {"client-relay", "the relay's resolver answers this client, over UDP and TCP"},
	[PLACE_CLIENT_ANSWER] = {"client-answer", "the name leads into the prefix"},
	[PLACE_CLIENT_ROUTE] = {"client-route", "the route to the prefix leads into the tailnet"},
	[PLACE_CLIENT_TRAFFIC] = {"client-traffic", "packets reach the target and come back"},
	[PLACE_CLIENT_DIRECT] = {"client-direct", "the plain name is still direct"},
};
_Static_assert(sizeof(places) / sizeof(places[0]) == PLACES, "each place has a name");

const char *relay_place_name(enum relay_place place)
{
	return places[place].name;
}

const char *relay_place_title(enum relay_place place)
{
	return places[place].title;
}
