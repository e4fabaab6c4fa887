/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The netlink side: one socket a call, or the caller's. Every answer is read, and none is waited for longer than a few seconds.
 *
 * A transaction is answered in the order of its messages: each refusal on its own, then the one acknowledgement that the last
 * message asked for. What concerns the whole (no rights, no memory, a commit that fails) is answered to the begin.
 */
#include "nftables/transport.h"

#include "conf/report.h"
#include "nftables/batch.h"
#include "nftables/canon.h"

#include <errno.h>
#include <libnftnl/common.h>
#include <libnftnl/set.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#define RECEIVE_SIZE   32768 /* the most that the kernel puts into one datagram of a list */
#define ANSWER_SECONDS 5

const char *nftables_transport_advice(int error, const char *refused)
{
	if (strstr(refused, "[ nat dnat") && (error == EOPNOTSUPP || error == EINVAL || error == ENOENT))
		return "twin-prefix and twin6-prefix need NETMAP in nf_tables: run Linux 5.8 or newer, load nft_nat, "
		       "or remove these lines";
	if (strstr(refused, "[ dynset ") && (error == EOPNOTSUPP || error == EINVAL || error == ENOENT))
		return "client-limit needs nft_limit and nft_connlimit (Linux 4.18 or newer): load them, or set the limits to 0";
	switch (error) {
	case EPERM:
	case EACCES:
		return "run it as root, or with the capability CAP_NET_ADMIN";
	case EPROTONOSUPPORT:
	case EAFNOSUPPORT:
		return "this kernel has no nf_tables: load the module nf_tables, or run a kernel that has it";
	case EOPNOTSUPP:
	case ENOENT:
		return "the kernel lacks a part of nf_tables: load nft_ct, nft_masq and nf_nat, or run Linux 5.2 or newer";
	case ENOBUFS:
	case ENOMEM:
		return "the kernel has no memory for the ruleset: raise net.core.wmem_max, or list fewer prefixes";
	case EBUSY:
		return "something refers to the relay's table: see `nft list ruleset`";
	case EAGAIN:
		return "nf_tables does not answer";
	default:
		return "see `nft list ruleset` and the kernel log";
	}
}

struct mnl_socket *nftables_transport_open(struct conf_report *report)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	const struct timeval patience = {.tv_sec = ANSWER_SECONDS};

	if (socket && mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) == 0) {
		setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		return socket;
	}
	conf_report_add(report, "cannot talk to nf_tables: %s; %s", strerror(errno), nftables_transport_advice(errno, ""));
	if (socket)
		mnl_socket_close(socket);
	return NULL;
}

