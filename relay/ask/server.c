/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Name servers to ask. A link-local one, as router advertisements give, has its interface behind a percent sign. */
#include "relay/ask/server.h"

#include "conf/settings.h"
#include "conf/value.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <string.h>

enum { DNS_PORT = 53, PORT_MAX = 65535 };

static void address_set(struct relay_server *server, const struct conf_address *address, unsigned port, unsigned scope)
{
	if (address->family == AF_INET) {
		struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = address->v4};

		memcpy(&server->address, &v4, server->length = sizeof(v4));
	} else {
		struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
					  .sin6_port = htons((uint16_t)port),
					  .sin6_addr = address->v6,
					  .sin6_scope_id = scope};

		memcpy(&server->address, &v6, server->length = sizeof(v6));
	}
}

void relay_server_set(struct relay_server *server, const struct conf_address *address)
{
	*server = (struct relay_server){0};
	address_set(server, address, DNS_PORT, 0);
	inet_ntop(address->family, &address->v6, server->text, sizeof(server->text));
}

/* What stands behind the sign in text, which ends there; NULL when there is no such sign. */
static char *cut(char *text, char sign)
{
	char *at = strchr(text, sign);

	if (!at)
		return NULL;
	*at = '\0';
	return at + 1;
}

int relay_server_parse(const char *text, struct relay_server *server)
{
	struct conf_address address;
	char copy[sizeof(server->text)], *port, *scope;
	unsigned number = DNS_PORT, interface;

	*server = (struct relay_server){0};
	if (strlen(text) >= sizeof(copy))
		return -1;
	strcpy(server->text, text);
	strcpy(copy, text);
	port = cut(copy, '@');
	scope = cut(copy, '%');
	interface = scope ? if_nametoindex(scope) : 0;
	if (conf_address_parse(copy, &address) != 0 || (port && conf_number_parse(port, 1, PORT_MAX, &number) < 0) ||
	    (scope && interface == 0))
		return -1;
	address_set(server, &address, number, interface);
	return 0;
}

size_t relay_servers_read(FILE *resolv_conf, struct relay_server servers[RELAY_SERVERS_MAX])
{
	char line[512], word[80];
	size_t count = 0;

	while (count < RELAY_SERVERS_MAX && fgets(line, sizeof(line), resolv_conf))
		if (sscanf(line, "nameserver %79s", word) == 1 && relay_server_parse(word, &servers[count]) == 0)
			count++;
	if (count > 0)
		return count;
	relay_server_parse("127.0.0.1", &servers[0]);
	return 1;
}
