/* Saved plans: one JSON document that a run can be carried out from, exactly and once.
 *
 *	{"drplan_plan":1,"sha256":"<of the content's bytes>","content":{...}}
 *
 * The content holds everything that the run needs beside the state and the stack's secrets: changes with residual
 * expressions in long form, what was live, the order. Secrets are left out; planfile_bind takes them from the stack,
 * which is rendered again and must have the same digest. planread.c is the other direction.
 */
#include "planner/planfile.h"

#include "base/file.h"
#include "base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct pos nowhere;

static void set(struct arena *a, struct value *map, const char *key, struct value *v)
{
	if (v)
		value_set(a, map, str_of(key), nowhere, v);
}

static void set_str(struct arena *a, struct value *map, const char *key, struct str s)
{
	if (s.n)
		value_set(a, map, str_of(key), nowhere, value_string(a, nowhere, s));
}

static void set_flag(struct arena *a, struct value *map, const char *key, bool on)
{
	if (on)
		value_set(a, map, str_of(key), nowhere, value_bool(a, nowhere, true));
}

/* A copy in which every secret is the mark alone. */
static struct value *without_secrets(struct arena *a, const struct value *v)
{
	if (!v || !value_has_secret(v))
		return (struct value *)v;
	struct value *copy = NULL;
	if (v->kind == V_MAP) {
		copy = value_map(a, v->pos);
		for (uint32_t i = 0; i < v->map.n; i++)
			value_set(a, copy, v->map.items[i].key, v->map.items[i].pos,
				  without_secrets(a, v->map.items[i].value));
		return copy;
	}
	if (v->kind == V_LIST || v->kind == V_EXPR) {
		copy = v->kind == V_LIST ? value_list(a, v->pos) : value_expr(a, v->pos, v->fn);
		for (uint32_t i = 0; i < v->list.n; i++)
			value_append(a, copy, without_secrets(a, v->list.items[i]));
		return copy;
	}
	copy = value_map(a, v->pos);
	value_set(a, copy, STR(PLANFILE_SECRET), v->pos, value_string(a, v->pos, STR("hidden")));
	return copy;
}

/* A tree with expressions goes in as {"expr": its text}: data that looks like a function stays data. */
struct value *planfile_tree(struct arena *a, const struct value *v)
{
	struct value *box = value_map(a, nowhere);
	v = without_secrets(a, v);
	if (!v)
		return NULL;
	if (!value_has_expr(v)) {
		set(a, box, "value", (struct value *)v);
		return box;
	}
	struct buf b;
	buf_init(&b, PLANFILE_MAX);
	expr_write(&b, v, 0);
	set_str(a, box, "expr", buf_take(&b, a));
	buf_free(&b);
	return box;
}

/* --- the stack, as far as showing and loading it again need it ------------------------------------------------ */

static struct value *targets_tree(struct arena *a, const struct stack *s)
{
	struct value *list = value_list(a, nowhere);
	for (size_t i = 0; i < s->n_targets; i++) {
		const struct target *t = &s->targets[i];
		struct value *m = value_map(a, nowhere);
		set_str(a, m, "name", t->name);
		set_str(a, m, "region", t->region);
		set_str(a, m, "profile", t->profile);
		set_str(a, m, "role_arn", t->role_arn);
		set_str(a, m, "account", t->found_account);
		value_append(a, list, m);
	}
	return list;
}

static struct value *params_tree(struct arena *a, const struct stack *s)
{
	struct value *list = value_list(a, nowhere);
	for (size_t i = 0; i < s->n_params; i++) {
		const struct parameter *p = &s->params[i];
		struct value *m = value_map(a, nowhere);
		set_str(a, m, "name", p->name);
		if (p->value && !p->no_echo && !value_has_secret(p->value))
			set(a, m, "value", planfile_tree(a, p->value));
		set_flag(a, m, "given", p->given);
		set_flag(a, m, "no_echo", p->no_echo);
		value_append(a, list, m);
	}
	return list;
}

static struct value *stack_tree(struct arena *a, const struct stack *s)
{
	struct value *m = value_map(a, nowhere), *phases = value_list(a, nowhere);
	set_str(a, m, "name", s->name);
	set_str(a, m, "path", s->path);
	set_str(a, m, "digest", str_of(s->digest));
	value_put_int(a, m, "default_target", s->default_target);
	set(a, m, "targets", targets_tree(a, s));
	for (size_t i = 0; i < s->n_phases; i++)
		value_append(a, phases, value_string(a, nowhere, s->phases[i].name));
	set(a, m, "phases", phases);
	set(a, m, "parameters", params_tree(a, s));
	return m;
}

/* --- changes -------------------------------------------------------------------------------------------------- */

static struct value *props_tree(struct arena *a, const struct prop_change *props, size_t n)
{
	static const char *const kinds[] = {"add", "change", "remove", "left", "foreign"};
	struct value *list = n ? value_list(a, nowhere) : NULL;
	for (size_t i = 0; i < n; i++) {
		const struct prop_change *c = &props[i];
		struct value *m = value_map(a, nowhere);
		set_str(a, m, "path", c->path);
		set_str(a, m, "kind", str_of(kinds[c->kind]));
		set(a, m, "before", planfile_tree(a, c->before));
		set(a, m, "after", planfile_tree(a, c->after));
		set_flag(a, m, "replaces", c->replaces);
		set_flag(a, m, "maybe_replaces", c->maybe_replaces);
		set_flag(a, m, "irreversible", c->irreversible);
		set_flag(a, m, "drift", c->drift);
		value_append(a, list, m);
	}
	return list;
}

