/* Reading a saved plan, which is hostile until its hash, its form and its indexes were checked, and tying it to the
 * stack and the state again. The form is planfile.c's. */
#include "planner/planfile.h"
#include "planner/planpriv.h"

#include "base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const struct planfile_flag planfile_flags[PLANFILE_FLAGS] = {
    {"create_first", offsetof(struct change, create_first)},
    {"irreversible", offsetof(struct change, irreversible)},
    {"keeps_old", offsetof(struct change, keeps_old)},
    {"snapshot", offsetof(struct change, snapshot)},
    {"waits", offsetof(struct change, waits)},
    {"defers", offsetof(struct change, defers)},
    {"gone", offsetof(struct change, gone)},
    {"made", offsetof(struct change, made)},
    {"lookup", offsetof(struct change, lookup)},
};

static const char *const action_names[ACT_COUNT] = {"none", "create", "update", "replace", "delete", "read", "forget"};

struct str planfile_action(enum action action)
{
	return str_of(action_names[action]);
}

struct reader {
	struct arena *a;
	struct errs *errs;
	struct plan *p;
	struct stack *stack;
	bool bad;
};

static void bad(struct reader *r, const char *what)
{
	if (!r->bad)
		err_add(r->errs, ERR_INPUT, (struct pos){0},
			"the saved plan is not in the form that this drplan writes (%s)", what);
	r->bad = true;
}

static struct str get_str(const struct value *map, const char *key)
{
	const struct value *v = value_getc(map, key);
	return v && v->kind == V_STRING ? v->text : STR_NONE;
}

static bool get_flag(const struct value *map, const char *key)
{
	const struct value *v = value_getc(map, key);
	return v && v->kind == V_BOOL && v->boolean;
}

static int64_t get_int(struct reader *r, const struct value *map, const char *key, int64_t max)
{
	const struct value *v = value_getc(map, key);
	int64_t n = 0;
	if (!v || !value_as_int(v, &n) || n < 0 || n > max)
		bad(r, key);
	return n < 0 || n > max ? 0 : n;
}

static const struct value *get_tree(struct reader *r, const struct value *map, const char *key)
{
	const struct value *box = value_getc(map, key), *v = value_getc(box, "value");
	struct str text = get_str(box, "expr");
	if (!text.n)
		return v;
	struct value *json = json_read(r->a, text, 0, r->errs);
	v = json ? expr_read(r->a, json, r->errs) : NULL;
	if (!v)
		bad(r, key);
	return v;
}

/* What is only shown: a secret reads as one again. */
static const struct value *get_shown(struct reader *r, const struct value *map, const char *key)
{
	return state_show_hidden(r->a, get_tree(r, map, key));
}

/* --- the stack ------------------------------------------------------------------------------------------------ */

static void read_targets(struct reader *r, const struct value *list)
{
	struct stack *s = r->stack;
	s->targets = arena_array(r->a, value_count(list) + 1, sizeof *s->targets);
	for (size_t i = 0; i < value_count(list); i++) {
		const struct value *m = value_at(list, i);
		s->targets[s->n_targets++] = (struct target){
		    .name = get_str(m, "name"),
		    .region = get_str(m, "region"),
		    .profile = get_str(m, "profile"),
		    .role_arn = get_str(m, "role_arn"),
		    .found_account = get_str(m, "account"),
		};
	}
}

static void read_params(struct reader *r, const struct value *list)
{
	struct stack *s = r->stack;
	s->params = arena_array(r->a, value_count(list) + 1, sizeof *s->params);
	for (size_t i = 0; i < value_count(list); i++) {
		const struct value *m = value_at(list, i);
		s->params[s->n_params++] = (struct parameter){
		    .name = get_str(m, "name"),
		    .given = get_flag(m, "given"),
		    .no_echo = get_flag(m, "no_echo"),
		    .value = (struct value *)get_tree(r, m, "value"),
		};
	}
}

static void read_stack(struct reader *r, const struct value *m)
{
	struct stack *s = r->stack = arena_new(r->a, struct stack);
	const struct value *phases = value_getc(m, "phases");
	struct str digest = get_str(m, "digest");
	s->arena = r->a;
	s->name = get_str(m, "name");
	s->path = get_str(m, "path");
	if (digest.n >= sizeof s->digest || !s->name.n)
		bad(r, "stack");
	else
		memcpy(s->digest, digest.n ? digest.p : "", digest.n);
	read_targets(r, value_getc(m, "targets"));
	s->default_target = (uint32_t)get_int(r, m, "default_target", s->n_targets ? (int64_t)s->n_targets - 1 : 0);
	s->phases = arena_array(r->a, value_count(phases) + 1, sizeof *s->phases);
	for (size_t i = 0; i < value_count(phases); i++)
		s->phases[s->n_phases++].name = value_text(value_at(phases, i));
	read_params(r, value_getc(m, "parameters"));
	r->p->stack = s;
}

