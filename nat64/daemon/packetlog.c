/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines of the directive log.
 *
 * A worker may not wait for a log: it puts a record into a pipe, whole or not at all, and the main loop makes lines of them, as
 * TAYGA writes them:
 *
 *     KIND: [v4] [SOURCE]->[DESTINATION] (OCTETS bytes) (proto NUMBER) REASON
 *     DYN: [assigned] [IPV4]->[IPV6]
 *
 * OCTETS is the packet's length, without the fixed header of an IPv6 packet; REASON is the name that the counters have.
 *
 * Nobody floods a disk by packets: a worker hands over 1000 records a second (bucket.h), the main loop prints LINES_A_SECOND of
 * them, and a line tells how many were held back. Without a log line in the settings nothing of this costs anything.
 */
#include "nat64/daemon/packetlog.h"

#include "conf/entries.h"
#include "conf/report.h"
#include "conf/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#define LINES_A_SECOND 100
#define RECORDS        64 /* that are read at once */

/* Less than PIPE_BUF, so that a pipe keeps it whole. */
struct record {
	uint8_t kind; /* one of enum conf_log */
	uint8_t reason, version, protocol;
	uint32_t octets;
	struct in6_addr source, destination; /* of an IPv4 packet, the first 4 octets */
	uint64_t held_back;
};

int nat64d_packetlog_open(struct packetlog *packetlog, struct conf_report *report)
{
	int ends[2] = {-1, -1};
	int failed = pipe2(ends, O_CLOEXEC | O_NONBLOCK);

	*packetlog = (struct packetlog){.read = ends[0], .write = ends[1]};
	if (failed)
		conf_report_add(report, "cannot open a pipe for the log: %s", strerror(errno));
	return failed ? -1 : 0;
}

void nat64d_packetlog_close(struct packetlog *packetlog)
{
	if (packetlog->read < 0)
		return;
	close(packetlog->read);
	close(packetlog->write);
	packetlog->read = packetlog->write = -1;
}

static bool is_own(enum nat64_reason reason)
{
	return reason == NAT64_REASON_OWN_ECHO || reason == NAT64_REASON_OWN_PROTOCOL;
}

unsigned nat64d_packetlog_kinds(enum nat64_verdict verdict, enum nat64_reason reason)
{
	unsigned self = is_own(reason) ? CONF_LOG_SELF : 0;

	switch (verdict) {
	case NAT64_DROP:
		return reason == NAT64_REASON_FRAGMENT_HELD ? 0 : CONF_LOG_DROP | self;
	case NAT64_REPLY_ECHO:
		return CONF_LOG_SELF;
	case NAT64_REPLY_ERROR:
		return reason == NAT64_REASON_HOP_LIMIT || reason == NAT64_REASON_TOO_BIG ? CONF_LOG_ICMP :
											    CONF_LOG_REJECT | self;
	case NAT64_6TO4:
	case NAT64_4TO6:
	case NAT64_HAIRPIN:
		break;
	}
	return 0;
}

/* The kind that the line is named by: the first that is logged. */
static unsigned kind_choose(unsigned kinds)
{
	static const unsigned order[] = {CONF_LOG_SELF, CONF_LOG_DROP, CONF_LOG_REJECT, CONF_LOG_ICMP};

	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
		if (kinds & order[i])
			return order[i];
	return 0;
}

/* False when there is not even an IP header. */
static bool header_read(struct record *record, const uint8_t *header, size_t octets)
{
	const struct ip *ip = (const void *)header;
	const struct ip6_hdr *ip6 = (const void *)header;

	record->version = octets ? header[0] >> 4 : 0;
	if (record->version == 4 && octets >= sizeof(*ip)) {
		memcpy(&record->source, &ip->ip_src, sizeof(ip->ip_src));
		memcpy(&record->destination, &ip->ip_dst, sizeof(ip->ip_dst));
		record->protocol = ip->ip_p;
		record->octets = (uint32_t)octets;
		return true;
	}
	if (record->version != 6 || octets < sizeof(*ip6))
		return false;
	memcpy(&record->source, &ip6->ip6_src, sizeof(record->source));
	memcpy(&record->destination, &ip6->ip6_dst, sizeof(record->destination));
	record->protocol = ip6->ip6_nxt;
	record->octets = (uint32_t)(octets - sizeof(*ip6));
	return true;
}

