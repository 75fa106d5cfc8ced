/* Files of a stack: read, turned into values, includes followed. anatomy.c looks at what is in them. */
#include "stacks/stackpriv.h"

#include "base/json.h"
#include "stacks/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct str path_dir(struct str path)
{
	size_t n = path.n;

	while (n && path.p[n - 1] != '/')
		n--;
	return str_sub(path, 0, n);
}

struct str path_join(struct arena *a, struct str dir, struct str path)
{
	if (path.n && path.p[0] == '/')
		return path;
	while (str_starts(path, STR("./")))
		path = str_sub(path, 2, path.n);
	return str_cat(a, dir, path);
}

static bool fd_read(int fd, struct arena *a, size_t size, struct str *text)
{
	char *p = arena_alloc(a, size + 1);
	size_t n = 0;

	while (n < size) {
		ssize_t got = read(fd, p + n, size - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return false;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	*text = (struct str){p, n};
	if (str_starts(*text, STR("\xef\xbb\xbf")))
		*text = str_sub(*text, 3, n);	/* a byte order mark is no column */
	return true;
}

static bool read_failed(struct errs *errs, struct pos from, struct str path, const char *why)
{
	struct err *e = err_add(errs, from.line ? ERR_INPUT : ERR_SYSTEM, from, "cannot read '%.*s': %s", STR_ARG(path), why);

	if (str_find(path, STR("://"), 0) > 0)
		err_help(errs, e, "only local files are read; download it first");
	else if (!from.line && str_ends(path, STR("stack.yaml")))
		err_help(errs, e, "name the stack: a YAML or JSON file, or a directory that holds a stack.yaml");
	return false;
}

static bool path_text(struct arena *a, struct str path, struct pos from, struct str *text, struct errs *errs)
{
	struct stat st;
	struct str name = str_dup(a, path);
	int fd = open(name.n ? name.p : "", O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	bool ok;

	if (fd < 0)
		return read_failed(errs, from, path, strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return read_failed(errs, from, path, "it is not a file");
	}
	if (st.st_size > (off_t)FILE_MAX) {
		close(fd);
		return read_failed(errs, from, path, "it is larger than 64 MiB");
	}
	ok = fd_read(fd, a, (size_t)st.st_size, text);
	close(fd);
	return ok || read_failed(errs, from, path, strerror(errno));
}

void text_keep(struct loader *ld, struct str path, struct str text)
{
	ld->texts = arena_grow(ld->arena, ld->texts, &ld->cap_texts, ld->n_texts + 1, sizeof *ld->texts);
	ld->texts[ld->n_texts++] = (struct stack_file){path, text};
}

static const struct stack_file *given_file(const struct stack_options *opt, struct str path)
{
	for (size_t i = 0; i < opt->n_files; i++)
		if (str_eq(opt->files[i].path, path))
			return &opt->files[i];
	return NULL;
}

bool file_text(struct loader *ld, struct str path, struct pos from, struct str *text)
{
	const struct stack_file *given;

	if (ld->no_files)
		return read_failed(ld->errs, from, path, "this stack was not read from a file");
	if (!ld->opt->files)
		return path_text(ld->arena, path, from, text, ld->errs);
	given = given_file(ld->opt, path);
	if (!given)
		return read_failed(ld->errs, from, path, "it is not among the files that the state keeps");
	*text = given->text;
	return true;
}

bool file_keep(struct loader *ld, struct str path, struct pos from, struct str *text)
{
	if (!file_text(ld, path, from, text))
		return false;
	text_keep(ld, path, *text);
	return true;
}

/* A file that begins with '{' and a quote is meant as JSON; any other brace begins a YAML flow map. */
static bool looks_json(struct str text)
{
	struct str body = str_trim(text), rest;

	if (!body.n || body.p[0] != '{')
		return false;
	rest = str_trim(str_sub(body, 1, body.n));
	return rest.n && rest.p[0] == '"';
}

struct value *text_value(struct arena *a, struct str path, struct str text, unsigned yaml_flags, struct errs *errs)
{
	uint16_t file = errs->sources ? sources_add(errs->sources, a, path, text) : 0;

	if (str_ends(path, STR(".json")) || looks_json(text))
		return json_read(a, text, file, errs);
	return yaml_read(a, text, file, yaml_flags, errs);
}

/* A directory stands for its stack.yaml. */
static struct str main_path(struct loader *ld, struct str path)
{
	struct str name = str_dup(ld->arena, path), inside;
	struct stat st;

	if (!name.n)
		return name;
	inside = str_cat(ld->arena, name, name.p[name.n - 1] == '/' ? STR("stack.yaml") : STR("/stack.yaml"));
	if (ld->opt->files)
		return given_file(ld->opt, inside) ? inside : name;
	return stat(name.p, &st) == 0 && S_ISDIR(st.st_mode) ? inside : name;
}

static struct str path_real(const struct loader *ld, struct str path)
{
	struct arena *a = ld->arena;
	char *real = ld->opt->files ? NULL : realpath(str_dup(a, path).p, NULL);
	struct str out = real ? str_dup(a, str_of(real)) : path;

	free(real);
	return out;
}

static struct document *document_read(struct scope *sc, struct str path, struct str text)
{
	struct loader *ld = sc->ld;
	struct document *doc = arena_new(ld->arena, struct document);

	doc->path = path;
	doc->dir = path_dir(path);
	text_keep(ld, path, text);
	doc->root = text_value(ld->arena, path, text, YAML_FUNCTIONS | YAML_PARTIAL, ld->errs);
	if (doc->root && doc->root->kind != V_MAP) {
		err_help(ld->errs, err_at(ld->errs, doc->root->pos, "a stack must be a map, not %s", kind_name(doc->root)),
			 "it begins with keys such as Parameters and Resources");
		doc->root = NULL;
	}
	if (!doc->root) {
		sc->broken = true;
		doc->root = value_map(ld->arena, (struct pos){0});
		return NULL;
	}
	sc->docs = arena_grow(ld->arena, sc->docs, &sc->cap_docs, sc->n_docs + 1, sizeof *sc->docs);
	sc->docs[sc->n_docs++] = doc;
	return doc;
}

static void include_read(struct scope *sc, struct name_map *seen, const struct document *from, const struct value *v)
{
	struct loader *ld = sc->ld;
	struct document *doc, *old;
	struct str path, text;

	if (v->kind != V_STRING) {
		err_at(ld->errs, v->pos, "Include names files; this is %s", kind_name(v));
		return;
	}
	if (ld->no_files) {
		read_failed(ld->errs, v->pos, v->text, "this stack was not read from a file");
		sc->broken = true;
		return;
	}
	if (ld->paths.n > FILES_MAX) {
		err_at(ld->errs, v->pos, "a stack of more than %d files", FILES_MAX);
		return;
	}
	path = main_path(ld, path_join(ld->arena, from->dir, v->text));
	old = name_get(seen, path_real(ld, path));
	if (old) {
		struct err *e = err_at(ld->errs, v->pos, old->included.line ? "'%.*s' is included twice"
				       : "'%.*s' is the stack itself and cannot be included", STR_ARG(path));

		e->related = old->included;
		e->related_note = STR("first included here");
		return;
	}
	if (!file_text(ld, path, v->pos, &text)) {
		sc->broken = true;
		return;
	}
	doc = document_read(sc, path, text);
	if (!doc)
		return;
	doc->included = v->pos;
	name_put(ld->arena, seen, path_real(ld, path), doc);
}

/* Included files may include further ones; docs grows while it is walked. */
static void includes_follow(struct scope *sc)
{
	struct name_map seen = {0};

	if (!sc->ld->no_files)
		name_put(sc->ld->arena, &seen, path_real(sc->ld, sc->docs[0]->path), sc->docs[0]);
	for (size_t d = 0; d < sc->n_docs; d++) {
		const struct document *doc = sc->docs[d];
		const struct value *list = value_getc(doc->root, "Include");

		if (list && list->kind == V_STRING)
			include_read(sc, &seen, doc, list);
		else if (list && list->kind != V_LIST)
			err_at(sc->ld->errs, list->pos, "Include must be a list of files, not %s", kind_name(list));
		for (size_t i = 0; list && list->kind == V_LIST && i < value_count(list); i++)
			include_read(sc, &seen, doc, value_at(list, i));
	}
	for (size_t d = 0; d < sc->n_docs; d++)
		anatomy_check(sc, sc->docs[d], !sc->parent, d == 0);
}

bool scope_read_text(struct scope *sc, struct str path, struct str text)
{
	sc->path = path;
	if (!document_read(sc, path, text))
		return false;
	includes_follow(sc);
	return true;
}

bool scope_read(struct scope *sc, struct str path, struct pos from)
{
	struct loader *ld = sc->ld;
	struct str text;

	path = ld->no_files ? path : main_path(ld, path);
	if (!file_text(ld, path, from, &text)) {
		sc->broken = true;
		return false;
	}
	return scope_read_text(sc, path, text);
}

/* --- variables' files --------------------------------------------------------------------------------------------- */

static struct str var_text(struct arena *a, const struct value *v)
{
	struct str s;
	struct buf b;

	if (v->kind != V_LIST && v->kind != V_MAP)
		return value_text(v);
	buf_init(&b, FILE_MAX);
	json_write(&b, v, JSON_SECRETS);
	s = buf_take(&b, a);
	return s;
}

static void var_add(struct arena *a, struct stack_var **vars, size_t *n, size_t *cap, struct stack_var var)
{
	*vars = arena_grow(a, *vars, cap, *n + 1, sizeof **vars);
	(*vars)[(*n)++] = var;
}

/* [{ParameterKey: ..., ParameterValue: ...}], as the AWS CLI takes it. */
static void vars_from_list(struct arena *a, const struct value *root, struct str path, struct stack_var **vars, size_t *n,
			   size_t *cap, struct errs *errs)
{
	for (size_t i = 0; i < value_count(root); i++) {
		const struct value *item = value_at(root, i), *key = value_getc(item, "ParameterKey");
		const struct value *value = value_getc(item, "ParameterValue");

		if (key && value && value_is_scalar(key) && value_is_scalar(value))
			var_add(a, vars, n, cap, (struct stack_var){.name = value_text(key), .value = value_text(value),
								     .origin = path, .pos = value->pos,
								     .name_pos = key->pos});
		else
			err_at(errs, item->pos, "a list of variables holds {ParameterKey: ..., ParameterValue: ...}");
	}
}

struct value *stack_read_tree(struct arena *a, struct str path, struct errs *errs)
{
	struct str text;

	return path_text(a, path, (struct pos){0}, &text, errs) ? text_value(a, path, text, 0, errs) : NULL;
}

bool stack_read_vars(struct arena *a, struct str path, struct stack_var **vars, size_t *n, struct errs *errs)
{
	size_t before = errs->errors, cap = *n;
	struct value *root = stack_read_tree(a, path, errs);

	if (!root)
		return false;
	if (root->kind == V_LIST) {
		vars_from_list(a, root, path, vars, n, &cap, errs);
	} else if (root->kind != V_MAP) {
		err_at(errs, root->pos, "variables must be a map of names to values, not %s", kind_name(root));
	}
	for (uint32_t i = 0; root->kind == V_MAP && i < root->map.n; i++) {
		const struct member *m = &root->map.items[i];

		if (value_is_scalar(m->value) || m->value->kind == V_LIST)
			var_add(a, vars, n, &cap, (struct stack_var){.name = m->key, .value = var_text(a, m->value),
								      .origin = path, .pos = m->value->pos,
								      .name_pos = m->pos});
		else
			err_at(errs, m->value->pos, "a variable is a text or a list, not %s", kind_name(m->value));
	}
	return errs->errors == before;
}
