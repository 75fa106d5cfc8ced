/* The session: stack, state and provider of one command, opened in the one right order and closed in reverse.
 *
 * The state's default path needs the stack's name, and the stack needs the state's lineage: hence load, open, bind,
 * facts, render. Neighbours: every command's file; planner/plan.h for what a plan_env is.
 */
#include "cmd/sessionpriv.h"

#include "cmd/signals.h"
#include "providers/aws/config.h"
#include "providers/local/local.h"
#include "providers/sim/sim.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

static const char state_dir[] = ".drplan";

enum { STATES_SHOWN = 32 };	/* in one message */

static struct stack_var *vars_add(struct vars *v, struct arena *a)
{
	v->items = arena_grow(a, v->items, &v->cap, v->n + 1, sizeof(v->items[0]));
	return &v->items[v->n++];
}

static void vars_from_environment(struct vars *v, struct arena *a)
{
	for (char **e = environ; *e; e++) {
		struct str name, value = str_of(*e);

		if (!str_starts(value, STR("DRPLAN_VAR_")) || !str_cut(&value, '=', &name))
			continue;
		*vars_add(v, a) = (struct stack_var){
		    .name = str_sub(name, 11, name.n), .value = value, .origin = name, .optional = true};
	}
}

/* -var and -var-file in the order given: later ones win. */
static bool vars_from_options(struct session *s, struct vars *v)
{
	bool ok = true;

	for (size_t i = 0; i < s->opt.n_items; i++) {
		struct option_item *item = &s->opt.items[i];
		struct str name, value = item->text;
		struct stack_var *read = NULL;
		size_t n = 0;

		if (item->id == OPT_VAR_FILE) {
			if (!stack_read_vars(&s->arena, item->text, &read, &n, &s->errs)) {
				ok = false;
				continue;
			}
			for (size_t k = 0; k < n; k++)
				*vars_add(v, &s->arena) = read[k];
		} else if (item->id == OPT_VAR) {
			if (str_chr(value, '=', 0) <= 0 || !str_cut(&value, '=', &name)) {
				err_add(&s->errs, ERR_INPUT, (struct pos){0}, "-var takes NAME=VALUE, not '%.*s'",
					STR_ARG(item->text));
				ok = false;
				continue;
			}
			*vars_add(v, &s->arena) =
			    (struct stack_var){.name = name, .value = value, .origin = STR("-var")};
		}
	}
	return ok;
}

bool session_vars(struct session *s, struct vars *v)
{
	vars_from_environment(v, &s->arena);
	return vars_from_options(s, v);
}

/* The region of targets that name none: of the environment or of the user's AWS profile; the simulator has a default. */
static bool find_region(struct session *s)
{
	struct config config = {0};

	s->region = env_str("AWS_REGION");
	if (!s->region.n)
		s->region = env_str("AWS_DEFAULT_REGION");
	if (!s->region.n && option_on(&s->opt, OPT_SIM)) {
		s->region = STR("us-east-1");
	} else if (!s->region.n) {
		if (!config_load(&config, &s->errs))
			return false;
		s->region = str_dup(&s->arena, config_region(&config, STR_NONE));
		config_free(&config);
	}
	return true;
}

bool session_load(struct session *s, struct str path)
{
	struct vars vars = {0};
	struct stack_options opt = {.path = path.n ? path : STR(".")};

	if (!session_vars(s, &vars) || !find_region(s))
		return false;
	opt.default_region = s->region;
	opt.vars = vars.items;
	opt.n_vars = vars.n;
	s->stack = stack_load(&s->arena, &opt, &s->errs);
	return s->stack && s->errs.errors == 0;
}

static struct str written_state_path(const struct session *s)
{
	const char *environment = getenv("DRPLAN_STATE");

	if (option_given(&s->opt, OPT_STATE))
		return option_text(&s->opt, OPT_STATE);
	return str_of(environment);
}

