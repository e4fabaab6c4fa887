/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The search for a name that must not be shown: in every section, compressed, in text, in an EDNS option; and not where it is only alike. */
#include "conf/address.h"
#include "relay/ask/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A message with these records, as it would come over the wire. */
static struct relay_answer message(const char *const *answers, const char *authority)
{
	ldns_pkt *packet = ldns_pkt_new();
	struct relay_answer answer = {0};
	ldns_rr *record;

	assert_int_equal(ldns_rr_new_question_frm_str(&record, "my-vps.9929. IN AAAA", NULL, NULL), LDNS_STATUS_OK);
	ldns_pkt_push_rr(packet, LDNS_SECTION_QUESTION, record);
	for (; answers && *answers; answers++) {
		assert_int_equal(ldns_rr_new_frm_str(&record, *answers, 60, NULL, NULL), LDNS_STATUS_OK);
		ldns_pkt_push_rr(packet, LDNS_SECTION_ANSWER, record);
	}
	if (authority) {
		assert_int_equal(ldns_rr_new_frm_str(&record, authority, 60, NULL, NULL), LDNS_STATUS_OK);
		ldns_pkt_push_rr(packet, LDNS_SECTION_AUTHORITY, record);
	}
	assert_int_equal(ldns_pkt2wire(&answer.wire, packet, &answer.length), LDNS_STATUS_OK);
	ldns_pkt_free(packet);
	assert_int_equal(relay_answer_parse(&answer, answer.wire, answer.length), 0);
	return answer;
}

static void expect_shown(const char *const *answers, const char *authority, bool expected)
{
	struct relay_answer answer = message(answers, authority);
	bool shown = relay_answer_shows(&answer, "tail1234.ts.net");

	if (shown != expected)
		print_error("expected %d, got %d for %s\n", expected, shown, answers ? *answers : authority);
	assert_true(shown == expected);
	relay_answer_clear(&answer);
}

static void test_clean_answers(void **state)
{
	(void)state;
	expect_shown((const char *const[]){"my-vps.9929. IN AAAA fd64::6440:3", NULL}, NULL, false);
	expect_shown(NULL, "9929. IN SOA ns.9929. admin.9929. 1 2 3 4 5", false);
	expect_shown((const char *const[]){"my-vps.9929. IN AAAA fd64::6440:3", "my-vps.9929. IN TXT \"ts.net\"", NULL},
		     NULL, false);
}

static void test_names_in_every_section(void **state)
{
	(void)state;
	expect_shown((const char *const[]){"my-vps.9929. IN CNAME my-vps.tail1234.ts.net.", NULL}, NULL, true);
	expect_shown((const char *const[]){"my-vps.TAIL1234.ts.NET. IN A 100.64.0.3", NULL}, NULL, true);
	/* compressed: only ts.net is written out, once, and the name with the rest points to it */
	expect_shown((const char *const[]){"x.ts.net. IN A 192.0.2.1", "my-vps.9929. IN CNAME my-vps.tail1234.ts.net.", NULL},
		     NULL, true);
	expect_shown(NULL, "tail1234.ts.net. IN SOA ns.ts.net. admin.ts.net. 1 2 3 4 5", true);
	expect_shown(NULL, "9929. IN SOA ns.9929. admin.tail1234.ts.net. 1 2 3 4 5", true);
}

static void test_text_and_octets(void **state)
{
	struct relay_answer answer = message((const char *const[]){"my-vps.9929. IN TXT \"see Tail1234.ts.net\"", NULL},
					     NULL);

	(void)state;
	assert_true(relay_answer_shows(&answer, "tail1234.ts.net"));
	assert_false(relay_answer_shows(&answer, "tail12345.ts.net"));
	assert_false(relay_answer_shows(&answer, "9929.ts.net"));
	relay_answer_clear(&answer);
	/* unknown type: only the octets show it */
	expect_shown((const char *const[]){"my-vps.9929. IN TYPE65500 \\# 17 087461696c31323334027473036e657400", NULL},
		     NULL, true);
	expect_shown((const char *const[]){"my-vps.9929. IN TYPE65500 \\# 4 01020304", NULL}, NULL, false);
}

