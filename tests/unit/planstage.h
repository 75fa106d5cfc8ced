/* What the planner's tests share: a folder with a stack file, a state and a simulated world, and whole commands on it.
 *
 * Every command opens state and provider anew, as a process would; the world's file is what stays.
 */
#ifndef DRPLAN_TESTS_PLANSTAGE_H
#define DRPLAN_TESTS_PLANSTAGE_H

#include "tests/unit/check.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "planner/run.h"
#include "providers/sim/sim.h"

struct stage {
	struct arena arena;
	struct sources sources;
	struct errs errs;
	char dir[64];
	struct plan_env env;
	struct plan *plan;
	struct run_result result;
	struct plan_options opt;
	struct run_options run;
};

static inline int stage_setup(void **state)
{
	struct stage *s = calloc(1, sizeof *s);
	snprintf(s->dir, sizeof s->dir, "/tmp/drplan-plan-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	s->errs.arena = &s->arena;
	s->errs.sources = &s->sources;
	*state = s;
	return 0;
}

static inline void stage_close(struct stage *s)
{
	state_close(s->env.state);
	provider_close(s->env.provider);
	s->env = (struct plan_env){0};
}

static inline int stage_remove(const char *path, const struct stat *sb, int type, struct FTW *at)
{
	(void)sb;
	(void)type;
	(void)at;
	return remove(path);
}

/* A file of the stage's folder as text. */
static inline struct str stage_read(struct stage *s, const char *path)
{
	char *p = arena_alloc(&s->arena, 1 << 20);
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, p, 1 << 20);
	assert_true(n >= 0);
	close(fd);
	return (struct str){p, (size_t)n};
}

static inline int stage_teardown(void **state)
{
	struct stage *s = *state;
	stage_close(s);
	assert_int_equal(nftw(s->dir, stage_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
	arena_free(&s->arena);
	free(s);
	return 0;
}

static inline void stage_errors(struct stage *s)
{
	struct buf b;
	buf_init(&b, 1 << 20);
	errs_print(&s->errs, &b, false);
	print_error("%s", b.p ? b.p : "");
	buf_free(&b);
}

static inline bool stage_said(const struct stage *s, const char *text)
{
	for (size_t i = 0; i < s->errs.n; i++)
		if (str_find(s->errs.items[i].message, str_of(text), 0) >= 0)
			return true;
	return false;
}

static inline const char *stage_path(struct stage *s, const char *name)
{
	return str_fmt(&s->arena, "%s/%s", s->dir, name).p;
}

/* Load, open and render a stack; false: the errors are in s->errs. Warnings of earlier commands are forgotten. */
static inline bool stage_open(struct stage *s, const char *yaml)
{
	const char *path = stage_path(s, "stack.yaml");
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(write(fd, yaml, strlen(yaml)), (ssize_t)strlen(yaml));
	close(fd);
	stage_close(s);
	s->errs.n = s->errs.errors = 0;
	struct stack_options opt = {.path = str_of(path), .default_region = STR("us-west-2")};
	struct state_options so = {.mode = STATE_WRITE, .command = "test"};
	struct sim_options sim = {0};
	s->env.stack = stack_load(&s->arena, &opt, &s->errs);
	if (!s->env.stack)
		return false;
	s->env.state = state_open(&s->arena, stage_path(s, "state.db"), &so, &s->errs);
	s->env.provider = sim_open(NULL, &sim, stage_path(s, "sim.db"), &s->errs);
	if (!s->env.state || !s->env.provider)
		return false;
	stack_bind(s->env.stack, state_lineage(s->env.state), STR_NONE, STR_NONE);
	struct place *places = arena_array(&s->arena, s->env.stack->n_targets, sizeof *places);
	for (size_t i = 0; i < s->env.stack->n_targets; i++)
		places[i] = (struct place){.name = s->env.stack->targets[i].name, .region = s->env.stack->targets[i].region};
	s->env.places = places;
	return plan_facts(&s->arena, &s->env, &s->errs);
}

static inline bool stage_plan(struct stage *s, const char *yaml)
{
	s->plan = stage_open(s, yaml) ? plan_make(&s->arena, &s->env, &s->opt, &s->errs) : NULL;
	return s->plan && s->errs.errors == 0;
}

static inline bool stage_run(struct stage *s)
{
	return run_plan(&s->arena, &s->env, s->plan, &s->run, &s->result, &s->errs);
}

static inline bool stage_apply(struct stage *s, const char *yaml)
{
	return stage_plan(s, yaml) && stage_run(s);
}

static inline const struct change *stage_change(const struct stage *s, const char *address)
{
	for (size_t i = 0; i < s->plan->n; i++)
		if (str_eqc(s->plan->changes[i].address, address) && !(s->plan->changes[i].row && s->plan->changes[i].row->generation))
			return &s->plan->changes[i];
	return NULL;
}

static inline enum action stage_action(const struct stage *s, const char *address)
{
	const struct change *c = stage_change(s, address);
	assert_non_null(c);
	return c->action;
}

/* Must hold; shows the errors if it does not. */
#define must(s, call)                                                                                                  \
	do {                                                                                                           \
		if (!(call)) {                                                                                         \
			stage_errors(s);                                                                               \
			fail_msg("%s", #call);                                                                         \
		}                                                                                                      \
	} while (0)

/* The same stack again: nothing is left to do. */
#define must_be_clean(s, yaml)                                                                                         \
	do {                                                                                                           \
		must(s, stage_plan(s, yaml));                                                                          \
		for (size_t i_ = 0; i_ < (s)->plan->n; i_++)                                                           \
			if ((s)->plan->changes[i_].action != ACT_NONE)                                                 \
				print_error("not clean: %.*s %d %.*s\n", STR_ARG((s)->plan->changes[i_].address),      \
					    (int)(s)->plan->changes[i_].action,                                        \
					    STR_ARG((s)->plan->changes[i_].n_props ? (s)->plan->changes[i_].props[0].path : STR("-"))); \
		assert_true(plan_empty((s)->plan));                                                                    \
	} while (0)

#endif
