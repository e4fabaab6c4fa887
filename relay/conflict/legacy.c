// SPDX-License-Identifier: GPL-2.0-or-later
// The rules of iptables-legacy(8), which are not in nf_tables: the kernel's older tables, one set for IPv4 and one for IPv6. A drop there is
// as final as any. They are asked for only when /proc/net/ip_tables_names names the table, for the question itself makes one.
//
// No packet is led through them. Their chains at the hooks are read until both of our rules are there, that is "-i DEVICE -j ACCEPT" and
// "-o DEVICE -j ACCEPT", which is the cure: what comes before them may be in the way, and what comes behind is not. tailscaled's own
// chains (ts-) are not held against anybody. A policy DROP with no rule before it is in the way for certain.
//
// The kernel hands a table out in one piece (struct ipt_getinfo, struct ipt_get_entries): entries one behind the other, a chain at a hook from
// its hook_entry to its underflow, which is the policy. Of an entry only its length, its target and a few octets of its head are read.
#include "relay/conflict/conflict.h"

#include "conf/settings.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { VERDICT_ACCEPT = -NF_ACCEPT - 1, VERDICT_DROP = -NF_DROP - 1, NAME_SIZE = 32 };

/* Where the two families have the same. */
struct layout {
	const char *program, *names;
	int family, level, info, entries;
	size_t head;                /* of an entry, before its matches */
	size_t blob;                /* of the entries, in the answer */
	size_t target, next;        /* offsets in an entry */
	size_t in, out;             /* names of interfaces; before them only source and destination and their masks */
	size_t rest, end;           /* what is behind them: protocol, flags */
};

static const struct layout layouts[] = {
	{"iptables-legacy", "/proc/net/ip_tables_names", AF_INET, IPPROTO_IP, IPT_SO_GET_INFO, IPT_SO_GET_ENTRIES, sizeof(struct ipt_entry),
	 sizeof(struct ipt_get_entries), offsetof(struct ipt_entry, target_offset), offsetof(struct ipt_entry, next_offset),
	 offsetof(struct ipt_ip, iniface), offsetof(struct ipt_ip, outiface), offsetof(struct ipt_ip, proto), sizeof(struct ipt_ip)},
	{"ip6tables-legacy", "/proc/net/ip6_tables_names", AF_INET6, IPPROTO_IPV6, IP6T_SO_GET_INFO, IP6T_SO_GET_ENTRIES, sizeof(struct ip6t_entry),
	 sizeof(struct ip6t_get_entries), offsetof(struct ip6t_entry, target_offset), offsetof(struct ip6t_entry, next_offset),
	 offsetof(struct ip6t_ip6, iniface), offsetof(struct ip6t_ip6, outiface), offsetof(struct ip6t_ip6, proto), offsetof(struct ip6t_ip6, invflags) + 1},
};

/* The chains that our packets pass. */
static const struct {
	const char *table, *chain;
	unsigned hook;
} chains[] = {
	{"filter", "FORWARD", NF_INET_FORWARD}, {"nat", "PREROUTING", NF_INET_PRE_ROUTING}, {"nat", "POSTROUTING", NF_INET_POST_ROUTING},
};

struct table {
	const struct layout *layout;
	struct ipt_getinfo info; /* struct ip6t_getinfo is the same */
	const unsigned char *entries;
	void *answer; /* they lie in */
};

/* Has somebody made the table? */
static bool table_is_listed(const struct layout *layout, const char *table)
{
	FILE *names = fopen(layout->names, "re");
	char line[XT_TABLE_MAXNAMELEN + 2];
	bool listed = false;

	while (names != NULL && !listed && fgets(line, sizeof(line), names) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		listed = strcmp(line, table) == 0;
	}
	if (names != NULL)
		fclose(names);
	return listed;
}

