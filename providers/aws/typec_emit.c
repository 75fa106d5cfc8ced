/* The tables that the compiler builds, and their dump as C: strings once each in one pool, rows as initialisers
 * without pointers. */
#include "providers/aws/typec.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

static size_t pool_slot(const struct pool *p, struct str s)
{
	size_t i = (size_t)hash_bytes(s).lo & (p->n_slots - 1);

	while (p->slots[i] && !str_eq(pool_get(p, p->slots[i]), s))
		i = (i + 1) & (p->n_slots - 1);
	return i;
}

static void pool_grow(struct pool *p)
{
	uint32_t *old = p->slots;
	size_t n_old = p->n_slots;

	p->n_slots = n_old ? n_old * 2 : 1024;
	p->slots = xmalloc(p->n_slots * sizeof *p->slots);
	memset(p->slots, 0, p->n_slots * sizeof *p->slots);
	for (size_t i = 0; i < n_old; i++)
		if (old[i])
			p->slots[pool_slot(p, pool_get(p, old[i]))] = old[i];
	free(old);
}

uint32_t pool_add(struct pool *p, struct str s)
{
	size_t i;

	if (!p->text.n) {
		buf_init(&p->text, (size_t)1 << 24);
		buf_char(&p->text, '\0');
	}
	if (!s.n)
		return 0;
	if (p->n * 2 >= p->n_slots)
		pool_grow(p);
	i = pool_slot(p, s);
	if (!p->slots[i]) {
		p->slots[i] = (uint32_t)p->text.n;
		p->n++;
		buf_str(&p->text, s);
		buf_char(&p->text, '\0');
	}
	return p->slots[i];
}

struct str pool_get(const struct pool *p, uint32_t at)
{
	return at ? str_of(p->text.p + at) : STR_NONE;
}

static void *table_room(struct table *t, size_t n)
{
	if (t->n + n > t->cap) {
		void *rows;

		t->cap = (t->n + n) * 2 + 64;
		rows = xmalloc(t->cap * t->size);
		memset(rows, 0, t->cap * t->size);
		if (t->n)
			memcpy(rows, t->rows, t->n * t->size);
		free(t->rows);
		t->rows = rows;
	}
	return (char *)t->rows + t->n * t->size;
}

/* Rows that are there already are used again: many paths and code lists are the same. */
static size_t table_same(const struct table *t, const void *rows, size_t n)
{
	for (size_t i = 1; i + n <= t->n; i++)
		if (!memcmp((const char *)t->rows + i * t->size, rows, n * t->size))
			return i;
	return 0;
}

struct span table_add(struct table *t, const void *rows, size_t n)
{
	size_t at;

	if (!n)
		return (struct span){0, 0};
	at = table_same(t, rows, n);
	t->full = t->full || n > 0xfff;
	if (!at) {
		memcpy(table_room(t, n), rows, n * t->size);
		at = t->n;
		t->n += n;
	}
	return (struct span){(uint32_t)at & 0xfffff, (uint32_t)n & 0xfff};
}

uint16_t table_one(struct table *t, const void *row)
{
	return (uint16_t)table_add(t, row, 1).first;
}

void tables_init(struct typec *tc)
{
	struct {
		struct table *t;
		size_t size;
	} all[] = {
		{&tc->steps, sizeof(struct call_step)}, {&tc->conds, sizeof(struct call_cond)},
		{&tc->sources_, sizeof(struct call_source)}, {&tc->binds, sizeof(struct call_bind)},
		{&tc->withs, sizeof(struct call_with)}, {&tc->takes, sizeof(struct call_take)},
		{&tc->variants, sizeof(struct call_variant)}, {&tc->codes, sizeof(call_str)},
		{&tc->calls, sizeof(struct call_def)}, {&tc->keeps, sizeof(struct keep_def)}, {&tc->fetches, sizeof(struct fetch_def)},
		{&tc->facets, sizeof(struct facet_def)}, {&tc->attrs, sizeof(struct attr_def)},
		{&tc->finds, sizeof(struct find_def)}, {&tc->named, sizeof(struct named_def)}, {&tc->types, sizeof(struct type_def)},
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		all[i].t->size = all[i].size;
		table_room(all[i].t, 1);
		all[i].t->n = 1;
	}
}

