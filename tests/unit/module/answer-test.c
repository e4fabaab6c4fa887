/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replies, encoded by Unbound's own code and compared octet by octet with what a client must see. */
#include "module/compat.h"

#include "conf/address.h"
#include "module/answer.h"
#include "module/names.h"
#include "module/record.h"

#include "sldns/sbuffer.h"
#include "util/data/msgencode.h"
#include "util/data/msgparse.h"
#include "util/data/msgreply.h"
#include "util/data/packed_rrset.h"
#include "util/net_help.h"
#include "util/regional.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define ID 0x1234

struct fixture {
	struct regional *region;
	struct sldns_buffer *packet;
	struct wire_name zone;
	struct conf_prefix6 prefix;
};

static int setup(void **state)
{
	static struct fixture fixture;

	RRSET_ROUNDROBIN = 0; /* records in their order */
	fixture.region = regional_create();
	fixture.packet = sldns_buffer_new(65535);
	splitdns_wire_name_parse("9929", &fixture.zone);
	conf_prefix6_parse("fd64:9929::/96", &fixture.prefix);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	regional_destroy(fixture->region);
	sldns_buffer_free(fixture->packet);
	return 0;
}

static uint8_t host[] = "\4HoSt\4"
			"9929";
static uint8_t other[] = "\5other\4"
			 "9929";
static uint8_t apex[] = "\4"
			"9929";

static struct query_info question(uint8_t *name, size_t length, uint16_t type)
{
	struct query_info info = {.qname = name, .qname_len = length, .qtype = type, .qclass = LDNS_RR_CLASS_IN};

	return info;
}

/* Encode without EDNS as Unbound does for a client. The number of octets. */
static size_t encode(struct fixture *fixture, struct query_info *asked, struct reply_info *reply)
{
	struct edns_data edns = {0};

	assert_non_null(reply);
	assert_int_equal(reply_info_answer_encode(asked, reply, htons(ID), BIT_RD, fixture->packet, 0, 1,
						  fixture->region, 65535, &edns, 0, 0),
			 1);
	return sldns_buffer_limit(fixture->packet);
}

static void assert_packet(const struct fixture *fixture, size_t length, const void *expected, size_t expected_length)
{
	const uint8_t *got = sldns_buffer_begin(fixture->packet), *wanted = expected;

	if (length != expected_length)
		fail_msg("expected %zu octets, got %zu", expected_length, length);
	for (size_t i = 0; i < length; i++)
		if (got[i] != wanted[i])
			fail_msg("octet %zu: expected %02x, got %02x", i, wanted[i], got[i]);
}

static void test_addresses(void **state)
{
	static const uint8_t expected[] = "\x12\x34\x81\x80\0\1\0\2\0\0\0\0"
					  "\4HoSt\4"
					  "9929\0\0\34\0\1"
					  "\300\14\0\34\0\1\0\0\0\36\0\20\xfd\x64\x99\x29\0\0\0\0\0\0\0\0\x64\x40\1\2"
					  "\300\14\0\34\0\1\0\0\0\36\0\20\xfd\x64\x99\x29\0\0\0\0\0\0\0\0\x64\x40\1\3";
	struct fixture *fixture = *state;
	struct in_addr addresses[2] = {{htonl(0x64400102)}, {htonl(0x64400103)}};
	struct query_info asked = question(host, sizeof(host), LDNS_RR_TYPE_AAAA);
	struct reply_info *reply = splitdns_answer_addresses(fixture->region, &asked, &fixture->prefix, addresses, 2, 30);

	assert_packet(fixture, encode(fixture, &asked, reply), expected, sizeof(expected) - 1);
	assert_int_equal(reply->security, sec_status_insecure);
	assert_int_equal(reply->ttl, 30);
	assert_int_equal(reply->prefetch_ttl, 27);
}

