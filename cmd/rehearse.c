/* drplan rehearse: a runbook, or destroy, on the simulator, in virtual time. Its world is made of what the state
 * remembers, in memory; its state is a copy in a private folder that goes away whatever happens. Nobody is asked for
 * anything, not even when the state was made against AWS.
 */
#include "cmd/bookui.h"
#include "cmd/jsonui.h"
#include "cmd/sessionpriv.h"

#include "providers/local/local.h"
#include "providers/sim/sim.h"
#include "stacks/shapes.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- the copy ----------------------------------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static bool folder_make(struct session *s, struct str *out)
{
	const char *base = getenv("TMPDIR");
	struct str path = str_fmt(&s->arena, "%s/drplan-rehearsal-XXXXXX", base && *base ? base : "/tmp");

	*out = (struct str){arena_copy(&s->arena, path.p, path.n), path.n};
	if (mkdtemp((char *)out->p))
		return true;
	err_add(&s->errs, ERR_SYSTEM, (struct pos){0}, "cannot make a folder %s: %s", path.p, strerror(errno));
	return false;
}

static bool state_take(struct session *s, struct str folder)
{
	struct state_options opt = {.mode = STATE_WRITE, .command = s->command->name, .clock = &clock_system};
	struct str copy = str_fmt(&s->arena, "%.*s/state.db", STR_ARG(folder));

	if (!session_read_state(s) || !state_copy(s->state, copy.p, &s->errs))
		return false;
	state_close(s->state);
	s->state_path = copy;
	s->state = state_open(&s->arena, copy.p, &opt, &s->errs);
	if (!s->state)
		return false;
	state_set(s->state, "provider", STR("sim"));
	return state_commit(s->state, &s->errs);
}

/* --- the world ---------------------------------------------------------------------------------------------------- */

static const struct place *place_named(const struct session *s, struct str target)
{
	for (size_t i = 0; i < s->stack->n_targets; i++)
		if (str_eq(s->env.places[i].name, target))
			return &s->env.places[i];
	return &s->env.places[s->stack->default_target];
}

/* A cluster that is looked up has instances that nobody asked about. */
static void add_instance(struct session *s, struct sim_known *out, const struct sim_known *cluster)
{
	struct arena *a = &s->arena;
	struct value *props = value_map(a, (struct pos){0});
	struct str id = str_cat(a, cluster->id, STR("-instance"));

	value_set(a, props, STR("DBClusterIdentifier"), (struct pos){0}, value_string(a, (struct pos){0}, cluster->id));
	value_set(a, props, STR("DBInstanceIdentifier"), (struct pos){0}, value_string(a, (struct pos){0}, id));
	*out =
	    (struct sim_known){.place = cluster->place, .type = STR("AWS::RDS::DBInstance"), .id = id, .props = props};
}

static bool world_mirror(struct session *s, struct provider *sim)
{
	struct arena *a = &s->arena;
	struct state_row *rows;
	struct state_lookup *lookups;
	size_t n_rows, n_lookups, n = 0;
	struct sim_known *all;

	if (!state_rows(s->state, a, &rows, &n_rows, &s->errs) ||
	    !state_lookups(s->state, a, &lookups, &n_lookups, &s->errs))
		return false;
	all = arena_array(a, n_rows + 2 * n_lookups + 1, sizeof(all[0]));
	for (size_t i = 0; i < n_rows; i++)
		if (rows[i].id.n)
			all[n++] = (struct sim_known){.place = place_named(s, rows[i].target),
						      .type = rows[i].type,
						      .id = rows[i].id,
						      .props = state_show_hidden(a, rows[i].inputs),
						      .attrs = rows[i].attrs};
	for (size_t i = 0; i < n_lookups; i++) {
		all[n] = (struct sim_known){.place = place_named(s, lookups[i].target),
					    .type = lookups[i].type,
					    .id = lookups[i].id,
					    .props = state_show_hidden(a, lookups[i].live),
					    .attrs = lookups[i].attrs};
		if (str_eqc(all[n++].type, "AWS::RDS::DBCluster")) {
			add_instance(s, &all[n], &all[n - 1]);
			n++;
		}
	}
	return sim_mirror(sim, all, n, &s->errs);
}

static struct str id_of(const struct value *args, const char *name)
{
	return value_text(value_getc(value_getc(args, name), "Id"));
}

/* The runbooks tell what belongs to a global database, and the one that led here who writes in it. */
static bool aurora_set(struct session *s, struct provider *sim, const struct value *args, bool led_here)
{
	const struct value *to = value_getc(args, "To");
	const struct place *place = place_named(s, value_text(value_getc(to, "Target")));
	struct str global = id_of(args, "Global"), cluster = id_of(args, "To");
	struct value *member = value_string(&s->arena, (struct pos){0}, global);

	if (!global.n || !cluster.n)
		return true;
	if (!sim_alter(sim, place, STR("AWS::RDS::DBCluster"), cluster, STR("GlobalClusterIdentifier"), member,
		       &s->errs))
		return false;
	return !led_here ||
	       sim_answer(sim, NULL, "writer", global,
			  str_fmt(&s->arena, "%.*s/%.*s", STR_ARG(place->region), STR_ARG(cluster)), &s->errs);
}