void tables_free(struct typec *tc)
{
	struct table *all[] = {&tc->steps, &tc->conds, &tc->sources_, &tc->binds, &tc->withs, &tc->takes, &tc->variants,
			       &tc->codes, &tc->calls, &tc->keeps, &tc->fetches, &tc->facets, &tc->attrs, &tc->finds, &tc->named,
			       &tc->types};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		free(all[i]->rows);
	free(tc->pool.slots);
	free(tc->facts.pool.slots);
	buf_free(&tc->pool.text);
	buf_free(&tc->facts.pool.text);
}

void emit_string(struct buf *out, struct str s)
{
	buf_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '"' || c == '\\')
			buf_fmt(out, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f || c == '?')
			buf_fmt(out, "\\%03o", c);
		else
			buf_char(out, (char)c);
	}
	buf_char(out, '"');
}

static void emit_span(struct buf *o, struct span s)
{
	buf_fmt(o, "{%u, %u}, ", (unsigned)s.first, (unsigned)s.n);
}

static void emit_wait(struct buf *o, const struct wait_def *w)
{
	buf_cstr(o, "{");
	emit_span(o, w->until);
	emit_span(o, w->fail);
	emit_span(o, w->why);
	buf_fmt(o, "%u, %u}, ", (unsigned)w->typical_ms, (unsigned)w->max_ms);
}

static void row_step(struct buf *o, const void *p)
{
	const struct call_step *r = p;

	buf_fmt(o, "%u, ", (unsigned)r->name);
	emit_span(o, r->conds);
	buf_fmt(o, "%u, %u", r->list, r->map);
}

static void row_cond(struct buf *o, const void *p)
{
	const struct call_cond *r = p;

	emit_span(o, r->path);
	emit_span(o, r->values);
	buf_fmt(o, "%u", r->op);
}

static void row_source(struct buf *o, const void *p)
{
	const struct call_source *r = p;

	buf_fmt(o, "%u, %u, ", r->kind, r->index);
	emit_span(o, r->path);
	emit_span(o, r->parts);
	buf_fmt(o, "%u", (unsigned)r->text);
}

static void row_bind(struct buf *o, const void *p)
{
	const struct call_bind *r = p;

	buf_fmt(o, "%u, ", (unsigned)r->prop);
	emit_span(o, r->path);
	buf_fmt(o, "%u, %u, %u, %u, ", r->flags, r->up, r->value, r->as);
	emit_span(o, r->by);
}

static void row_with(struct buf *o, const void *p)
{
	const struct call_with *r = p;

	emit_span(o, r->path);
	buf_fmt(o, "%u", r->value);
}

static void row_take(struct buf *o, const void *p)
{
	const struct call_take *r = p;

	buf_fmt(o, "%u, ", r->call);
	emit_span(o, r->path);
}

static void row_variant(struct buf *o, const void *p)
{
	const struct call_variant *r = p;

	emit_span(o, r->at);
	emit_span(o, r->in);
	emit_span(o, r->when);
	emit_span(o, r->binds);
}

static void row_code(struct buf *o, const void *p)
{
	buf_fmt(o, "%u", (unsigned)*(const call_str *)p);
}

static void row_call(struct buf *o, const void *p)
{
	const struct call_def *r = p;
	const struct span spans[] = {r->binds, r->with, r->first, r->when, r->otherwise, r->retry, r->ok, r->id, r->tags, r->variants};

	buf_fmt(o, "%u, %u, ", (unsigned)r->service, (unsigned)r->op);
	for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
		emit_span(o, spans[i]);
	buf_fmt(o, "%u, %u, %u, %u, ", (unsigned)r->max_ms, r->region, r->flags, r->over);
	emit_span(o, r->over_path);
	buf_fmt(o, "%u, ", r->await);
	emit_span(o, r->until);
	buf_fmt(o, "%u, %u, ", (unsigned)r->await_typical_ms, (unsigned)r->await_max_ms);
	emit_span(o, r->gather);
	buf_fmt(o, "%u, ", r->gather_most);
	buf_fmt(o, "%u, %u", r->keep, (unsigned)r->note);
}