/* The kernel takes a transaction as one datagram: make room for it. */
static void make_room(const struct mnl_socket *socket, size_t length)
{
	int size = (int)(length * 2);

	if (setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

static void report_refusal(const struct nftables_batch *batch, uint32_t sequence, int error, struct conf_report *report)
{
	const struct nlmsghdr *message = NULL;
	char *text = NULL;

	while ((message = nftables_batch_next(batch, message)) && message->nlmsg_seq != sequence)
		;
	if (message)
		text = nftables_canon_text(message);
	if (text)
		conf_report_add(report, "nf_tables refused %s: %s; %s", text, strerror(error),
				nftables_transport_advice(error, text));
	else
		conf_report_add(report, "nf_tables refused the ruleset: %s; %s", strerror(error),
				nftables_transport_advice(error, ""));
	free(text);
}

/* One answer. True when it was the last one. */
static bool answer_read(const struct nlmsghdr *answer, const struct nftables_batch *batch, int *error,
			struct conf_report *report)
{
	const struct nlmsgerr *content = mnl_nlmsg_get_payload(answer);

	if (answer->nlmsg_type != NLMSG_ERROR || mnl_nlmsg_get_payload_len(answer) < sizeof(*content))
		return false;
	if (content->error != 0 && *error == 0) {
		*error = -content->error;
		report_refusal(batch, answer->nlmsg_seq, *error, report);
	}
	return answer->nlmsg_seq == batch->first || answer->nlmsg_seq == batch->last;
}

static int answers_read(const struct mnl_socket *socket, const struct nftables_batch *batch, struct conf_report *report)
{
	char *buffer = malloc(RECEIVE_SIZE);
	bool complete = false;
	int error = buffer ? 0 : ENOMEM;

	while (buffer && !complete) {
		ssize_t length = mnl_socket_recvfrom(socket, buffer, RECEIVE_SIZE);
		int left = (int)length;

		if (length < 0) {
			error = error ? error : errno;
			report_refusal(batch, batch->first, error, report);
			break;
		}
		for (struct nlmsghdr *answer = (struct nlmsghdr *)buffer; !complete && mnl_nlmsg_ok(answer, left);
		     answer = mnl_nlmsg_next(answer, &left))
			complete = answer_read(answer, batch, &error, report);
	}
	free(buffer);
	errno = error;
	return error ? -1 : 0;
}

int nftables_transport_commit_by(const struct mnl_socket *socket, const struct nftables_batch *batch,
				 struct conf_report *report)
{
	if (batch->failed) {
		conf_report_add(report, "out of memory while building the ruleset");
		errno = ENOMEM;
		return -1;
	}
	make_room(socket, batch->length);
	if (mnl_socket_sendto(socket, batch->buffer, batch->length) >= 0)
		return answers_read(socket, batch, report);
	report_refusal(batch, batch->first, errno, report);
	return -1;
}

int nftables_transport_commit(const struct nftables_batch *batch, struct conf_report *report)
{
	struct mnl_socket *socket = nftables_transport_open(report);
	int result, error;

	if (!socket)
		return -1;
	result = nftables_transport_commit_by(socket, batch, report);
	error = errno;
	mnl_socket_close(socket);
	errno = error;
	return result;
}

static int list_read(const struct mnl_socket *socket, mnl_cb_t callback, void *context)
{
	char *buffer = malloc(RECEIVE_SIZE);
	int result = buffer ? MNL_CB_OK : MNL_CB_ERROR;

	while (result == MNL_CB_OK) {
		ssize_t length = mnl_socket_recvfrom(socket, buffer, RECEIVE_SIZE);

		result = length < 0 ?
				 MNL_CB_ERROR :
				 mnl_cb_run(buffer, (size_t)length, 1, mnl_socket_get_portid(socket), callback, context);
	}
	free(buffer);
	return result;
}

int nftables_transport_ask_by(const struct mnl_socket *socket, const struct nlmsghdr *request, mnl_cb_t callback,
			      void *context, struct conf_report *report)
{
	int result;

	if (mnl_socket_sendto(socket, request, request->nlmsg_len) >= 0 && list_read(socket, callback, context) >= 0)
		return 0;
	result = errno == EINTR || errno == ENOENT ? 1 : -1;
	if (result < 0)
		conf_report_add(report, "cannot read the rules of nf_tables: %s; %s", strerror(errno),
				nftables_transport_advice(errno, ""));
	return result;
}

int nftables_transport_ask(const struct nlmsghdr *request, mnl_cb_t callback, void *context, struct conf_report *report)
{
	struct mnl_socket *socket = nftables_transport_open(report);
	int result;

	if (!socket)
		return -1;
	result = nftables_transport_ask_by(socket, request, callback, context, report);
	mnl_socket_close(socket);
	return result;
}

int nftables_transport_list(uint16_t type, uint16_t family, mnl_cb_t callback, void *context, struct conf_report *report)
{
	char request[MNL_NLMSG_HDRLEN + sizeof(struct nfgenmsg)];

	return nftables_transport_ask(nftnl_nlmsg_build_hdr(request, type, family, NLM_F_DUMP, 1), callback, context,
				      report);
}

int nftables_transport_list_set(const char *table, const char *set, mnl_cb_t callback, void *context,
				struct conf_report *report)
{
	char request[MNL_NLMSG_HDRLEN + sizeof(struct nfgenmsg) + 2 * (MNL_ATTR_HDRLEN + NFT_NAME_MAXLEN)];
	struct nlmsghdr *message = nftnl_nlmsg_build_hdr(request, NFT_MSG_GETSETELEM, NFPROTO_INET, NLM_F_DUMP, 1);

	mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_TABLE, table);
	mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_SET, set);
	return nftables_transport_ask(message, callback, context, report);
}
