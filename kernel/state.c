/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Apply, compare, remove. The settings make a list of items (items.c); apply walks it and puts in place what is missing, compare
 * walks it and looks.
 *
 * Nothing is assumed and nothing is recorded but sysctls: each item is looked up in the kernel before it is added. Ours, to be
 * taken away, is what bears our mark (orphans.c), and the device by its name and kind. So apply also takes away what earlier
 * settings left, and remove needs to know no settings but the device's name.
 */
#include "kernel/state.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "kernel/sysctl.h"
#include "kernel/items.h"
#include "kernel/link.h"
#include "kernel/orphans.h"
#include "kernel/tun.h"

#include <errno.h>
#include <limits.h>
#include <linux/rtnetlink.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* What every step needs. */
struct state {
	const struct conf_settings *settings;
	struct conf_report *report;
	kernel_observer *observer;
	void *context;
	struct kernel_sysctls sysctls;
	char memory[PATH_MAX];
	struct kernel_items items;
	struct kernel_link device; /* index 0: not there */
	uid_t owner;
};

static void notify(const struct state *state, const char *what, enum kernel_item_state how)
{
	if (state->observer)
		state->observer(state->context, what, how);
}

static struct kernel_route route_of(const struct state *state, const struct kernel_item *item)
{
	struct kernel_route route = {.to = item->to,
				     .table = RT_TABLE_MAIN,
				     .type = RTN_UNICAST,
				     .protocol = KERNEL_PROTOCOL,
				     .index = state->device.index};

	if (item->to.family == AF_INET)
		route.source = state->settings->translation.device_address;
	memcpy(route.device, state->device.name, sizeof(route.device));
	return route;
}

static struct kernel_rule rule_of(const struct kernel_item *item)
{
	return (struct kernel_rule){.to = item->to,
				    .table = RT_TABLE_MAIN,
				    .priority = KERNEL_RULE_PRIORITY,
				    .protocol = KERNEL_PROTOCOL,
				    .plain = true};
}

static struct kernel_address address_of(const struct state *state, const struct kernel_item *item)
{
	struct kernel_address address = {
		.address = item->address, .length = 32, .protocol = KERNEL_PROTOCOL, .index = state->device.index};

	memcpy(address.device, state->device.name, sizeof(address.device));
	return address;
}

/* A route to look for among all, and what stands in its way. */
struct search {
	const struct kernel_route *wanted;
	bool found;
	struct kernel_route foreign; /* device or type shows that it is another translator's */
};

static int route_match(void *context, const struct kernel_route *route)
{
	struct search *search = context;
	const struct kernel_route *wanted = search->wanted;

	if (route->table != RT_TABLE_MAIN && route->table != RT_TABLE_LOCAL)
		return 0; /* our rules lead to main, whatever another table has */
	if (!conf_prefix_covers(&wanted->to, &route->to))
		return 0;
	if (wanted->index == 0 || route->index != wanted->index) {
		search->foreign = *route;
		return 1;
	}
	search->found |= route->table == wanted->table && route->type == wanted->type &&
			 route->protocol == wanted->protocol && route->source.s_addr == wanted->source.s_addr &&
			 conf_prefix_equals(&route->to, &wanted->to);
	return 0;
}

/* 1 our route is there, 0 it is not, -1; -1 too when something else has the prefix or a part of it. */
static int route_present(const struct state *state, const struct kernel_item *item)
{
	const struct kernel_route wanted = route_of(state, item);
	struct search search = {.wanted = &wanted};
	char ours[CONF_PREFIX_TEXT], theirs[CONF_PREFIX_TEXT];
	int result = kernel_route_walk(route_match, &search, state->report);

	if (result < 0)
		return -1;
	if (result == 0)
		return search.found;
	conf_prefix_print(&wanted.to, ours);
	conf_prefix_print(&search.foreign.to, theirs);
	return conf_report_add(state->report,
			       "another translator on the same prefix, or a network that overlaps it: the route %s leads to %s, not "
			       "to %s. Stop the other translator, or choose a prefix other than %s",
			       theirs, *search.foreign.device ? search.foreign.device : "no device",
			       state->settings->translation.tun_device, ours);
}

static int address_present(const struct state *state, const struct kernel_item *item)
{
	char device[IF_NAMESIZE], text[CONF_PREFIX_TEXT];
	const struct conf_prefix4 prefix = {item->address.v4, 32};
	int found = kernel_address_owner(&item->address, device, state->report);

	if (found == 1 && strcmp(device, state->settings->translation.tun_device))
		return conf_report_add(state->report,
				       "%s, which the device needs as its own address, is on %s: choose another dynamic-pool",
				       conf_prefix4_print(&prefix, text), device);
	return found;
}

