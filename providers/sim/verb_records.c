/* Records without a switch: of the weighted records of one name, the one whose SetIdentifier is the target's name gets all
 * the weight. It is Route 53's control plane that changes them, in us-east-1: refused unless the run allows that. See
 * verbs.h.
 *
 * Time: a change is on all name servers "generally within 60 seconds" (Route 53 API reference,
 * ChangeResourceRecordSets). */
#include "providers/sim/verbs.h"

#define INSYNC_MS 60000
#define WEIGHT "100"

struct set {
	struct str zone, name, type;
	struct row *rows; /* weighted ones of the name */
	size_t n, cap;
	struct arena *a;
};

static bool take(void *ctx, const struct row *r)
{
	struct set *s = ctx;

	if (value_getc(r->props, "Weight") && str_eq(value_text(value_getc(r->props, "HostedZoneId")), s->zone) &&
	    str_eq_nocase(value_text(value_getc(r->props, "Name")), s->name) &&
	    str_eq(value_text(value_getc(r->props, "Type")), s->type)) {
		s->rows = arena_grow(s->a, s->rows, &s->cap, s->n + 1, sizeof s->rows[0]);
		s->rows[s->n++] = *r;
	}
	return false;
}

static struct str weight_of(struct str to, const struct row *r)
{
	return str_eq(value_text(value_getc(r->props, "SetIdentifier")), to) ? STR(WEIGHT) : STR("0");
}

static bool is_right(struct str to, const struct row *r)
{
	int64_t has = 0;

	value_as_int(value_getc(r->props, "Weight"), &has);
	return (has > 0) == !str_eqc(weight_of(to, r), "0");
}

/* The record's siblings; refused where none of them is the target's. */
static bool set_find(struct verb *v, struct thing *record, struct set *out)
{
	struct str to = value_text(value_getc(v->args, "To"));
	bool has_target = false;
	struct row none;

	if (!thing_of(v, "Record", record))
		return false;
	*out = (struct set){.a = v->c->a,
			    .zone = value_text(value_getc(record->r.props, "HostedZoneId")),
			    .name = value_text(value_getc(record->r.props, "Name")),
			    .type = value_text(value_getc(record->r.props, "Type"))};
	rows_any(&record->at, take, out, &none);
	for (size_t i = 0; i < out->n; i++)
		has_target |= !str_eqc(weight_of(to, &out->rows[i]), "0");
	return has_target || call_refuse(v->c, STR("ValidationError"),
					 "%.*s has %zu weighted records, and none whose SetIdentifier is '%.*s': other "
					 "kinds are not supported yet",
					 STR_ARG(out->name), out->n, STR_ARG(to));
}

bool verb_record(struct verb *v)
{
	struct str to = value_text(value_getc(v->args, "To"));
	struct thing record;
	struct set set;

	if (!v->w->control_plane)
		return call_refuse(v->c, STR("ValidationError"),
				   "a record is changed by Route 53's control plane, which is in us-east-1: allow it, "
				   "or use a Switch");
	if (!set_find(v, &record, &set))
		return false;
	for (size_t i = 0; i < set.n; i++) {
		struct row *r = &set.rows[i];

		if (is_right(to, r))
			continue;
		value_set(v->c->a, r->props, STR("Weight"), (struct pos){0},
			  value_string(v->c->a, (struct pos){0}, weight_of(to, r)));
		if (!row_props_set(&record.at, r->row, r->props))
			return call_refuse(v->c, record.at.code, "%.*s", STR_ARG(record.at.message));
		v->takes = INSYNC_MS;
	}
	v->waits = "the name servers";
	return verb_told(v, "all name servers answer with %.*s", STR_ARG(to));
}

bool probe_record(struct verb *v)
{
	struct str to = value_text(value_getc(v->args, "To"));
	struct thing record;
	struct set set;
	size_t wrong = 0;

	if (!set_find(v, &record, &set))
		return false;
	for (size_t i = 0; i < set.n; i++)
		wrong += !is_right(to, &set.rows[i]);
	return probe_told(v, !wrong, "%zu of %zu records are to change", wrong, set.n);
}
