/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One exchange a socket: open, ask, read to the end, close. Nothing waits longer than a few seconds.
 *
 * An exchange ends with an acknowledgement (every request of ours asks for one), with the end of a list, or with an error,
 * whose extended text (NETLINK_EXT_ACK) goes into our message. Answers are collected before anybody sees them, so that a list
 * that the kernel marks as interrupted can be asked for again.
 */
#include "kernel/netlink.h"

#include "conf/prefix.h"
#include "conf/report.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#define RECEIVE_SIZE   32768 /* the most that the kernel puts into one datagram of a list */
#define ANSWER_SECONDS 5
#define DUMP_TRIES     10
#define SEQUENCE       1 /* of our one question; what answers another is not for us */

/* What came back. */
struct exchange {
	char *answers;
	size_t length;
	int error; /* errno of the refusal, 0 for none */
	bool interrupted, finished;
	char detail[160]; /* the kernel's own words, or "" */
};

static struct mnl_socket *socket_open(void)
{
	const struct timeval patience = {.tv_sec = ANSWER_SECONDS};
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	int on = 1;

	if (socket && mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) == 0) {
		setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		mnl_socket_setsockopt(socket, NETLINK_EXT_ACK, &on, sizeof(on));
		return socket;
	}
	if (socket)
		mnl_socket_close(socket);
	return NULL;
}

/* An acknowledgement or a refusal. */
static void error_read(struct exchange *exchange, const struct nlmsghdr *message)
{
	const struct nlmsgerr *content = mnl_nlmsg_get_payload(message);
	size_t fixed = sizeof(*content);

	exchange->finished = true;
	if (mnl_nlmsg_get_payload_len(message) < sizeof(*content)) {
		exchange->error = EBADMSG;
		return;
	}
	exchange->error = -content->error;
	if (!(message->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(message->nlmsg_flags & NLM_F_CAPPED))
		fixed += mnl_nlmsg_get_payload_len(&content->msg);
	if (mnl_nlmsg_get_payload_len(message) >= fixed)
		kernel_netlink_text(kernel_netlink_attribute(message, fixed, NLMSGERR_ATTR_MSG), exchange->detail,
				    sizeof(exchange->detail));
}

/* The end of a list, with a refusal inside when the kernel could not finish it. */
static void done_read(struct exchange *exchange, const struct nlmsghdr *message)
{
	int32_t status = 0;

	if (mnl_nlmsg_get_payload_len(message) >= sizeof(status))
		memcpy(&status, mnl_nlmsg_get_payload(message), sizeof(status));
	exchange->error = status < 0 ? -status : 0;
	exchange->finished = true;
}

static void message_read(struct exchange *exchange, const struct nlmsghdr *message)
{
	char *answers;
	size_t size = MNL_ALIGN(message->nlmsg_len);

	exchange->interrupted |= message->nlmsg_flags & NLM_F_DUMP_INTR;
	if (message->nlmsg_type == NLMSG_ERROR) {
		error_read(exchange, message);
		return;
	}
	if (message->nlmsg_type == NLMSG_DONE) {
		done_read(exchange, message);
		return;
	}
	answers = realloc(exchange->answers, exchange->length + size);
	if (!answers) {
		exchange->error = ENOMEM;
		exchange->finished = true;
		return;
	}
	memcpy(answers + exchange->length, message, message->nlmsg_len);
	memset(answers + exchange->length + message->nlmsg_len, 0, size - message->nlmsg_len);
	exchange->answers = answers;
	exchange->length += size;
}

static void answers_receive(struct exchange *exchange, const struct mnl_socket *socket)
{
	char *buffer = malloc(RECEIVE_SIZE);

	if (!buffer)
		exchange->error = ENOMEM;
	while (buffer && !exchange->finished) {
		ssize_t length = mnl_socket_recvfrom(socket, buffer, RECEIVE_SIZE);
		int left = (int)length;

		if (length < 0) {
			exchange->error = errno;
			break;
		}
		for (struct nlmsghdr *message = (struct nlmsghdr *)buffer;
		     !exchange->finished && mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left))
			if (mnl_nlmsg_seq_ok(message, SEQUENCE) &&
			    mnl_nlmsg_portid_ok(message, mnl_socket_get_portid(socket)))
				message_read(exchange, message);
	}
	free(buffer);
}

