/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose firewall drops what passes by the relay? A packet of each kind that the relay lives on is sent (firewall_traffic.c), and the kernel's trace
 * tells by whose rule it is dropped. A packet that is lost among the rules, and by none of nf_tables, is held against iptables-legacy(8) when
 * that has tables of the packet's family.
 *
 * A firewall is known by the table or the chains that it makes; its cure is a command of its own, which it keeps. Of a ruleset
 * that is nobody's known the table is named, and the rule that it lacks.
 */
#include "relay/conflict/conflict.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "nftables/trace.h"
#include "relay/conflict/firewall.h"
#include "tailscale/prefs.h"

#include <linux/netfilter.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { GROUPS_MAX = 16 };

static const struct {
	enum relay_purpose_of_packet purpose;
	const char *text;
} purposes[] = {
	{INTO_TRANSLATOR, "packets of clients to the translator"},
	{TO_TARGETS, "packets of the translator to targets"},
	{FROM_TARGETS, "targets' answers"},
	{TO_CLIENTS, "answers to clients"},
	{BY_TWIN, "packets of clients to the twin prefix"},
	{QUESTIONS, "queries to port 53"},
	{QUESTIONS_TCP, "queries to port 53 over TCP"},
};

/* The beginnings of chains that are looked out for. */
enum beginning { UFW, DOCKER, TAILSCALED, NONE };
const char *const relay_firewall_beginnings[] = {
	[UFW] = "ufw", [DOCKER] = "DOCKER-USER", [TAILSCALED] = "ts-forward", [NONE] = NULL};

/* How a firewall is known, and its cure; %d is our device, %o the overlay's interface, %i the iptables of the family. */
struct firewall {
	const char *name;
	const char *table;        /* its name, or NULL: any */
	enum beginning beginning; /* of a chain in it */
	const char *translated;   /* packets into and out of our device */
	const char *twin;         /* from the overlay to the overlay */
	const char *questions;
};

static const struct firewall firewalls[] = {
	{"ufw", NULL, UFW, "ufw route allow in on %d; ufw route allow out on %d", "ufw route allow in on %o out on %o",
	 "ufw allow in on %o to any port 53"},
	{"firewalld", "firewalld", NONE,
	 "firewall-cmd --permanent --zone=trusted --add-interface=%d --add-interface=%o; firewall-cmd --reload",
	 "firewall-cmd --permanent --zone=trusted --add-interface=%o; firewall-cmd --reload",
	 "firewall-cmd --permanent --zone=trusted --add-interface=%o; firewall-cmd --reload"},
	{"Docker", NULL, DOCKER,
	 "%i -I DOCKER-USER -i %d -j ACCEPT; %i -I DOCKER-USER -o %d -j ACCEPT (at each boot: Docker keeps these rules "
	 "until then)",
	 "%i -I DOCKER-USER -i %o -o %o -j ACCEPT (at each boot)", NULL},
};

/* iptables-legacy, whose rules are not in nf_tables: where it may have dropped. */
#define LEGACY_KEEPS " (at each boot, or in the file with its rules; %i-legacy-save shows them all)"
static const struct firewall legacy = {
	"%i-legacy",
	"",
	NONE,
	"%i-legacy -I FORWARD -i %d -j ACCEPT; %i-legacy -I FORWARD -o %d -j ACCEPT" LEGACY_KEEPS,
	"%i-legacy -I FORWARD -i %o -o %o -j ACCEPT" LEGACY_KEEPS,
	"%i-legacy -I INPUT -i %o -p udp --dport 53 -j ACCEPT; %i-legacy -I INPUT -i %o -p tcp --dport 53 -j ACCEPT" LEGACY_KEEPS,
};

/* Where packets that pass by are stopped, and questions to this machine. */
enum place { PASSING, ASKING, PLACE_COUNT };

/* What one firewall stops, wherever: it is one program, and one thing to do. */
struct group {
	const struct firewall *firewall;              /* NULL: not known */
	int family;                                   /* of the first packet */
	struct nftables_obstacle obstacle;            /* the first */
	struct nftables_obstacle places[PLACE_COUNT]; /* the first of each place, where it stops anything */
	unsigned purposes;
};

