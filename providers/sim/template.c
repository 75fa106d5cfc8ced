/* Templates of the Sim block: texts with {placeholders} over a resource's own properties, those of what it refers
 * to, and what AWS would make up. What is made up follows from the world's seed and the row, so that equal runs give
 * equal ids.
 */
#include "providers/sim/inner.h"
#include "base/hash.h"

#include <ctype.h>
#include <string.h>

/* n characters of the alphabet. */
static struct str draw(struct call *c, const char *alphabet, size_t n)
{
	struct fingerprint f = {0};
	size_t letters = strlen(alphabet);
	char *p = arena_alloc(c->a, n + 1);
	uint64_t half;

	for (size_t i = 0; i < n; i++) {
		if (i % 8 == 0) {
			int64_t key[3] = {(int64_t)c->sim->seed, c->row, c->draws++};
			f = hash_bytes((struct str){(const char *)key, sizeof key});
		}
		half = i % 8 < 4 ? f.hi : f.lo;
		p[i] = alphabet[(half >> i % 4 * 16 & 0xffff) % letters];
	}
	return (struct str){p, n};
}

static struct str draw_uuid(struct call *c)
{
	struct str h = draw(c, "0123456789abcdef", 32);

	return str_fmt(c->a, "%.8s-%.4s-4%.3s-a%.3s-%.12s", h.p, h.p + 8, h.p + 13, h.p + 17, h.p + 20);
}

/* hex17, num12, alnum8, upper13, lower10 */
static bool draw_kind(struct call *c, struct str name, struct str *out)
{
	static const struct {
		const char *kind, *alphabet;
	} kinds[] = {
	    {"hex", "0123456789abcdef"},
	    {"num", "0123456789"},
	    {"alnum", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"},
	    {"upper", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"},
	    {"lower", "abcdefghijklmnopqrstuvwxyz0123456789"},
	};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct str kind = str_of(kinds[i].kind);
		int64_t n;

		if (!str_starts(name, kind) || !str_int(str_sub(name, kind.n, name.n), 1, 128, &n))
			continue;
		*out = draw(c, kinds[i].alphabet, (size_t)n);
		return true;
	}
	return false;
}

static const struct value *text_value(struct call *c, struct str s)
{
	return s.n ? value_string(c->a, (struct pos){0}, s) : NULL;
}

/* The row that the property at path refers to; of a list, its first item. */
static bool follow(struct call *c, const struct value *props, struct str path, struct row *out)
{
	const struct value *v = value_path(props, path);
	struct str handle = value_text(v && v->kind == V_LIST && v->list.n ? v->list.items[0] : v);
	struct scope at = c->scope;
	int64_t row = handle.n && refs_scope(c, handle, &at) ? refs_find(c, at, STR_NONE, handle) : 0;

	return row && row_by_row(c, row, out);
}

/* An address of the range that the property refers to; AWS keeps the first four and the last for itself. */
static struct str private_ip(struct call *c, const struct value *props, struct str path)
{
	struct row r;
	struct cidr range;
	uint32_t room, bits;

	if (!follow(c, props, path, &r) || !cidr_parse(value_text(value_getc(r.props, "CidrBlock")), &range))
		return STR_NONE;
	bits = range.size * 8 - range.prefix;
	room = bits < 3 ? 1 : (1u << (bits < 24 ? bits : 24)) - 5;
	return cidr_address(c->a, &range, 4 + (uint32_t)(c->row % room));
}

/* One address for each row, out of 198.18.0.0/15, which is nobody's. */
static struct str public_ip(struct call *c)
{
	struct cidr range;

	cidr_parse(STR("198.18.0.0/15"), &range);
	return cidr_address(c->a, &range, (uint32_t)(c->row % 131070 + 1));
}

static struct str lower(struct call *c, struct str s)
{
	char *p = arena_copy(c->a, s.p, s.n);

	for (size_t i = 0; i < s.n; i++)
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] - 'A' + 'a');
	return (struct str){p, s.n};
}

/* Of a composed id: what AWS itself calls it. */
static struct str last_part(struct str id)
{
	struct str part = id;

	while (str_cut(&id, '|', &part))
		continue;
	return part;
}

static const struct value *made_up(struct call *c, struct str name, const struct value *props)
{
	struct str s = STR_NONE;

	if (str_eqc(name, "id"))
		s = c->id;
	else if (str_eqc(name, "last"))
		s = last_part(c->id);
	else if (str_eqc(name, "region"))
		s = c->scope.region;
	else if (str_eqc(name, "account"))
		s = c->scope.account;
	else if (str_eqc(name, "partition"))
		s = str_starts(c->scope.region, STR("cn-"))       ? STR("aws-cn")
		    : str_starts(c->scope.region, STR("us-gov-")) ? STR("aws-us-gov")
								  : STR("aws");
	else if (str_eqc(name, "suffix"))
		s = str_starts(c->scope.region, STR("cn-")) ? STR("amazonaws.com.cn") : STR("amazonaws.com");
	else if (str_eqc(name, "zone"))
		s = str_fmt(c->a, "%.*sa", STR_ARG(c->scope.region));
	else if (str_eqc(name, "now"))
		s = time_rfc3339(c->a, c->sim->wall, false);
	else if (str_eqc(name, "uuid"))
		s = draw_uuid(c);
	else if (str_eqc(name, "public_ip"))
		s = public_ip(c);
	else if (str_starts(name, STR("private_ip:")))
		s = private_ip(c, props, str_sub(name, 11, name.n));
	else if (str_starts(name, STR("lower:")))
		s = lower(c, value_text(value_path(props, str_sub(name, 6, name.n))));
	else
		draw_kind(c, name, &s);
	return text_value(c, s);
}

