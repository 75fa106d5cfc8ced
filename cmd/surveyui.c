/* Printing surveys; see surveyui.h. */
#include "cmd/surveyui.h"

#include "base/json.h"

static const struct {
	const char *name, *shown;
	enum ui_colour colour;
} levels[] = {[SURVEY_OK] = {"ok", "ok", UI_GREEN},
	      [SURVEY_NOTE] = {"note", "note", UI_CYAN},
	      [SURVEY_WARN] = {"warn", "WARN", UI_YELLOW},
	      [SURVEY_RED] = {"red", "RED", UI_RED}};
#define N_LEVELS (sizeof levels / sizeof *levels)

/* --- for programs ------------------------------------------------------------------------------------------------- */

static struct value *lines_json(const struct survey *v)
{
	struct arena *a = v->arena;
	struct value *list = value_list(a, (struct pos){0});

	for (size_t i = 0; i < v->n; i++) {
		struct value *m = value_map(a, (struct pos){0});

		value_put_text(a, m, "level", str_of(levels[v->lines[i].level].name));
		value_put_text(a, m, "target", v->lines[i].target);
		value_put_text(a, m, "name", v->lines[i].name);
		value_put_text(a, m, "value", v->lines[i].value);
		value_put_text(a, m, "remedy", v->lines[i].remedy);
		value_append(a, list, m);
	}
	return list;
}

static struct value *targets_json(const struct survey *v)
{
	struct arena *a = v->arena;
	struct value *list = value_list(a, (struct pos){0});

	for (size_t i = 0; i < v->env->stack->n_targets; i++) {
		const struct survey_target *t = &v->targets[i];
		struct value *m = value_map(a, (struct pos){0});

		value_put_text(a, m, "name", t->name);
		value_put_text(a, m, "region", t->region);
		if (t->asked) {
			value_put(a, m, "answers", value_bool(a, (struct pos){0}, !t->silent));
			value_put(a, m, "answered_ms", value_int(a, (struct pos){0}, t->answered_ms));
		}
		value_append(a, list, m);
	}
	return list;
}

static void show_json(struct session *s, const struct survey *v)
{
	struct arena *a = v->arena;
	struct value *m = value_map(a, (struct pos){0}), *counts = value_map(a, (struct pos){0});

	value_put_text(a, m, "stack", v->env->stack->name);
	value_put_text(a, m, "mode", v->active ? STR("active") : STR("standby"));
	value_put_text(a, m, "production", v->production);
	value_put_text(a, m, "at", time_rfc3339(a, clock_wall(&clock_system), false));
	value_put(a, m, "took_ms", value_int(a, (struct pos){0}, v->took_ms));
	for (size_t i = N_LEVELS; i-- > 0;)
		value_put(a, counts, levels[i].name,
			  value_int(a, (struct pos){0}, (int64_t)survey_count(v, (enum survey_level)i)));
	value_put(a, m, "counts", counts);
	value_put(a, m, "targets", targets_json(v));
	value_put(a, m, "lines", lines_json(v));
	ui_json(&s->ui, m);
}

/* --- for people --------------------------------------------------------------------------------------------------- */

static void pad(struct buf *b, size_t from, size_t width)
{
	size_t n = b->n - from;

	buf_pad(b, ' ', n < width ? width - n : 1);
}

static void add_remedy(struct session *s, struct buf *b, struct str remedy, size_t columns)
{
	struct str rest = remedy, word;

	if (!remedy.n)
		return;
	buf_pad(b, ' ', 6);
	ui_colour(b, s->ui.out_colour, UI_CYAN);
	buf_cstr(b, "->");
	while (rest.n) {
		str_cut(&rest, ' ', &word);
		if (word.n)
			ui_word(b, "", word, 9, columns);
	}
	ui_colour(b, s->ui.out_colour, UI_PLAIN);
	buf_char(b, '\n');
}