struct search {
	struct relay_conflicts *conflicts;
	struct group groups[GROUPS_MAX];
	size_t count;
	bool stateful; /* tailscaled's stateful filtering is on */
};

/* The tables of iptables-legacy: "filter nat"; "" when it has none. */
static void legacy_tables(int family, char *text, size_t size)
{
	FILE *names = fopen(family == AF_INET6 ? "/proc/net/ip6_tables_names" : "/proc/net/ip_tables_names", "re");
	size_t length = names ? fread(text, 1, size - 1, names) : 0;

	text[length] = '\0';
	for (size_t i = 0; i < length; i++)
		if (text[i] == '\n')
			text[i] = i + 1 < length ? ' ' : '\0';
	if (names)
		fclose(names);
}

static const struct firewall *firewall_of(const struct nftables_obstacle *obstacle, int family)
{
	char tables[100];

	if (obstacle->table[0] == '\0') {
		legacy_tables(family, tables, sizeof(tables));
		return tables[0] != '\0' ? &legacy : NULL;
	}
	for (size_t i = 0; i < sizeof(firewalls) / sizeof(firewalls[0]); i++)
		if ((!firewalls[i].table || strcmp(firewalls[i].table, obstacle->table) == 0) &&
		    (firewalls[i].beginning == NONE || obstacle->known & 1U << firewalls[i].beginning))
			return &firewalls[i];
	return NULL;
}

/* Of one firewall all goes together: ufw and Docker have a table for each family. iptables-legacy is a program for each. */
static bool group_takes(const struct group *group, const struct firewall *firewall, int family,
			const struct nftables_obstacle *obstacle)
{
	if (group->firewall != firewall)
		return false;
	if (firewall == &legacy || obstacle->table[0] == '\0')
		return group->family == family && group->obstacle.table[0] == '\0';
	if (firewall && firewall->questions)
		return true;
	return group->obstacle.family == obstacle->family && strcmp(group->obstacle.table, obstacle->table) == 0;
}

static unsigned purposes_at(enum place place)
{
	return place == ASKING ? ALL_QUESTIONS : TRANSLATED | BY_TWIN;
}

static void obstacle_add(void *context, enum relay_purpose_of_packet purpose, int family,
			 const struct nftables_obstacle *obstacle)
{
	struct search *search = context;
	enum place place = purpose & ALL_QUESTIONS ? ASKING : PASSING;
	const struct firewall *firewall = firewall_of(obstacle, family);
	size_t i = 0;

	while (i < search->count && !group_takes(&search->groups[i], firewall, family, obstacle))
		i++;
	if (i == GROUPS_MAX)
		return;
	if (i == search->count)
		search->groups[search->count++] = (struct group){
			.firewall = firewall, .family = family, .obstacle = *obstacle};
	if (!(search->groups[i].purposes & purposes_at(place)))
		search->groups[i].places[place] = *obstacle;
	search->groups[i].purposes |= purpose;
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
	snprintf(text, 160, "nft insert rule %s %s %s", family_name(obstacle->family), obstacle->table, obstacle->base);
	return text;
}

/* For a ruleset of nobody that we know: rules for its own chains. */
static void rules_append(const struct group *group, const struct conf_settings *settings, unsigned wanted, char *text,
			 size_t size)
{
	char chain[160], rule[400];

	insertion_print(&group->places[PASSING], chain);
	if (wanted & TRANSLATED) {
		snprintf(rule, sizeof(rule), "%s iifname %s accept; %s oifname %s accept", chain,
			 settings->translation.tun_device, chain, settings->translation.tun_device);
		append(text, size, "; ", rule);
	}
	if (wanted & BY_TWIN) {
		snprintf(rule, sizeof(rule), "%s iifname %s oifname %s accept", chain, settings->node.overlay_interface,
			 settings->node.overlay_interface);
		append(text, size, "; ", rule);
	}
	if (wanted & ALL_QUESTIONS) {
		insertion_print(&group->places[ASKING], chain);
		snprintf(rule, sizeof(rule), "%s iifname %s meta l4proto { tcp, udp } th dport 53 accept", chain,
			 settings->node.overlay_interface);
		append(text, size, "; ", rule);
	}
	append(text, size, "; ", "and the same in the file that makes this table, such as /etc/nftables.conf");
}