static bool make_state_dir(struct session *s)
{
	if (mkdir(state_dir, 0700) == 0 || errno == EEXIST)
		return true;
	err_add(&s->errs, ERR_SYSTEM, (struct pos){0}, "cannot make the folder %s: %s", state_dir, strerror(errno));
	return false;
}

/* Where the loaded stack's state is. The name was checked by the loader, but a path is made of it here. */
bool session_state_name(struct session *s)
{
	struct str name = s->stack->name;
	bool sim = option_on(&s->opt, OPT_SIM);

	s->state_path = str_dup(&s->arena, written_state_path(s));
	if (s->state_path.n)
		return true;
	if (!name.n || name.p[0] == '.' || str_chr(name, '/', 0) >= 0 || str_eqc(name, "sim")) {
		struct err *e = err_add(&s->errs, ERR_INPUT, (struct pos){0},
					"no state file can be named after the stack '%.*s'", STR_ARG(name));

		err_help(&s->errs, e, "give the stack another name with the top-level key Stack, or say -state=PATH");
		return false;
	}
	s->state_path = str_fmt(&s->arena, "%s/%.*s%s.db", state_dir, STR_ARG(name), sim ? ".sim" : "");
	return true;
}

static bool find_state_path(struct session *s)
{
	return session_state_name(s) && (written_state_path(s).n || make_state_dir(s));
}

/* A state belongs to one stack and one provider (semantics of the state): others are refused. */
bool session_owner(struct session *s, const char *key, struct str ours, const char *help)
{
	struct str theirs = state_get(s->state, &s->arena, key);
	struct err *e;

	if (!theirs.n) {
		if (state_writable(s->state))
			state_set(s->state, key, ours);
		return true;
	}
	if (str_eq(theirs, ours))
		return true;
	e = err_add(&s->errs, ERR_STATE, (struct pos){0}, "the state %s belongs to the %s '%.*s', not to '%.*s'",
		    s->state_path.p, key, STR_ARG(theirs), STR_ARG(ours));
	err_help(&s->errs, e, "%s", help);
	return false;
}

static bool open_state(struct session *s, enum state_mode mode)
{
	struct state_options opt = {
	    .mode = mode,
	    .command = s->command->name,
	    .clock = &clock_system,
	    .lock_timeout_ms = option_number(&s->opt, OPT_LOCK_TIMEOUT, 0),
	};

	s->state = state_open(&s->arena, s->state_path.p, &opt, &s->errs);
	return s->state != NULL;
}

/* Where the stack's own files lie: beside its main file; those of a simulated world in that world's folder. */
static struct str files_root(struct session *s)
{
	struct str path = s->stack ? s->stack->path : STR_NONE;
	size_t n = path.n;

	if (option_on(&s->opt, OPT_SIM))
		return str_fmt(&s->arena, "%s/sim.files", state_dir);
	while (n && path.p[n - 1] != '/')
		n--;
	return n ? str_sub(path, 0, n) : STR(".");
}

/* What others made comes before anything is asked. */
bool session_seed(struct session *s, struct provider *sim)
{
	struct value *tree;

	if (!option_given(&s->opt, OPT_SEED))
		return true;
	tree = stack_read_tree(&s->arena, option_text(&s->opt, OPT_SEED), &s->errs);
	return tree && sim_seeds(sim, tree, &s->errs);
}

static struct provider *open_sim(struct session *s, const struct provider_options *opt)
{
	struct provider *sim = NULL;

	if (make_state_dir(s))
		sim = provider_sim_open(opt, str_fmt(&s->arena, "%s/sim.db", state_dir).p, &s->errs);
	if (!sim || session_seed(s, sim))
		return sim;
	provider_close(sim);
	return NULL;
}

bool session_provider(struct session *s)
{
	struct provider_options opt = {
	    .parallelism = (unsigned)option_number(&s->opt, OPT_PARALLELISM, 0),
	    .trace = option_on(&s->opt, OPT_TRACE),
	};

	if (option_given(&s->opt, OPT_SEED) && !option_on(&s->opt, OPT_SIM)) {
		err_add(&s->errs, ERR_INPUT, (struct pos){0}, "--seed is for the simulator: it takes --sim");
		return false;
	}
	s->provider = provider_local_open(
	    option_on(&s->opt, OPT_SIM) ? open_sim(s, &opt) : provider_aws_open(&opt, &s->errs), files_root(s));
	return s->provider != NULL;
}