static bool switch_set(struct session *s, struct provider *sim, const struct value *args)
{
	const struct value *alarm = value_getc(args, "Switch");
	struct str to = place_named(s, value_text(value_getc(args, "To")))->region;
	struct str at = place_named(s, value_text(value_getc(alarm, "Target")))->region;

	return !id_of(args, "Switch").n || sim_answer(sim, NULL, "alarm", id_of(args, "Switch"),
						      str_eq(to, at) ? STR("ALARM") : STR("OK"), &s->errs);
}

static bool runbook_set(struct session *s, struct provider *sim, struct verb_scope *scope, const struct runbook *rb)
{
	bool led_here = rb->leads_to.n && str_eq(rb->leads_to, s->stack->mode), ok = true;

	for (uint32_t i = 0; i < rb->n && ok; i++) {
		const struct book_step *step = &rb->steps[i];
		const struct shape *shape = shape_find(verb_shapes, n_verb_shapes, step->verb);
		bool aurora = str_eqc(step->verb, "PromoteAurora"), dns = str_eqc(step->verb, "Dns");
		struct str why;
		struct value *args = aurora || dns ? verb_args(&s->arena, scope, shape, step->args, &why) : NULL;

		if (args && aurora)
			ok = aurora_set(s, sim, args, led_here);
		else if (args && led_here)
			ok = switch_set(s, sim, args);
	}
	return ok;
}

static bool active_set(struct session *s, struct provider *sim)
{
	const struct value *all = s->stack->runbooks;
	struct verb_scope scope;

	if (!scope_of_state(&s->arena, s->state, s->env.places, s->stack->n_targets, &scope, &s->errs))
		return false;
	for (size_t i = 0; i < value_count(all); i++)
		if (!runbook_set(s, sim, &scope, runbook_read(&s->arena, s->stack, all->map.items[i].key, &s->errs)))
			return false;
	return true;
}

/* TYPE:OPERATION:KIND; the type has colons itself and may be empty, as may the operation. */
static bool fault_add(struct session *s, struct provider *sim, struct str text)
{
	static const char *const kinds[] = {"throttle", "error", "drop-before", "drop-after", "fail"};
	struct sim_fault f = {.nth = 1};
	size_t kind = text.n, operation;
	bool known = false;

	while (kind && text.p[kind - 1] != ':')
		kind--;
	operation = kind ? kind - 1 : 0;
	while (operation && text.p[operation - 1] != ':')
		operation--;
	f.kind = str_sub(text, kind, text.n);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		known |= str_eqc(f.kind, kinds[i]);
	if (!operation || !known) {
		err_add(
		    &s->errs, ERR_INPUT, (struct pos){0},
		    "--fault takes TYPE:OPERATION:KIND with the kind throttle, error, drop-before, drop-after or fail, "
		    "not '%.*s'",
		    STR_ARG(text));
		return false;
	}
	f.operation = str_sub(text, operation, kind - 1);
	f.type = str_sub(text, 0, operation - 1);
	return sim_fault(sim, &f, &s->errs);
}

/* This machine's files, made again in the private folder. */
static bool files_make(struct session *s)
{
	struct arena *a = &s->arena;
	struct owner owner = {s->stack->name, state_lineage(s->state), false};
	struct state_row *rows;
	size_t n;

	if (!state_rows(s->state, a, &rows, &n, &s->errs))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct work w = {.kind = WORK_CREATE,
				 .place = place_named(s, rows[i].target),
				 .type = model_type(rows[i].type),
				 .arena = a,
				 .address = rows[i].address,
				 .desired = state_show_hidden(a, rows[i].inputs),
				 .owner = &owner,
				 .op = random_uuid(a)};

		if (!str_starts(rows[i].type, STR("DR::Local::")) || !w.type)
			continue;
		provider_start(s->provider, &w);
		while (w.state != WORK_OK && w.state != WORK_FAILED)
			provider_poll(s->provider, 0);
		while (provider_next(s->provider).work)
			;
		if (w.state == WORK_OK)
			continue;
		err_add(&s->errs, ERR_SYSTEM, (struct pos){0}, "%.*s cannot be rehearsed: %.*s", STR_ARG(w.address),
			STR_ARG(w.err.message));
		return false;
	}
	return true;
}