static struct value *keeps_tree(struct arena *a, const struct change *c)
{
	struct value *list = c->n_keep ? value_list(a, nowhere) : NULL;
	for (size_t i = 0; i < c->n_keep; i++) {
		struct value *m = value_map(a, nowhere);
		set_str(a, m, "path", c->keep[i].path);
		set(a, m, "value", planfile_tree(a, c->keep[i].value));
		value_append(a, list, m);
	}
	return list;
}

static struct value *change_tree(struct arena *a, const struct plan *p, const struct change *c)
{
	struct value *m = value_map(a, nowhere), *needs = value_list(a, nowhere);
	set_str(a, m, "address", c->address);
	set_str(a, m, "type", type_name(c->type));
	set_str(a, m, "target", p->stack->targets[c->target].name);
	value_put_int(a, m, "phase", c->phase);
	set_str(a, m, "action", planfile_action(c->action));
	value_put_int(a, m, "reason", c->reason);
	for (size_t i = 0; i < PLANFILE_FLAGS; i++)
		set_flag(a, m, planfile_flags[i].name, *(const bool *)((const char *)c + planfile_flags[i].offset));
	if (c->row)
		value_put_int(a, m, "generation", c->row->generation);
	set_flag(a, m, "secret", value_has_secret_in(c->desired));
	set(a, m, "live", planfile_tree(a, c->live));
	set(a, m, "attributes", planfile_tree(a, c->live_attrs));
	set(a, m, "desired", planfile_tree(a, c->desired));
	set(a, m, "props", props_tree(a, c->props, c->n_props));
	set(a, m, "noted", props_tree(a, c->noted, c->n_noted));
	set(a, m, "keep", keeps_tree(a, c));
	set_str(a, m, "name", c->generated_name);
	for (size_t i = 0; i < c->n_needs; i++)
		value_append(a, needs, value_int(a, nowhere, c->needs[i]));
	set(a, m, "needs", needs);
	return m;
}

static struct value *outputs_tree(struct arena *a, const struct plan *p)
{
	struct value *list = value_list(a, nowhere);
	for (size_t i = 0; i < p->n_outputs; i++) {
		const struct output *o = p->outputs[i].out;
		struct value *m = value_map(a, nowhere);
		set_str(a, m, "name", o->name);
		set_flag(a, m, "secret", o->secret);
		set(a, m, "before", planfile_tree(a, p->outputs[i].before));
		set(a, m, "after", planfile_tree(a, p->outputs[i].after));
		value_append(a, list, m);
	}
	return list;
}

static struct value *plan_tree(struct arena *a, const struct plan *p)
{
	struct value *m = value_map(a, nowhere), *changes = value_list(a, nowhere);
	set_str(a, m, "made", time_rfc3339(a, p->made_ms, true));
	value_put_int(a, m, "made_ms", p->made_ms);
	set_str(a, m, "provider", p->provider);
	set_str(a, m, "lineage", p->lineage);
	value_put_int(a, m, "serial", p->serial);
	set_flag(a, m, "destroy", p->destroy);
	set_flag(a, m, "refreshed", p->refreshed);
	set_flag(a, m, "partial", p->partial);
	set_flag(a, m, "applyable", p->applyable);
	set(a, m, "stack", stack_tree(a, p->stack));
	for (size_t i = 0; i < p->n; i++)
		value_append(a, changes, change_tree(a, p, &p->changes[i]));
	set(a, m, "changes", changes);
	set(a, m, "outputs", outputs_tree(a, p));
	return m;
}

struct str planfile_secrets(struct arena *a, const struct stack *s, struct state *st)
{
	struct buf b;
	buf_init(&b, PLANFILE_MAX);
	b.secret = true;
	for (size_t i = 0; i < s->n_params; i++) {
		if (!s->params[i].no_echo || !s->params[i].value)
			continue;
		buf_fmt(&b, "%.*s=", STR_ARG(s->params[i].name));
		json_write(&b, s->params[i].value, JSON_SORTED | JSON_SECRETS);
		buf_char(&b, '\n');
	}
	struct str fp = b.n ? state_secret(st, a, buf_get(&b)) : STR_NONE;
	buf_free(&b);
	return fp;
}

/* --- the file ------------------------------------------------------------------------------------------------- */

bool planfile_write(struct plan *p, const char *path, struct errs *errs)
{
	struct arena scratch = {0};
	struct buf b;
	buf_init(&b, PLANFILE_MAX);
	json_write(&b, plan_tree(&scratch, p), 0);
	bool ok = !b.overflow;
	if (ok) {
		struct sha256 d = sha256_of(buf_get(&b));
		struct str head =
		    str_fmt(&scratch, PLANFILE_HEAD "%.*s" PLANFILE_MIDDLE, STR_ARG(sha256_hex(&scratch, &d)));
		struct str key = str_fmt(&scratch, "plan/%.*s", STR_ARG(sha256_hex(&scratch, &d)));
		snprintf(p->digest, sizeof p->digest, "%.*s", STR_ARG(sha256_hex(&scratch, &d)));
		const struct str parts[] = {head, buf_get(&b), STR("}\n")};
		ok = file_replace(&scratch, str_of(path), parts, 3);
		if (!ok)
			err_add(errs, ERR_SYSTEM, (struct pos){0}, "cannot write the plan %s: %s", path,
				strerror(errno));
		struct str secrets = p->state ? planfile_secrets(&scratch, p->stack, p->state) : STR_NONE;
		if (ok && secrets.n)
			state_set(p->state, key.p, secrets);
	} else {
		err_add(errs, ERR_SYSTEM, (struct pos){0}, "the plan is too large to be saved");
	}
	buf_free(&b);
	arena_free(&scratch);
	return ok;
}
