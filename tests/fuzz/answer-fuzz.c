/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The module against any upstream.
 *
 * The module's real entry points are driven as Unbound's mesh drives them, with Unbound's own structures and code: a question goes to
 * operate(); each look-up that it attaches gets a message of an upstream that means ill (forge.c), parsed by Unbound's parser and handed
 * over whole, without the iterator's scrubbing, so that more comes in than a resolver would ever hand on; then inform_super() and operate()
 * again. What the module answers is encoded by Unbound for the client, once as it is and once as the next client gets it
 * from the cache, and read by an inspector that knows nothing of the module (inspect.c), and by ldns.
 *
 * The input is a stream of decisions: which settings, which question, and everything about the messages. All memory of a query lies
 * in pieces of its own, so that a sanitizer sees the first octet beyond one.
 */
#include "module/compat.h"

#include "module/guard.h"
#include "module/splitdns.h"

#include "tests/fuzz/answer-settings.h"
#include "tests/fuzz/choices.h"
#include "tests/fuzz/forge.h"
#include "tests/fuzz/inspect.h"
#include "tests/fuzz/second.h"

#include "dynlibmod/dynlibmod.h"
#include "services/cache/dns.h"
#include "services/cache/rrset.h"
#include "services/mesh.h"
#include "sldns/sbuffer.h"
#include "util/alloc.h"
#include "util/config_file.h"
#include "util/data/msgencode.h"
#include "util/data/msgparse.h"
#include "util/data/msgreply.h"
#include "util/log.h"
#include "util/module.h"
#include "util/net_help.h"
#include "util/regional.h"
#include "util/storage/slabhash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ID 0
#define LOOKUPS_MAX 8
#define CALLBACKS_MAX 16
#define STEPS_MAX 8
#define NOW 1000000

/* What the module wants to be told of. */
struct callback {
	void *function;
	enum inplace_cb_list_type type;
	void *argument;
};

/* One Unbound: an environment with caches, and the module's settings. */
struct resolver {
	struct module_env env;
	struct dynlibmod_env module;
	struct mesh_area mesh; /* without any module */
	struct alloc_cache alloc;
	struct inspect_rules rules;
	struct callback callbacks[CALLBACKS_MAX];
	size_t callback_count;
};

static struct resolver resolvers[ANSWER_SETTINGS];
static struct forge_world world;
static time_t now = NOW;
static struct timeval now_exact = { .tv_sec = NOW };
static struct choices choices;
static struct sldns_buffer *packet, *reply;
static struct mesh_reply client;
static struct mesh_state *lookups[LOOKUPS_MAX];
static size_t lookup_count;

/* --- the mesh, as far as the module can see it --- */

static struct mesh_state *state_new(struct module_env *env, const struct query_info *asked, uint16_t flags)
{
	struct regional *region = regional_create_nochunk(sizeof(struct regional));
	struct mesh_state *state = region ? regional_alloc_zero(region, sizeof(*state)) : NULL;

	if (!state)
		abort();
	state->s.qinfo = *asked;
	state->s.qinfo.local_alias = NULL;
	state->s.qinfo.qname = regional_alloc_init(region, asked->qname, asked->qname_len);
	state->s.query_flags = flags;
	state->s.region = region;
	state->s.env = env;
	state->s.mesh_info = state;
	state->s.qstarttime = now;
	return state;
}

static int attach(struct module_qstate *qstate, struct query_info *asked, uint16_t flags, struct module_qstate **sub)
{
	*sub = NULL;
	if (lookup_count == LOOKUPS_MAX || once_in(&choices, 64)) /* as without memory */
		return 0;
	if (once_in(&choices, 64)) { /* it would wait for itself */
		return 0;
	}
	lookups[lookup_count] = state_new(qstate->env, asked, flags);
	*sub = &lookups[lookup_count++]->s;
	return 1;
}

