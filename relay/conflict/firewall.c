// SPDX-License-Identifier: GPL-2.0-or-later
// Whose firewall drops what passes by the relay? A packet of each kind that the relay lives on is led through everybody's rules
// (nftables/foreign.h). They are TCP, and no echo requests: firewalls let those pass that drop all else, so a ping proves little.
//
// A firewall is known by the table or the chains that it makes; its cure is a command of its own, which it keeps. Of a ruleset
// that is nobody's known the table is named, and the rule that it lacks.
#include "relay/conflict/conflict.h"

#include "conf/report.h"
#include "conf/rfc6052.h"
#include "conf/settings.h"
#include "conf/special.h"
#include "nftables/foreign.h"
#include "relay/conflict/exit.h"
#include "tailscale/prefs.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <stdio.h>
#include <string.h>

enum { DNS_PORT = 53, HTTPS_PORT = 443, GROUPS_MAX = 16, HOST = 0x0102 };

/* What the relay lives on, or-ed. */
enum purpose {
	INTO_TRANSLATOR = 1, /* what clients send */
	TO_TARGETS = 2,
	FROM_TARGETS = 4,
	TO_CLIENTS = 8,
	BY_TWIN = 16,
	QUESTIONS = 32, /* over UDP */
	QUESTIONS_TCP = 64,
	ALL_QUESTIONS = QUESTIONS | QUESTIONS_TCP,
	TRANSLATED = INTO_TRANSLATOR | TO_TARGETS | FROM_TARGETS | TO_CLIENTS,
};

static const struct {
	enum purpose purpose;
	const char *text;
} purposes[] = {
	{INTO_TRANSLATOR, "what clients send to the translator"}, {TO_TARGETS, "what it sends to targets"},
	{FROM_TARGETS, "targets' answers"},	{TO_CLIENTS, "answers to clients"},
	{BY_TWIN, "what clients send to the twin prefix"},	{QUESTIONS, "questions to port 53"},
	{QUESTIONS_TCP, "questions to port 53 over TCP"},
};

/* How a firewall is known, and its cure; %d is our device, %o the overlay's interface, %i the iptables of the family. */
struct firewall {
	const char *name;
	const char *table;     /* its name, or NULL */
	const char *beginning; /* of the name of a chain in it, or NULL */
	const char *translated; /* packets into and out of our device */
	const char *twin;       /* from the overlay to the overlay */
	const char *questions;
};

static const struct firewall firewalls[] = {
	{"ufw", NULL, "ufw", "ufw route allow in on %d; ufw route allow out on %d", "ufw route allow in on %o out on %o",
	 "ufw allow in on %o to any port 53"},
	{"firewalld", "firewalld", NULL,
	 "firewall-cmd --permanent --zone=trusted --add-interface=%d --add-interface=%o; firewall-cmd --reload",
	 "firewall-cmd --permanent --zone=trusted --add-interface=%o; firewall-cmd --reload",
	 "firewall-cmd --permanent --zone=trusted --add-interface=%o; firewall-cmd --reload"},
	{"Docker", NULL, "DOCKER-USER",
	 "%i -I DOCKER-USER -i %d -j ACCEPT; %i -I DOCKER-USER -o %d -j ACCEPT (at each boot: Docker keeps them until then)",
	 "%i -I DOCKER-USER -i %o -o %o -j ACCEPT (at each boot)", NULL},
};

/* Where packets that pass by are stopped, and questions to this machine. */
enum place { PASSING, ASKING, PLACE_COUNT };

/* What one firewall stops, wherever: it is one program, and one thing to do. */
struct group {
	const struct firewall *firewall; /* NULL: not known */
	struct nftables_obstacle obstacle; /* the first */
	struct nftables_obstacle places[PLACE_COUNT]; /* the first of each place, where it stops anything */
	unsigned purposes;
};

struct search {
	struct relay_conflicts *conflicts;
	struct nftables_foreign *foreign;
	struct group groups[GROUPS_MAX];
	size_t count;
	bool stateful; /* tailscaled's stateful filtering is on */
	char exit[IF_NAMESIZE]; /* where packets to targets leave */
	struct conf_address client, target, embedded, pool; /* family 0: there is none */
};