static void row_keep(struct buf *o, const void *p)
{
	const struct keep_def *r = p;

	buf_fmt(o, "%u, ", r->call);
	emit_span(o, r->absent);
	emit_span(o, r->at);
	buf_fmt(o, "%u, %u, %u, ", (unsigned)r->list, (unsigned)r->key, r->ours);
	emit_span(o, r->same);
	buf_fmt(o, "%u", r->otherwise);
}

static void row_fetch(struct buf *o, const void *p)
{
	const struct fetch_def *r = p;

	buf_fmt(o, "%u, %u, ", r->call, r->of);
	emit_span(o, r->by);
	emit_span(o, r->filters);
	emit_span(o, r->at);
	emit_span(o, r->key);
	buf_fmt(o, "%u, %u, %u, %u, ", r->key_up, r->how, r->max, r->page);
	emit_span(o, r->page_size);
	emit_span(o, r->binds);
	emit_span(o, r->absent);
	emit_span(o, r->over_path);
	buf_fmt(o, "%u, %u, %u", r->over, r->on, (unsigned)r->into);
}

static void row_facet(struct buf *o, const void *p)
{
	const struct facet_def *r = p;

	buf_fmt(o, "%u, %u, %u, %u, %u, %u, ", (unsigned)r->prop, r->put, r->remove, r->add, r->drop, r->change);
	emit_span(o, r->change_only);
	emit_span(o, r->variants);
	buf_fmt(o, "%u, %u, %u, %u, %u, ", r->drop_first, r->batch, r->given, r->anew, r->head);
	emit_span(o, r->again);
	emit_span(o, r->renamed);
}

static void row_attr(struct buf *o, const void *p)
{
	const struct attr_def *r = p;

	buf_fmt(o, "%u, %u, %u", (unsigned)r->name, r->value, r->prop);
}

static void row_find(struct buf *o, const void *p)
{
	const struct find_def *r = p;

	buf_fmt(o, "%u, %u", (unsigned)r->prop, (unsigned)r->filter);
}

static void row_named(struct buf *o, const void *p)
{
	const struct named_def *r = p;

	buf_fmt(o, "%u, %u, %u, ", (unsigned)r->prop, (unsigned)r->by, r->call);
	emit_span(o, r->at);
	emit_span(o, r->name);
	emit_span(o, r->take);
	buf_fmt(o, "%u", (unsigned)r->after);
}

static void row_type(struct buf *o, const void *p)
{
	const struct type_def *r = p;
	const struct span spans[] = {r->create, r->after, r->update, r->delete, r->read, r->also, r->facets, r->attrs, r->find,
				     r->id_answer, r->id_other, r->element_answer, r->id_names};

	buf_fmt(o, "%u, ", (unsigned)r->name);
	for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
		emit_span(o, spans[i]);
	buf_fmt(o, "%u, %u, %u, %u, %u, %u, %u, %u, %u, ", r->id, r->ref, r->arn, r->tag_put, r->tag_remove, r->recover_read,
		r->n_recover, r->recover, r->flags);
	emit_span(o, r->unsure);
	emit_span(o, r->gone);
	emit_span(o, r->dead);
	emit_wait(o, &r->wait);
	emit_wait(o, &r->wait_delete);
	emit_span(o, r->stands);
	buf_fmt(o, "%u, ", (unsigned)r->visible_ms);
	emit_span(o, r->reference);
	emit_span(o, r->empty);
	buf_fmt(o, "%u, ", (unsigned)r->id_after);
	emit_span(o, r->named);
}

static void emit_table(struct buf *o, const char *decl, const struct table *t, size_t from,
		       void (*row)(struct buf *, const void *))
{
	bool plain = row == row_code;

	buf_fmt(o, "const %s[] = {\n", decl);
	for (size_t i = from; i < t->n || i == from; i++) {
		buf_cstr(o, plain ? "\t" : "\t{");
		if (i < t->n)
			row(o, (const char *)t->rows + i * t->size);
		else
			buf_cstr(o, "0");
		buf_cstr(o, plain ? ",\n" : "},\n");
	}
	buf_cstr(o, "};\n");
}

static void emit_pool(struct buf *o, const char *name, const struct pool *p)
{
	buf_fmt(o, "const char %s[] = \"\\0\"\n", name);
	for (size_t at = 1; at < p->text.n;) {
		struct str s = str_of(p->text.p + at);

		buf_char(o, '\t');
		emit_string(o, s);
		buf_cstr(o, " \"\\0\"\n");
		at += s.n + 1;
	}
	buf_cstr(o, "\t;\n");
}