#if UNBOUND_VERSION >= 1025
static int attach_sub(struct module_qstate *qstate, struct query_info *asked, struct respip_client_info *info, uint16_t flags, int prime,
		      int valrec, struct module_qstate **sub)
{
	(void)info;
#else
static int attach_sub(struct module_qstate *qstate, struct query_info *asked, uint16_t flags, int prime, int valrec,
		      struct module_qstate **sub)
{
#endif
	(void)prime;
	if (!attach(qstate, asked, flags, sub))
		return 0;
	(*sub)->is_valrec = valrec;
	return 1;
}

/* --- the start --- */

/* The module was built with the program: the guard would search its constants, and the gaps that a sanitizer leaves between them. */
bool guard_program_is_ours(void)
{
	return true;
}

void guard_query_check(const struct module_qstate *qstate)
{
	(void)qstate;
}

static void complain(const char *what, const uint8_t *message, size_t length)
{
	fprintf(stderr, "expected an answer that shows nothing, got %s:\n", what);
	for (size_t i = 0; i < length && i < 2048; i++)
		fprintf(stderr, "%02x%s", message[i], i % 32 == 31 ? "\n" : " ");
	fputc('\n', stderr);
	abort();
}

static void settings_write(char *path, const char *text)
{
	int file = mkstemp(path);

	if (file < 0 || dprintf(file, "%s", text) < 0 || close(file) < 0) {
		perror(path);
		exit(1);
	}
}

static int callback_register(void *function, enum inplace_cb_list_type type, void *argument, struct module_env *env, int id)
{
	struct resolver *resolver = (struct resolver *)env; /* its first member */

	(void)id;
	if (resolver->callback_count == CALLBACKS_MAX)
		abort();
	resolver->callbacks[resolver->callback_count++] = (struct callback){ function, type, argument };
	return 1;
}

/* A query of the iterator is about to go out. */
static void call_before_query(struct resolver *resolver, struct query_info *asked, struct module_qstate *qstate)
{
	for (size_t i = 0; i < resolver->callback_count; i++) {
		inplace_cb_query_func_type *function;

		if (resolver->callbacks[i].type != inplace_cb_query)
			continue;
		memcpy(&function, &resolver->callbacks[i].function, sizeof(function)); /* ISO C converts no pointer to a function */
		function(asked, BIT_RD, qstate, NULL, 0, NULL, 0, qstate->region, ID, resolver->callbacks[i].argument);
	}
}

/* An answer is about to go out: by the module, from the cache (then without a question) or as SERVFAIL. */
static void call_before_reply(struct resolver *resolver, enum inplace_cb_list_type type, struct query_info *asked,
			      struct module_qstate *qstate, struct reply_info *info, struct edns_data *edns)
{
	int rcode = info ? FLAGS_GET_RCODE(info->flags) : LDNS_RCODE_SERVFAIL;
	struct timeval begun = now_exact;

	for (size_t i = 0; i < resolver->callback_count; i++) {
		inplace_cb_reply_func_type *function;

		if (resolver->callbacks[i].type != type)
			continue;
		memcpy(&function, &resolver->callbacks[i].function, sizeof(function));
		function(asked, qstate, info, rcode, edns, &edns->opt_list_inplace_cb_out, NULL, resolver->env.scratch, &begun, ID,
			 resolver->callbacks[i].argument);
	}
}

static void resolver_start(struct resolver *resolver, const struct answer_settings *settings)
{
	char path[] = "/tmp/answer-fuzz-XXXXXX";
	struct module_env *env = &resolver->env;
	unsigned wrong = inspect_rules_read(&resolver->rules, settings->rules);

	env->cfg = config_create();
	env->cfg->rrset_cache_slabs = 1;
	alloc_init(&resolver->alloc, NULL, 0);
	env->alloc = &resolver->alloc;
	env->rrset_cache = rrset_cache_create(env->cfg, &resolver->alloc);
	env->msg_cache = slabhash_create(1, 16, HASH_DEFAULT_MAXMEM, msgreply_sizefunc, query_info_compare, query_entry_delete,
					 reply_info_delete, NULL);
	env->scratch = regional_create();
	env->now = &now;
	env->now_tv = &now_exact;
	env->attach_sub = attach_sub;
	env->mesh = &resolver->mesh;
	env->modinfo[ID] = &resolver->module;
	resolver->module.inplace_cb_register_wrapped = callback_register;
	settings_write(path, settings->text);
	setenv("NAT64_RELAY_CONF", path, 1);
	if (wrong || !init(env, ID)) {
		fprintf(stderr, "the settings are wrong (rule %u)\n", wrong);
		exit(1);
	}
	unlink(path);
}

static void start(void)
{
	log_init("/dev/null", 0, NULL); /* warnings about policies */
	packet = sldns_buffer_new(FORGE_ROOM);
	reply = sldns_buffer_new(65535);
	for (size_t i = 0; answer_reals[i]; i++)
		forge_name_add(world.reals, &world.real_count, answer_reals[i]);
	for (size_t i = 0; answer_others[i]; i++)
		forge_name_add(world.others, &world.other_count, answer_others[i]);
	world.networks = answer_networks;
	world.network_count = ANSWER_NETWORKS;
	world.wild = true;
	for (size_t i = 0; i < ANSWER_SETTINGS; i++)
		resolver_start(&resolvers[i], &answer_settings[i]);
	log_init(NULL, 0, NULL);
}

/* --- a question --- */

/* An address inside a prefix, or almost, under ip6.arpa. */
static void reverse_name_make(struct forge_name *name)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t address[16] = { 0 };
	unsigned first = once_in(&choices, 8) ? choose(&choices, 32) : 0;

	memcpy(address, answer_networks[choose(&choices, ANSWER_NETWORKS)], 12);
	for (unsigned i = once_in(&choices, 4) ? 4 : 12; i < 16; i++)
		address[i] = (uint8_t)(i == 12 ? 100 : i == 13 ? 64 + choose(&choices, 64) : choices_octet(&choices));
	for (unsigned i = first; i < 32; i++) {
		name->octets[name->length++] = 1;
		name->octets[name->length++] = (uint8_t)digits[address[15 - i / 2] >> (i % 2 ? 4 : 0) & 15];
	}
	memcpy(name->octets + name->length, "\3ip6\4arpa", 10);
	name->length += 10;
}

