/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Name servers that people have on such a machine, and what each must be told so that the relay's resolver has port 53 of the
 * edge addresses. systemd-resolved as it comes needs nothing: its stub is on 127.0.0.53, which is nobody's edge address.
 */
#include "relay/check/port53.h"

#include "conf/settings.h"
#include "relay/host/machine.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* The name as the kernel has it, 15 octets at most; %a is the edge address, %6 "-v6" for one of IPv6, %o the overlay's interface. */
static const struct {
	const char *program;
	const char *cure;
} cures[] = {
	{"dnsmasq",
	 "printf 'bind-dynamic\\nexcept-interface=%o\\n' > /etc/dnsmasq.d/nat64-relay.conf; systemctl restart dnsmasq"},
	{"named",
	 "write listen-on%6 { !%a; any; }; into the options of /etc/bind/named.conf.options, then systemctl restart named"},
	{"unbound", "name 127.0.0.1, ::1 and the addresses that it serves in its interface: lines, but not %a, 0.0.0.0 or ::, "
		    "then systemctl restart unbound"},
	{"systemd-resolve", "remove DNSStubListenerExtra= with that address, 0.0.0.0 or :: from /etc/systemd/resolved.conf and "
			    "resolved.conf.d, then systemctl restart systemd-resolved"},
	{"pihole-FTL", "pihole-FTL --config dns.listeningMode BIND; and set dns.interface to the LAN's"},
	{"AdGuardHome",
	 "list the addresses that it serves as bind_hosts under dns in AdGuardHome.yaml, without %a and 0.0.0.0, and "
	 "restart it"},
};

static const char *word_of(char letter, const struct conf_address *edge, const struct conf_settings *settings,
			   char address[INET6_ADDRSTRLEN])
{
	switch (letter) {
	case 'a':
		return relay_machine_address_print(edge, address);
	case '6':
		return edge->family == AF_INET6 ? "-v6" : "";
	case 'o':
		return settings->node.overlay_interface;
	default:
		return NULL;
	}
}

static void pattern_fill(const char *pattern, const struct conf_address *edge, const struct conf_settings *settings,
			 char *text, size_t size)
{
	char address[INET6_ADDRSTRLEN];
	size_t length = 0;

	for (text[0] = '\0'; *pattern != '\0' && length + 1 < size; pattern++) {
		const char *word = *pattern == '%' ? word_of(pattern[1], edge, settings, address) : NULL;
		int added = word ? snprintf(text + length, size - length, "%s", word) :
				   snprintf(text + length, size - length, "%c", *pattern);

		length += (size_t)added;
		pattern += word != NULL;
	}
}

const char *relay_port53_cure(const char *program, const struct conf_address *edge,
			      const struct conf_settings *settings, char *text, size_t size)
{
	const char *pattern = "stop it, or make it listen on other addresses only";

	for (size_t i = 0; i < sizeof(cures) / sizeof(cures[0]); i++)
		if (strcmp(cures[i].program, program) == 0)
			pattern = cures[i].cure;
	pattern_fill(pattern, edge, settings, text, size);
	return text;
}