static void exchange_run(struct exchange *exchange, struct nlmsghdr *request)
{
	struct mnl_socket *socket = socket_open();

	*exchange = (struct exchange){.answers = NULL};
	request->nlmsg_seq = SEQUENCE;
	if (!socket || mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
		exchange->error = errno;
	else
		answers_receive(exchange, socket);
	if (socket)
		mnl_socket_close(socket);
}

static int exchange_conclude(const struct exchange *exchange, int tolerated, const char *what, struct conf_report *report)
{
	const char *advice = exchange->error == EPERM ? "; run it as root, or with the capability CAP_NET_ADMIN" : "";

	if (!exchange->error)
		return 1;
	if (exchange->error == tolerated)
		return 0;
	if (*exchange->detail)
		conf_report_add(report, "cannot %s: %s (%s)%s", what, strerror(exchange->error), exchange->detail, advice);
	else
		conf_report_add(report, "cannot %s: %s%s", what, strerror(exchange->error), advice);
	return -1;
}

int kernel_netlink_change(struct nlmsghdr *request, int tolerated, const char *what, struct conf_report *report)
{
	return kernel_netlink_ask(request, NULL, NULL, tolerated, what, report);
}

int kernel_netlink_ask(struct nlmsghdr *request, mnl_cb_t callback, void *context, int tolerated, const char *what,
		       struct conf_report *report)
{
	struct exchange exchange;
	int result;

	request->nlmsg_flags |= NLM_F_REQUEST;
	if ((request->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		request->nlmsg_flags |= NLM_F_ACK;
	exchange_run(&exchange, request);
	for (int try = 1; exchange.interrupted && !exchange.error && try < DUMP_TRIES; try++) {
		free(exchange.answers);
		exchange_run(&exchange, request);
	}
	result = exchange_conclude(&exchange, tolerated, what, report);
	if (result == 1 && callback) {
		int left = (int)exchange.length;

		for (struct nlmsghdr *message = (struct nlmsghdr *)exchange.answers; mnl_nlmsg_ok(message, left);
		     message = mnl_nlmsg_next(message, &left)) {
			if (callback(message, context) != MNL_CB_OK)
				break;
		}
	}
	free(exchange.answers);
	return result;
}

int kernel_netlink_list(uint16_t type, mnl_cb_t callback, void *context, const char *what, struct conf_report *report)
{
	char buffer[KERNEL_NETLINK_ROOM];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct rtgenmsg *fixed = mnl_nlmsg_put_extra_header(request, sizeof(*fixed)); /* what all lists begin with */

	request->nlmsg_type = type;
	request->nlmsg_flags = NLM_F_DUMP;
	fixed->rtgen_family = AF_UNSPEC;
	return kernel_netlink_ask(request, callback, context, 0, what, report);
}

const struct nlattr *kernel_netlink_attribute(const struct nlmsghdr *message, size_t fixed, int type)
{
	const struct nlattr *attribute;

	mnl_attr_for_each(attribute, message, fixed) {
		if (mnl_attr_get_type(attribute) == type)
			return attribute;
	}
	return NULL;
}

const struct nlattr *kernel_netlink_nested(const struct nlattr *nest, int type)
{
	const struct nlattr *attribute;

	if (!nest)
		return NULL;
	mnl_attr_for_each_nested(attribute, nest) {
		if (mnl_attr_get_type(attribute) == type)
			return attribute;
	}
	return NULL;
}

bool kernel_netlink_value(const struct nlattr *attribute, void *value, size_t size)
{
	if (!attribute || mnl_attr_get_payload_len(attribute) != size)
		return false;
	memcpy(value, mnl_attr_get_payload(attribute), size);
	return true;
}

/* The addresses of either family begin at the same octet of the prefix. */
void kernel_netlink_prefix(const struct nlattr *attribute, uint8_t family, uint8_t length, struct conf_prefix *prefix)
{
	*prefix = (struct conf_prefix){.family = family};
	kernel_netlink_value(attribute, &prefix->v6.address, conf_address_size(family));
	if (family == AF_INET)
		prefix->v4.length = length;
	else
		prefix->v6.length = length;
}

void kernel_netlink_put_prefix(struct nlmsghdr *message, uint16_t type, const struct conf_prefix *prefix)
{
	mnl_attr_put(message, type, conf_address_size(prefix->family), &prefix->v6.address);
}

void kernel_netlink_text(const struct nlattr *attribute, char *text, size_t size)
{
	size_t length = 0;

	if (attribute) {
		length = strnlen(mnl_attr_get_payload(attribute), mnl_attr_get_payload_len(attribute));
		length = length < size ? length : size - 1;
		memcpy(text, mnl_attr_get_payload(attribute), length);
	}
	text[length] = '\0';
}