static int device_present(const struct state *state)
{
	if (!state->device.index)
		return 0;
	if (kernel_tun_check(&state->device, state->report) < 0)
		return -1;
	return kernel_tun_is_ready(&state->device, state->owner);
}

/* Is the item there as it should be? 1, 0, or -1. */
static int item_present(const struct state *state, const struct kernel_item *item)
{
	struct kernel_rule rule;

	switch (item->kind) {
	case KERNEL_DEVICE:
		return device_present(state);
	case KERNEL_UP:
		return state->device.flags & IFF_UP && state->device.mtu == KERNEL_DEVICE_MTU;
	case KERNEL_ADDRESS:
		return address_present(state, item);
	case KERNEL_ROUTE:
		return route_present(state, item);
	case KERNEL_RULE:
		rule = rule_of(item);
		return kernel_rule_find(&rule, state->report);
	case KERNEL_SYSCTL:
		return kernel_sysctl_is(&state->sysctls, item->sysctl.name, item->sysctl.value);
	}
	return -1;
}

/* Make the device, and know it from then on. */
static int device_make(struct state *state)
{
	if (kernel_tun_create(state->settings->translation.tun_device, state->owner, state->report) < 0)
		return -1;
	return kernel_link_find(state->settings->translation.tun_device, &state->device, state->report) == 1 ? 0 : -1;
}

static int runtime_dir_make(const struct state *state)
{
	if (mkdir(state->settings->node.runtime_dir, 0755) == 0 || errno == EEXIST)
		return 0;
	return conf_report_add(state->report, "cannot make %s: %s", state->settings->node.runtime_dir, strerror(errno));
}

static int sysctl_make(const struct state *state, const struct kernel_item *item)
{
	const struct kernel_sysctls *sysctls = &state->sysctls;

	if (item->sysctl.silent)
		return kernel_link_set_silent(&state->device, state->report);
	if (!item->sysctl.device && runtime_dir_make(state) < 0)
		return -1;
	if (item->sysctl.forwarding)
		return kernel_forwarding_set(sysctls, item->sysctl.name, state->settings->translation.tun_device,
					     state->report);
	if (!item->sysctl.device && kernel_sysctl_claim(sysctls, item->sysctl.name, item->sysctl.value, state->report) < 0)
		return -1;
	return kernel_sysctl_write(sysctls, item->sysctl.name, item->sysctl.value, state->report);
}

/* Put a missing item in place. 0, or -1. */
static int item_make(struct state *state, const struct kernel_item *item)
{
	struct kernel_address address;
	struct kernel_route route;
	struct kernel_rule rule;

	switch (item->kind) {
	case KERNEL_DEVICE:
		return device_make(state);
	case KERNEL_UP:
		return kernel_link_set_up(&state->device, KERNEL_DEVICE_MTU, state->report);
	case KERNEL_ADDRESS:
		address = address_of(state, item);
		return kernel_address_add(&address, state->report);
	case KERNEL_ROUTE:
		route = route_of(state, item);
		return kernel_route_add(&route, state->report);
	case KERNEL_RULE:
		rule = rule_of(item);
		return kernel_rule_add(&rule, state->report);
	case KERNEL_SYSCTL:
		return sysctl_make(state, item);
	}
	return -1;
}

static int owner_find(struct state *state)
{
	const struct passwd *user;

	errno = 0;
	user = getpwnam(state->settings->node.user);
	if (!user)
		return conf_report_add(
			state->report,
			"there is no user %s: create it (`useradd --system --no-create-home %s`), or name another with "
			"`user`",
			state->settings->node.user, state->settings->node.user);
	state->owner = user->pw_uid;
	return 0;
}

/* Fill in all that apply, compare and remove share. */
static int state_begin(struct state *state, const struct conf_settings *settings, kernel_observer *observer,
		       void *context, struct conf_report *report)
{
	*state = (struct state){.settings = settings, .report = report, .observer = observer, .context = context};
	if (snprintf(state->memory, sizeof(state->memory), "%s/sysctl.json", settings->node.runtime_dir) >=
	    (int)sizeof(state->memory))
		return conf_report_add(report, "the path of runtime-dir is too long");
	state->sysctls = (struct kernel_sysctls){"/proc/sys", state->memory};
	if (kernel_link_find(settings->translation.tun_device, &state->device, report) < 0)
		return -1;
	return kernel_items_build(&state->items, settings, &state->sysctls, report);
}

