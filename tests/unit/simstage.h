/* What the simulator's tests share: a provider on a world, and works carried through to their end. */
#ifndef DRPLAN_TESTS_SIMSTAGE_H
#define DRPLAN_TESTS_SIMSTAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/json.h"
#include "providers/sim/sim.h"

#include <string.h>

#define VPC "AWS::EC2::VPC"
#define SUBNET "AWS::EC2::Subnet"
#define GROUP "AWS::EC2::SecurityGroup"
#define INGRESS "AWS::EC2::SecurityGroupIngress"
#define IGW "AWS::EC2::InternetGateway"
#define ATTACHMENT "AWS::EC2::VPCGatewayAttachment"
#define EIP "AWS::EC2::EIP"
#define NAT "AWS::EC2::NatGateway"
#define TABLE "AWS::EC2::RouteTable"
#define ROUTE "AWS::EC2::Route"
#define LOGS "AWS::Logs::LogGroup"

struct stage {
	struct arena arena;
	struct errs errs;
	struct provider *p;
	struct place place;
	enum work_event_kind seen[32]; /* events of the last work */
	struct str shown[32]; /* what it was waiting for at each */
	size_t n_seen;
	int64_t took; /* virtual ms of the last work */
};

static inline void stage_open(struct stage *s, const char *path, const struct sim_options *o)
{
	memset(s, 0, sizeof *s);
	s->errs.arena = &s->arena;
	s->place = (struct place){.name = STR("dr"), .region = STR("us-west-2")};
	s->p = sim_open(NULL, o, path, &s->errs);
	assert_non_null(s->p);
}

static inline void stage_close(struct stage *s)
{
	provider_close(s->p);
	arena_free(&s->arena);
}

static inline struct value *json(struct stage *s, const char *text)
{
	struct value *v = json_read(&s->arena, str_of(text), 0, &s->errs);

	assert_non_null(v);
	return v;
}

/* Properties as a template's text with the place of one %s. */
static inline struct value *with_id(struct stage *s, const char *text, struct str id)
{
	struct str t = str_of(text);
	ptrdiff_t at = str_find(t, STR("%s"), 0);

	assert_true(at >= 0);
	return json(s, str_fmt(&s->arena, "%.*s%.*s%s", (int)at, text, STR_ARG(id), text + at + 2).p);
}

static inline struct work *run(struct stage *s, struct work *w)
{
	int64_t from = clock_mono(s->p->clock);

	w->arena = &s->arena;
	if (!w->place)
		w->place = &s->place;
	s->n_seen = 0;
	provider_start(s->p, w);
	while (w->state == WORK_RUNNING || provider_pending(s->p)) {
		struct work_event e;

		provider_poll(s->p, 1000);
		while ((e = provider_next(s->p)).kind != WORK_NONE) {
			assert_ptr_equal(e.work, w);
			assert_true(s->n_seen < 32);
			s->shown[s->n_seen] = w->waiting;
			s->seen[s->n_seen++] = e.kind;
		}
	}
	s->took = clock_mono(s->p->clock) - from;
	return w;
}

static inline struct work *work_new(struct stage *s, enum work_kind kind, const char *type)
{
	struct work *w = arena_new(&s->arena, struct work);

	w->kind = kind;
	w->type = type ? model_type(str_of(type)) : NULL;
	w->address = STR("Thing");
	assert_true(!type || w->type);
	return w;
}

static inline struct work *make(struct stage *s, const char *type, const struct value *props)
{
	struct work *w = work_new(s, WORK_CREATE, type);

	w->desired = props;
	return run(s, w);
}

/* ... that must succeed; its id. */
static inline struct str made(struct stage *s, const char *type, const struct value *props)
{
	struct work *w = make(s, type, props);

	if (w->state != WORK_OK)
		fail_msg("%s: %.*s: %.*s", type, STR_ARG(w->err.code), STR_ARG(w->err.message));
	return w->id;
}

static inline struct work *removed(struct stage *s, const char *type, struct str id)
{
	struct work *w = work_new(s, WORK_DELETE, type);

	w->id = id;
	return run(s, w);
}

static inline struct work *changed(struct stage *s, const char *type, struct str id, const struct value *prior,
				   const struct value *desired)
{
	struct work *w = work_new(s, WORK_UPDATE, type);

	w->id = id;
	w->prior = prior;
	w->desired = desired;
	return run(s, w);
}

static inline struct work_item *seen(struct stage *s, const char *type, struct str id)
{
	struct work *w = work_new(s, WORK_READ, type);

	w->items = arena_new(&s->arena, struct work_item);
	w->n_items = 1;
	w->items->id = id;
	assert_int_equal(run(s, w)->state, WORK_OK);
	return w->items;
}

static inline const struct value *live(struct stage *s, const char *type, struct str id)
{
	struct work_item *it = seen(s, type, id);

	assert_true(it->found);
	return it->live;
}

static inline void assert_text(const struct value *root, const char *path, const char *want)
{
	struct str have = value_text(value_path(root, str_of(path)));

	if (!str_eqc(have, want))
		fail_msg("%s is '%.*s', not '%s'", path, STR_ARG(have), want);
}

static inline void assert_refused(const struct work *w, const char *code)
{
	assert_int_equal(w->state, WORK_FAILED);
	if (!str_eqc(w->err.code, code))
		fail_msg("%.*s: %.*s instead of %s", STR_ARG(w->err.code), STR_ARG(w->err.message), code);
	assert_true(w->err.message.n > 0);
}

static inline struct str a_vpc(struct stage *s)
{
	return made(s, VPC, json(s, "{\"CidrBlock\": \"10.1.0.0/16\"}"));
}

static inline struct str a_group(struct stage *s, struct str vpc, const char *name)
{
	const char *text =
	    str_fmt(&s->arena, "{\"GroupName\": \"%s\", \"GroupDescription\": \"d\", \"VpcId\": \"%%s\"}", name).p;

	return made(s, GROUP, with_id(s, text, vpc));
}

#endif
