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
 * in segments of its own, so that a sanitizer sees the first octet beyond one. answer-resolver.c is the Unbound around the module.
 */
#include "module/compat.h"

#include "module/splitdns.h"

#include "tests/fuzz/answer-resolver.h"
#include "tests/fuzz/answer-settings.h"
#include "tests/fuzz/choices.h"
#include "tests/fuzz/forge.h"
#include "tests/fuzz/inspect.h"
#include "tests/fuzz/second.h"

#include "services/cache/dns.h"
#include "services/cache/rrset.h"
#include "sldns/sbuffer.h"
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STEPS_MAX 8

static struct resolver resolvers[ANSWER_SETTINGS];
static struct forge_world world;
static struct choices choices;
static struct sldns_buffer *packet, *reply;
static struct mesh_reply client;

/* --- the start --- */

static void complain(const char *what, const uint8_t *message, size_t length)
{
	fprintf(stderr, "expected an answer that shows nothing, got %s:\n", what);
	for (size_t i = 0; i < length && i < 2048; i++)
		fprintf(stderr, "%02x%s", message[i], i % 32 == 31 ? "\n" : " ");
	fputc('\n', stderr);
	abort();
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
		resolver_start(&resolvers[i], &answer_settings[i], &choices);
	log_init(NULL, 0, NULL);
}

/* --- a question --- */

/* An address inside a prefix, or almost, under ip6.arpa. */
static void splitdns_reverse_name_make(struct forge_name *name)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t address[16] = {0};
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
	memcpy(name->octets + name->length,
	       "\2"
	       "65\2"
	       "10\7in-addr\4arpa",
	       20);
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
	static const uint16_t types[] = {28, 1,  16, 12, 255, 6,  44, 257, 5, 15,
					 33, 39, 64, 65, 43,  48, 47, 46,  2, 65280};
	struct query_info asked = {.qname = name->octets, .qclass = LDNS_RR_CLASS_IN};

	name->length = 0;
	if (once_in(&choices, 4))
		splitdns_reverse_name_make(name);
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
	struct edns_data edns = {0};
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
	static const enum sec_status statuses[] = {sec_status_insecure, sec_status_unchecked, sec_status_bogus,
						   sec_status_secure, sec_status_indeterminate};
	uint8_t query[512];
	size_t length;

	resolver_before_query(resolver, &sub->qinfo, sub);
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
	struct edns_data edns = {0};

	if (size == 512)
		return edns;
	edns.edns_present = 1;
	edns.udp_size = size;
	edns.bits = dnssec ? EDNS_DO : 0;
	return edns;
}

/* qstate: NULL for an answer from the cache, which is as old as from says. info: NULL for a failure. */
static void encode(struct resolver *resolver, struct module_qstate *question, struct module_qstate *qstate,
		   struct reply_info *info, time_t from)
{
	static const uint16_t sizes[] = {65535, 512, 1232, 4096};
	uint16_t size = sizes[choose(&choices, 4)];
	bool dnssec = once_in(&choices, 2);
	struct edns_data edns = edns_make(size, dnssec);

	if (qstate)
		edns.opt_list_out = qstate->edns_opts_front_out;
	resolver_before_reply(resolver,
			      !info  ? inplace_cb_reply_servfail :
			      qstate ? inplace_cb_reply :
				       inplace_cb_reply_cache,
			      &question->qinfo, qstate, info, &edns);
	sldns_buffer_clear(reply);
	if (!info)
		error_encode(reply, LDNS_RCODE_SERVFAIL, &question->qinfo, 0x1234, question->query_flags, &edns);
	else if (!reply_info_answer_encode(&question->qinfo, info, 0x1234, question->query_flags, reply, from, 1,
					   resolver->env.scratch, size, &edns, dnssec, info->security == sec_status_secure))
		complain("nothing that can be encoded", NULL, 0);
	look(resolver, question);
	regional_free_all(resolver->env.scratch);
}

/* As the next client gets it. */
static void encode_cached(struct resolver *resolver, struct module_qstate *question)
{
	const struct query_info *asked = &question->qinfo;
	struct msgreply_entry *entry = msg_cache_lookup(&resolver->env, asked->qname, asked->qname_len, asked->qtype,
							asked->qclass, question->query_flags, RESOLVER_NOW, 0);
	struct reply_info *info;

	if (!entry)
		return;
	info = entry->entry.data;
	if (rrset_array_lock(info->ref, info->rrset_count, RESOLVER_NOW)) {
		encode(resolver, question, NULL, info, RESOLVER_NOW);
		rrset_array_unlock(info->ref, info->rrset_count);
	}
	lock_rw_unlock(&entry->entry.lock);
}

/* --- one life --- */

/* Every look-up that waits is answered; false when there was none. */
static bool lookups_finish(struct resolver *resolver, struct module_qstate *question)
{
	size_t count = resolver->lookup_count;

	resolver->lookup_count = 0;
	for (size_t i = 0; i < count; i++) {
		struct mesh_state *state = resolver->lookups[i];

		upstream_answer(resolver, &state->s);
		inform_super(&state->s, RESOLVER_ID, question);
		regional_destroy(state->s.region); /* before the answer is built: nothing of it may be kept */
	}
	return count > 0;
}

static void live(struct resolver *resolver, struct module_qstate *question)
{
	operate(question, module_event_new, RESOLVER_ID, NULL);
	for (unsigned step = 0; step < STEPS_MAX && question->ext_state[RESOLVER_ID] == module_wait_subquery; step++) {
		if (!lookups_finish(resolver, question))
			complain("a question that waits for nothing", NULL, 0);
		operate(question, module_event_pass, RESOLVER_ID, NULL);
	}
	if (question->ext_state[RESOLVER_ID] == module_wait_subquery)
		complain("a question without end", NULL, 0);
	if (question->ext_state[RESOLVER_ID] == module_wait_module) { /* not ours: so is whatever comes back */
		upstream_answer(resolver, question);
		operate(question, module_event_moddone, RESOLVER_ID, NULL);
		return;
	}
	if (question->ext_state[RESOLVER_ID] == module_finished && question->return_msg &&
	    question->return_rcode == LDNS_RCODE_NOERROR) {
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
	choices = (struct choices){.octets = data, .left = size};
	resolver = &resolvers[choose(&choices, ANSWER_SETTINGS)];
	for (unsigned count = 1 + choose(&choices, 3); count > 0; count--) {
		asked = question_make(&name);
		state = resolver_state_new(&resolver->env, &asked,
					   (uint16_t)(BIT_RD | (once_in(&choices, 4) ? BIT_CD : 0)));
		state->reply_list = &client;
		state->s.no_cache_store = once_in(&choices, 30);
		state->s.prefetch_leeway = once_in(&choices, 30);
		live(resolver, &state->s);
		while (resolver->lookup_count > 0) /* attached by a step that then failed */
			regional_destroy(resolver->lookups[--resolver->lookup_count]->s.region);
		clear(&state->s, RESOLVER_ID);
		regional_destroy(state->s.region);
	}
	slabhash_clear(resolver->env.msg_cache);
	slabhash_clear(&resolver->env.rrset_cache->table);
	return 0;
}