/* The layout of both families' question is a name, a size, and then the entries. False: it cannot be had. */
static bool table_read(struct table *table, const struct layout *layout, const char *name)
{
	int query = socket(layout->family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	socklen_t length = sizeof(table->info);
	struct ipt_get_entries *ask = NULL;
	bool good;

	*table = (struct table){.layout = layout};
	snprintf(table->info.name, sizeof(table->info.name), "%s", name);
	good = query >= 0 && getsockopt(query, layout->level, layout->info, &table->info, &length) == 0;
	length = (socklen_t)(layout->blob + table->info.size);
	ask = good ? calloc(1, length) : NULL;
	if (ask != NULL) {
		snprintf(ask->name, sizeof(ask->name), "%s", name);
		ask->size = table->info.size;
		good = getsockopt(query, layout->level, layout->entries, ask, &length) == 0;
		table->entries = (const unsigned char *)ask + layout->blob;
	}
	table->answer = ask;
	if (query >= 0)
		close(query);
	return good && ask != NULL;
}

static unsigned number16(const unsigned char *entry, size_t offset)
{
	uint16_t number;

	memcpy(&number, entry + offset, sizeof(number));
	return number;
}

/* An entry at this offset, whole and within the table; NULL. */
static const unsigned char *entry_at(const struct table *table, size_t offset)
{
	const struct layout *layout = table->layout;
	const unsigned char *entry = table->entries + offset;
	size_t left = offset < table->info.size ? table->info.size - offset : 0;

	if (left < layout->head || number16(entry, layout->next) > left ||
	    number16(entry, layout->target) + sizeof(struct xt_entry_target) > number16(entry, layout->next))
		return NULL;
	return entry;
}

/* The name of its target, "" for a verdict, which is then *verdict: of the kernel's, or the offset of a chain. */
static void target_of(const struct table *table, const unsigned char *entry, char name[NAME_SIZE], int *verdict)
{
	const unsigned char *target = entry + number16(entry, table->layout->target);

	*verdict = 0;
	snprintf(name, NAME_SIZE, "%.29s", (const char *)target + offsetof(struct xt_entry_target, u.user.name));
	if (name[0] == '\0' && number16(entry, table->layout->target) + sizeof(struct xt_standard_target) <= number16(entry, table->layout->next))
		memcpy(verdict, target + offsetof(struct xt_standard_target, verdict), sizeof(*verdict));
}

/* A chain of tailscaled's? The entry before the first of a chain is an ERROR with its name behind. */
static bool is_tailscaleds(const struct table *table, int verdict)
{
	char name[NAME_SIZE];
	const unsigned char *entry;
	int ignored;

	for (size_t at = 0; (entry = entry_at(table, at)) != NULL; at += number16(entry, table->layout->next)) {
		if (verdict <= 0 || at + number16(entry, table->layout->next) != (size_t)verdict)
			continue;
		target_of(table, entry, name, &ignored);
		return strcmp(name, XT_ERROR_TARGET) == 0 && number16(entry, table->layout->target) + sizeof(struct xt_error_target) <= number16(entry, table->layout->next) &&
		       strncmp((const char *)entry + number16(entry, table->layout->target) + offsetof(struct xt_error_target, errorname), "ts-", 3) == 0;
	}
	return false;
}

static bool is_zero(const unsigned char *entry, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (entry[i] != 0)
			return false;
	return true;
}

/* "-i DEVICE -j ACCEPT" and nothing besides; which: the place of the name. */
static bool is_ours(const struct table *table, const unsigned char *entry, size_t which, const char *device)
{
	const struct layout *layout = table->layout;
	size_t other = which == layout->in ? layout->out : layout->in;

	if (number16(entry, layout->target) != layout->head || strncmp((const char *)entry + which, device, IFNAMSIZ) != 0 || entry[other] != '\0')
		return false;
	return is_zero(entry, 0, layout->in) && is_zero(entry, layout->rest, layout->end);
}

/* What a chain does before our rules, and its policy. */
struct finding {
	unsigned rules; /* that may be in the way */
	bool passes;    /* by our rules */
	bool drops;     /* by its policy */
};

static struct finding chain_look(const struct table *table, unsigned hook, const char *device)
{
	struct finding finding = {.rules = 0};
	bool in = hook == NF_INET_POST_ROUTING, out = hook == NF_INET_PRE_ROUTING; /* where there is no such interface to ask for */
	const unsigned char *entry;
	char name[NAME_SIZE];
	int verdict;

	for (size_t at = table->info.hook_entry[hook]; !finding.passes && (entry = entry_at(table, at)) != NULL; at += number16(entry, table->layout->next)) {
		target_of(table, entry, name, &verdict);
		if (at == table->info.underflow[hook]) {
			finding.drops = verdict == VERDICT_DROP;
			return finding;
		}
		if (name[0] == '\0' && verdict == VERDICT_ACCEPT) {
			in |= is_ours(table, entry, table->layout->in, device);
			out |= is_ours(table, entry, table->layout->out, device);
		} else if (name[0] != '\0' || !is_tailscaleds(table, verdict)) {
			finding.rules++;
		}
		finding.passes = in && out;
	}
	return finding;
}

static void chain_tell(struct relay_conflicts *conflicts, const struct layout *layout, size_t which, const struct finding *found)
{
	const char *device = conflicts->settings->translation.tun_device, *chain = chains[which].chain, *table = chains[which].table;
	struct relay_finding finding;
	char advice[300] = "";

	if (chains[which].hook != NF_INET_POST_ROUTING)
		snprintf(advice, sizeof(advice), "%s -t %s -I %s -i %s -j ACCEPT; ", layout->program, table, chain, device);
	if (chains[which].hook != NF_INET_PRE_ROUTING)
		snprintf(advice + strlen(advice), sizeof(advice) - strlen(advice), "%s -t %s -I %s -o %s -j ACCEPT; ", layout->program, table, chain, device);
	if (found->drops && found->rules == 0)
		relay_conflict_set(&finding, FINDING_FIREWALL_DROPS, "%s drops what passes by the relay: the policy of chain %s in its table %s", layout->program,
				  chain, table);
	else
		relay_conflict_set(&finding, FINDING_FIREWALL_MAY_DROP, "%s has rules that are not looked into: %u in chain %s of its table %s, policy %s",
				  layout->program, found->rules, chain, table, found->drops ? "DROP" : "ACCEPT");
	relay_conflict_advise(&finding, "%sat each boot, or where it keeps its rules (%s -t %s -S shows them)", advice, layout->program, table);
	relay_conflict_tell(conflicts, &finding);
}

void relay_conflict_legacy(struct relay_conflicts *conflicts)
{
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		for (size_t j = 0; j < sizeof(chains) / sizeof(chains[0]); j++) {
			struct table table = {.answer = NULL};
			struct finding finding;

			if (table_is_listed(&layouts[i], chains[j].table) && table_read(&table, &layouts[i], chains[j].table)) {
				finding = chain_look(&table, chains[j].hook, conflicts->settings->translation.tun_device);
				if (!finding.passes && (finding.drops || finding.rules > 0))
					chain_tell(conflicts, &layouts[i], j, &finding);
			}
			free(table.answer);
		}
}
