/* ReverseReplication: what runs in From is replicated to To, for servers that came from EC2.
 *
 * From's source servers say by their reversed-direction ARN which source server in To receives them; it is told to
 * start where there is none yet, or where it stands still. The one in To gets the tags of the one in From, since it
 * is by them that later steps choose. */
#include "providers/aws/verbs/drs.h"
#include "providers/aws/verbs/looks.h"

struct reverse {
	const struct place *from, *to;
	struct value *servers; /* in From */
	const struct value *instances; /* running in From; of the round */
	const struct value *others; /* in To; of the round */
	size_t i; /* the server at hand */
	bool told; /* something was to do in this look */
};

static void look(struct verb *v);

static struct str counterpart(const struct value *server)
{
	return text_at(server, "reversedDirectionSourceServerArn");
}

static bool is_replicating(const struct value *server)
{
	struct str state = text_at(value_getc(server, "dataReplicationInfo"), "dataReplicationState");

	return state.n && !str_eqc(state, "STOPPED") && !str_eqc(state, "DISCONNECTED") && !str_eqc(state, "STALLED");
}

/* Tags that the counterpart lacks; NULL: none. */
static struct value *tags_missing(struct verb *v, const struct value *server, const struct value *other)
{
	const struct value *tags = value_getc(server, "tags"), *have = value_getc(other, "tags");
	struct value *out = value_map(&v->round, (struct pos){0});

	for (size_t i = 0; tags && i < tags->map.n; i++) {
		const struct member *m = &tags->map.items[i];
		const struct value *x = value_get(have, m->key);

		if (!str_starts(m->key, STR("aws:")) && (!x || !value_equal(x, m->value)))
			value_set(&v->round, out, m->key, (struct pos){0}, m->value);
	}
	return out->map.n ? out : NULL;
}

static void attend(struct verb *v);

static void attended(struct verb *v)
{
	struct reverse *own = v->own;

	own->told = true;
	own->i++;
	attend(v);
}

/* The server at hand has a receiver in To, which replicates, and which has its tags. */
static void attend_one(struct verb *v, const struct value *server)
{
	struct reverse *own = v->own;
	const struct value *other = item_with(own->others, "arn", counterpart(server));
	const struct value *r = item_with(own->instances, "sourceServerID", server_id(server));
	struct value *tags = other ? tags_missing(v, server, other) : NULL;

	if (other && is_replicating(other) && !tags) {
		own->i++;
		attend(v);
	} else if (other && is_replicating(other)) {
		verb_at(v, own->to);
		verb_act(v, "drs:TagResource", MAP(v, TXT("resourceArn", text_at(other, "arn")), VAL("tags", tags)),
			 attended);
	} else if (!r) {
		verb_fail(v, "%.*s does not run in %.*s: there is nothing to replicate", STR_ARG(server_name(server)),
			  STR_ARG(own->from->name));
	} else {
		verb_at(v, own->from);
		verb_busy(v, "ConflictException");
		verb_act(v, "drs:ReverseReplication",
			 MAP(v, TXT("recoveryInstanceID", text_at(r, "recoveryInstanceID"))), attended);
	}
}

static void attend(struct verb *v)
{
	struct reverse *own = v->own;

	if (own->i < value_count(own->servers))
		attend_one(v, value_at(own->servers, own->i));
	else if (own->told)
		verb_wait(v, look, "%zu servers are told to replicate to %.*s", own->i, STR_ARG(own->to->name));
	else
		verb_done(v, "%zu servers replicate to %.*s", own->i, STR_ARG(own->to->name));
}

static void others_known(struct verb *v)
{
	struct reverse *own = v->own;

	own->others = value_getc(v->answer, "items");
	own->i = 0;
	own->told = false;
	attend(v);
}

static void instances_known(struct verb *v)
{
	struct reverse *own = v->own;

	own->instances = value_getc(v->answer, "items");
	verb_at(v, own->to);
	servers_ask(v, others_known);
}

static void servers_known(struct verb *v)
{
	struct reverse *own = v->own;

	own->servers = servers_chosen(&v->round, v->answer, arg(v, "Servers"));
	if (!value_count(own->servers))
		verb_fail(v, "no server in %.*s has these tags", STR_ARG(own->from->name));
	else
		recoveries_ask(v, own->servers, instances_known);
}

static void look(struct verb *v)
{
	struct reverse *own = v->own;

	verb_at(v, own->from);
	servers_ask(v, servers_known);
}

void reverse_look(struct verb *v)
{
	struct reverse *own = verb_own(v, struct reverse);
	const char *why;

	own->from = place_named(v, arg_text(v, "From"));
	own->to = place_named(v, arg_text(v, "To"));
	if (!choice_check(arg(v, "Servers"), &why))
		verb_fail(v, "%s", why);
	else
		look(v);
}