/* The SOA's owner is compressed against the question; its two names are the split domain and a mailbox of nobody. */
static void test_nodata(void **state)
{
	static const uint8_t expected[] = "\x12\x34\x81\x80\0\1\0\0\0\1\0\0"
					  "\4HoSt\4"
					  "9929\0\0\20\0\1"
					  "\300\21\0\6\0\1\0\0\0\74\0\46"
					  "\300\21\6nobody\7invalid\0\0\0\0\1\0\0\16\20\0\0\3\x84\0\x09\x3a\x80\0\0\1\x2c";
	struct fixture *fixture = *state;
	struct query_info asked = question(host, sizeof(host), LDNS_RR_TYPE_TXT);
	struct reply_info *reply = splitdns_answer_negative(fixture->region, &asked, &fixture->zone, LDNS_RCODE_NOERROR,
							    60, REASON_NONE);

	assert_packet(fixture, encode(fixture, &asked, reply), expected, sizeof(expected) - 1);
}

static void test_nxdomain(void **state)
{
	struct fixture *fixture = *state;
	struct query_info asked = question(host, sizeof(host), LDNS_RR_TYPE_AAAA);
	struct reply_info *reply = splitdns_answer_negative(fixture->region, &asked, &fixture->zone,
							    LDNS_RCODE_NXDOMAIN, 60, REASON_NONE);

	encode(fixture, &asked, reply);
	assert_int_equal(sldns_buffer_read_u16_at(fixture->packet, 2), 0x8183);
}

static void test_negative_ttl_is_limited(void **state)
{
	struct fixture *fixture = *state;
	struct query_info asked = question(host, sizeof(host), LDNS_RR_TYPE_AAAA);
	struct reply_info *reply = splitdns_answer_negative(fixture->region, &asked, &fixture->zone,
							    LDNS_RCODE_NXDOMAIN, 86400, REASON_NONE);

	assert_int_equal(reply->ttl, ANSWER_NEGATIVE_TTL);
	reply = splitdns_answer_negative(fixture->region, &asked, &fixture->zone, LDNS_RCODE_NXDOMAIN, 5, REASON_NONE);
	assert_int_equal(reply->ttl, 5);
}

/* Two negative answers must not share one SOA rrset of the cache, or the first one's TTL would count for both. */
static void test_negative_answers_have_their_own_soa(void **state)
{
	struct fixture *fixture = *state;
	struct query_info first = question(host, sizeof(host), LDNS_RR_TYPE_AAAA);
	struct query_info second = question(other, sizeof(other), LDNS_RR_TYPE_AAAA);
	struct query_info type = question(host, sizeof(host), LDNS_RR_TYPE_TXT);
	struct reply_info *a = splitdns_answer_negative(fixture->region, &first, &fixture->zone, 0, 60, REASON_NONE);
	struct reply_info *b = splitdns_answer_negative(fixture->region, &second, &fixture->zone, 0, 60, REASON_NONE);
	struct reply_info *c = splitdns_answer_negative(fixture->region, &type, &fixture->zone, 0, 60, REASON_NONE);

	assert_int_not_equal(ub_rrset_compare(a->rrsets[0], b->rrsets[0]), 0);
	assert_int_not_equal(ub_rrset_compare(a->rrsets[0], c->rrsets[0]), 0);
	assert_int_equal(a->rrsets[0]->rk.flags & 0xf00000ffu, PACKED_RRSET_SOA_NEG);
}

/* Records of different lengths, in their order. */
static void test_records(void **state)
{
	static const char expected[] = "\x12\x34\x81\x80\0\1\0\2\0\0\0\0"
				       "\4HoSt\4"
				       "9929\0\0\x10\0\1"
				       "\xc0\x0c\0\x10\0\1\0\0\0\x1e\0\4\3abc"
				       "\xc0\x0c\0\x10\0\1\0\0\0\x1e\0\2\1d";
	struct fixture *fixture = *state;
	struct record records[] = {{(const uint8_t *)"\3abc", 4}, {(const uint8_t *)"\1d", 2}};
	struct query_info asked = question(host, sizeof(host), LDNS_RR_TYPE_TXT);
	struct reply_info *reply = splitdns_answer_records(fixture->region, &asked, LDNS_RR_TYPE_TXT, records, 2, 30);

	assert_packet(fixture, encode(fixture, &asked, reply), expected, sizeof(expected) - 1);
}

