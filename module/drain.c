/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reload of Unbound loses no question.
 *
 * Unbound keeps its sockets over a reload, and what lies in them; but it forgets each question that it has taken and not answered: its threads
 * end, and their meshes are deleted. So the command (relay/ask/unbound_reload.c) first connects to a socket of ours. Each thread then
 * stops listening, on its own sockets and in its own event loop, and goes on with what it has: the questions that come meanwhile wait in the
 * kernel. When no client waits for Unbound any more, the command has it reload.
 *
 * The connection is accepted by nobody while Unbound drains, so that each thread finds it, whenever it looks. When no reload has come after
 * DRAIN_MS, the thread listens again, and the connection is taken away.
 *
 * A thread has its event from its first question on that the cache does not answer; without one it has nothing to drain.
 *
 * Left out on purpose: a connection over TCP is closed by the reload, and its client sees that at once. Unbound's own event loop (there is no
 * libevent) calls nobody whom it does not know.
 */
#include "module/compat.h"

#include "module/drain.h"

#include "conf/runtime.h"

#include "daemon/worker.h"
#include "services/listen_dnsport.h"
#include "util/log.h"
#include "util/module.h"
#include "util/netevent.h"
#include "util/ub_event.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Longer than the command takes from the datagram to the reload. */
#define DRAIN_MS 6000

#define BACKLOG 4

/* A thread that follows. */
struct follower {
	struct follower *next;
	const struct drain *drain;
	const struct worker *worker;
	struct ub_event *command, *end;
};

struct drain {
	struct sockaddr_un address;
	int sock; /* -1: none */
	bool opened;
	atomic_bool failed;                 /* a thread could not follow: no other one tries */
	pthread_mutex_t lock;               /* of what follows when it grows */
	struct follower *_Atomic followers; /* each thread asks with each question whether it is among them, and takes no lock */
};

static void listen_set(const struct follower *follower, bool on)
{
	for (const struct listen_list *each = follower->worker->front->cps; each; each = each->next) {
		if (each->com->type != comm_udp && each->com->type != comm_tcp_accept)
			continue;
		if (on)
			comm_point_start_listening(each->com, -1, -1);
		else
			comm_point_stop_listening(each->com);
	}
}

static void drain_begins(int fd, short bits, void *context)
{
	const struct follower *follower = context;
	struct timeval time = {.tv_sec = DRAIN_MS / 1000};

	(void)fd, (void)bits;
	listen_set(follower, false);
	ub_event_add(follower->end, &time);
}

static void drain_ends(int fd, short bits, void *context)
{
	const struct follower *follower = context;
	int connection;

	(void)fd, (void)bits;
	while ((connection = accept4(follower->drain->sock, NULL, NULL, SOCK_CLOEXEC)) >= 0)
		close(connection);
	listen_set(follower, true);
	ub_event_add(follower->command, NULL);
}

static void follower_free(struct follower *follower)
{
	if (follower->command)
		ub_event_free(follower->command);
	if (follower->end)
		ub_event_free(follower->end);
	free(follower);
}

static struct follower *follower_new(const struct drain *drain, const struct module_env *env)
{
	struct ub_event_base *base = comm_base_internal(env->worker_base);
	struct follower *follower = calloc(1, sizeof(*follower));

	if (!follower)
		return NULL;
	follower->drain = drain;
	follower->worker = env->worker;
	follower->command = ub_event_new(base, drain->sock, UB_EV_READ, drain_begins, follower);
	follower->end = ub_event_new(base, -1, UB_EV_TIMEOUT, drain_ends, follower);
	if (follower->command && follower->end && ub_event_add(follower->command, NULL) == 0)
		return follower;
	follower_free(follower);
	return NULL;
}

/* The socket is our user's alone; root may connect to it. -1 with errno. */
static int socket_open(const struct sockaddr_un *address)
{
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error;

	if (sock < 0)
		return -1;
	unlink(address->sun_path);
	if (bind(sock, (const struct sockaddr *)address, sizeof(*address)) == 0 &&
	    chmod(address->sun_path, 0600) == 0 && listen(sock, BACKLOG) == 0)
		return sock;
	error = errno;
	close(sock);
	errno = error;
	return -1;
}

/* Open it when the first question comes, and not before: a dry run of a reload loads the module beside the one that answers. */
static void drain_open(struct drain *drain)
{
	drain->opened = true;
	drain->sock = socket_open(&drain->address);
	if (drain->sock < 0)
		log_warn("splitdns: a reload will lose queries that are being resolved, because %s cannot be created: "
			 "%s",
			 drain->address.sun_path, strerror(errno));
}

static bool follows(const struct drain *drain, const struct worker *worker)
{
	for (const struct follower *each = atomic_load(&drain->followers); each; each = each->next)
		if (each->worker == worker)
			return true;
	return false;
}

void drain_join(struct drain *drain, const struct module_qstate *qstate)
{
	struct follower *follower;

	if (!drain || !qstate->env->worker || atomic_load(&drain->failed) || follows(drain, qstate->env->worker))
		return;
	pthread_mutex_lock(&drain->lock);
	if (!drain->opened)
		drain_open(drain);
	follower = drain->sock >= 0 ? follower_new(drain, qstate->env) : NULL;
	if (follower) {
		follower->next = atomic_load(&drain->followers);
		atomic_store(&drain->followers, follower);
	} else {
		atomic_store(&drain->failed, true);
	}
	pthread_mutex_unlock(&drain->lock);
}

struct drain *drain_new(const char *runtime_dir)
{
#ifdef USE_MINI_EVENT
	(void)runtime_dir;
	return NULL;
#else
	struct drain *drain = calloc(1, sizeof(*drain));
	int length;

	if (!drain)
		return NULL;
	drain->sock = -1;
	drain->address.sun_family = AF_UNIX;
	length = snprintf(drain->address.sun_path, sizeof(drain->address.sun_path),
			  "%s/" CONF_RUNTIME_SOCKETS "/" CONF_RUNTIME_DRAIN_SOCKET, runtime_dir);
	pthread_mutex_init(&drain->lock, NULL);
	if (length > 0 && (size_t)length < sizeof(drain->address.sun_path))
		return drain;
	log_warn("splitdns: a reload will lose queries that are being resolved, because the path of runtime-dir is too "
		 "long for a socket");
	drain_free(drain);
	return NULL;
#endif
}

void drain_free(struct drain *drain)
{
	struct follower *next;

	if (!drain)
		return;
	for (struct follower *follower = atomic_load(&drain->followers); follower; follower = next) {
		next = follower->next;
		follower_free(follower);
	}
	if (drain->sock >= 0) {
		unlink(drain->address.sun_path);
		close(drain->sock);
	}
	pthread_mutex_destroy(&drain->lock);
	free(drain);
}