/* What a letter in a cure stands for; NULL: itself. */
static const char *word_of(char letter, const struct group *group, const struct conf_settings *settings)
{
	switch (letter) {
	case 'd':
		return settings->translation.tun_device;
	case 'o':
		return settings->node.overlay_interface;
	case 'i':
		return group->family == AF_INET6 ? "ip6tables" : "iptables";
	default:
		return NULL;
	}
}

static void cure_append(const char *pattern, const struct group *group, const struct conf_settings *settings,
			char *text, size_t size)
{
	append(text, size, "; ", "");
	for (; *pattern != '\0'; pattern++) {
		const char *word = *pattern == '%' ? word_of(pattern[1], group, settings) : NULL;
		const char one[2] = {*pattern, '\0'};

		append(text, size, "", word ? word : one);
		pattern += word != NULL;
	}
}

/* The firewall's own commands; for what it has none, or when it is not known, rules. */
static void cure_make(const struct group *group, const struct conf_settings *settings, char *text, size_t size)
{
	const struct firewall *firewall = group->firewall;
	unsigned left = group->purposes;

	if (firewall && left & TRANSLATED) {
		cure_append(firewall->translated, group, settings, text, size);
		left &= ~(unsigned)TRANSLATED;
	}
	if (firewall && left & BY_TWIN) {
		cure_append(firewall->twin, group, settings, text, size);
		left &= ~(unsigned)BY_TWIN;
	}
	if (firewall && firewall->questions && left & ALL_QUESTIONS) {
		cure_append(firewall->questions, group, settings, text, size);
		left &= ~(unsigned)ALL_QUESTIONS;
	}
	if (left != 0)
		rules_append(group, settings, left, text, size);
}

static enum relay_finding_id id_of(const struct group *group)
{
	if (!group->firewall && group->obstacle.table[0] == '\0')
		return FINDING_FIREWALL_MAY_DROP;
	return group->purposes == QUESTIONS     ? FINDING_UDP_53_DROPPED :
	       group->purposes == QUESTIONS_TCP ? FINDING_TCP_53_DROPPED :
						  FINDING_FIREWALL_DROPS;
}

/* tailscaled's own chains, which its stateful filtering fills: that is another topic's. It may have them in iptables-legacy. */
static bool is_stateful_filtering(const struct search *search, const struct group *group)
{
	return search->stateful &&
	       (group->firewall == &legacy || (!group->firewall && group->obstacle.known & 1U << TAILSCALED));
}

/* "chain input, its policy"; of both places, where they are two. */
static void chains_append(const struct group *group, char *text, size_t size)
{
	for (size_t i = 0; i < PLACE_COUNT; i++) {
		const struct nftables_obstacle *obstacle = &group->places[i];
		char chain[240];

		if (!(group->purposes & purposes_at((enum place)i)))
			continue;
		if (obstacle->handle == 0)
			snprintf(chain, sizeof(chain), "chain %s, its policy", obstacle->base);
		else if (strcmp(obstacle->base, obstacle->chain) == 0)
			snprintf(chain, sizeof(chain), "chain %s, handle %llu", obstacle->base,
				 (unsigned long long)obstacle->handle);
		else
			snprintf(chain, sizeof(chain), "chain %s, by handle %llu of chain %s", obstacle->base,
				 (unsigned long long)obstacle->handle, obstacle->chain);
		if (strcmp(text, chain) != 0)
			append(text, size, "; ", chain);
	}
}

static void purposes_append(unsigned wanted, char *text, size_t size)
{
	for (size_t i = 0; i < sizeof(purposes) / sizeof(purposes[0]); i++) {
		const char *what = purposes[i].purpose == QUESTIONS && !(wanted & QUESTIONS_TCP) ?
					   "queries to port 53 over UDP" :
					   purposes[i].text;

		if (wanted & purposes[i].purpose && !(purposes[i].purpose == QUESTIONS_TCP && wanted & QUESTIONS))
			append(text, size, ", ", what);
	}
}

