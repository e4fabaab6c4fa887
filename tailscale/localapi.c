/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One request to tailscaled, one answer.
 *
 * tailscaled speaks HTTP on a unix socket. It wants the Host local-tailscaled.sock and answers anything else with 403. It knows the caller by the
 * socket's peer credentials: everybody reads, root and the operator (`tailscale set --operator=`) write. Errors come as plain text or as
 * {"Error": text}. Nothing of an answer is shown before it is known to be printable.
 */
#include "tailscale/localapi.h"

#include "conf/report.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#define BASE_URL "http://local-tailscaled.sock/localapi/v0/"

/* Longest part of a refusal that is shown. */
#define REASON_LENGTH 200

struct answer {
	char *bytes;
	size_t length, limit;
	bool too_long;
	bool is_stream, is_whole; /* only the first line of a stream is wanted, and it is there */
};

/* Grow by doubling: a netmap comes in a thousand pieces. */
static size_t room_of(size_t length)
{
	size_t room = 4096;

	while (room <= length)
		room *= 2;
	return room;
}

/* libcurl's write callback: anything but the whole size makes it give up. */
static size_t answer_append(char *bytes, size_t size, size_t count, void *context)
{
	struct answer *answer = context;
	size_t length = size * count;

	if (answer->length + length > answer->limit) {
		answer->too_long = true;
		return 0;
	}
	char *grown = realloc(answer->bytes, room_of(answer->length + length));
	if (!grown)
		return 0;
	answer->bytes = grown;
	memcpy(grown + answer->length, bytes, length);
	answer->is_whole = answer->is_stream && memchr(grown + answer->length, '\n', length);
	answer->length += length;
	grown[answer->length] = '\0';
	return answer->is_whole ? 0 : length;
}

/* What a refusal says, in one line of printable ASCII. */
static void reason_copy(const struct answer *answer, char reason[REASON_LENGTH + 1])
{
	json_auto_t *object = answer->bytes ? json_loadb(answer->bytes, answer->length, 0, NULL) : NULL;
	const char *text = json_string_value(json_object_get(object, "Error"));
	size_t length = 0;

	if (!text)
		text = answer->bytes ? answer->bytes : "";
	for (; *text && length < REASON_LENGTH; text++)
		if (*text >= ' ' && *text <= '~')
			reason[length++] = *text;
	reason[length] = '\0';
}

/* The request came to nothing: say why in terms of tailscaled. */
static void failure_report(CURL *curl, CURLcode code, const struct answer *answer, const char *socket,
			   struct conf_report *report)
{
	long os_errno = 0;

	curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &os_errno);
	if (answer->too_long)
		conf_report_add(report, "%s: the answer is longer than %zu bytes: the server there is not tailscaled",
				socket, answer->limit);
	else if (code == CURLE_COULDNT_CONNECT && (os_errno == EACCES || os_errno == EPERM))
		conf_report_add(report, "%s: no permission to talk to tailscaled: run this command as root", socket);
	else if (code == CURLE_COULDNT_CONNECT)
		conf_report_add(
			report,
			"%s: tailscaled is not running: start it (systemctl start tailscaled), or set tailscale-socket to where it listens",
			socket);
	else if (code == CURLE_OPERATION_TIMEDOUT)
		conf_report_add(report,
				"%s: tailscaled did not answer within %d seconds: see its log (journalctl -u tailscaled)",
				socket, TAILSCALE_LOCALAPI_TIMEOUT);
	else if (code == CURLE_OUT_OF_MEMORY || code == CURLE_WRITE_ERROR)
		conf_report_add(report, "%s: out of memory", socket);
	else
		conf_report_add(report, "%s: no tailscaled answers there (%s): set tailscale-socket to where it listens",
				socket, curl_easy_strerror(code));
}

/* The answer as an object, or NULL and the report says what it is instead. */
static json_t *answer_parse(const struct answer *answer, long status, const char *socket, struct conf_report *report)
{
	char reason[REASON_LENGTH + 1];

	reason_copy(answer, reason);
	if (status == 403) {
		conf_report_add(report, "%s: tailscaled refuses: %s: run this command as root, or as tailscaled's operator",
				socket, reason);
		return NULL;
	}
	if (status != 200) {
		conf_report_add(report, "%s: tailscaled answers with HTTP status %ld: %s", socket, status, reason);
		return NULL;
	}
	json_t *object = answer->bytes ? json_loadb(answer->bytes, answer->length,
						    answer->is_stream ? JSON_DISABLE_EOF_CHECK : 0, NULL) :
					 NULL;
	if (!json_is_object(object)) {
		conf_report_add(report,
				"%s: the answer is not a JSON object: the server there is not "
				"tailscaled",
				socket);
		json_decref(object);
		return NULL;
	}
	return object;
}

static CURL *request_new(const char *socket, const char *path, struct answer *answer)
{
	char url[sizeof(BASE_URL) + 64];
	CURL *curl = curl_easy_init();

	if (!curl || (size_t)snprintf(url, sizeof(url), BASE_URL "%s", path) >= sizeof(url)) {
		curl_easy_cleanup(curl);
		return NULL;
	}
	curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)TAILSCALE_LOCALAPI_TIMEOUT);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, answer_append);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
	return curl;
}

/* body: the text of a PATCH, or NULL to GET. answer: empty, and says how much of what is wanted. */
static json_t *request_perform(const char *socket, const char *path, const char *body, struct answer *answer,
			       struct conf_report *report)
{
	json_t *object = NULL;
	long status = 0;

	if (strlen(socket) >= sizeof(((struct sockaddr_un *)0)->sun_path)) {
		conf_report_add(report, "%s: this path is too long for a socket", socket);
		return NULL;
	}
	CURL *curl = request_new(socket, path, answer);
	if (!curl) {
		conf_report_add(report, "%s: cannot make a request to tailscaled: out of memory", socket);
		return NULL;
	}
	if (body) {
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "PATCH");
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	}
	CURLcode code = curl_easy_perform(curl);
	if (code == CURLE_OK || answer->is_whole) {
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
		object = answer_parse(answer, status, socket, report);
	} else {
		failure_report(curl, code, answer, socket, report);
	}
	curl_easy_cleanup(curl);
	free(answer->bytes);
	return object;
}

json_t *tailscale_localapi_get(const char *socket, const char *path, struct conf_report *report)
{
	struct answer answer = {.limit = strcmp(path, "status") == 0 ? TAILSCALE_LOCALAPI_NODES_LIMIT :
								       TAILSCALE_LOCALAPI_LIMIT};

	return request_perform(socket, path, NULL, &answer, report);
}

json_t *tailscale_localapi_line(const char *socket, const char *path, struct conf_report *report)
{
	struct answer answer = {.limit = TAILSCALE_LOCALAPI_NODES_LIMIT, .is_stream = true};

	return request_perform(socket, path, NULL, &answer, report);
}

json_t *tailscale_localapi_patch(const char *socket, const char *path, const json_t *body, struct conf_report *report)
{
	struct answer answer = {.limit = TAILSCALE_LOCALAPI_LIMIT};
	char *text = json_dumps(body, JSON_COMPACT);

	if (!text) {
		conf_report_add(report, "%s: cannot write a request to tailscaled: out of memory", socket);
		return NULL;
	}
	json_t *object = request_perform(socket, path, text, &answer, report);
	free(text);
	return object;
}