/* --- changes -------------------------------------------------------------------------------------------------- */

static void read_props(struct reader *r, const struct value *list, struct prop_change **out, size_t *n)
{
	static const char *const kinds[] = {"add", "change", "remove", "left", "foreign"};
	*n = value_count(list);
	*out = arena_array(r->a, *n + 1, sizeof **out);
	for (size_t i = 0; i < *n; i++) {
		const struct value *m = value_at(list, i);
		struct prop_change *c = &(*out)[i];
		unsigned kind = 0;
		while (kind < 5 && !str_eqc(get_str(m, "kind"), kinds[kind]))
			kind++;
		if (kind == 5)
			bad(r, "kind");
		*c = (struct prop_change){
		    .path = get_str(m, "path"),
		    .kind = (enum prop_change_kind)(kind % 5),
		    .before = get_shown(r, m, "before"),
		    .after = get_shown(r, m, "after"),
		    .replaces = get_flag(m, "replaces"),
		    .maybe_replaces = get_flag(m, "maybe_replaces"),
		    .irreversible = get_flag(m, "irreversible"),
		    .drift = get_flag(m, "drift"),
		};
	}
}

static void read_keeps(struct reader *r, const struct value *list, struct change *c)
{
	c->n_keep = value_count(list);
	c->keep = arena_array(r->a, c->n_keep + 1, sizeof *c->keep);
	for (size_t i = 0; i < c->n_keep; i++)
		c->keep[i] =
		    (struct prop_keep){get_str(value_at(list, i), "path"), get_tree(r, value_at(list, i), "value")};
}

static void read_needs(struct reader *r, const struct value *list, struct change *c)
{
	c->n_needs = value_count(list);
	c->needs = arena_array(r->a, c->n_needs + 1, sizeof *c->needs);
	for (size_t i = 0; i < c->n_needs; i++) {
		int64_t n = 0;
		if (!value_as_int(value_at(list, i), &n) || n < 0 || (uint64_t)n >= r->p->n)
			bad(r, "needs");
		else
			c->needs[i] = (uint32_t)n;
	}
}

static void read_kind(struct reader *r, const struct value *m, struct change *c)
{
	struct str action = get_str(m, "action"), target = get_str(m, "target");
	unsigned k = 0;
	while (k < ACT_COUNT && !str_eqc(action, action_names[k]))
		k++;
	c->target = 0;
	while (c->target < r->stack->n_targets && !str_eq(r->stack->targets[c->target].name, target))
		c->target++;
	c->type = model_type(get_str(m, "type"));
	if (k == ACT_COUNT || c->target == r->stack->n_targets || !c->type || !get_str(m, "address").n)
		bad(r, "change");
	c->action = (enum action)(k % ACT_COUNT);
	c->target = c->target < r->stack->n_targets ? c->target : 0;
	c->reason = (enum reason)get_int(r, m, "reason", WHY_TARGET);
	c->phase = (uint32_t)get_int(r, m, "phase", r->stack->n_phases ? (int64_t)r->stack->n_phases - 1 : 0);
}

static void count(struct plan_totals *t, enum action action)
{
	t->create += action == ACT_CREATE;
	t->update += action == ACT_UPDATE;
	t->replace += action == ACT_REPLACE;
	t->remove += action == ACT_DELETE;
	t->read += action == ACT_READ;
	t->forget += action == ACT_FORGET;
}

static void read_change(struct reader *r, const struct value *m, struct change *c)
{
	c->address = get_str(m, "address");
	read_kind(r, m, c);
	for (size_t i = 0; i < PLANFILE_FLAGS; i++)
		*(bool *)((char *)c + planfile_flags[i].offset) = get_flag(m, planfile_flags[i].name);
	c->live = get_tree(r, m, "live");
	c->live_attrs = get_tree(r, m, "attributes");
	c->desired = get_tree(r, m, "desired");
	read_props(r, value_getc(m, "props"), &c->props, &c->n_props);
	read_props(r, value_getc(m, "noted"), &c->noted, &c->n_noted);
	read_keeps(r, value_getc(m, "keep"), c);
	c->generated_name = get_str(m, "name");
	read_needs(r, value_getc(m, "needs"), c);
	count(&r->p->totals, c->action);
}

