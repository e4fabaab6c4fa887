/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libcurl, held tight. Certificates and names are always verified. No redirect is followed: a key is sent to the one host that was named. The
 * answer is bounded while it comes in; a slow one ends with the time-out. netrc, cookies and other protocols are off.
 *
 * Only requests that change nothing are repeated here. One that changes something, and whose answer is lost, may have done its work: its sender
 * reads again and decides anew.
 */
#include "tailscale/http.h"

#include "conf/report.h"
#include "tailscale/value.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

enum { ATTEMPTS = 3, PAUSE_MS = 500, RETRY_AFTER_MAX = 86400 * 366 };

/* What the callbacks of libcurl fill. */
struct receiving {
	struct tailscale_response *response;
	size_t room; /* of its body */
	bool too_long, writes;
};

/* Grow by doubling: a long answer comes in many pieces. */
static size_t room_of(size_t length)
{
	size_t room = 4096;

	while (room <= length)
		room *= 2;
	return room;
}

static size_t body_append(char *bytes, size_t size, size_t count, void *context)
{
	struct receiving *receiving = context;
	struct tailscale_response *response = receiving->response;
	size_t length = size * count;
	char *grown = response->body;

	receiving->too_long = response->length + length > TAILSCALE_HTTP_LIMIT;
	if (receiving->too_long)
		return 0;
	if (response->length + length >= receiving->room) {
		receiving->room = room_of(response->length + length);
		grown = realloc(response->body, receiving->room);
	}
	if (!grown)
		return 0;
	memcpy(grown + response->length, bytes, length);
	response->body = grown;
	response->length += length;
	grown[response->length] = '\0';
	return length;
}

/* The value of a header line "NAME: VALUE\r\n" of that name; NULL: another one. The caller frees. */
static char *header_value(const char *line, size_t length, const char *name)
{
	size_t named = strlen(name);

	if (length <= named || strncasecmp(line, name, named) != 0 || line[named] != ':')
		return NULL;
	line += named + 1;
	length -= named + 1;
	while (length > 0 && (*line == ' ' || *line == '\t'))
		line++, length--;
	while (length > 0 && (line[length - 1] == '\r' || line[length - 1] == '\n' || line[length - 1] == ' '))
		length--;
	return strndup(line, length);
}

static size_t header_read(char *line, size_t size, size_t count, void *context)
{
	struct receiving *receiving = context;
	char *etag = header_value(line, size * count, "ETag");

	if (etag) {
		free(receiving->response->etag);
		receiving->response->etag = etag;
	}
	return size * count;
}

static bool host_is_loopback(const char *host)
{
	struct in_addr address;

	return strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
	       (inet_pton(AF_INET, host, &address) == 1 && ntohl(address.s_addr) >> 24 == IN_LOOPBACKNET);
}

int tailscale_http_base_check(const char *base, struct conf_report *report)
{
	CURLU *url = curl_url();
	char *scheme = NULL, *host = NULL, *user = NULL;
	int result = -1;

	if (!url || curl_url_set(url, CURLUPART_URL, base, 0) != CURLUE_OK ||
	    curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
	    curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK)
		conf_report_add(report,
				"\"%s\" is not an address of an API: expected https://HOST or https://HOST:PORT", base);
	else if (curl_url_get(url, CURLUPART_USER, &user, 0) == CURLUE_OK)
		conf_report_add(
			report,
			"an address of an API has no user in it: give the key in the environment or with --key-file");
	else if (strcmp(scheme, "https") != 0 && (strcmp(scheme, "http") != 0 || !host_is_loopback(host)))
		conf_report_add(report,
				"%s: the key would cross the network in plain text: give an https address, or run this on the "
				"host itself with http://127.0.0.1",
				base);
	else
		result = 0;
	curl_free(scheme);
	curl_free(host);
	curl_free(user);
	curl_url_cleanup(url);
	return result;
}

/* Requests failed for reasons that lie in the settings, not in the weather. */
static bool failure_is_lasting(CURLcode code)
{
	return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
	       code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_CONNECT_ERROR || code == CURLE_URL_MALFORMAT ||
	       code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_OUT_OF_MEMORY;
}