static bool world_open_copy(struct session *s, struct str folder, struct provider **out)
{
	struct provider_options opt = {.parallelism = (unsigned)option_number(&s->opt, OPT_PARALLELISM, 0)};
	struct provider *sim = provider_sim_open(&opt, NULL, &s->errs);
	struct str *faults;
	size_t n = option_each(&s->opt, &s->arena, OPT_FAULT, &faults);

	*out = sim;
	s->provider = provider_local_open(sim, str_cat(&s->arena, folder, STR("/files")));
	if (!s->provider)
		return false;
	s->provider->rehearsal = true;
	session_places(s);
	if (!world_mirror(s, sim) || !files_make(s) || !active_set(s, sim))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!fault_add(s, sim, faults[i]))
			return false;
	return session_frozen(s);
}

static bool open_copy(struct session *s, struct str folder, struct provider **sim)
{
	struct stored src;
	struct arena *a = &s->arena;

	if (!state_take(s, folder) || !session_source(s, &src))
		return false;
	s->stack = source_render(a, &src, state_get(s->state, a, "mode"), state_get(s->state, a, "active"), &s->errs);
	return s->stack && world_open_copy(s, folder, sim) && s->errs.errors == 0;
}

/* --- what it says ------------------------------------------------------------------------------------------------- */

bool rehearsal_approve(void *ctx, struct str step, struct str question)
{
	(void)ctx;
	(void)step;
	(void)question;
	return true;
}

/* Milliseconds until the clock stops that a stage takes: steps beside each other count once. */
static int64_t stage_time(const struct book_stage *stage, const struct runbook_row *rows)
{
	int64_t first = 0, last = 0;

	for (uint32_t i = stage->first; i < stage->first + stage->n; i++) {
		if (!rows[i].ended_ms || str_eqc(rows[i].state, "skipped"))
			continue;
		first = !first || rows[i].started_ms < first ? rows[i].started_ms : first;
		last = rows[i].ended_ms > last ? rows[i].ended_ms : last;
	}
	return last - first;
}

static void add_stage(struct buf *b, struct arena *a, const struct runbook *rb, const struct book_stage *stage,
		      const struct runbook_row *rows, int64_t rto)
{
	int64_t ms = stage_time(stage, rows);

	for (uint32_t i = stage->first; i < stage->first + stage->n; i++) {
		const struct runbook_row *row = &rows[i];

		if (!row->ended_ms || str_eqc(row->state, "skipped"))
			continue;
		buf_cstr(b, stage->n > 1 ? "  | " : "  ");
		ui_text(b, rb->steps[i].name);
		buf_pad(b, ' ', rb->steps[i].name.n < 28 ? 28 - rb->steps[i].name.n : 1);
		buf_fmt(b, "%.*s", STR_ARG(duration_text(a, row->ended_ms - row->started_ms)));
		if (stage->n == 1 && rto > 0)
			buf_fmt(b, "  %lld %%", (long long)(100 * ms / rto));
		buf_char(b, '\n');
	}
	if (stage->n > 1 && rto > 0)
		buf_fmt(b, "  ^ beside each other: %.*s  %lld %%\n", STR_ARG(duration_text(a, ms)),
			(long long)(100 * ms / rto));
}

static int64_t limit_of(const struct session *s)
{
	int64_t limit;
	struct str text = value_text(value_getc(s->stack->objectives, "RTO"));

	return text.n && str_duration(text, &limit) ? limit : -1;
}

static void print_breakdown(struct session *s, const struct runbook *rb, const struct book *b,
			    enum book_outcome outcome)
{
	const struct runbook_run *run = book_journal(b);
	int64_t limit = limit_of(s);
	struct buf out;

	buf_init(&out, UI_MAX);
	buf_fmt(&out, "\nrehearsal of %.*s: %s; nothing real was asked or changed\n", STR_ARG(rb->name),
		outcome == BOOK_DONE ? "done" : "failed");
	if (run->rto_ms >= 0) {
		buf_fmt(&out, "predicted RTO %.*s", STR_ARG(duration_text(&s->arena, run->rto_ms)));
		if (limit >= 0)
			buf_fmt(&out, " (%s %.*s)", run->rto_ms <= limit ? "within" : "MISSES the objective",
				STR_ARG(duration_text(&s->arena, limit)));
		buf_cstr(&out, ", made of\n");
	}
	for (uint32_t k = 0; run->rto_ms >= 0 && k < rb->n_stages; k++) {
		add_stage(&out, &s->arena, rb, &rb->stages[k], book_rows(b), run->rto_ms);
		if (rb->stages[k].stops_clock)
			break;
	}
	ui_out(&s->ui, &out);
	buf_free(&out);
}

static struct value *steps_json(struct arena *a, const struct runbook *rb, const struct runbook_row *rows)
{
	struct value *list = value_list(a, (struct pos){0});