static bool write_file(struct typec *tc, const char *path, struct buf *out)
{
	FILE *f = fopen(path, "w");
	bool ok = f && !out->overflow && fwrite(out->p, 1, out->n, f) == out->n;

	if (f && fclose(f))
		ok = false;
	if (!ok)
		err_add(&tc->errs, ERR_SYSTEM, (struct pos){0}, "cannot write %s", path);
	buf_free(out);
	return ok;
}

bool emit_calls(struct typec *tc, const char *path)
{
	struct buf o;

	buf_init(&o, (size_t)1 << 26);
	buf_cstr(&o, "/* Compiled from the type texts by typec. calls.h explains the tables. */\n#include \"providers/aws/calls.h\"\n\n");
	emit_pool(&o, "call_pool", &tc->pool);
	emit_table(&o, "struct call_step call_steps", &tc->steps, 0, row_step);
	emit_table(&o, "struct call_cond call_conds", &tc->conds, 0, row_cond);
	emit_table(&o, "struct call_source call_sources", &tc->sources_, 0, row_source);
	emit_table(&o, "struct call_bind call_binds", &tc->binds, 0, row_bind);
	emit_table(&o, "struct call_with call_withs", &tc->withs, 0, row_with);
	emit_table(&o, "struct call_take call_takes", &tc->takes, 0, row_take);
	emit_table(&o, "struct call_variant call_variants", &tc->variants, 0, row_variant);
	emit_table(&o, "call_str call_codes", &tc->codes, 0, row_code);
	emit_table(&o, "struct call_def call_defs", &tc->calls, 0, row_call);
	emit_table(&o, "struct keep_def keep_defs", &tc->keeps, 0, row_keep);
	emit_table(&o, "struct fetch_def fetch_defs", &tc->fetches, 0, row_fetch);
	emit_table(&o, "struct facet_def facet_defs", &tc->facets, 0, row_facet);
	emit_table(&o, "struct attr_def attr_defs", &tc->attrs, 0, row_attr);
	emit_table(&o, "struct find_def find_defs", &tc->finds, 0, row_find);
	emit_table(&o, "struct named_def named_defs", &tc->named, 0, row_named);
	emit_table(&o, "struct type_def type_defs", &tc->types, 1, row_type);
	buf_fmt(&o, "const size_t type_def_count = %zu;\n", tc->types.n - 1);
	return write_file(tc, path, &o);
}

bool emit_facts(struct typec *tc, const char *path)
{
	struct facts_out *f = &tc->facts;
	struct buf o;

	buf_init(&o, (size_t)1 << 24);
	buf_cstr(&o, "/* Compiled from the type texts by typec. model/facts.h explains the tables. */\n#include \"model/facts.h\"\n\n");
	emit_pool(&o, "fact_pool", &f->pool);
	buf_fmt(&o, "const struct type fact_types[] = {\n%.*s};\nconst size_t fact_type_count = %zu;\n",
		STR_ARG(f->n_types ? buf_get(&f->types) : STR("\t{0},\n")), f->n_types);
	buf_fmt(&o, "const struct fact fact_rows[] = {\n%.*s};\n", STR_ARG(f->n_rows ? buf_get(&f->rows) : STR("\t{0},\n")));
	buf_fmt(&o, "const struct fact_flag fact_flags[] = {\n%.*s};\nconst size_t fact_flag_count = %zu;\n",
		STR_ARG(f->n_flags ? buf_get(&f->flags) : STR("\t{0},\n")), f->n_flags);
	return write_file(tc, path, &o);
}

bool emit_sim(struct typec *tc, const char *path)
{
	struct facts_out *f = &tc->facts;
	struct buf o;

	buf_init(&o, (size_t)1 << 24);
	buf_cstr(&o, "/* The Sim blocks of the type texts. */\n#include \"providers/sim/simfacts.h\"\n\n");
	buf_fmt(&o, "const struct sim_text sim_texts[] = {\n%.*s};\nconst size_t sim_text_count = %zu;\n",
		STR_ARG(f->n_sim ? buf_get(&f->sim) : STR("\t{0},\n")), f->n_sim);
	return write_file(tc, path, &o);
}