static void read_outputs(struct reader *r, const struct value *list)
{
	struct plan *p = r->p;
	struct output *outs = arena_array(r->a, value_count(list) + 1, sizeof *outs);
	p->outputs = arena_array(r->a, value_count(list) + 1, sizeof *p->outputs);
	for (size_t i = 0; i < value_count(list); i++) {
		const struct value *m = value_at(list, i);
		outs[i] = (struct output){.name = get_str(m, "name"), .secret = get_flag(m, "secret")};
		p->outputs[i].out = &outs[i];
		p->outputs[i].before = get_shown(r, m, "before");
		p->outputs[i].after = get_shown(r, m, "after");
	}
	p->n_outputs = value_count(list);
}

static void read_content(struct reader *r, const struct value *m)
{
	struct plan *p = r->p;
	const struct value *changes = value_getc(m, "changes");
	p->arena = r->a;
	p->lineage = get_str(m, "lineage");
	p->provider = get_str(m, "provider");
	p->serial = get_int(r, m, "serial", INT64_MAX);
	p->made_ms = get_int(r, m, "made_ms", INT64_MAX);
	p->destroy = get_flag(m, "destroy");
	p->refreshed = get_flag(m, "refreshed");
	p->partial = get_flag(m, "partial");
	p->applyable = get_flag(m, "applyable");
	p->warnings = r->errs;
	read_stack(r, value_getc(m, "stack"));
	p->n = value_count(changes);
	p->changes = arena_array(r->a, p->n + 1, sizeof *p->changes);
	for (size_t i = 0; i < p->n && !r->bad; i++)
		read_change(r, value_at(changes, i), &p->changes[i]);
	read_outputs(r, value_getc(m, "outputs"));
	p->content = m;
}

/* --- the file ------------------------------------------------------------------------------------------------- */

static bool read_file(struct arena *a, const char *path, struct str *out, struct errs *errs)
{
	struct stat sb;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &sb) != 0 || !S_ISREG(sb.st_mode) || sb.st_size > (off_t)PLANFILE_MAX) {
		err_add(errs, ERR_SYSTEM, (struct pos){0}, "cannot read the plan %s: %s", path,
			fd < 0 ? strerror(errno) : "it is not a plain file, or too large");
		if (fd >= 0)
			close(fd);
		return false;
	}
	char *p = arena_alloc(a, (size_t)sb.st_size + 1);
	size_t n = 0;
	ssize_t got = 1;
	while (n < (size_t)sb.st_size &&
	       ((got = read(fd, p + n, (size_t)sb.st_size - n)) > 0 || (got < 0 && errno == EINTR)))
		n += got > 0 ? (size_t)got : 0;
	close(fd);
	*out = (struct str){p, n};
	return true;
}

/* The bytes of the content, if the file is framed as planfile.c writes it and its hash is right. */
static bool unwrap(struct str file, struct arena *a, struct str *content, char digest[65])
{
	struct str head = STR(PLANFILE_HEAD), middle = STR(PLANFILE_MIDDLE), tail = STR("}\n");
	size_t start = head.n + 64 + middle.n;
	if (file.n < start + tail.n || !str_starts(file, head) || !str_ends(file, tail) ||
	    !str_eq(str_sub(file, head.n + 64, start), middle))
		return false;
	*content = str_sub(file, start, file.n - tail.n);
	struct sha256 d = sha256_of(*content);
	struct str hex = sha256_hex(a, &d);
	memcpy(digest, hex.p, 64);
	digest[64] = 0;
	return str_eq(hex, str_sub(file, head.n, head.n + 64));
}

struct plan *planfile_read(struct arena *a, const char *path, struct errs *errs)
{
	struct reader r = {.a = a, .errs = errs, .p = arena_new(a, struct plan)};
	struct str file, content;
	if (!read_file(a, path, &file, errs))
		return NULL;
	if (!unwrap(file, a, &content, r.p->digest)) {
		struct err *e = err_add(errs, ERR_INPUT, (struct pos){0},
					"%s is not a saved plan, or it was altered after it was made", path);
		err_help(errs, e, "make a new one with `drplan plan -out=FILE`");
		return NULL;
	}
	struct value *m = json_read(a, content, 0, errs);
	if (!m)
		return NULL;
	read_content(&r, m);
	return r.bad ? NULL : r.p;
}

bool planfile_is(const char *path)
{
	char head[sizeof PLANFILE_HEAD - 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool is = fd >= 0 && read(fd, head, sizeof head) == (ssize_t)sizeof head &&
		  memcmp(head, PLANFILE_HEAD, sizeof head) == 0;
	if (fd >= 0)
		close(fd);
	return is;
}
