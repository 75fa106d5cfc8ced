/* Runbooks as values: DR::Runbooks.NAME.StateMachine and PolicyDocument (expr.h: FN_RUNBOOK), and the tree that both, and
 * `drplan runbook export`, are made of. Names of resources in steps become references here, so that whatever holds the
 * value depends on them like on any other; what a step means to whoever carries it out is the provider's business. */
#include "stacks/runbooks.h"

static const char *const whats[] = {"StateMachine", "PolicyDocument"};

/* --- while the stack is read -------------------------------------------------------------------------------------- */

/* Runbooks themselves are read last: whether there is one of that name is seen in the documents. */
static bool is_written(const struct loader *ld, struct str name)
{
	for (size_t d = 0; d < ld->root->n_docs; d++)
		if (value_get(ld->root->docs[d]->section[SEC_RUNBOOKS], name))
			return true;
	return false;
}

static bool what_known(struct str what)
{
	for (size_t i = 0; i < sizeof whats / sizeof *whats; i++)
		if (str_eqc(what, whats[i]))
			return true;
	return false;
}

struct value *runbook_attribute(const struct parse *p, struct pos pos, struct str path)
{
	struct loader *ld = p->scope->ld;
	ptrdiff_t dot = str_chr(path, '.', 0);
	struct str name = dot < 0 ? path : str_sub(path, 0, (size_t)dot), what = STR_NONE;
	const struct target *t;
	struct value *e;

	if (dot >= 0)
		what = str_sub(path, (size_t)dot + 1, path.n);
	if (!what_known(what))
		err_help(ld->errs, err_at(ld->errs, pos, "a runbook has no attribute '%.*s'", STR_ARG(what)),
			 "it has StateMachine and PolicyDocument");
	else if (!is_written(ld, name))
		err_at(ld->errs, pos, "there is no runbook '%.*s'", STR_ARG(name));
	else if (p->flags & (PARSE_RUNBOOK | PARSE_NO_RESOURCES))
		err_at(ld->errs, pos, "an exported runbook cannot be used in %s", p->where ? p->where : "this place");
	else {
		t = &ld->stack->targets[p->target];
		e = expr_make(ld->arena, pos, FN_RUNBOOK, value_string(ld->arena, pos, what),
			      value_string(ld->arena, pos, name));
		value_append(ld->arena, e, value_string(ld->arena, pos, t->name));
		value_append(ld->arena, e, account_expr(ld, pos, t));
		return e;
	}
	return expr_broken(ld, pos);
}

/* --- the tree ----------------------------------------------------------------------------------------------------- */

struct exported {
	struct loader *ld;
	struct arena *arena;
	struct str kind;
};

static const struct type *thing_at(const struct exported *x, const struct value *v, struct str *address,
				   uint32_t *target)
{
	struct str id = v->kind == V_STRING ? v->text : expr_is(v, FN_REF) ? value_text(value_at(v, 0)) : STR_NONE;
	const struct name *n = id.n ? name_get(&x->ld->root->names, id) : NULL;
	const struct lookup_item *lookup = (const struct lookup_item *)n;
	const struct item *item = (const struct item *)n;

	if (!n || (n->kind != NAME_LOOKUP && n->kind != NAME_RESOURCE))
		return NULL;
	*address = n->kind == NAME_LOOKUP ? lookup->pub.address : item->res.address;
	*target = n->kind == NAME_LOOKUP ? lookup->pub.target : item->res.target;
	return n->kind == NAME_LOOKUP ? lookup->pub.type : item->res.type;
}

static struct value *named(const struct exported *x, struct value *v)
{
	struct arena *a = x->arena;
	struct str address;
	uint32_t target;
	const struct type *t;
	struct value *out;

	if (v->kind == V_LIST) {
		out = value_list(a, v->pos);
		for (size_t i = 0; i < value_count(v); i++)
			value_append(a, out, named(x, value_at(v, i)));
		return out;
	}
	t = thing_at(x, v, &address, &target);
	if (!t)
		return v;
	out = value_map(a, v->pos);
	value_put_text(a, out, "Address", address);
	value_put_text(a, out, "Type", type_name(t));
	value_put_text(a, out, "Target", x->ld->stack->targets[target].name);
	value_put(a, out, "Id", expr_make(a, v->pos, FN_REF, value_string(a, v->pos, address), NULL));
	return out;
}

/* The arguments of a verb or check, with what they name in the place of its name. */
static struct value *arguments(const struct exported *x, const struct shape *shape, struct value *args)
{
	struct value *out;

	if (!shape || !shape->keys[0] || args->kind != V_MAP)
		return args;
	out = value_map(x->arena, args->pos);
	for (uint32_t i = 0; i < args->map.n; i++) {
		const struct member *m = &args->map.items[i];
		bool names = shape_names(shape, m->key) != NAMES_NOTHING;

		value_set(x->arena, out, m->key, m->pos, names ? named(x, m->value) : m->value);
	}
	return out;
}

