/* DR::Local::File: a text with a mode, below the stack's folder. What is there is compared by its content: a file that
 * somebody else wrote is never taken over or written over unseen, and one that was changed since it was applied is not
 * removed. fileat.c reaches the files. A content that is secret is refused: what lies on a disk is read by others.
 */
#include "providers/local/local.h"

#include "base/hash.h"

#define CONTENT_MAX ((size_t)1 << 20) /* as the schema says */
#define MODE_DEFAULT 0644

struct found { /* what is in the file's place */
	enum fileat_found kind;
	struct str text; /* its content; of what is no text, a sentence that says so */
	unsigned mode;
};

static bool fail(struct work *w, enum err_kind kind, struct str why)
{
	w->err = (struct err){.kind = kind, .message = why, .address = w->address};
	w->state = WORK_FAILED;
	return false;
}

static struct str property(const struct value *props, const char *name)
{
	return value_text(value_getc(props, name));
}

static unsigned mode_of(const struct value *props)
{
	struct str text = property(props, "Mode");
	unsigned mode = 0;

	for (size_t i = 0; i < text.n; i++)
		mode = mode * 8 + (unsigned)(text.p[i] - '0') % 8;
	return text.n ? mode & 0777 : MODE_DEFAULT;
}

/* The mode as the template spells it, where it means this one. */
static struct str mode_text(struct arena *a, unsigned mode, const struct value *props)
{
	struct str written = property(props, "Mode");

	return written.n && mode_of(props) == mode ? written : str_fmt(a, "%04o", mode);
}

/* --- what is there ------------------------------------------------------------------------------------------------ */

static struct str no_text(struct arena *a, struct str bytes, bool cut)
{
	struct sha256 digest = sha256_of(bytes);

	if (cut)
		return str_fmt(a, "(more than %zu bytes)", CONTENT_MAX);
	return str_fmt(a, "(%zu bytes that are no text, SHA-256 %.*s)", bytes.n, STR_ARG(sha256_hex(a, &digest)));
}

static bool look(struct arena *a, const struct fileat *p, struct found *out, struct str *why)
{
	bool cut;

	*out = (struct found){0};
	out->kind = fileat_read(a, p, CONTENT_MAX, &out->text, &out->mode, &cut, why);
	if (out->kind == FILEAT_OTHER)
		*why = str_fmt(a, "what is called '%.*s' is no file of its own", STR_ARG(p->name));
	if (out->kind == FILEAT_FILE && (cut || !str_utf8(out->text)))
		out->text = no_text(a, out->text, cut);
	return out->kind == FILEAT_FILE || out->kind == FILEAT_NOTHING;
}

static void put(struct arena *a, struct value *map, const char *name, struct str text)
{
	value_set(a, map, str_of(name), (struct pos){0}, value_string(a, (struct pos){0}, text));
}

static void show(struct arena *a, struct str path, struct str text, unsigned mode, const struct value *props,
		 struct value **live, struct value **attrs)
{
	struct sha256 digest = sha256_of(text);

	*live = value_map(a, (struct pos){0});
	put(a, *live, "Path", path);
	put(a, *live, "Content", text);
	put(a, *live, "Mode", mode_text(a, mode, props));
	*attrs = value_map(a, (struct pos){0});
	put(a, *attrs, "Ref", path);
	put(a, *attrs, "Sha256", sha256_hex(a, &digest));
}

/* --- works -------------------------------------------------------------------------------------------------------- */

static void file_read(struct str root, struct work *w)
{
	for (size_t i = 0; i < w->n_items; i++) {
		struct work_item *item = &w->items[i];
		struct fileat p;
		struct found f = {.kind = FILEAT_FAILED};
		struct str why = STR_NONE;

		item->failed = !fileat_open(w->arena, root, item->id, false, &p, &why) || !look(w->arena, &p, &f, &why);
		fileat_close(&p);
		item->found = item->settled = f.kind == FILEAT_FILE;
		if (item->found)
			show(w->arena, item->id, f.text, f.mode, item->props, &item->live, &item->attrs);
		if (item->failed)
			w->err = (struct err){.kind = ERR_SYSTEM, .message = why, .address = item->address};
	}
}

