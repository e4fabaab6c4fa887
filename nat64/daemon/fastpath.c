/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nat64d's half of the fast path: it loads and attaches the program (nat64/bpf/plain.bpf.c), and tells the program what to repeat.
 *
 * Rights. Loading and attaching happen once, before nat64d gives up its privileges. Afterwards pairs are written by a descriptor of their map, which wants
 * no capability, and everything else is memory that both share: the generations and last uses of leases, and the generation of the settings.
 *
 * Order. A lease's generation is incremented before its address is free for another client. A reload closes the fast path first, and opens it for the
 * new generation of the settings alone: a pair of an earlier decision is refused from then on, also one that a worker writes late.
 *
 * Succession. The program of a killed nat64d goes on with its own maps, and stops nobody. The next nat64d puts its program in that place in one step,
 * and begins with empty maps, so nothing is translated by what an earlier one decided. A nat64d that ends orderly closes the fast path.
 */
#include "nat64/daemon/fastpath.h"

#include "conf/report.h"
#include "kernel/filter.h"
#include "nat64/core/rules.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#pragma GCC diagnostic push /* bpftool's style */
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Woverlength-strings"
#include "nat64/bpf/plain.skel.h"
#pragma GCC diagnostic pop

enum { PAUSE_MS = 20 };

struct fastpath {
	struct plain_bpf *program;
	struct plain_lease *leases;
	struct plain_use *uses;
	uint64_t addresses;
	unsigned stripes;
	struct plain_control *control;
	unsigned mtu, offlink;
	int pairs6, pairs4, counts, processors;
};

/* What libbpf would print is told by errno too. */
static int print_nothing(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level, (void)format, (void)arguments;
	return 0;
}

/* An array of the program as memory; NULL with errno. */
static void *map_share(const struct bpf_map *map)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), octets = (size_t)bpf_map__value_size(map) * bpf_map__max_entries(map);
	void *memory = mmap(NULL, (octets + page - 1) / page * page, PROT_READ | PROT_WRITE, MAP_SHARED,
			    bpf_map__fd(map), 0);

	return memory == MAP_FAILED ? NULL : memory;
}

/* Linux 6.3 and newer change the family of UDP super-packets (bpf_skb_adjust_room). */
static bool cuts_datagrams(void)
{
	struct utsname kernel;
	unsigned major, minor;

	return uname(&kernel) == 0 && sscanf(kernel.release, "%u.%u", &major, &minor) == 2 &&
	       (major > 6 || (major == 6 && minor >= 3));
}

/* As many as there are processors, where memory for the pool allows it. */
static unsigned count_stripes(int processors, uint64_t addresses)
{
	unsigned stripes = 1;

	while (stripes < PLAIN_STRIPES && (int)stripes < processors && 2 * stripes * addresses <= PLAIN_LEASES)
		stripes *= 2;
	return stripes;
}

static int maps_size(struct fastpath *fastpath)
{
	fastpath->processors = libbpf_num_possible_cpus();
	fastpath->stripes = count_stripes(fastpath->processors, fastpath->addresses);
	return bpf_map__set_max_entries(fastpath->program->maps.leases, (uint32_t)fastpath->addresses) ||
	       bpf_map__set_max_entries(fastpath->program->maps.uses, fastpath->stripes * (uint32_t)fastpath->addresses);
}

static int program_load(struct fastpath *fastpath)
{
	fastpath->program = plain_bpf__open();
	if (!fastpath->program || maps_size(fastpath) || plain_bpf__load(fastpath->program))
		return -1;
	fastpath->leases = map_share(fastpath->program->maps.leases);
	fastpath->uses = map_share(fastpath->program->maps.uses);
	fastpath->control = map_share(fastpath->program->maps.control);
	fastpath->pairs6 = bpf_map__fd(fastpath->program->maps.pairs6);
	fastpath->pairs4 = bpf_map__fd(fastpath->program->maps.pairs4);
	fastpath->counts = bpf_map__fd(fastpath->program->maps.counts);
	if (!fastpath->leases || !fastpath->uses || !fastpath->control || fastpath->processors <= 0)
		return -1;
	fastpath->control->cuts_datagrams = cuts_datagrams();
	fastpath->control->addresses = (uint32_t)fastpath->addresses;
	fastpath->control->stripe_mask = fastpath->stripes - 1;
	return getrandom(fastpath->control->key, sizeof(fastpath->control->key), 0) == sizeof(fastpath->control->key) ?
		       0 :
		       -1;
}

struct fastpath *fastpath_open(const char *device, uint64_t addresses, struct conf_report *report)
{
	struct fastpath *fastpath = calloc(1, sizeof(*fastpath));