/* The name of an address of the twin, or of its zone. */
static void twin_name_make(struct forge_name *name)
{
	for (unsigned i = 0; i < 2 && !once_in(&choices, 8); i++) {
		char text[4];
		int length = snprintf(text, sizeof(text), "%u", choices_octet(&choices));

		name->octets[name->length++] = (uint8_t)length;
		memcpy(name->octets + name->length, text, (size_t)length);
		name->length += (size_t)length;
	}
	memcpy(name->octets + name->length, "\2" "65\2" "10\7in-addr\4arpa", 20);
	name->length += 20;
}

/* Labels of a host below one of the names that clients ask about; seldom too long, seldom nothing. */
static void host_name_make(struct forge_name *name)
{
	const struct forge_name *zone = &world.others[choose(&choices, (uint32_t)world.other_count)];
	uint32_t labels = once_in(&choices, 16) ? choose(&choices, 60) : 1;

	for (uint32_t i = 0; i < labels; i++) {
		size_t length = 1 + (once_in(&choices, 8) ? choose(&choices, 63) : choose(&choices, 8));

		if (name->length + 1 + length + zone->length > sizeof(name->octets))
			break;
		name->octets[name->length++] = (uint8_t)length;
		for (size_t j = 0; j < length; j++)
			name->octets[name->length++] = (uint8_t)('A' + (choose(&choices, 26) ^ (j & 1 ? 0 : 32)));
	}
	memcpy(name->octets + name->length, zone->octets, zone->length);
	name->length += zone->length;
}

static struct query_info question_make(struct forge_name *name)
{
	static const uint16_t types[] = { 28, 1, 16, 12, 255, 6, 44, 257, 5, 15, 33, 39, 64, 65, 43, 48, 47, 46, 2, 65280 };
	struct query_info asked = { .qname = name->octets, .qclass = LDNS_RR_CLASS_IN };