/* All that stands in the way is found before anything is changed. 0, or -1. */
static int conflicts_find(const struct state *state)
{
	int result = state->device.index ? 0 : kernel_tun_available(state->report);

	for (size_t i = 0; result == 0 && i < state->items.count; i++)
		result = item_present(state, &state->items.items[i]) < 0 ? -1 : 0;
	return result;
}

static void removed(void *context, const char *what)
{
	notify(context, what, KERNEL_ITEM_REMOVED);
}

static int item_apply(struct state *state, const struct kernel_item *item)
{
	int present = item_present(state, item);

	if (present == 0 && item_make(state, item) < 0)
		present = -1;
	if (present >= 0)
		notify(state, item->what, present ? KERNEL_ITEM_OK : KERNEL_ITEM_ADDED);
	return present < 0 ? -1 : 0;
}

int kernel_state_apply(const struct conf_settings *settings, kernel_observer *observer, void *context,
		       struct conf_report *report)
{
	struct state state;
	int result = state_begin(&state, settings, observer, context, report);

	if (result == 0)
		result = owner_find(&state);
	if (result == 0)
		result = conflicts_find(&state);
	for (size_t i = 0; result == 0 && i < state.items.count; i++)
		result = item_apply(&state, &state.items.items[i]);
	if (result == 0)
		result = kernel_orphans_remove(&state.items, &state.device, removed, &state, report);
	kernel_items_clear(&state.items);
	return result;
}

int kernel_state_compare(const struct conf_settings *settings, kernel_observer *observer, void *context,
			 struct conf_report *report)
{
	struct state state;
	int missing = 0, result = state_begin(&state, settings, observer, context, report);

	if (result == 0)
		result = owner_find(&state);
	for (size_t i = 0; result == 0 && i < state.items.count; i++) {
		int present = item_present(&state, &state.items.items[i]);

		if (present < 0)
			result = -1;
		else
			notify(&state, state.items.items[i].what, present ? KERNEL_ITEM_OK : KERNEL_ITEM_MISSING);
		missing += present == 0;
	}
	kernel_items_clear(&state.items);
	return result < 0 ? -1 : missing;
}

bool kernel_item_is_on_device(const struct kernel_item *item)
{
	switch (item->kind) {
	case KERNEL_UP:
	case KERNEL_ADDRESS:
	case KERNEL_ROUTE:
		return true;
	case KERNEL_SYSCTL:
		return item->sysctl.device;
	default:
		return false;
	}
}

/* 0 it is there now, 1 it is not. */
static int item_repair(struct state *state, const struct kernel_item *item, const struct kernel_repairer *repairer)
{
	int present;

	if (!state->device.index && kernel_item_is_on_device(item))
		return 1;
	present = item_present(state, item);
	if (present == 1)
		return 0;
	if (present < 0 || !repairer->permit(repairer->context, item) || item_make(state, item) < 0)
		return 1;
	repairer->done(repairer->context, item);
	return 0;
}

int kernel_state_repair(const struct conf_settings *settings, const struct kernel_repairer *repairer,
			struct conf_report *report)
{
	struct state state;
	int missing = 0, result = state_begin(&state, settings, NULL, NULL, report);

	if (result == 0)
		result = owner_find(&state);
	for (size_t i = 0; result == 0 && i < state.items.count; i++)
		missing += item_repair(&state, &state.items.items[i], repairer);
	kernel_items_clear(&state.items);
	return result < 0 ? -1 : missing;
}

int kernel_state_remove(const struct conf_settings *settings, kernel_observer *observer, void *context,
			struct conf_report *report)
{
	const struct kernel_items none = {.count = 0};
	struct state state;
	char what[IF_NAMESIZE + 16];
	int result = state_begin(&state, settings, observer, context, report), gone = 0;

	kernel_items_clear(&state.items);
	if (result < 0)
		return -1;
	if (state.device.index && kernel_tun_check(&state.device, report) < 0) {
		state.device.index = 0; /* somebody else's: not ours to touch */
		result = -1;
	}
	if (kernel_orphans_remove(&none, &state.device, removed, &state, report) < 0)
		result = -1;
	if (state.device.index)
		gone = kernel_link_remove(&state.device, report);
	snprintf(what, sizeof(what), "device %s", settings->translation.tun_device);
	if (gone == 1)
		removed(&state, what);
	if (kernel_sysctl_restore(&state.sysctls, removed, &state, report) < 0 || gone < 0)
		result = -1;
	return result;
}