static void test_the_question_does_not_count(void **state)
{
	struct relay_answer answer = message((const char *const[]){"other.test. IN A 192.0.2.1", NULL}, NULL);

	(void)state;
	assert_false(relay_answer_shows(&answer, "my-vps.9929"));
	relay_answer_clear(&answer);
}

static void test_counting(void **state)
{
	struct relay_answer answer = message((const char *const[]){"my-vps.9929. IN AAAA fd64::1",
								   "my-vps.9929. IN AAAA fd64::2",
								   "my-vps.9929. IN A 192.0.2.1", NULL},
					     NULL);
	struct in6_addr addresses[1];

	(void)state;
	assert_int_equal(relay_answer_aaaa(&answer, NULL, addresses, 1), 2);
	assert_int_equal(addresses[0].s6_addr[15], 1);
	assert_int_equal(relay_answer_count(&answer, LDNS_RR_TYPE_A), 1);
	assert_string_equal(relay_answer_code(&answer), "NOERROR");
	relay_answer_clear(&answer);
}

/* An A record without data (RDLENGTH 0), which ldns parses, and an AAAA record behind it. */
static void test_a_record_without_data(void **state)
{
	static const uint8_t wire[] = {0,  1, 0x81, 0x80, 0, 1, 0, 2, 0,  0, 0, 0,    1,  'a', 0,  0, 1, 0, 1, 0xc0,
				       12, 0, 1,    0,    1, 0, 0, 0, 60, 0, 0, 0xc0, 12, 0,   28, 0, 1, 0, 0, 0,
				       60, 0, 16,   0xfd, 0, 0, 0, 0, 0,  0, 0, 0,    0,  0,   0,  0, 0, 0, 7};
	struct in6_addr v6 = {0};
	struct in_addr v4;
	struct relay_answer answer;
	uint8_t *copy = malloc(sizeof(wire));

	(void)state;
	memcpy(copy, wire, sizeof(wire));
	assert_int_equal(relay_answer_parse(&answer, copy, sizeof(wire)), 0);
	assert_int_equal(relay_answer_count(&answer, LDNS_RR_TYPE_A), 1);
	assert_int_equal(relay_answer_a(&answer, NULL, &v4, 1), 0);
	assert_int_equal(relay_answer_a(&answer, "a", &v4, 1), 0);
	assert_int_equal(relay_answer_aaaa(&answer, "a", &v6, 1), 1);
	assert_int_equal(v6.s6_addr[15], 7);
	assert_int_equal(relay_answer_aaaa(&answer, "b", &v6, 1), 0);
	relay_answer_clear(&answer);
}

/* An OPT record with a padding option, and an extended error 22 whose text has an escape; then one whose option says that it is longer than it is. */
static void test_an_extended_error_is_read_and_made_printable(void **state)
{
	static const uint8_t wire[] = {0, 1,  0x81, 0x82, 0, 1,  0,  0, 0,    0,  0,   1,  1,  'a', 0,
				       0, 28, 0,    1,    0, 0,  41, 4, 0xd0, 0,  0,   0,  0,  0,   13,
				       0, 12, 0,    0,    0, 15, 0,  5, 0,    22, 'n', 27, 'o'};
	char text[RELAY_ANSWER_EXTENDED];
	struct relay_answer answer;
	uint8_t *copy = malloc(sizeof(wire)), *cut = malloc(sizeof(wire));

	(void)state;
	memcpy(copy, wire, sizeof(wire));
	memcpy(cut, wire, sizeof(wire));
	cut[sizeof(wire) - 6] = 6;
	assert_int_equal(relay_answer_parse(&answer, copy, sizeof(wire)), 0);
	assert_string_equal(relay_answer_extended(&answer, text), "22: n?o");
	relay_answer_clear(&answer);
	assert_int_equal(relay_answer_parse(&answer, cut, sizeof(wire)), 0);
	assert_string_equal(relay_answer_extended(&answer, text), "");
	relay_answer_clear(&answer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_extended_error_is_read_and_made_printable),
		cmocka_unit_test(test_clean_answers),
		cmocka_unit_test(test_names_in_every_section),
		cmocka_unit_test(test_text_and_octets),
		cmocka_unit_test(test_the_question_does_not_count),
		cmocka_unit_test(test_counting),
		cmocka_unit_test(test_a_record_without_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