void session_places(struct session *s)
{
	struct place *places = arena_array(&s->arena, s->stack->n_targets, sizeof(places[0]));

	for (size_t i = 0; i < s->stack->n_targets; i++) {
		const struct target *t = &s->stack->targets[i];

		places[i] = (struct place){.name = t->name,
					   .region = t->region.n ? t->region : s->region,
					   .profile = t->profile,
					   .role_arn = t->role_arn};
	}
	s->env = (struct plan_env){.stack = s->stack, .state = s->state, .provider = s->provider, .places = places};
}

bool session_open(struct session *s)
{
	if (!find_state_path(s) || !open_state(s, s->command->bit == IN_DRIFT ? STATE_READ : STATE_WRITE))
		return false;
	if (!session_owner(s, "stack", s->stack->name, "say -state=PATH for a state of this stack's own") ||
	    !session_owner(s, "provider", option_on(&s->opt, OPT_SIM) ? STR("sim") : STR("aws"),
			 "a state made with --sim is used with --sim only; say -state=PATH for another"))
		return false;
	return session_bind(s);
}

bool session_bind(struct session *s)
{
	struct arena *a = &s->arena;

	stack_bind(s->stack, state_lineage(s->state), state_get(s->state, a, "mode"), state_get(s->state, a, "active"));
	if (!session_check(s, NULL) || (!s->provider && !session_provider(s)))
		return false;
	session_places(s);
	return session_frozen(s) && plan_facts(a, &s->env, &s->errs) && s->errs.errors == 0;
}

bool session_check(struct session *s, struct graph *g)
{
	struct graph own = {0};

	g = g ? g : &own;
	return stack_render(s->stack, &s->errs) && graph_build(g, &s->arena, s->stack, NULL, 0, &s->errs) &&
	       graph_sort(g, &s->errs) && graph_place(g, &s->errs) && s->errs.errors == 0;
}

/* The states in .drplan, for commands that are not told which one. */
static size_t list_states(struct session *s, struct str *found, size_t max)
{
	bool sim = option_on(&s->opt, OPT_SIM);
	DIR *dir = opendir(state_dir);
	size_t n = 0;

	for (struct dirent *d; dir && n < max && (d = readdir(dir)) != NULL;) {
		struct str name = str_of(d->d_name);

		if (str_ends(name, STR(".db")) && str_ends(name, STR(".sim.db")) == sim && !str_eqc(name, "sim.db"))
			found[n++] = str_fmt(&s->arena, "%s/%s", state_dir, d->d_name);
	}
	if (dir)
		closedir(dir);
	return n;
}

/* The state of the stack in the working directory, if there is one and it is among these. What is wrong with the
 * stack does not matter here. */
static struct str state_of_folder(struct session *s, const struct str *found, size_t n)
{
	struct errs kept = s->errs;
	struct str path = STR_NONE, want;

	s->errs = (struct errs){.arena = &s->arena};
	if (session_load(s, STR_NONE)) {
		want = str_fmt(&s->arena, "%s/%.*s%s.db", state_dir, STR_ARG(s->stack->name),
			       option_on(&s->opt, OPT_SIM) ? ".sim" : "");
		for (size_t i = 0; i < n; i++)
			if (str_eq(found[i], want))
				path = found[i];
	}
	s->stack = NULL;
	s->errs = kept;
	return path;
}