/* Lost among the rules, and no rule of nf_tables did it. */
static void lost_print(struct search *search, const struct group *group, const char *what)
{
	char tables[100], name[40] = "", cure[1000] = "";

	legacy_tables(group->family, tables, sizeof(tables));
	if (!group->firewall) {
		relay_conflict_set(search->conflicts, id_of(group),
				   "something other than a rule of nf_tables may drop %s (at the hook %s)", what,
				   group->obstacle.base);
		relay_conflict_advise(search->conflicts,
				      "check whether conntrack is full (dmesg, conntrack -S), and what else is at the "
				      "hooks");
	} else {
		cure_append(group->firewall->name, group, search->conflicts->settings, name, sizeof(name));
		cure_make(group, search->conflicts->settings, cure, sizeof(cure));
		relay_conflict_set(search->conflicts, id_of(group),
				   "%s drops %s (no rule of nf_tables does; its tables: %s)", name, what, tables);
		relay_conflict_advise(search->conflicts, "%s", cure);
	}
}

static void group_print(struct search *search, const struct group *group)
{
	const struct nftables_obstacle *obstacle = &group->obstacle;
	char what[300] = "", chains[600] = "", cure[1000] = "";

	if (is_stateful_filtering(search, group))
		return;
	purposes_append(group->purposes, what, sizeof(what));
	if (obstacle->table[0] == '\0') {
		lost_print(search, group, what);
		return;
	}
	chains_append(group, chains, sizeof(chains));
	relay_conflict_set(search->conflicts, id_of(group), "%s drops %s (table %s %s, %s)",
			   group->firewall ? group->firewall->name : "a firewall", what, family_name(obstacle->family),
			   obstacle->table, chains);
	cure_make(group, search->conflicts->settings, cure, sizeof(cure));
	relay_conflict_advise(search->conflicts, "%s", cure);
}

static bool stateful_filtering_is_on(const char *socket)
{
	struct tailscale_prefs prefs;
	bool on = false;

	if (tailscale_prefs_read(socket, &prefs, CONF_REPORT_DISCARD) == 0) {
		on = prefs.stateful_filtering;
		tailscale_prefs_clear(&prefs);
	}
	return on;
}

/* Silence would read as "no firewall is in the way". */
static void unseen_add(struct relay_conflicts *conflicts, const struct conf_report *report)
{
	if (report->count == 0)
		return;
	relay_conflict_set(conflicts, FINDING_NOT_EXAMINED, "whether a firewall drops packets of the relay: %s",
			   report->lines[0]);
	relay_conflict_advise(conflicts, "%s", "");
}

void relay_conflict_firewall(struct relay_conflicts *conflicts)
{
	struct search search = {.conflicts = conflicts};
	struct conf_report report = {0};

	search.stateful = !conflicts->settings->node.advertise_none &&
			  stateful_filtering_is_on(conflicts->settings->node.tailscale_socket);
	relay_firewall_send(conflicts->settings, relay_firewall_beginnings, obstacle_add, &search, &report);
	unseen_add(conflicts, &report);
	for (size_t i = 0; i < search.count; i++)
		group_print(&search, &search.groups[i]);
	conf_report_clear(&report);
}

static void finding_copy(void *context, const char *topic, const struct relay_finding *finding)
{
	(void)topic;
	*(struct relay_finding *)context = *finding;
}

void relay_firewall_judge(const struct conf_settings *settings, enum relay_purpose_of_packet purpose, int family,
			  const struct nftables_obstacle *obstacle, struct relay_finding *finding)
{
	struct relay_conflicts conflicts = {.settings = settings, .observer = finding_copy, .context = finding};
	struct search search = {.conflicts = &conflicts};

	obstacle_add(&search, purpose, family, obstacle);
	group_print(&search, &search.groups[0]);
}