static void file_written(struct work *w)
{
	struct str path = property(w->desired, "Path");

	w->id = str_dup(w->arena, path);
	show(w->arena, w->id, str_dup(w->arena, property(w->desired, "Content")), mode_of(w->desired), w->desired,
	     &w->live, &w->attrs);
}

static void file_write(struct work *w, const struct fileat *p, bool fresh)
{
	struct str why = STR_NONE;
	bool taken;

	if (fileat_write(w->arena, p, property(w->desired, "Content"), mode_of(w->desired), fresh, &taken, &why))
		file_written(w);
	else
		fail(w, ERR_SYSTEM, taken ? STR("somebody else wrote this file just now") : why);
}

static void file_create(struct work *w, const struct fileat *p, const struct found *f)
{
	if (f->kind == FILEAT_FILE && !str_eq(f->text, property(w->desired, "Content"))) {
		fail(w, ERR_INPUT,
		     STR("there is a file of another content already; move it away, or choose another Path"));
		return;
	}
	file_write(w, p, f->kind == FILEAT_NOTHING);
}

/* What the plan saw is what may be written over. */
static void file_update(struct work *w, const struct fileat *p, const struct found *f)
{
	bool seen = str_eq(f->text, property(w->prior, "Content")) || str_eq(f->text, property(w->desired, "Content"));

	if (f->kind == FILEAT_FILE && !seen) {
		fail(w, ERR_SYSTEM, STR("the file was changed since the plan was made; plan again"));
		return;
	}
	file_write(w, p, f->kind == FILEAT_NOTHING);
}

static void file_delete(struct work *w, const struct fileat *p, const struct found *f)
{
	struct str why = STR_NONE;

	if (f->kind == FILEAT_FILE && !str_eq(f->text, property(w->applied ? w->applied : w->prior, "Content")))
		w->note = str_fmt(w->arena, "'%.*s' was changed since drplan wrote it, and stays", STR_ARG(w->id));
	else if (f->kind == FILEAT_FILE && !fileat_remove(w->arena, p, &why))
		fail(w, ERR_SYSTEM, why);
}

static void file_recover(struct work *w, const struct fileat *p, const struct found *f)
{
	fileat_tidy(w->arena, p);
	w->recovered = RECOVER_ABSENT;
	if (f->kind != FILEAT_FILE)
		return;
	if (!str_eq(f->text, property(w->desired, "Content"))) {
		w->recovered = RECOVER_UNKNOWN;
		fail(w, ERR_SYSTEM,
		     str_fmt(w->arena, "'%.*s' has another content than the one that was to be written",
			     STR_ARG(w->id)));
		return;
	}
	w->recovered = RECOVER_FOUND;
	file_written(w);
}

static void file_change(struct str root, struct work *w)
{
	bool makes = w->kind == WORK_CREATE || w->kind == WORK_UPDATE;
	struct str why = STR_NONE, path = w->id.n ? w->id : property(w->desired, "Path");
	struct fileat p;
	struct found f;

	if (makes && value_has_secret(w->desired)) {
		fail(w, ERR_INPUT, STR("the content holds a secret, and a file on a disk keeps none"));
		return;
	}
	if (!fileat_open(w->arena, root, path, makes, &p, &why) || !look(w->arena, &p, &f, &why))
		fail(w, ERR_SYSTEM, why);
	else if (w->kind == WORK_CREATE)
		file_create(w, &p, &f);
	else if (w->kind == WORK_UPDATE)
		file_update(w, &p, &f);
	else if (w->kind == WORK_DELETE)
		file_delete(w, &p, &f);
	else
		file_recover(w, &p, &f);
	fileat_close(&p);
}

void file_work(struct str root, struct work *w)
{
	w->state = WORK_OK;
	w->settled = true;
	w->recovered = RECOVER_UNKNOWN;
	if (w->kind == WORK_READ)
		file_read(root, w);
	else if (w->kind == WORK_LOOKUP)
		fail(w, ERR_INPUT, STR("files are not looked up; name their path"));
	else
		file_change(root, w);
	if (w->state == WORK_FAILED)
		w->settled = false;
}
