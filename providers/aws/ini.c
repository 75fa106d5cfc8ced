/* AWS's dialect of ini: comments, indented sub-keys and continuation lines. config.c gives the sections meaning. */
#include "providers/aws/config.h"

struct ini {
	struct arena *a;
	struct value *root, *section;
	struct member *last;	/* the key that an indented line belongs to */
};

static struct str lower(struct arena *a, struct str s)
{
	struct buf b;

	buf_init(&b, s.n + 1);
	for (size_t i = 0; i < s.n; i++)
		buf_char(&b, s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] + 32) : s.p[i]);
	return buf_take(&b, a);
}

/* A comment may follow a value after white space. */
static struct str without_comment(struct str s)
{
	for (size_t i = 1; i < s.n; i++)
		if ((s.p[i] == '#' || s.p[i] == ';') && (s.p[i - 1] == ' ' || s.p[i - 1] == '\t'))
			return str_trim(str_sub(s, 0, i));
	return str_trim(s);
}

static bool ini_section(struct ini *ini, struct str line)
{
	ptrdiff_t end = str_chr(line, ']', 0);
	struct str name;

	if (end < 0)
		return false;
	name = str_dup(ini->a, str_trim(str_sub(line, 1, (size_t)end)));
	ini->last = NULL;
	ini->section = value_get(ini->root, name);
	if (!ini->section) {
		ini->section = value_map(ini->a, (struct pos){0});
		value_set(ini->a, ini->root, name, (struct pos){0}, ini->section);
	}
	return true;
}

static struct value *ini_string(struct ini *ini, struct str s)
{
	return value_string(ini->a, (struct pos){0}, str_dup(ini->a, s));
}

static bool ini_key(struct ini *ini, struct value *map, struct str line)
{
	struct str key, rest = line;

	if (str_chr(line, '=', 0) <= 0)
		return false;
	str_cut(&rest, '=', &key);
	key = lower(ini->a, str_trim(key));
	value_set(ini->a, map, key, (struct pos){0}, ini_string(ini, without_comment(rest)));
	if (map == ini->section)
		ini->last = value_member(map, key);
	return true;
}

/* "s3 =" followed by indented keys is a map; an indented line after a value goes on with it. */
static bool ini_indented(struct ini *ini, struct str line)
{
	struct value *v;

	if (!ini->last)
		return true;	/* AWS's tools ignore it as well */
	v = ini->last->value;
	if (v->kind == V_STRING && !v->text.n && str_chr(line, '=', 0) > 0) {
		ini->last->value = value_map(ini->a, (struct pos){0});
		v = ini->last->value;
	}
	if (v->kind == V_MAP)
		return ini_key(ini, v, line);
	ini->last->value = ini_string(ini, str_cat(ini->a, str_cat(ini->a, v->text, STR("\n")), without_comment(line)));
	return true;
}

static bool ini_line(struct ini *ini, struct str line)
{
	struct str text = str_trim(line);

	if (!text.n || text.p[0] == '#' || text.p[0] == ';')
		return true;
	if (line.p[0] == ' ' || line.p[0] == '\t')
		return ini_indented(ini, text);
	if (text.p[0] == '[')
		return ini_section(ini, text);
	return ini->section && ini_key(ini, ini->section, text);
}

bool ini_read(struct arena *a, struct str text, struct value **out, struct str *why)
{
	struct ini ini = {.a = a, .root = value_map(a, (struct pos){0})};
	struct str line;
	unsigned number = 0;

	if (str_starts(text, STR("\xef\xbb\xbf")))
		text = str_sub(text, 3, text.n);
	while (str_cut(&text, '\n', &line)) {
		number++;
		if (!ini_line(&ini, line)) {
			*why = str_fmt(a, "line %u is neither a section nor a key", number);
			return false;
		}
	}
	*out = ini.root;
	return true;
}