static const struct firewall *firewall_of(const struct search *search, const struct nftables_obstacle *obstacle)
{
	for (size_t i = 0; i < sizeof(firewalls) / sizeof(firewalls[0]); i++) {
		const struct firewall *firewall = &firewalls[i];

		if ((firewall->table == NULL || strcmp(firewall->table, obstacle->table) == 0) &&
		    (firewall->beginning == NULL || nftables_foreign_has_chain(search->foreign, obstacle->family, obstacle->table, firewall->beginning)))
			return firewall;
	}
	return NULL;
}

/* Of one firewall all goes together: ufw and Docker have a table for each family. */
static bool group_takes(const struct group *group, const struct firewall *firewall, const struct nftables_obstacle *obstacle)
{
	if (group->firewall != firewall || group->obstacle.certain != obstacle->certain)
		return false;
	if (firewall != NULL && firewall->questions != NULL)
		return true;
	return group->obstacle.family == obstacle->family && strcmp(group->obstacle.table, obstacle->table) == 0;
}

static unsigned purposes_at(enum place place)
{
	return place == ASKING ? ALL_QUESTIONS : TRANSLATED | BY_TWIN;
}

static void probe_send(struct search *search, enum purpose purpose, const struct nftables_probe *probe)
{
	enum place place = purpose & ALL_QUESTIONS ? ASKING : PASSING;
	struct nftables_obstacle obstacle;
	const struct firewall *firewall;
	size_t i = 0;

	if (probe->source.family == 0 || probe->destination.family != probe->source.family ||
	    !nftables_foreign_stops(search->foreign, probe, &obstacle))
		return;
	firewall = firewall_of(search, &obstacle);
	while (i < search->count && !group_takes(&search->groups[i], firewall, &obstacle))
		i++;
	if (i == GROUPS_MAX)
		return;
	if (i == search->count)
		search->groups[search->count++] = (struct group){.firewall = firewall, .obstacle = obstacle};
	if (!(search->groups[i].purposes & purposes_at(place)))
		search->groups[i].places[place] = obstacle;
	search->groups[i].purposes |= purpose;
}

static struct conf_address host_of4(const struct conf_prefix4 *prefix)
{
	struct conf_address address = {.family = AF_INET, .v4 = prefix->address};

	if (prefix->length <= 16)
		address.v4.s_addr |= htonl(HOST);
	return address;
}

static struct conf_address host_of6(const struct conf_prefix6 *prefix)
{
	struct conf_address address = {.family = AF_INET6, .v6 = prefix->address};

	if (prefix->length <= 112) {
		address.v6.s6_addr[14] |= HOST >> 8;
		address.v6.s6_addr[15] |= HOST & 0xff;
	}
	return address;
}

/* A client, a target, its address in the prefix, and the client's in the pool. */
static void addresses_choose(struct search *search, const struct conf_settings *settings)
{
	const struct conf_prefix6 tailnet6 = conf_special_tailnet6();
	const struct conf_prefix4 tailnet4 = conf_special_shared_space();

	search->client = host_of6(settings->translation.allowed_source_count > 0 ? &settings->translation.allowed_sources[0] : &tailnet6);
	search->target = host_of4(settings->common.allowed_destination_count > 0 ? &settings->common.allowed_destinations[0] : &tailnet4);
	if (settings->common.prefix_count > 0) {
		search->embedded.family = AF_INET6;
		search->embedded.v6 = conf_rfc6052_embed(&settings->common.prefixes[0].prefix, search->target.v4);
	}
	if (settings->translation.has_dynamic_pool)
		search->pool = host_of4(&settings->translation.dynamic_pool);
	relay_conflict_exit(settings, &search->target, search->exit);
}

static void translated_send(struct search *search, const struct conf_settings *settings)
{
	const char *device = settings->translation.tun_device, *overlay = settings->node.overlay_interface;
	struct nftables_probe probe = {NF_INET_FORWARD, overlay, device, search->client, search->embedded, IPPROTO_TCP, HTTPS_PORT, false};

	probe_send(search, INTO_TRANSLATOR, &probe);
	probe = (struct nftables_probe){NF_INET_FORWARD, device, search->exit, search->pool, search->target, IPPROTO_TCP, HTTPS_PORT, false};
	probe_send(search, TO_TARGETS, &probe);
	probe = (struct nftables_probe){NF_INET_FORWARD, search->exit, device, search->target, search->pool, IPPROTO_TCP, HTTPS_PORT, true};
	probe_send(search, FROM_TARGETS, &probe);
	probe = (struct nftables_probe){NF_INET_FORWARD, device, overlay, search->embedded, search->client, IPPROTO_TCP, HTTPS_PORT, true};
	probe_send(search, TO_CLIENTS, &probe);
}