	name->length = 0;
	if (once_in(&choices, 4))
		reverse_name_make(name);
	else if (once_in(&choices, 16))
		twin_name_make(name);
	else
		host_name_make(name);
	asked.qname_len = name->length;
	asked.qtype = types[choose(&choices, once_in(&choices, 3) ? 20 : 6)];
	if (once_in(&choices, 100))
		asked.qclass = 3;
	return asked;
}

/* --- the upstream --- */

/* The message as Unbound's parser understands it. False: no resolver would take it. */
static bool message_parse(struct module_qstate *sub, size_t length)
{
	struct msg_parse *parsed = regional_alloc_zero(sub->region, sizeof(*parsed));
	struct edns_data edns = { 0 };
	struct dns_msg *message = regional_alloc_zero(sub->region, sizeof(*message));

	sldns_buffer_set_limit(packet, length);
	sldns_buffer_set_position(packet, 0);
	if (!parsed || !message || parse_packet(packet, parsed, sub->region) != LDNS_RCODE_NOERROR ||
	    parse_extract_edns_from_response_msg(parsed, &edns, sub->region) != LDNS_RCODE_NOERROR ||
	    !parse_create_msg(packet, parsed, NULL, &message->qinfo, &message->rep, sub->region))
		return false;
	sub->return_msg = message;
	return true;
}

static void upstream_answer(struct resolver *resolver, struct module_qstate *sub)
{
	static const enum sec_status statuses[] = { sec_status_insecure, sec_status_unchecked, sec_status_bogus, sec_status_secure,
						    sec_status_indeterminate };
	uint8_t query[512];
	size_t length;

	call_before_query(resolver, &sub->qinfo, sub);
	sldns_buffer_clear(packet);
	qinfo_query_encode(packet, &sub->qinfo);
	sldns_buffer_set_position(packet, 0);
	length = sldns_buffer_limit(packet);
	memcpy(query, sldns_buffer_begin(packet), length);
	sldns_buffer_clear(packet);
	length = forge_answer(&choices, &world, query, length, sldns_buffer_begin(packet));
	sub->return_rcode = LDNS_RCODE_NOERROR;
	if (!message_parse(sub, length) || once_in(&choices, 40)) {
		sub->return_msg = NULL;
		sub->return_rcode = LDNS_RCODE_SERVFAIL;
		return;
	}
	sub->return_msg->rep->security = statuses[choose(&choices, 5)];
	sub->no_cache_store |= once_in(&choices, 20);
}

/* --- the answer --- */

/* Data that is passed on is the upstream's own; the module's answers can be read by everybody. */
static bool is_passed(const struct module_qstate *question)
{
	switch (question->qinfo.qtype) {
	case LDNS_RR_TYPE_TXT:
	case LDNS_RR_TYPE_SSHFP:
	case LDNS_RR_TYPE_CAA:
		return true;
	default:
		return false;
	}
}

static void look(const struct resolver *resolver, const struct module_qstate *question)
{
	const uint8_t *octets = sldns_buffer_begin(reply);
	size_t length = sldns_buffer_limit(reply);
	const char *wrong = inspect_message(&resolver->rules, octets, length);

	if (wrong)
		complain(wrong, octets, length);
	if (!is_passed(question) && !second_reads(octets, length))
		complain("a message that ldns cannot read", octets, length);
}

/* EDNS of a client; dnssec: it sets DO. */
static struct edns_data edns_make(uint16_t size, bool dnssec)
{
	struct edns_data edns = { 0 };

	if (size == 512)
		return edns;
	edns.edns_present = 1;
	edns.udp_size = size;
	edns.bits = dnssec ? EDNS_DO : 0;
	return edns;
}

