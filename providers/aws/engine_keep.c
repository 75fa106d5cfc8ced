/* A call that replaces a document in which others have elements too (`Keep`): it is read first, theirs are sent again
 * beside ours, and nothing that holds for all of them is changed behind their back. Where nothing is left to send,
 * another call takes the document away. A call of engine_exec.c passes here between building and sending. Two works on one
 * document take turns: what one reads, the other must not be about to replace. */
#include "providers/aws/engine.h"

#include "base/json.h"

static const struct keep_def *keep_of_job(const struct job *j)
{
	return &keep_defs[j->exec.def->keep];
}

static bool text_among(const struct value *list, struct str s)
{
	if (!list || list->kind != V_LIST)
		return list && str_eq(value_text(list), s);
	for (size_t i = 0; i < value_count(list); i++)
		if (str_eq(value_text(value_at(list, i)), s))
			return true;
	return false;
}

/* The keys of ours among these properties; a text where there is one. */
static const struct value *keys_of(struct job *j, const struct keep_def *k, const struct value *props)
{
	struct env env = j->exec.env;

	env.props = props;
	env.prior = NULL;
	return source_value(&env, k->ours);
}

/* The elements of the document that are not ours. NULL, with the error, if a create would take one over. */
static struct value *others_of(struct job *j, const struct keep_def *k, const struct value *document)
{
	const struct value *list = value_get(document, call_text(k->list));
	const struct value *wanted = keys_of(j, k, j->exec.step.props), *had = keys_of(j, k, j->w->prior);
	struct value *others = value_list(&j->arena, (struct pos){0});

	for (size_t i = 0; i < value_count(list); i++) {
		struct str key = value_text(value_get(value_at(list, i), call_text(k->key)));

		if (j->w->kind == WORK_CREATE && text_among(wanted, key)) {
			job_fail(j, ERR_REMOTE,
				 "%.*s '%.*s' is there already, and not ours; give ours another one, or delete that",
				 STR_ARG(call_text(k->key)), STR_ARG(key));
			return NULL;
		}
		if (!text_among(wanted, key) && !text_among(had, key))
			value_append(&j->arena, others, value_at(list, i));
	}
	return others;
}

/* What holds for all elements stays as it is while others rely on it. */
static bool same_for_all(struct job *j, const struct keep_def *k, const struct value *document,
			 const struct value *ours)
{
	for (size_t i = 0; i < k->same.n; i++) {
		struct str name = call_text(call_codes[k->same.first + i]);
		struct str is = value_text(value_get(document, name)), want = value_text(value_get(ours, name));

		if (!want.n || str_eq(is, want))
			continue;
		job_fail(j, ERR_REMOTE, "%.*s is '%.*s' for the elements of others too; it cannot become '%.*s'",
			 STR_ARG(name), STR_ARG(is), STR_ARG(want));
		return false;
	}
	return true;
}

/* The document that is sent: theirs as it was read, then ours over it. */
static void send_both(struct job *j, const struct keep_def *k, const struct value *theirs, struct value *others)
{
	const struct value *ours = path_value(&j->exec.env, j->exec.input, k->at);
	const struct value *own = value_get(ours, call_text(k->list));
	struct value *document =
	    value_count(others) ? value_copy(&j->arena, theirs) : value_map(&j->arena, (struct pos){0});

	for (size_t i = 0; i < value_count(ours); i++)
		value_set(&j->arena, document, ours->map.items[i].key, (struct pos){0}, ours->map.items[i].value);
	for (size_t i = 0; i < value_count(own); i++)
		value_append(&j->arena, others, value_at(own, i));
	if (!value_count(others) && k->otherwise) {
		j->exec.def = &call_defs[k->otherwise];
		j->exec.input = input_build(&j->exec.env, j->exec.def, &j->exec.step);
		exec_send(j);
		return;
	}
	value_set(&j->arena, document, call_text(k->list), (struct pos){0}, others);
	path_put(&j->exec.env, j->exec.input, k->at, document);
	exec_send(j);
}

static void kept(struct call *c)
{
	struct job *j = c->ctx;
	const struct keep_def *k = keep_of_job(j);
	const struct value *document;
	struct value *others;

	j->w->calls += c->attempts;
	if (!c->ok && !codes_have(k->absent, c->err.code)) {
		j->gone = codes_have(j->def->gone, c->err.code);
		if (j->gone && j->exec.gone_is_ok)
			exec_finish(j);
		else
			exec_failed(j, &c->err);
		return;
	}
	document = c->ok ? path_value(&j->exec.env, c->output, k->at) : NULL;
	others = others_of(j, k, document);
	if (!others ||
	    (value_count(others) && !same_for_all(j, k, document, path_value(&j->exec.env, j->exec.input, k->at)))) {
		exec_finish(j);
		return;
	}
	send_both(j, k, document, others);
}

static void keep_begin(struct job *j)
{
	const struct call_def *def = &call_defs[keep_of_job(j)->call];
	struct step none = {.call = def, .props = j->exec.step.props};

	exec_common(j, &j->exec.call, def);
	j->exec.call.input = input_build(&j->exec.env, def, &none);
	j->exec.call.all_pages = op_paginates(j->exec.call.op);
	j->exec.call.done = kept;
	wire_start(j->e->wire, &j->exec.call);
}

/* What tells one document from all others: where it is, and how it is asked for. */
static struct str document_key(struct job *j)
{
	const struct call_def *def = &call_defs[keep_of_job(j)->call];
	struct step none = {.call = def, .props = j->exec.step.props};
	struct str key;
	struct buf b;

	buf_init(&b, 1 << 16);
	buf_fmt(&b, "%.*s %.*s ", STR_ARG(j->facts->account), STR_ARG(call_text(def->op)));
	buf_str(&b, region_text(&j->exec.env, def->region));
	json_write(&b, input_build(&j->exec.env, def, &none), JSON_SORTED);
	key = buf_take(&b, &j->arena);
	buf_free(&b);
	return key;
}

static struct job *first_of(const struct engine *e, struct str key)
{
	struct job *j = e->keeping;

	while (j && !str_eq(j->keep_key, key))
		j = j->keep_next;
	return j;
}

void keep_others(struct job *j)
{
	struct job **last = &j->e->keeping;
	bool mine;

	j->keep_key = document_key(j);
	mine = !first_of(j->e, j->keep_key);
	while (*last)
		last = &(*last)->keep_next;
	j->keep_next = NULL;
	*last = j;
	if (mine)
		keep_begin(j);
}

void keep_release(struct job *j)
{
	struct job **p = &j->e->keeping, *next;
	struct str key = j->keep_key;

	while (*p != j)
		p = &(*p)->keep_next;
	*p = j->keep_next;
	j->keep_key = STR_NONE;
	next = first_of(j->e, key);
	if (next)
		keep_begin(next);
}