static void twin_send(struct search *search, const struct conf_settings *settings)
{
	const struct conf_prefix4 tailnet4 = conf_special_shared_space();
	const char *overlay = settings->node.overlay_interface;
	struct nftables_probe probe = {NF_INET_FORWARD, overlay, overlay, .protocol = IPPROTO_TCP, .port = HTTPS_PORT};

	if (!settings->common.has_twin)
		return;
	probe.source = host_of4(settings->translation.allowed_source4_count > 0 ? &settings->translation.allowed_sources4[0] : &tailnet4);
	probe.destination = search->target;
	probe_send(search, BY_TWIN, &probe);
}

static void questions_send(struct search *search, const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->dns.edge_address_count; i++) {
		struct nftables_probe probe = {NF_INET_LOCAL_IN, settings->node.overlay_interface, "", .destination = settings->dns.edge_addresses[i],
					       .protocol = IPPROTO_UDP, .port = DNS_PORT};

		probe.source = probe.destination.family == AF_INET6 ? search->client : probe.destination;
		if (probe.source.family == AF_INET)
			probe.source.v4.s_addr ^= htonl(1);
		probe_send(search, QUESTIONS, &probe);
		probe.protocol = IPPROTO_TCP;
		probe_send(search, QUESTIONS_TCP, &probe);
	}
}

/* Append with a separator. */
static void append(char *text, size_t size, const char *separator, const char *more)
{
	size_t length = strlen(text);

	snprintf(text + length, size - length, "%s%s", length > 0 ? separator : "", more);
}

static const char *family_name(uint8_t family)
{
	return family == NFPROTO_INET ? "inet" : family == NFPROTO_IPV4 ? "ip" : "ip6";
}

/* "nft insert rule FAMILY TABLE CHAIN" */
static const char *insertion_print(const struct nftables_obstacle *obstacle, char text[160])
{
	snprintf(text, 160, "nft insert rule %s %s %s", family_name(obstacle->family), obstacle->table, obstacle->chain);
	return text;
}

/* For a ruleset of nobody that we know: rules for its own chains. */
static void rules_append(const struct group *group, const struct conf_settings *settings, unsigned wanted, char *text, size_t size)
{
	char chain[160], rule[400];

	insertion_print(&group->places[PASSING], chain);
	if (wanted & TRANSLATED) {
		snprintf(rule, sizeof(rule), "%s iifname %s accept; %s oifname %s accept", chain, settings->translation.tun_device, chain, settings->translation.tun_device);
		append(text, size, "; ", rule);
	}
	if (wanted & BY_TWIN) {
		snprintf(rule, sizeof(rule), "%s iifname %s oifname %s accept", chain, settings->node.overlay_interface, settings->node.overlay_interface);
		append(text, size, "; ", rule);
	}
	if (wanted & ALL_QUESTIONS) {
		insertion_print(&group->places[ASKING], chain);
		snprintf(rule, sizeof(rule), "%s iifname %s meta l4proto { tcp, udp } th dport 53 accept", chain, settings->node.overlay_interface);
		append(text, size, "; ", rule);
	}
	append(text, size, "; ", "and the same into the file that makes this table, /etc/nftables.conf for one");
}

/* What a letter in a cure stands for; NULL: itself. */
static const char *word_of(char letter, const struct group *group, const struct conf_settings *settings)
{
	switch (letter) {
	case 'd': return settings->translation.tun_device;
	case 'o': return settings->node.overlay_interface;
	case 'i': return group->obstacle.family == NFPROTO_IPV6 ? "ip6tables" : "iptables";
	default: return NULL;
	}
}

static void cure_append(const char *pattern, const struct group *group, const struct conf_settings *settings, char *text, size_t size)
{
	append(text, size, "; ", "");
	for (; *pattern != '\0'; pattern++) {
		const char *word = *pattern == '%' ? word_of(pattern[1], group, settings) : NULL;
		const char one[2] = {*pattern, '\0'};

		append(text, size, "", word != NULL ? word : one);
		pattern += word != NULL;
	}
}