static void add_line(struct session *s, struct buf *b, const struct survey_line *l, size_t target_width,
		     size_t name_width, size_t columns)
{
	size_t from;

	ui_colour(b, s->ui.out_colour, levels[l->level].colour);
	from = b->n;
	buf_cstr(b, levels[l->level].shown);
	pad(b, from, 6);
	ui_colour(b, s->ui.out_colour, UI_PLAIN);
	from = b->n;
	ui_text(b, l->target);
	pad(b, from, target_width);
	from = b->n;
	ui_text(b, l->name);
	pad(b, from, name_width);
	ui_text(b, l->value);
	buf_char(b, '\n');
	add_remedy(s, b, l->remedy, columns);
}

/* How many lines of the screen a text takes; escapes for colour count as if they were seen, which errs on the safe side. */
static size_t rows_of(struct str text, size_t columns)
{
	struct str line;
	size_t n = 0;

	while (text.n && str_cut(&text, '\n', &line))
		n += 1 + (line.n ? (line.n - 1) / columns : 0);
	return n;
}

/* The worst stand first; on a screen that is drawn again and again, what does not fit is counted. */
static void add_rest(struct buf *b, const struct survey *v, size_t shown)
{
	size_t levels_left[N_LEVELS] = {0};
	const char *separator = "";

	for (size_t i = shown; i < v->n; i++)
		levels_left[v->lines[i].level]++;
	buf_fmt(b, "... and %zu more: ", v->n - shown);
	for (size_t i = N_LEVELS; i-- > 0;) {
		if (!levels_left[i])
			continue;
		buf_fmt(b, "%s%zu %s", separator, levels_left[i], levels[i].name);
		separator = ", ";
	}
	buf_cstr(b, "; all of them without --watch\n");
}

static void add_head(struct session *s, struct buf *b, const struct survey *v, const char *what)
{
	ui_colour(b, s->ui.out_colour, UI_BOLD);
	ui_text(b, v->env->stack->name);
	ui_colour(b, s->ui.out_colour, UI_PLAIN);
	buf_fmt(b, "  %s  mode %s", what, v->active ? "active" : "standby");
	if (v->production.n) {
		buf_cstr(b, ", production in ");
		ui_text(b, v->production);
	}
	buf_fmt(b, "  %.*s, asked in %.*s\n", STR_ARG(time_rfc3339(v->arena, clock_wall(&clock_system), false)),
		STR_ARG(duration_text(v->arena, v->took_ms)));
	ui_colour(b, s->ui.out_colour, survey_count(v, SURVEY_RED) ? UI_RED : UI_GREEN);
	buf_fmt(b, "%zu red", survey_count(v, SURVEY_RED));
	ui_colour(b, s->ui.out_colour, UI_PLAIN);
	buf_fmt(b, ", %zu warnings, %zu notes, %zu ok\n\n", survey_count(v, SURVEY_WARN), survey_count(v, SURVEY_NOTE),
		survey_count(v, SURVEY_OK));
}

void surveyui_show(struct session *s, const struct survey *v, const char *what, bool one_screen)
{
	size_t target = 1, name = 1, rows = 0, columns = 0, used, i;
	struct buf b;

	if (s->ui.json) {
		show_json(s, v);
		return;
	}
	one_screen = ui_screen(&rows, &columns) && one_screen;
	for (i = 0; i < v->n; i++) {
		target = v->lines[i].target.n >= target ? v->lines[i].target.n + 1 : target;
		name = v->lines[i].name.n >= name ? v->lines[i].name.n + 1 : name;
	}
	buf_init(&b, UI_MAX);
	add_head(s, &b, v, what);
	used = one_screen ? rows_of(buf_get(&b), columns) : 0;
	for (i = 0; i < v->n; i++) {
		size_t before = b.n;

		add_line(s, &b, &v->lines[i], target, name < 44 ? name : 44, columns);
		used += one_screen ? rows_of(str_sub(buf_get(&b), before, b.n), columns) : 0;
		if (one_screen && used > rows - 2) {
			b.n = before;
			break;
		}
	}
	if (i < v->n)
		add_rest(&b, v, i);
	ui_out(&s->ui, &b);
	buf_free(&b);
}

int surveyui_status(const struct survey *v)
{
	return survey_count(v, SURVEY_RED) ? EXIT_FAILED : EXIT_DONE;
}