static void record_write(struct packetlog_writer *writer, struct record *record, int64_t now)
{
	record->held_back = writer->held_back;
	if (bucket_consume(&writer->bucket, now) && write(writer->write, record, sizeof(*record)) == sizeof(*record))
		writer->held_back = 0;
	else
		writer->held_back++;
}

void nat64d_packetlog_packet(struct packetlog_writer *writer, unsigned enabled, const uint8_t *header, size_t octets,
			     const struct nat64_result *result, int64_t now)
{
	struct record record = {
		.kind = (uint8_t)kind_choose(enabled & nat64d_packetlog_kinds(result->verdict, result->reason)),
		.reason = (uint8_t)result->reason};

	if (record.kind && header_read(&record, header, octets))
		record_write(writer, &record, now);
}

void nat64d_packetlog_lease(struct packetlog_writer *writer, struct in_addr address, const struct in6_addr *client,
			    int64_t now)
{
	struct record record = {.kind = CONF_LOG_DYN, .destination = *client};

	memcpy(&record.source, &address, sizeof(address));
	record_write(writer, &record, now);
}

static const char *kind_name(unsigned kind)
{
	switch (kind) {
	case CONF_LOG_SELF:
		return "SELF";
	case CONF_LOG_DROP:
		return "DROP";
	case CONF_LOG_REJECT:
		return "REJECT";
	default:
		return "ICMP";
	}
}

static void lease_print(const struct record *record, const struct log *log)
{
	char address[INET_ADDRSTRLEN], client[INET6_ADDRSTRLEN];
	struct conf_log_fields fields = {0};

	inet_ntop(AF_INET, &record->source, address, sizeof(address));
	inet_ntop(AF_INET6, &record->destination, client, sizeof(client));
	conf_log_field(&fields, "NAT64_CLIENT=%s", client);
	conf_log_field(&fields, "NAT64_ADDRESS=%s", address);
	conf_log_event(log, LOG_INFO, "DYN", &fields, "DYN: [assigned] [%s]->[%s]", address, client);
}

static void packet_print(const struct record *record, const struct log *log)
{
	const char *reason = nat64_reason_name((enum nat64_reason)record->reason);
	char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN];
	int family = record->version == 6 ? AF_INET6 : AF_INET;
	struct conf_log_fields fields = {0};

	inet_ntop(family, &record->source, source, sizeof(source));
	inet_ntop(family, &record->destination, destination, sizeof(destination));
	conf_log_field(&fields, "NAT64_REASON=%s", reason);
	conf_log_field(&fields, "NAT64_SOURCE=%s", source);
	conf_log_field(&fields, "NAT64_DESTINATION=%s", destination);
	conf_log_field(&fields, "NAT64_PROTOCOL=%d", record->protocol);
	conf_log_field(&fields, "NAT64_OCTETS=%u", record->octets);
	conf_log_event(log, record->kind == CONF_LOG_DROP || record->kind == CONF_LOG_REJECT ? LOG_NOTICE : LOG_INFO,
		       kind_name(record->kind), &fields, "%s: [v%d] [%s]->[%s] (%u bytes) (proto %d) %s",
		       kind_name(record->kind), record->version, source, destination, record->octets, record->protocol,
		       reason);
}

static void record_print(const struct record *record, const struct log *log)
{
	if (record->kind == CONF_LOG_DYN)
		lease_print(record, log);
	else
		packet_print(record, log);
}

/* True when there is room for one more line in this second. */
static bool line_allow(struct packetlog *packetlog, int64_t now)
{
	if (packetlog->second != now) {
		packetlog->second = now;
		packetlog->lines = 0;
	}
	return packetlog->lines++ < LINES_A_SECOND;
}

void nat64d_packetlog_print(struct packetlog *packetlog, const struct log *log, int64_t now)
{
	struct record records[RECORDS];
	ssize_t length = read(packetlog->read, records, sizeof(records));
	size_t count = length > 0 ? (size_t)length / sizeof(*records) : 0;

	for (size_t i = 0; i < count; i++) {
		packetlog->held_back += records[i].held_back;
		if (!line_allow(packetlog, now)) {
			packetlog->held_back++;
			continue;
		}
		if (packetlog->held_back)
			conf_log_print(log, LOG_NOTICE, "%llu log lines were suppressed: more than %d per second",
				       (unsigned long long)packetlog->held_back, LINES_A_SECOND);
		packetlog->held_back = 0;
		record_print(&records[i], log);
	}
}