/* The firewall's own commands; for what it has none, or when it is not known, rules. */
static void cure_make(const struct group *group, const struct conf_settings *settings, char *text, size_t size)
{
	const struct firewall *firewall = group->firewall;
	unsigned left = group->purposes;

	if (firewall != NULL && left & TRANSLATED) {
		cure_append(firewall->translated, group, settings, text, size);
		left &= ~(unsigned)TRANSLATED;
	}
	if (firewall != NULL && left & BY_TWIN) {
		cure_append(firewall->twin, group, settings, text, size);
		left &= ~(unsigned)BY_TWIN;
	}
	if (firewall != NULL && firewall->questions != NULL && left & ALL_QUESTIONS) {
		cure_append(firewall->questions, group, settings, text, size);
		left &= ~(unsigned)ALL_QUESTIONS;
	}
	if (left != 0)
		rules_append(group, settings, left, text, size);
}

static enum relay_finding_id id_of(const struct group *group)
{
	if (!group->obstacle.certain)
		return FINDING_FIREWALL_MAY_DROP;
	return group->purposes == QUESTIONS ? FINDING_UDP_53_DROPPED : group->purposes == QUESTIONS_TCP ? FINDING_TCP_53_DROPPED : FINDING_FIREWALL_DROPS;
}

/* tailscaled's own chains, which its stateful filtering fills: that is another topic's. */
static bool is_stateful_filtering(const struct search *search, const struct group *group)
{
	return search->stateful && group->firewall == NULL &&
	       nftables_foreign_has_chain(search->foreign, group->obstacle.family, group->obstacle.table, "ts-forward");
}

/* "chain input, its policy"; of both places, where they are two. */
static void chains_append(const struct group *group, char *text, size_t size)
{
	for (size_t i = 0; i < PLACE_COUNT; i++) {
		const struct nftables_obstacle *obstacle = &group->places[i];
		char chain[100];

		if (!(group->purposes & purposes_at((enum place)i)))
			continue;
		snprintf(chain, sizeof(chain), "chain %s%s", obstacle->chain, obstacle->policy ? ", its policy" : "");
		if (strcmp(text, chain) != 0)
			append(text, size, "; ", chain);
	}
}

static void purposes_append(unsigned wanted, char *text, size_t size)
{
	for (size_t i = 0; i < sizeof(purposes) / sizeof(purposes[0]); i++) {
		const char *what = purposes[i].purpose == QUESTIONS && !(wanted & QUESTIONS_TCP) ? "questions to port 53 over UDP" : purposes[i].text;

		if (wanted & purposes[i].purpose && !(purposes[i].purpose == QUESTIONS_TCP && wanted & QUESTIONS))
			append(text, size, ", ", what);
	}
}

static void group_tell(struct search *search, const struct group *group)
{
	const struct nftables_obstacle *obstacle = &group->obstacle;
	char what[300] = "", chains[240] = "", cure[1000] = "";
	struct relay_finding finding;

	if (is_stateful_filtering(search, group))
		return;
	purposes_append(group->purposes, what, sizeof(what));
	chains_append(group, chains, sizeof(chains));
	relay_conflict_set(&finding, id_of(group), "%s%s %s (table %s %s, %s)", group->firewall ? group->firewall->name : "a firewall",
			   obstacle->certain ? " drops" : " may drop", what, family_name(obstacle->family), obstacle->table, chains);
	cure_make(group, search->conflicts->settings, cure, sizeof(cure));
	relay_conflict_advise(&finding, "%s", cure);
	relay_conflict_tell(search->conflicts, &finding);
}

static bool stateful_filtering_is_on(const char *socket)
{
	struct conf_report quiet = {0};
	struct tailscale_prefs prefs;
	bool on = false;

	if (tailscale_prefs_read(socket, &prefs, &quiet) == 0) {
		on = prefs.stateful_filtering;
		tailscale_prefs_clear(&prefs);
	}
	conf_report_clear(&quiet);
	return on;
}

void relay_conflict_firewall(struct relay_conflicts *conflicts)
{
	struct search search = {.conflicts = conflicts};
	struct conf_report quiet = {0};

	search.foreign = nftables_foreign_read(&quiet); /* not permitted, or no nf_tables: other lines say so */
	conf_report_clear(&quiet);
	if (search.foreign == NULL)
		return;
	search.stateful = !conflicts->settings->node.advertise_none && stateful_filtering_is_on(conflicts->settings->node.tailscale_socket);
	addresses_choose(&search, conflicts->settings);
	translated_send(&search, conflicts->settings);
	twin_send(&search, conflicts->settings);
	questions_send(&search, conflicts->settings);
	for (size_t i = 0; i < search.count; i++)
		group_tell(&search, &search.groups[i]);
	nftables_foreign_free(search.foreign);
}
