/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One question to the kernel's routing netlink, and its answers. */
#ifndef KERNEL_NETLINK_H
#define KERNEL_NETLINK_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conf_prefix;
struct conf_report;

/* Room that every message of ours fits into. */
#define KERNEL_NETLINK_ROOM 1024

/*
 * Send a request that changes something, and read its acknowledgement. 1 done, 0 refused with the errno `tolerated` (0: none
 * is), -1 refused otherwise, with "cannot WHAT: ..." in the report.
 */
int kernel_netlink_change(struct nlmsghdr *request, int tolerated, const char *what, struct conf_report *report);

/*
 * Send a request that asks for one object, or with NLM_F_DUMP for all; hand each answer to the callback (MNL_CB_OK goes on,
 * MNL_CB_STOP stops) once all have come: a list that changed meanwhile is asked for anew, unseen. 1, 0 and -1 as above.
 */
int kernel_netlink_ask(struct nlmsghdr *request, mnl_cb_t callback, void *context, int tolerated, const char *what,
		       struct conf_report *report);

/* The same for a whole list, of every family: request type RTM_GET*. */
int kernel_netlink_list(uint16_t type, mnl_cb_t callback, void *context, const char *what, struct conf_report *report);

/* The attribute of this type behind the message's fixed part, or NULL. Others are skipped, known or not. */
const struct nlattr *kernel_netlink_attribute(const struct nlmsghdr *message, size_t fixed, int type);

/* The attribute of this type inside a nest, or NULL. */
const struct nlattr *kernel_netlink_nested(const struct nlattr *nest, int type);

/* The attribute's value when it has exactly the size, else false and the value untouched. */
bool kernel_netlink_value(const struct nlattr *attribute, void *value, size_t size);

/* A destination: an address and the length that the fixed part has; without the attribute 0.0.0.0 or ::. */
void kernel_netlink_prefix(const struct nlattr *attribute, uint8_t family, uint8_t length, struct conf_prefix *prefix);
void kernel_netlink_put_prefix(struct nlmsghdr *message, uint16_t type, const struct conf_prefix *prefix);

/* The text of a string attribute cut to size, always with a NUL; "" for no attribute. */
void kernel_netlink_text(const struct nlattr *attribute, char *text, size_t size);

#endif