static bool several_states(struct session *s, const struct str *found, size_t n)
{
	struct err *e = err_add(&s->errs, ERR_INPUT, (struct pos){0}, "there is more than one state in %s", state_dir);
	struct buf b;

	buf_init(&b, UI_MAX);
	for (size_t i = 0; i < n; i++)
		buf_fmt(&b, "%s-state=%.*s", i ? ", " : "", STR_ARG(found[i]));
	err_help(&s->errs, e, "say which one: %.*s%s", STR_ARG(buf_get(&b)), n == STATES_SHOWN ? " ..." : "");
	buf_free(&b);
	return false;
}

bool session_state_path(struct session *s)
{
	struct str found[STATES_SHOWN];
	struct err *e;
	size_t n;

	if (s->state_path.n)
		return true; /* named after the stack at hand */
	s->state_path = str_dup(&s->arena, written_state_path(s));
	if (s->state_path.n)
		return true;
	n = list_states(s, found, STATES_SHOWN);
	s->state_path = n == 1 ? found[0] : n ? state_of_folder(s, found, n) : STR_NONE;
	if (s->state_path.n)
		return true;
	if (n)
		return several_states(s, found, n);
	e = err_add(&s->errs, ERR_INPUT, (struct pos){0}, "there is no state in %s", state_dir);
	err_help(&s->errs, e, "a state is made by the first plan or apply%s; -state=PATH names one elsewhere",
		 option_on(&s->opt, OPT_SIM) ? "" : ", and one of the simulator is read with --sim");
	return false;
}

static bool open_known_state(struct session *s, enum state_mode mode)
{
	if (!session_state_path(s))
		return false;
	if (access(s->state_path.p, R_OK) != 0) {
		err_add(&s->errs, ERR_SYSTEM, (struct pos){0}, "cannot read the state %s: %s", s->state_path.p,
			strerror(errno));
		return false;
	}
	return open_state(s, mode);
}

bool session_read_state(struct session *s)
{
	return open_known_state(s, STATE_READ);
}

bool session_write_state(struct session *s)
{
	return open_known_state(s, STATE_WRITE);
}

void session_close(struct session *s)
{
	if (s->provider)
		provider_close(s->provider);
	if (s->state)
		state_close(s->state);
	s->provider = NULL;
	s->state = NULL;
}

void session_plan_options(struct session *s, struct plan_options *out)
{
	struct arena *a = &s->arena;
	struct str *targets, *excludes, *replaces;

	*out = (struct plan_options){
	    .destroy = option_on(&s->opt, OPT_DESTROY) || s->command->bit == IN_DESTROY,
	    .refresh_only = option_on(&s->opt, OPT_REFRESH_ONLY) || s->command->bit == IN_DRIFT,
	    .no_refresh = !option_on(&s->opt, OPT_REFRESH),
	    .phase = option_text(&s->opt, OPT_PHASE),
	    .production = option_text(&s->opt, OPT_DESTROY_PRODUCTION),
	    .interrupted = signals_interrupted,
	};
	out->n_targets = option_each(&s->opt, a, OPT_TARGET, &targets);
	out->n_excludes = option_each(&s->opt, a, OPT_EXCLUDE, &excludes);
	out->n_replaces = option_each(&s->opt, a, OPT_REPLACE, &replaces);
	out->targets = targets;
	out->excludes = excludes;
	out->replaces = replaces;
}

int session_status(const struct session *s)
{
	for (size_t i = 0; i < s->errs.n; i++)
		if (s->errs.items[i].kind == ERR_STATE && str_eqc(s->errs.items[i].code, "locked"))
			return EXIT_LOCKED;
	return signals_interrupted() ? signals_status() : EXIT_FAILED;
}

int session_usage(struct session *s, const char *fmt, ...)
{
	struct buf b;
	va_list ap;

	buf_init(&b, UI_MAX);
	va_start(ap, fmt);
	buf_fmt(&b, "drplan %s: ", s->command->name);
	buf_vfmt(&b, fmt, ap);
	va_end(ap);
	buf_fmt(&b, "\nusage: drplan %s%s%s\n", s->command->name, *s->command->args ? " " : "", s->command->args);
	ui_note(&s->ui, &b);
	buf_free(&b);
	return EXIT_USAGE;
}