	if (!fastpath) {
		conf_report_add(report, "out of memory");
		return NULL;
	}
	libbpf_set_print(print_nothing);
	fastpath->addresses = addresses < 1 ? 1 : addresses > PLAIN_LEASES ? PLAIN_LEASES : addresses;
	if (program_load(fastpath))
		conf_report_add(report, "cannot load its program: %s%s", strerror(errno),
				errno == EPERM  ? "; it wants CAP_BPF" :
				errno == EACCES ? "; the verifier also wants CAP_PERFMON" :
						  "");
	else if (!kernel_filter_attach((int)if_nametoindex(device), bpf_program__fd(fastpath->program->progs.plain), report))
		return fastpath;
	fastpath_free(fastpath);
	return NULL;
}

void fastpath_free(struct fastpath *fastpath)
{
	if (!fastpath)
		return;
	if (fastpath->control)
		fastpath_pause(fastpath);
	plain_bpf__destroy(fastpath->program);
	free(fastpath);
}

int fastpath_check(struct fastpath *fastpath, struct conf_report *report)
{
	struct plain_endpoints4 none = {0};
	struct plain_to6 nothing = {0};

	if (!bpf_map_update_elem(fastpath->pairs4, &none, &nothing, BPF_ANY))
		return 0;
	return conf_report_add(report, "cannot write its maps without capabilities: %s; Linux 5.19 and newer allow it",
			       strerror(errno));
}

/*
 * The membarrier waits until every processor has left what it runs without preemption, and that is how the program is run. A kernel with nohz_full refuses it:
 * there the wait is a long time for a packet.
 */
void fastpath_pause(struct fastpath *fastpath)
{
	if (!fastpath)
		return;
	__atomic_store_n(&fastpath->control->on, 0, __ATOMIC_SEQ_CST);
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) != 0)
		poll(NULL, 0, PAUSE_MS);
}

void fastpath_mtu_set(struct fastpath *fastpath, unsigned mtu)
{
	if (!fastpath)
		return;
	if (mtu < NAT64_IPV6_LEAST_MTU)
		mtu = NAT64_IPV6_LEAST_MTU;
	fastpath->mtu = mtu;
	__atomic_store_n(&fastpath->control->mtu, mtu, __ATOMIC_RELAXED);
	__atomic_store_n(&fastpath->control->offlink, fastpath->offlink < mtu ? fastpath->offlink : mtu, __ATOMIC_RELAXED);
}

void fastpath_change(struct fastpath *fastpath, uint32_t settings, bool enabled, unsigned mtu, unsigned offlink)
{
	fastpath->offlink = offlink;
	fastpath_mtu_set(fastpath, mtu);
	__atomic_store_n(&fastpath->control->settings, settings, __ATOMIC_SEQ_CST);
	__atomic_store_n(&fastpath->control->on, enabled, __ATOMIC_SEQ_CST);
}

struct nat64_leases_shared fastpath_leases(const struct fastpath *fastpath)
{
	return (struct nat64_leases_shared){.entries = fastpath->leases,
					    .uses = fastpath->uses,
					    .count = fastpath->addresses,
					    .stripes = fastpath->stripes};
}

int fastpath_learn(struct fastpath *fastpath, bool is_to4, const struct fastpath_pair *pair)
{
	struct plain_to4 to4 = {.rule = pair->rule, .endpoints = pair->endpoints4};
	struct plain_to6 to6 = {.endpoints = pair->endpoints6};

	to4.rule.sum6 = nat64_sum_fold(nat64_sum(&pair->endpoints6, sizeof(pair->endpoints6), 0));
	to4.rule.sum4 = nat64_sum_fold(nat64_sum(&pair->endpoints4, sizeof(pair->endpoints4), 0));
	to4.check = plain_check(&pair->endpoints6, &pair->endpoints4, &to4.rule);
	to6.rule = to4.rule;
	to6.check = to4.check;
	return is_to4 ? bpf_map_update_elem(fastpath->pairs6, &pair->endpoints6, &to4, BPF_ANY) :
			bpf_map_update_elem(fastpath->pairs4, &pair->endpoints4, &to6, BPF_ANY);
}

void fastpath_count(const struct fastpath *fastpath, struct fastpath_counts *counts)
{
	struct plain_counts *each = fastpath ? calloc((size_t)fastpath->processors, sizeof(*each)) : NULL;
	uint32_t only = 0;

	*counts = (struct fastpath_counts){0};
	if (each && bpf_map_lookup_elem(fastpath->counts, &only, each) == 0)
		for (int i = 0; i < fastpath->processors; i++) {
			counts->to4.packets += each[i].packets_6to4;
			counts->to4.bytes += each[i].bytes_6to4;
			counts->to6.packets += each[i].packets_4to6;
			counts->to6.bytes += each[i].bytes_4to6;
			counts->failures += each[i].failures;
		}
	free(each);
}