static bool set(const struct value *v)
{
	return v && v->kind != V_NULL && !(v->kind == V_BOOL && !v->boolean);
}

/* "A" has a value other than false; "A=x" has that value. */
static bool asked(struct str condition, const struct value *props)
{
	ptrdiff_t equals = str_chr(condition, '=', 0);

	if (equals < 0)
		return set(value_path(props, condition));
	return str_eq(value_text(value_path(props, str_sub(condition, 0, (size_t)equals))),
		      str_sub(condition, (size_t)equals + 1, condition.n));
}

/* Lower case is made up, 'quoted' is literal, A>B follows a reference, A?B is B where A is so, the rest is a property's
 * path. */
static const struct value *alternative(struct call *c, struct str term, const struct value *props)
{
	ptrdiff_t question = str_chr(term, '?', 0), arrow;
	struct row r;

	if (question > 0) {
		if (!asked(str_sub(term, 0, (size_t)question), props))
			return NULL;
		term = str_sub(term, (size_t)question + 1, term.n);
	}
	if (term.n >= 2 && term.p[0] == '\'')
		return value_string(c->a, (struct pos){0}, str_sub(term, 1, term.n - 1));
	while ((arrow = str_chr(term, '>', 0)) > 0) {
		if (!follow(c, props, str_sub(term, 0, (size_t)arrow), &r))
			return NULL;
		props = r.props;
		term = str_sub(term, (size_t)arrow + 1, term.n);
	}
	if (term.n && islower((unsigned char)term.p[0]))
		return made_up(c, term, props);
	return value_path(props, term);
}

static const struct value *placeholder(struct call *c, struct str terms, const struct value *props)
{
	struct str term;

	while (str_cut(&terms, '|', &term)) {
		const struct value *v = alternative(c, term, props);
		if (v && v->kind != V_NULL)
			return v;
	}
	return NULL;
}

static const struct value *render_text(struct call *c, const struct value *tmpl, const struct value *props)
{
	struct str t = tmpl->text;
	struct buf out;
	size_t at = 0;

	if (str_chr(t, '{', 0) < 0)
		return tmpl;
	if (t.p[0] == '{' && str_chr(t, '}', 0) == (ptrdiff_t)t.n - 1)
		return placeholder(c, str_sub(t, 1, t.n - 1), props);
	buf_init(&out, 1 << 16);
	while (at < t.n) {
		const struct value *v;
		ptrdiff_t end;

		if (t.p[at] != '{' || (at + 1 < t.n && t.p[at + 1] == '{')) {
			buf_char(&out, t.p[at]);
			at += t.p[at] == '{' ? 2 : 1;
			continue;
		}
		end = str_chr(t, '}', at);
		v = end < 0 ? NULL : placeholder(c, str_sub(t, at + 1, (size_t)end), props);
		if (!v) {
			buf_free(&out);
			return NULL;
		}
		buf_str(&out, value_text(v));
		at = (size_t)end + 1;
	}
	t = buf_take(&out, c->a);
	buf_free(&out);
	return text_value(c, t);
}

const struct value *template_render(struct call *c, const struct value *tmpl, const struct value *props)
{
	struct value *out;

	if (!tmpl)
		return NULL;
	if (tmpl->kind == V_STRING)
		return render_text(c, tmpl, props);
	if (tmpl->kind != V_LIST && tmpl->kind != V_MAP)
		return tmpl;
	out = tmpl->kind == V_LIST ? value_list(c->a, tmpl->pos) : value_map(c->a, tmpl->pos);
	for (size_t i = 0; i < value_count(tmpl); i++) {
		const struct value *item = tmpl->kind == V_LIST ? tmpl->list.items[i] : tmpl->map.items[i].value;
		const struct value *v = template_render(c, item, props);

		if (v && tmpl->kind == V_LIST)
			value_append(c->a, out, value_copy(c->a, v));
		else if (v)
			value_set(c->a, out, tmpl->map.items[i].key, tmpl->pos, value_copy(c->a, v));
	}
	return out;
}

struct str template_text(struct call *c, const struct value *tmpl, const struct value *props)
{
	return value_text(template_render(c, tmpl, props));
}

static bool condition_holds(const struct value *want, const struct value *have)
{
	if (want->kind == V_NULL)
		return !have || have->kind == V_NULL;
	if (!have || have->kind == V_NULL)
		return false;
	if (want->kind == V_LIST) {
		for (size_t i = 0; i < want->list.n; i++)
			if (condition_holds(want->list.items[i], have))
				return true;
		return false;
	}
	if (str_ends(value_text(want), STR("*")))
		return str_starts(value_text(have), str_sub(value_text(want), 0, value_text(want).n - 1));
	return str_eq(value_text(want), value_text(have));
}

bool when_holds(const struct value *when, const struct value *props)
{
	for (size_t i = 0; i < value_count(when); i++) {
		const struct member *m = &when->map.items[i];
		if (!condition_holds(m->value, value_path(props, m->key)))
			return false;
	}
	return true;
}