static void failure_report(CURLcode code, const char *detail, const struct receiving *receiving,
			   const struct tailscale_http *http, unsigned timeout, struct conf_report *report)
{
	const char *base = http->base;

	if (receiving->too_long)
		conf_report_add(report, "%s: the answer is longer than %d MiB: the server there is not a control plane",
				base, TAILSCALE_HTTP_LIMIT >> 20);
	else if (code == CURLE_SSL_CACERT_BADFILE)
		conf_report_add(report, "%s: this file has no readable certificate: --ca needs PEM",
				http->ca ? http->ca : "the system's certificates");
	else if (code == CURLE_PEER_FAILED_VERIFICATION)
		conf_report_add(report,
				"%s: the certificate is not trusted (%s): nothing was sent. For a control plane with a CA of "
				"its own, give --ca FILE",
				base, *detail ? detail : curl_easy_strerror(code));
	else if (code == CURLE_OPERATION_TIMEDOUT)
		conf_report_add(report,
				"%s: no complete answer within %u seconds: try again, or allow more time with "
				"--timeout",
				base, timeout);
	else if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_CONNECT)
		conf_report_add(report, "%s: no server answers there (%s): check that this machine can reach it", base,
				*detail ? detail : curl_easy_strerror(code));
	else
		conf_report_add(report, "%s: the answer was incomplete (%s): try again", base,
				*detail ? detail : curl_easy_strerror(code));
}

static struct curl_slist *header_add(struct curl_slist *list, const char *name, const char *value)
{
	char line[600];

	if (!value)
		return list;
	snprintf(line, sizeof(line), "%s: %s", name, value);
	return curl_slist_append(list, line);
}

static void options_set(CURL *curl, const struct tailscale_http *http, const struct tailscale_request *request,
			const char *url, unsigned timeout)
{
	curl_easy_setopt(curl, CURLOPT_URL, url);
	if (strncasecmp(url, "http:", 5) == 0)
		curl_easy_setopt(curl, CURLOPT_PROXY, ""); /* of the environment: it would get the key in plain text */
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)timeout);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)timeout);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
	if (http->ca) {
		curl_easy_setopt(curl, CURLOPT_CAINFO, http->ca);
		curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	}
	if (request->body)
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body);
	if (http->bearer) {
		curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
		curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, http->bearer);
	} else if (http->user) {
		curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		curl_easy_setopt(curl, CURLOPT_USERNAME, http->user);
		curl_easy_setopt(curl, CURLOPT_PASSWORD, http->password);
	}
}

/* A redirect is an answer that cannot be used: the key stays with the host that was named. */
static enum tailscale_outcome redirect_refuse(CURL *curl, const struct tailscale_http *http, struct conf_report *report)
{
	char *target = NULL, *shown;

	curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &target);
	shown = tailscale_value_quote(target ? target : "nowhere");
	conf_report_add(report,
			"%s: redirects to %s, which is not followed, because the key is for this host. Give the right address "
			"with --url",
			http->base, shown ? shown : "?");
	free(shown);
	return TAILSCALE_FAILED;
}

static enum tailscale_outcome transfer(CURL *curl, const struct tailscale_http *http, unsigned timeout,
				       struct receiving *receiving, struct conf_report *report)
{
	char detail[CURL_ERROR_SIZE] = "";
	curl_off_t wait = 0;
	CURLcode code;

	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, body_append);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, receiving);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, header_read);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, receiving);
	code = curl_easy_perform(curl);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
	if (code != CURLE_OK) {
		char *shown = tailscale_value_quote(detail);

		failure_report(code, shown ? shown : "", receiving, http, timeout, report);
		free(shown);
		/* What was to change may have, however odd the answer is: then the sender reads again. */
		return (receiving->too_long && !receiving->writes) || failure_is_lasting(code) ? TAILSCALE_FAILED :
												 TAILSCALE_AGAIN;
	}
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &receiving->response->status);
	curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &wait); /* of a number of seconds, or of a date */
	receiving->response->retry_after = wait <= 0 ? 0 : wait < RETRY_AFTER_MAX ? (unsigned)wait : RETRY_AFTER_MAX;
	if (receiving->response->status >= 300 && receiving->response->status < 400)
		return redirect_refuse(curl, http, report);
	if (!receiving->response->body)
		receiving->response->body = strdup("");
	return receiving->response->body ? TAILSCALE_DONE : TAILSCALE_FAILED;
}

