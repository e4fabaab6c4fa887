/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program in the kernel that picks the queue of a packet.
 *
 * By itself a TUN picks one by a hash of its own, and notes who wrote a packet of the flow: from then on that queue has
 * the flow. Until then a flow's packets wait in a queue that is not theirs, and those that follow can overtake them. Nor does the
 * kernel know that what goes to a client as IPv6 and comes from a target as IPv4 is one flow.
 *
 * A translator changes addresses, but no ports. So both of its sides agree without asking each other when the ports of TCP and UDP
 * alone decide. ICMP, other protocols, IPv6 packets with extension headers, and fragments, of which only the first shows its ports,
 * all go to the first queue: they are few, and the pieces of a message stay together.
 *
 * The device keeps the program when nobody is attached. A kernel without bpf(2), or a process without the right to it, leaves
 * the choice to the device; nat64/daemon/flow.c teaches it the same queues.
 */
#include "kernel/queue_selector.h"

#include <linux/bpf.h>
#include <linux/if_tun.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SET(to, from)                                                                                                  \
	{                                                                                                              \
		BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_##to, BPF_REG_##from, 0, 0                                        \
	}
#define ADD(to, from)                                                                                                  \
	{                                                                                                              \
		BPF_ALU | BPF_ADD | BPF_X, BPF_REG_##to, BPF_REG_##from, 0, 0                                          \
	}
#define OR(to, from)                                                                                                   \
	{                                                                                                              \
		BPF_ALU | BPF_OR | BPF_X, BPF_REG_##to, BPF_REG_##from, 0, 0                                           \
	}
#define WITH(operation, to, value)                                                                                     \
	{                                                                                                              \
		BPF_ALU | BPF_##operation | BPF_K, BPF_REG_##to, 0, 0, value                                           \
	}
#define LOAD(size, offset)                                                                                             \
	{                                                                                                              \
		BPF_LD | BPF_ABS | BPF_##size, 0, 0, 0, offset                                                         \
	} /* to 0; 1 to 5 are lost */
#define LOAD_BEHIND(size, base, offset)                                                                                \
	{                                                                                                              \
		BPF_LD | BPF_IND | BPF_##size, 0, BPF_REG_##base, 0, offset                                            \
	}
#define SKIP_IF(test, value, count)                                                                                    \
	{                                                                                                              \
		BPF_JMP | BPF_##test | BPF_K, BPF_REG_0, 0, count, value                                               \
	}
#define SKIP(count)                                                                                                    \
	{                                                                                                              \
		BPF_JMP | BPF_JA, 0, 0, count, 0                                                                       \
	}
#define END                                                                                                            \
	{                                                                                                              \
		BPF_JMP | BPF_EXIT, 0, 0, 0, 0                                                                         \
	}

/* A packet that ends before what is loaded ends the program with 0. */
static const struct bpf_insn program[] = {
	SET(6, 1), /* the packet, where LOAD looks for it */
	LOAD(B, 0),
	SET(7, 0),
	WITH(RSH, 0, 4),
	SKIP_IF(JEQ, 6, 7),  /* to IPv6 */
	SKIP_IF(JNE, 4, 20), /* to the end */
	/* IPv4 */
	WITH(AND, 7, 15),
	WITH(LSH, 7, 2), /* 7: octets of the IP header */
	LOAD(H, 6),
	SKIP_IF(JSET, 0x3fff, 16), /* more fragments, or an offset: to the end */
	LOAD(B, 9),
	SKIP(2),
	/* IPv6 */
	WITH(MOV, 7, 40),
	LOAD(B, 6),
	/* the protocol is known */
	SKIP_IF(JEQ, IPPROTO_TCP, 1),
	SKIP_IF(JNE, IPPROTO_UDP, 10), /* to the end */
	SET(8, 0),
	LOAD_BEHIND(H, 7, 0),
	SET(9, 0),
	LOAD_BEHIND(H, 7, 2),
	ADD(0, 9),
	WITH(LSH, 0, 8),
	OR(0, 8),
	WITH(MUL, 0, (int32_t)UINT32_C(2654435761)),
	WITH(RSH, 0, 16),
	END,
	/* anything else */
	WITH(MOV, 0, 0),
	END,
};

int kernel_queue_selector(int queue)
{
	union bpf_attr attributes = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (uintptr_t)program,
		.insn_cnt = sizeof(program) / sizeof(*program),
		.license = (uintptr_t) "GPL",
	};
	int loaded = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof(attributes)), failed;

	if (loaded < 0)
		return -1;
	failed = ioctl(queue, (int)TUNSETSTEERINGEBPF, &loaded); /* musl takes an int, the kernel 32 bit of either */
	close(loaded);
	return failed ? -1 : 0;
}
