/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network devices: look one up, set it up, take it away. */
#ifndef KERNEL_LINK_H
#define KERNEL_LINK_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

struct conf_report;
struct nlmsghdr;

struct kernel_link {
	char name[IF_NAMESIZE];
	int index;
	unsigned flags; /* IFF_UP... */
	uint32_t mtu;   /* octets */
	char kind[16];  /* "tun", "veth", "bridge"...; empty for real hardware and lo */
	bool is_tun;    /* kind tun, and carries IP and not Ethernet; what follows is then filled in */
	bool persistent, packet_info, vnet_header, multi_queue;
	uint32_t owner; /* the user who may attach without privileges; UINT32_MAX: nobody set */
};

/* 1 filled in, 0 there is no such link, -1. */
int kernel_link_find(const char *name, struct kernel_link *link, struct conf_report *report);

/* Set IFF_UP and the MTU in one request. 0, or -1. */
int kernel_link_set_up(const struct kernel_link *link, uint32_t mtu, struct conf_report *report);

/* Take IFF_UP away: nothing passes it, and its routes go. 0, or -1. */
int kernel_link_set_down(const struct kernel_link *link, struct conf_report *report);

/* Have the device make no IPv6 address by itself, as addr_gen_mode = 1 does, also where /proc/sys is read-only. 0, or -1. */
int kernel_link_set_silent(const struct kernel_link *link, struct conf_report *report);

/* Remove the device, even if a process is attached to it. 1 done, 0 was not there, -1. */
int kernel_link_remove(const struct kernel_link *link, struct conf_report *report);

/* The parts, for tests: the message of set_up in a buffer of KERNEL_NETLINK_ROOM; the reader of RTM_NEWLINK, 0 or -1. */
struct nlmsghdr *kernel_link_build(void *buffer, int index, uint32_t mtu);
int kernel_link_parse(const struct nlmsghdr *message, struct kernel_link *link);

#endif
