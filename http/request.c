/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sender chose a request's names: they are compared, and never printed. */
#include "http/request.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <string.h>
#include <strings.h>

enum { NAME_ROOM = 256 };

void http_client_print(struct MHD_Connection *connection, char text[INET6_ADDRSTRLEN])
{
	const union MHD_ConnectionInfo *client = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr_in *v4 = client ? (const struct sockaddr_in *)(const void *)client->client_addr : NULL;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)v4;

	text[0] = '\0';
	if (v4 && v4->sin_family == AF_INET)
		inet_ntop(AF_INET, &v4->sin_addr, text, INET6_ADDRSTRLEN);
	else if (v6 && v6->sin6_family == AF_INET6)
		inet_ntop(AF_INET6, &v6->sin6_addr, text, INET6_ADDRSTRLEN);
}

static bool is_address(const char *name)
{
	struct in6_addr address;

	return inet_pton(AF_INET, name, &address) == 1 || inet_pton(AF_INET6, name, &address) == 1;
}

static bool is_known(const char *name, const json_t *names)
{
	json_t *own;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)names, i, own)
		if (json_is_string(own) && strcasecmp(json_string_value(own), name) == 0)
			return true;
	return strcasecmp(name, "localhost") == 0;
}

/* ":PORT", or nothing. */
static bool is_port(const char *text)
{
	return *text == '\0' || (*text == ':' && text[1 + strspn(text + 1, "0123456789")] == '\0');
}

/* The name of "NAME[:PORT]" or "[ADDRESS][:PORT]" without what stands around it. False: it is neither. */
static bool name_read(const char *host, char name[NAME_ROOM], bool *is_bracketed)
{
	size_t skip = *host == '[', length = strcspn(host + skip, skip ? "]" : ":");

	*is_bracketed = skip;
	if (length == 0 || length >= NAME_ROOM || (skip && host[skip + length] != ']') ||
	    !is_port(host + 2 * skip + length))
		return false;
	memcpy(name, host + skip, length);
	name[length] = '\0';
	if (!skip && length > 1 && name[length - 1] == '.') /* the same name, written to its end */
		name[length - 1] = '\0';
	return true;
}

bool http_host_is_ours(const char *host, const json_t *names)
{
	char name[NAME_ROOM];
	bool is_bracketed;

	if (!host)
		return true;
	if (!name_read(host, name, &is_bracketed))
		return false;
	return is_address(name) || (!is_bracketed && is_known(name, names));
}

bool http_origin_is_ours(const char *origin, const json_t *names)
{
	static const char *const schemes[] = {"http://", "https://"};
	char name[NAME_ROOM];
	bool is_bracketed;

	if (!origin)
		return true;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strncasecmp(origin, schemes[i], strlen(schemes[i])) == 0)
			return name_read(origin + strlen(schemes[i]), name, &is_bracketed) && is_known(name, names);
	return false;
}

bool http_accepts(const char *accept, const char *type)
{
	size_t length = strlen(type);

	for (; accept && *accept != '\0'; accept += strcspn(accept, ","), accept += *accept == ',') {
		accept += strspn(accept, " \t");
		if (strncasecmp(accept, type, length) == 0 && strchr(";, \t", accept[length]))
			return true;
		if (strncmp(accept, "*/*", 3) == 0)
			return false;
	}
	return false;
}
