/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps of a question on its way. */
#ifndef MODULE_STEPS_H
#define MODULE_STEPS_H

struct module_qstate;
struct question;

/* The machine goes from step to step until it comes to a stop. */
enum step {
	STEP_APEX,
	STEP_LOOK_UP,
	STEP_LOOK_UP_AGAIN,
	STEP_REVERSE,
	STEP_ABSENT,
	STEP_EMPTY,
	STEP_ANSWER,
	STEP_REVERSE_ANSWER,
	STEP_PASS_ANSWER,
	STEP_NATIVE,
	STEP_NATIVE_ANSWER,
	STEP_TWIN6,
	STEP_TWIN6_ANSWER,
	STEP_REVERSE6,
	STOP_OUTSIDE,
	STOP_REFUSED, /* at once, before there is a state */
	STOP_WAIT,
	STOP_DONE,
	STOP_FAIL,
};

/* One step: returns the next one. id is the module's number. */
typedef enum step step_handler(struct module_qstate *qstate, int id, struct question *question);

/* The steps of a question about a name, module/forward_steps.c, pass_steps.c, native_steps.c, ... */
step_handler splitdns_question_answer_apex, splitdns_question_answer_empty, splitdns_question_answer_absent,
	splitdns_question_look_up, splitdns_question_answer;
step_handler splitdns_question_answer_passed, splitdns_question_look_up_native, splitdns_question_answer_native;

/* ... and twin6_steps.c, ... */
step_handler splitdns_question_look_up_twin6, splitdns_question_answer_twin6, splitdns_question_look_up_reverse6;

/* ... and about the name of an address: reverse_steps.c. */
step_handler splitdns_question_look_up_reverse, splitdns_question_answer_reverse;

#endif
