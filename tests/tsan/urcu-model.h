/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * liburcu as ThreadSanitizer understands it; for a build with -fsanitize=thread alone (HACKING.md):
 *
 *     configure CFLAGS="-g -O1 -fsanitize=thread -include $PWD/tests/tsan/urcu-model.h" LDFLAGS=-fsanitize=thread
 *
 * liburcu orders memory by barriers in assembler, which the sanitizer does not see, and so takes every published pointer for
 * a race. Here the same calls are C11 atomics, and a grace period is a read-write lock: what is freed before the last
 * reader has let go, or written to after it was published, is told; what liburcu itself does is not looked at.
 */
#ifndef TESTS_TSAN_URCU_MODEL_H
#define TESTS_TSAN_URCU_MODEL_H
#define _LGPL_SOURCE

#include <pthread.h>
#include <urcu-pointer.h>
#include <urcu/rcuhlist.h>
#include <urcu/urcu-memb.h>

extern pthread_rwlock_t urcu_model_lock __attribute__((weak));
pthread_rwlock_t urcu_model_lock = PTHREAD_RWLOCK_INITIALIZER;

#undef rcu_dereference
#undef rcu_assign_pointer
#undef rcu_xchg_pointer
#define rcu_dereference(pointer)           __atomic_load_n(&(pointer), __ATOMIC_ACQUIRE)
#define rcu_assign_pointer(pointer, value) __atomic_store_n(&(pointer), (value), __ATOMIC_RELEASE)
#define rcu_xchg_pointer(pointer, value)   __atomic_exchange_n((pointer), (value), __ATOMIC_ACQ_REL)

#undef urcu_memb_read_lock
#undef urcu_memb_read_unlock
#undef urcu_memb_synchronize_rcu
#undef urcu_memb_register_thread
#undef urcu_memb_unregister_thread
#define urcu_memb_read_lock()         pthread_rwlock_rdlock(&urcu_model_lock)
#define urcu_memb_read_unlock()       pthread_rwlock_unlock(&urcu_model_lock)
#define urcu_memb_synchronize_rcu()   (pthread_rwlock_wrlock(&urcu_model_lock), pthread_rwlock_unlock(&urcu_model_lock))
#define urcu_memb_register_thread()   ((void)0)
#define urcu_memb_unregister_thread() ((void)0)

static inline void urcu_model_add(struct cds_hlist_node *node, struct cds_hlist_head *head)
{
	struct cds_hlist_node *next = __atomic_load_n(&head->next, __ATOMIC_RELAXED);

	__atomic_store_n(&node->next, next, __ATOMIC_RELAXED);
	node->prev = (struct cds_hlist_node *)head;
	if (next)
		next->prev = node;
	__atomic_store_n(&head->next, node, __ATOMIC_RELEASE);
}

static inline void urcu_model_del(struct cds_hlist_node *node)
{
	struct cds_hlist_node *next = __atomic_load_n(&node->next, __ATOMIC_RELAXED);

	if (next)
		next->prev = node->prev;
	__atomic_store_n(&node->prev->next, next, __ATOMIC_RELEASE);
}

#define cds_hlist_add_head_rcu(node, head) urcu_model_add(node, head)
#define cds_hlist_del_rcu(node)            urcu_model_del(node)

#endif