static struct value *check_made(const struct exported *x, struct value *check)
{
	const struct member *m = check && check->kind == V_MAP && check->map.n == 1 ? &check->map.items[0] : NULL;
	struct value *out;

	if (!m)
		return check;
	out = value_map(x->arena, check->pos);
	value_set(x->arena, out, m->key, m->pos,
		  arguments(x, shape_find(check_shapes, n_check_shapes, m->key), m->value));
	return out;
}

static struct value *steps_made(const struct exported *x, const struct value *steps);

static struct value *verb_made(const struct exported *x, const struct member *m)
{
	struct value *out;

	if (str_eqc(m->key, "Parallel"))
		return steps_made(x, m->value);
	if (str_eqc(m->key, "Check") && m->value->kind == V_LIST) {
		out = value_list(x->arena, m->value->pos);
		for (size_t i = 0; i < value_count(m->value); i++)
			value_append(x->arena, out, check_made(x, value_at(m->value, i)));
		return out;
	}
	if (str_eqc(m->key, "Measure")) {
		out = value_map(x->arena, m->value->pos);
		if (value_getc(m->value, "RPO"))
			value_put(x->arena, out, "RPO", check_made(x, value_getc(m->value, "RPO")));
		return out;
	}
	return arguments(x, shape_find(verb_shapes, n_verb_shapes, m->key), m->value);
}

static bool left_out(const struct exported *x, const struct value *step)
{
	struct str when = value_text(value_getc(step, "When"));
	const struct value *export = value_getc(step, "Export");
	bool on = true;

	return (export && value_as_bool(export, &on) && !on) || (when.n && x->kind.n && !str_eq(when, x->kind));
}

static struct value *steps_made(const struct exported *x, const struct value *steps)
{
	struct value *out = value_list(x->arena, steps ? steps->pos : (struct pos){0});

	for (size_t i = 0; steps && steps->kind == V_LIST && i < value_count(steps); i++) {
		const struct value *step = value_at(steps, i);
		const struct member *verb = step_verb(step);
		struct value *made, *copy;

		if (!verb || left_out(x, step))
			continue;
		made = verb_made(x, verb);
		if (str_eqc(verb->key, "Parallel") && !value_count(made))
			continue;
		copy = value_map(x->arena, step->pos);
		for (uint32_t k = 0; k < step->map.n; k++) {
			const struct member *m = &step->map.items[k];

			value_set(x->arena, copy, m->key, m->pos, m == verb ? made : m->value);
		}
		value_append(x->arena, out, copy);
	}
	return out;
}

static struct value *regions(const struct exported *x)
{
	const struct stack *s = x->ld->stack;
	struct value *out = value_map(x->arena, (struct pos){0});

	for (size_t i = 0; i < s->n_targets; i++)
		value_set(x->arena, out, s->targets[i].name, s->targets[i].pos,
			  value_string(x->arena, s->targets[i].pos, s->targets[i].region));
	return out;
}

/* As it was asked, where it was. */
static struct value *account_of(const struct exported *x, uint32_t at, struct pos pos)
{
	struct value *e = account_expr(x->ld, pos, &x->ld->stack->targets[at]);
	struct value *known = e->kind == V_EXPR ? fact_value(x->ld, e) : NULL;

	return known ? known : e;
}

struct value *stack_runbook(const struct stack *s, struct str name, struct str kind, uint32_t at)
{
	const struct exported x = {.ld = s->loader, .arena = s->arena, .kind = kind};
	const struct member *m = value_member(s->runbooks, name);
	struct value *out;

	if (!m)
		return NULL;
	out = value_map(x.arena, m->pos);
	value_put_text(x.arena, out, "Name", name);
	value_put_text(x.arena, out, "Kind", kind);
	value_put_text(x.arena, out, "At", s->targets[at].name);
	value_put(x.arena, out, "Account", account_of(&x, at, m->pos));
	value_put(x.arena, out, "Targets", regions(&x));
	value_put_text(x.arena, out, "From", value_text(value_getc(m->value, "From")));
	value_put_text(x.arena, out, "To", value_text(value_getc(m->value, "To")));
	value_put(x.arena, out, "Steps", steps_made(&x, value_getc(m->value, "Steps")));
	value_put(x.arena, out, "Always", steps_made(&x, value_getc(m->value, "Always")));
	return out;
}

/* In a stack it is the kind that needs nothing of the side that is left. */
struct value *runbook_expand(struct loader *ld, const struct value *e)
{
	struct str target = value_text(value_at(e, 2));
	struct value *tree;
	uint32_t at = 0;

	while (at + 1 < ld->stack->n_targets && !str_eq(ld->stack->targets[at].name, target))
		at++;
	tree = stack_runbook(ld->stack, value_text(value_at(e, 1)), STR("unplanned"), at);
	if (!tree)
		return value_expr(ld->arena, e->pos, FN_BROKEN);
	return expr_make(ld->arena, e->pos, FN_RUNBOOK, value_at(e, 0), tree);
}