/* qstate: NULL for an answer from the cache, which is as old as from says. info: NULL for a failure. */
static void encode(struct resolver *resolver, struct module_qstate *question, struct module_qstate *qstate, struct reply_info *info,
		   time_t from)
{
	static const uint16_t sizes[] = { 65535, 512, 1232, 4096 };
	uint16_t size = sizes[choose(&choices, 4)];
	bool dnssec = once_in(&choices, 2);
	struct edns_data edns = edns_make(size, dnssec);

	if (qstate)
		edns.opt_list_out = qstate->edns_opts_front_out;
	call_before_reply(resolver, !info ? inplace_cb_reply_servfail : qstate ? inplace_cb_reply : inplace_cb_reply_cache,
			  &question->qinfo, qstate, info, &edns);
	sldns_buffer_clear(reply);
	if (!info)
		error_encode(reply, LDNS_RCODE_SERVFAIL, &question->qinfo, 0x1234, question->query_flags, &edns);
	else if (!reply_info_answer_encode(&question->qinfo, info, 0x1234, question->query_flags, reply, from, 1, resolver->env.scratch, size,
					   &edns, dnssec, info->security == sec_status_secure))
		complain("nothing that can be encoded", NULL, 0);
	look(resolver, question);
	regional_free_all(resolver->env.scratch);
}

/* As the next client gets it. */
static void encode_cached(struct resolver *resolver, struct module_qstate *question)
{
	const struct query_info *asked = &question->qinfo;
	struct msgreply_entry *entry = msg_cache_lookup(&resolver->env, asked->qname, asked->qname_len, asked->qtype, asked->qclass,
							question->query_flags, now, 0);
	struct reply_info *info;

	if (!entry)
		return;
	info = entry->entry.data;
	if (rrset_array_lock(info->ref, info->rrset_count, now)) {
		encode(resolver, question, NULL, info, now);
		rrset_array_unlock(info->ref, info->rrset_count);
	}
	lock_rw_unlock(&entry->entry.lock);
}

/* --- one life --- */

/* Every look-up that waits is answered; false when there was none. */
static bool lookups_finish(struct resolver *resolver, struct module_qstate *question)
{
	size_t count = lookup_count;

	lookup_count = 0;
	for (size_t i = 0; i < count; i++) {
		struct mesh_state *state = lookups[i];

		upstream_answer(resolver, &state->s);
		inform_super(&state->s, ID, question);
		regional_destroy(state->s.region); /* before the answer is built: nothing of it may be kept */
	}
	return count > 0;
}

static void live(struct resolver *resolver, struct module_qstate *question)
{
	operate(question, module_event_new, ID, NULL);
	for (unsigned step = 0; step < STEPS_MAX && question->ext_state[ID] == module_wait_subquery; step++) {
		if (!lookups_finish(resolver, question))
			complain("a question that waits for nothing", NULL, 0);
		operate(question, module_event_pass, ID, NULL);
	}
	if (question->ext_state[ID] == module_wait_subquery)
		complain("a question without end", NULL, 0);
	if (question->ext_state[ID] == module_wait_module) { /* not ours: so is whatever comes back */
		upstream_answer(resolver, question);
		operate(question, module_event_moddone, ID, NULL);
		return;
	}
	if (question->ext_state[ID] == module_finished && question->return_msg && question->return_rcode == LDNS_RCODE_NOERROR) {
		encode(resolver, question, question, question->return_msg->rep, 0);
		encode_cached(resolver, question);
	} else {
		encode(resolver, question, question, NULL, 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct resolver *resolver;
	struct forge_name name;
	struct query_info asked;
	struct mesh_state *state;

	if (!packet)
		start();
	choices = (struct choices){ .octets = data, .left = size };
	resolver = &resolvers[choose(&choices, ANSWER_SETTINGS)];
	for (unsigned count = 1 + choose(&choices, 3); count > 0; count--) {
		asked = question_make(&name);
		state = state_new(&resolver->env, &asked, (uint16_t)(BIT_RD | (once_in(&choices, 4) ? BIT_CD : 0)));
		state->reply_list = &client;
		state->s.no_cache_store = once_in(&choices, 30);
		state->s.prefetch_leeway = once_in(&choices, 30);
		live(resolver, &state->s);
		while (lookup_count > 0) /* attached by a step that then failed */
			regional_destroy(lookups[--lookup_count]->s.region);
		clear(&state->s, ID);
		regional_destroy(state->s.region);
	}
	slabhash_clear(resolver->env.msg_cache);
	slabhash_clear(&resolver->env.rrset_cache->table);
	return 0;
}
