/* Tcp: a port of recovered servers (drs.h) accepts connections, as seen from inside of the recovery network, where a
 * function stands: it is sent {"Action": "tcp", "Hosts": [...], "Port": n} and answers {"ok": true} where each host does.
 * A host that the process itself can reach needs no function; the planner asks that one itself. */
#include "providers/aws/verbs/drs.h"
#include "providers/aws/verbs/invoke.h"
#include "providers/aws/verbs/looks.h"

#include "base/json.h"

#define FILTER_VALUES 200 /* of one filter of EC2 */

struct tcp {
	struct value *servers;
	struct value *ids; /* of their instances */
	struct value *hosts; /* addresses of those that run */
	size_t asked; /* ids whose addresses are known */
};

static void addresses_ask(struct verb *v);

static void answered(struct verb *v)
{
	const struct tcp *own = v->own;
	struct str said, error;
	const struct value *answer = invoke_answer(v, &said, &error);
	bool ok = false;

	if (error.n)
		probe_answer(v, false, "%.*s: %.*s", STR_ARG(error), STR_ARG(said));
	else if (answer && value_as_bool(value_getc(answer, "ok"), &ok) && ok)
		probe_answer(v, true, "%zu hosts accept connections", value_count(own->hosts));
	else
		probe_answer(v, false, "the function answered %.*s", STR_ARG(said));
}

static void function_ask(struct verb *v)
{
	const struct tcp *own = v->own;
	const struct value *port = verb_number(v, (double)arg_count(v, "Port", 0));
	struct buf b;

	buf_init(&b, 6 << 20);
	json_write(&b, MAP(v, TXT("Action", STR("tcp")), VAL("Hosts", own->hosts), VAL("Port", port)), JSON_TYPED);
	verb_ask(v, "lambda:Invoke", invoke_input(v, "From", buf_take(&b, &v->round)), answered);
}

static void add_address(struct verb *v, const struct value *instance)
{
	struct tcp *own = v->own;
	struct str address = text_at(instance, "PrivateIpAddress");

	if (!address.n)
		address = text_at(instance, "Ipv6Address");
	if (address.n && is_at(value_getc(instance, "State"), "Name", "running"))
		value_append(v->arena, own->hosts, value_string(v->arena, (struct pos){0}, str_dup(v->arena, address)));
}

static void addresses_known(struct verb *v)
{
	struct tcp *own = v->own;
	const struct value *groups = value_getc(v->answer, "Reservations");

	for (size_t i = 0; i < value_count(groups); i++) {
		const struct value *list = value_getc(value_at(groups, i), "Instances");

		for (size_t k = 0; k < value_count(list); k++)
			add_address(v, value_at(list, k));
	}
	if (own->asked < value_count(own->ids))
		addresses_ask(v);
	else if (value_count(own->hosts) < value_count(own->ids))
		probe_answer(v, false, "%zu of %zu servers run", value_count(own->hosts), value_count(own->ids));
	else
		function_ask(v);
}

static void addresses_ask(struct verb *v)
{
	struct tcp *own = v->own;
	struct value *some = verb_list(v, NULL), *filter;

	for (; own->asked < value_count(own->ids) && value_count(some) < FILTER_VALUES; own->asked++)
		verb_push(v, some, value_text(value_at(own->ids, own->asked)));
	filter = MAP(v, TXT("Name", STR("instance-id")), VAL("Values", some));
	verb_ask(v, "ec2:DescribeInstances", MAP(v, VAL("Filters", verb_list(v, filter))), addresses_known);
}

static void instances_known(struct verb *v)
{
	struct tcp *own = v->own;
	const struct value *items = value_getc(v->answer, "items");

	for (size_t i = 0; i < value_count(own->servers); i++) {
		const struct value *s = value_at(own->servers, i),
				   *r = item_with(items, "sourceServerID", server_id(s));
		struct str id = r && !recovery_is_drill(r) ? text_at(r, "ec2InstanceID") : STR_NONE;

		if (!id.n) {
			probe_answer(v, false, "%.*s is not launched", STR_ARG(server_name(s)));
			return;
		}
		value_append(v->arena, own->ids, value_string(v->arena, (struct pos){0}, str_dup(v->arena, id)));
	}
	addresses_ask(v);
}

static void servers_known(struct verb *v)
{
	struct tcp *own = v->own;

	own->servers = servers_chosen(v->arena, v->answer, arg(v, "Servers"));
	if (!value_count(own->servers))
		probe_answer(v, false, "no server has these tags");
	else
		recoveries_ask(v, own->servers, instances_known);
}

void tcp_look(struct verb *v)
{
	struct tcp *own = verb_own(v, struct tcp);
	int64_t port = arg_count(v, "Port", 0);
	const char *why = NULL;

	own->ids = value_list(v->arena, (struct pos){0});
	own->hosts = value_list(v->arena, (struct pos){0});
	if (port < 1 || port > 65535)
		probe_never(v, "Port must be from 1 to 65535");
	else if (!arg(v, "Servers") == !arg(v, "Host"))
		probe_never(v, "it needs either a Host or Servers");
	else if (arg(v, "Host")) {
		value_append(v->arena, own->hosts, value_string(v->arena, (struct pos){0}, arg_text(v, "Host")));
		function_ask(v);
	} else if (!choice_check(arg(v, "Servers"), &why))
		probe_never(v, "%s", why);
	else {
		if (!arg(v, "Target"))
			verb_at(v, arg_one(v, "From").place);
		servers_ask(v, servers_known);
	}
}