static void test_soa(void **state)
{
	struct fixture *fixture = *state;
	struct query_info asked = question(apex, sizeof(apex), LDNS_RR_TYPE_SOA);

	encode(fixture, &asked, splitdns_answer_soa(fixture->region, &fixture->zone));
	assert_int_equal(sldns_buffer_read_u16_at(fixture->packet, 6), 1);
	assert_int_equal(sldns_buffer_read_u16_at(fixture->packet, 8), 0);
}

/* The cache copies an rrset as one segment and mends its pointers: the layout must allow that. */
static void test_survives_the_copy_of_the_cache(void **state)
{
	struct fixture *fixture = *state;
	struct in_addr addresses[3] = {{htonl(0x64400102)}, {htonl(0x64400103)}, {htonl(0x64400104)}};
	struct query_info asked = question(host, sizeof(host), LDNS_RR_TYPE_AAAA);
	struct reply_info *reply = splitdns_answer_addresses(fixture->region, &asked, &fixture->prefix, addresses, 3, 30);
	struct packed_rrset_data *data = reply->rrsets[0]->entry.data, *copy;
	size_t size = packed_rrset_sizeof(data);

	copy = regional_alloc_init(fixture->region, data, size);
	packed_rrset_ptr_fixup(copy);
	for (size_t i = 0; i < 3; i++) {
		assert_ptr_not_equal(copy->rr_data[i], data->rr_data[i]);
		assert_memory_equal(copy->rr_data[i], data->rr_data[i], 18);
		assert_int_equal(copy->rr_ttl[i], 30);
	}
}

/* As many addresses as are ever given must fit, with the longest name. */
static void test_the_most_addresses_fit(void **state)
{
	static struct in_addr addresses[ANSWER_ADDRESSES_MAX];
	struct fixture *fixture = *state;
	uint8_t name[NAME_OCTETS_MAX] = {0};
	struct query_info asked = question(name, sizeof(name), LDNS_RR_TYPE_AAAA);

	for (size_t at = 0; at < 254; at += 1 + name[at])
		name[at] = at < 192 ? 63 : 254 - 192 - 1;
	for (size_t i = 0; i < ANSWER_ADDRESSES_MAX; i++)
		addresses[i].s_addr = htonl(0x64400000 + (uint32_t)i);
	encode(fixture, &asked,
	       splitdns_answer_addresses(fixture->region, &asked, &fixture->prefix, addresses, ANSWER_ADDRESSES_MAX, 30));
	assert_int_equal(sldns_buffer_read_u16_at(fixture->packet, 6), ANSWER_ADDRESSES_MAX);
	assert_int_equal(sldns_buffer_read_u16_at(fixture->packet, 2) & BIT_TC, 0);
}

/* Whatever the hash of the question: with flags that Unbound itself sets, an upstream's SOA would take the place of ours in the cache. */
static void test_no_soa_is_the_iterators(void **state)
{
	struct fixture *fixture = *state;

	for (unsigned type = 0; type < 2 * 65536; type++) {
		struct query_info asked = question(type & 0x10000 ? host : other,
						   type & 0x10000 ? sizeof(host) : sizeof(other), (uint16_t)type);
		struct reply_info *reply = splitdns_answer_negative(fixture->region, &asked, &fixture->zone,
								    LDNS_RCODE_NOERROR, 60, REASON_NONE);

		if (reply->rrsets[0]->rk.flags == PACKED_RRSET_SOA_NEG)
			fail_msg("type %u: the SOA has no flag of ours", type);
		regional_free_all(fixture->region);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_addresses, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nodata, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nxdomain, setup, teardown),
		cmocka_unit_test_setup_teardown(test_negative_ttl_is_limited, setup, teardown),
		cmocka_unit_test_setup_teardown(test_negative_answers_have_their_own_soa, setup, teardown),
		cmocka_unit_test_setup_teardown(test_records, setup, teardown),
		cmocka_unit_test_setup_teardown(test_soa, setup, teardown),
		cmocka_unit_test_setup_teardown(test_survives_the_copy_of_the_cache, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_most_addresses_fit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_soa_is_the_iterators, setup, teardown),
	};

	return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