enum tailscale_outcome tailscale_http_perform(struct tailscale_http *http, const struct tailscale_request *request,
					      struct tailscale_response *response, struct conf_report *report)
{
	bool writes = strcmp(request->method, "GET") != 0;
	unsigned timeout = http->timeout ? http->timeout : TAILSCALE_HTTP_TIMEOUT;
	struct receiving receiving = {.response = response, .writes = writes};
	struct curl_slist *headers = NULL;
	enum tailscale_outcome outcome;
	char url[1200];

	*response = (struct tailscale_response){0};
	if (!http->curl)
		http->curl = curl_easy_init();
	if (!http->curl || (size_t)snprintf(url, sizeof(url), "%s%s", http->base, request->path) >= sizeof(url)) {
		conf_report_add(report, "%s: cannot make a request: out of memory, or the address is too long", http->base);
		return TAILSCALE_FAILED;
	}
	if (writes && timeout > TAILSCALE_HTTP_WRITE_TIMEOUT)
		timeout = TAILSCALE_HTTP_WRITE_TIMEOUT;
	curl_easy_reset(http->curl);
	/* libcurl sends a request again, unasked, when a connection that it kept ends without an answer: not one that changes something */
	curl_easy_setopt(http->curl, CURLOPT_FRESH_CONNECT, (long)writes);
	options_set(http->curl, http, request, url, timeout);
	headers = header_add(headers, "Accept", request->accept ? request->accept : "application/json");
	headers = header_add(headers, "Content-Type",
			     !request->body ? NULL :
			     request->type  ? request->type :
					      "application/json");
	headers = header_add(headers, "If-Match", request->if_match);
	headers = curl_slist_append(headers, "Expect:"); /* no answer of 100 is waited for */
	curl_easy_setopt(http->curl, CURLOPT_HTTPHEADER, headers);
	outcome = transfer(http->curl, http, timeout, &receiving, report);
	curl_easy_reset(http->curl); /* the key is not kept in there */
	curl_slist_free_all(headers);
	return outcome;
}

void tailscale_http_pause(unsigned attempt, unsigned retry_after)
{
	unsigned ms = PAUSE_MS << (attempt < 5 ? attempt : 5), random = 0;

	(void)!getrandom(&random, sizeof(random), GRND_NONBLOCK);
	ms = ms / 2 + random % ms;
	if (retry_after > TAILSCALE_HTTP_WAIT_MAX)
		retry_after = TAILSCALE_HTTP_WAIT_MAX;
	poll(NULL, 0, (int)(ms + retry_after * 1000));
}

bool tailscale_response_is_transient(const struct tailscale_response *response)
{
	return response->status == 409 || response->status == 412 || response->status == 429 || response->status >= 500;
}

enum tailscale_outcome tailscale_http_get(struct tailscale_http *http, const struct tailscale_request *request,
					  struct tailscale_response *response, struct conf_report *report)
{
	enum tailscale_outcome outcome = TAILSCALE_FAILED;

	for (unsigned attempt = 0;; attempt++) {
		struct conf_report failure = {0};
		bool last = attempt + 1 == ATTEMPTS, again;

		outcome = tailscale_http_perform(http, request, response, &failure);
		again = outcome == TAILSCALE_AGAIN ||
			(outcome == TAILSCALE_DONE && tailscale_response_is_transient(response));
		if (!again || last || response->retry_after > TAILSCALE_HTTP_WAIT_MAX) {
			for (size_t i = 0; i < failure.count; i++)
				conf_report_add(report, "%s", failure.lines[i]);
			conf_report_clear(&failure);
			return outcome;
		}
		conf_report_clear(&failure);
		tailscale_http_pause(attempt, response->retry_after);
		tailscale_response_clear(response);
	}
}

char *tailscale_response_reason(const struct tailscale_response *response)
{
	json_auto_t *object = response->body ? json_loadb(response->body, response->length, 0, NULL) : NULL;
	const char *text = json_string_value(json_object_get(object, "message"));
	char *reason = NULL;

	if (text)
		reason = tailscale_value_quote(text);
	return reason ? reason : strdup("");
}

void tailscale_response_clear(struct tailscale_response *response)
{
	free(response->body);
	free(response->etag);
	*response = (struct tailscale_response){0};
}

void tailscale_http_close(struct tailscale_http *http)
{
	if (http->curl)
		curl_easy_cleanup(http->curl);
	http->curl = NULL;
}
