/* Dns on records: of weighted records of one name, the one whose SetIdentifier is the target's name gets all the
 * weight.
 *
 * It needs Route 53's control plane, which is in us-east-1: refused unless the run allows that. */
#include "providers/aws/verbs/looks.h"

#define WEIGHT "100"
#define SETS_AT_MOST "300" /* of one name; a zone is not listed to its end */

struct record {
	struct str zone, name, type, change;
};

/* Route 53 answers ids with a path, "/change/C2682", and wants them without. */
static struct str bare_id(struct str s)
{
	struct str part = STR_NONE;

	while (str_cut(&s, '/', &part))
		continue;
	return part;
}

static bool name_is(struct str a, struct str b)
{
	if (a.n && a.p[a.n - 1] == '.')
		a.n--;
	if (b.n && b.p[b.n - 1] == '.')
		b.n--;
	return str_eq_nocase(a, b);
}

/* --- the change --------------------------------------------------------------------------------------------------- */

static void change_look(struct verb *v);

static void change_known(struct verb *v)
{
	struct str status = text_at(value_getc(v->answer, "ChangeInfo"), "Status");

	if (str_eqc(status, "INSYNC"))
		verb_done(v, "all name servers answer with %.*s", STR_ARG(arg_text(v, "To")));
	else
		verb_wait(v, change_look, "the change is %.*s", STR_ARG(status));
}

static void change_look(struct verb *v)
{
	struct record *own = v->own;

	verb_ask(v, "route53:GetChange", MAP(v, TXT("Id", own->change)), change_known);
}

static void changed(struct verb *v)
{
	struct record *own = v->own;

	own->change = str_dup(v->arena, bare_id(text_at(value_getc(v->answer, "ChangeInfo"), "Id")));
	v->look = change_look;
	change_look(v);
}

/* --- the records -------------------------------------------------------------------------------------------------- */

struct weights {
	struct value *changes;
	size_t sets; /* weighted ones of the name */
	bool has_target;
};

static void weigh(struct verb *v, const struct value *set, struct weights *w)
{
	struct record *own = v->own;
	bool target = str_eq(text_at(set, "SetIdentifier"), arg_text(v, "To"));
	struct value *copy;
	int64_t has;

	if (!name_is(text_at(set, "Name"), own->name) || !str_eq(text_at(set, "Type"), own->type) ||
	    !value_as_int(value_getc(set, "Weight"), &has))
		return;
	w->sets++;
	w->has_target |= target;
	if (target ? has > 0 : !has)
		return;
	copy = value_copy(&v->round, set);
	value_set(&v->round, copy, STR("Weight"), (struct pos){0}, verb_text(v, target ? STR(WEIGHT) : STR("0")));
	value_append(&v->round, w->changes, MAP(v, TXT("Action", STR("UPSERT")), VAL("ResourceRecordSet", copy)));
}

static void sets_known(struct verb *v)
{
	struct record *own = v->own;
	const struct value *list = value_getc(v->answer, "ResourceRecordSets");
	struct weights w = {.changes = verb_list(v, NULL)};
	struct value *batch;

	for (size_t i = 0; i < value_count(list); i++)
		weigh(v, value_at(list, i), &w);
	batch = MAP(v, VAL("Changes", w.changes));
	if (!w.has_target)
		verb_fail(v,
			  "%.*s has %zu weighted records, and none whose SetIdentifier is '%.*s': other kinds are not "
			  "supported yet",
			  STR_ARG(own->name), w.sets, STR_ARG(arg_text(v, "To")));
	else if (v->work->kind == WORK_PROBE)
		probe_answer(v, !value_count(w.changes), "%zu of %zu records are to change", value_count(w.changes),
			     w.sets);
	else if (!value_count(w.changes))
		verb_done(v, "the records name %.*s", STR_ARG(arg_text(v, "To")));
	else
		verb_act(v, "route53:ChangeResourceRecordSets",
			 MAP(v, TXT("HostedZoneId", own->zone), VAL("ChangeBatch", batch)), changed);
}

static void look(struct verb *v)
{
	struct record *own = v->own;

	v->one_page = true;
	verb_ask(v, "route53:ListResourceRecordSets",
		 MAP(v, TXT("HostedZoneId", own->zone), TXT("StartRecordName", own->name),
		     TXT("StartRecordType", own->type), TXT("MaxItems", STR(SETS_AT_MOST))),
		 sets_known);
}

void record_look(struct verb *v)
{
	struct record *own = verb_own(v, struct record);
	struct subject s = arg_one(v, "Record");

	own->zone = bare_id(subject_attr(&s, "HostedZoneId"));
	own->name = subject_attr(&s, "Name");
	own->type = subject_attr(&s, "Type");
	if (v->work->kind == WORK_VERB && !v->work->control_plane) {
		verb_fail(v, "a record is changed by Route 53's control plane, which is in us-east-1: allow it, or use "
			     "a Switch");
	} else if (!own->zone.n || !own->name.n || !own->type.n) {
		verb_fail(v, "Record must be a record with HostedZoneId, Name and Type");
	} else {
		v->look = look;
		look(v);
	}
}