	for (uint32_t i = 0; i < rb->n; i++) {
		struct value *m = value_map(a, (struct pos){0});

		if (!rows[i].state.n)
			continue;
		value_put(a, m, "step", value_string(a, (struct pos){0}, rb->steps[i].name));
		value_put(a, m, "verb", value_string(a, (struct pos){0}, rb->steps[i].verb));
		value_put(a, m, "state", value_string(a, (struct pos){0}, rows[i].state));
		value_put(a, m, "elapsed_ms",
			  rows[i].ended_ms ? value_int(a, (struct pos){0}, rows[i].ended_ms - rows[i].started_ms)
					   : NULL);
		value_append(a, list, m);
	}
	return list;
}

void rehearsal_summary(struct session *s, const struct runbook *rb, const struct book *b, enum book_outcome outcome)
{
	struct arena *a = &s->arena;
	const struct runbook_run *run = book_journal(b);
	int64_t limit = limit_of(s), rto = run->rto_ms;
	struct value *m;

	if (!s->ui.json) {
		print_breakdown(s, rb, b, outcome);
		return;
	}
	m = jsonui_message(a, "rehearsal_summary", run->outcome);
	value_put(a, m, "runbook", value_string(a, (struct pos){0}, rb->name));
	value_put(a, m, "kind", value_string(a, (struct pos){0}, run->kind));
	value_put(a, m, "outcome", value_string(a, (struct pos){0}, run->outcome));
	value_put(a, m, "rto_ms", rto >= 0 ? value_int(a, (struct pos){0}, rto) : NULL);
	value_put(a, m, "objective_ms", limit >= 0 ? value_int(a, (struct pos){0}, limit) : NULL);
	value_put(a, m, "met", rto >= 0 && limit >= 0 ? value_bool(a, (struct pos){0}, rto <= limit) : NULL);
	value_put(a, m, "steps", steps_json(a, rb, book_rows(b)));
	jsonui_write(&s->ui, m);
}

/* All that the state holds: what stands in the way of the real destroy stands in the way here. */
static int rehearse_destroy(struct session *s)
{
	struct plan_options opt = {.destroy = true};
	int64_t began = clock_mono(s->provider->clock), took;
	struct plan *p = plan_make(&s->arena, &s->env, &opt, &s->errs);
	struct value *m;
	struct buf out;
	int status;

	if (!p || s->errs.errors)
		return session_status(s);
	plan_show(s, p);
	s->opt.values[OPT_AUTO_APPROVE].on = s->opt.values[OPT_ALLOW_DATA_LOSS].on = true;
	status = execute_plan(s, p, "destroy");
	took = clock_mono(s->provider->clock) - began;
	if (s->ui.json) {
		m = jsonui_message(&s->arena, "rehearsal_summary", STR("destroy"));
		value_put(&s->arena, m, "outcome",
			  value_string(&s->arena, (struct pos){0}, status == EXIT_DONE ? STR("done") : STR("failed")));
		value_put(&s->arena, m, "elapsed_ms", value_int(&s->arena, (struct pos){0}, took));
		jsonui_write(&s->ui, m);
		return status;
	}
	buf_init(&out, 1024);
	buf_fmt(&out, "\nrehearsal of destroy: %s, predicted time %.*s; nothing real was asked or changed\n",
		status == EXIT_DONE ? "done" : "failed", STR_ARG(duration_text(&s->arena, took)));
	ui_out(&s->ui, &out);
	buf_free(&out);
	return status;
}

static int rehearse(struct session *s, struct str what, struct str folder)
{
	struct provider *sim = NULL;
	size_t unmet;
	int status;

	if (!open_copy(s, folder, &sim))
		return session_status(s);
	status = str_eqc(what, "destroy") ? rehearse_destroy(s) : book_opened(s, what);
	unmet = sim_faults_unmet(sim);
	if (unmet)
		err_warn(&s->errs, (struct pos){0}, "%zu of the faults met no call", unmet);
	return status;
}

int cmd_rehearse(struct session *s)
{
	struct str what = s->opt.n_args ? s->opt.args[0] : STR_NONE, folder;
	int status;

	if (!str_eqc(what, "failover") && !str_eqc(what, "failback") && !str_eqc(what, "drill") &&
	    !str_eqc(what, "destroy"))
		return session_usage(s, "say what: failover, failback, drill or destroy");
	if (!folder_make(s, &folder))
		return EXIT_FAILED;
	if (s->ui.json)
		jsonui_version(&s->ui, &s->arena);
	status = rehearse(s, what, folder);
	session_close(s);
	if (nftw(folder.p, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0) {
		err_add(&s->errs, ERR_SYSTEM, (struct pos){0}, "cannot remove the folder %s: %s", folder.p,
			strerror(errno));
		return EXIT_FAILED;
	}
	return status;
}
