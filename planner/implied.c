/* Needs that no reference expresses (implied.h). Known from references alone: an attachment, a route and a NAT gateway
 * that name the same gateway or VPC of the stack belong together; ids written out are somebody else's business. */
#include "planner/implied.h"

static bool is_type(const struct node *n, const char *type)
{
	return n->res && str_eqc(type_name(n->res->type), type);
}

/* The node that a property refers to. */
static uint32_t referred(const struct graph *g, const struct node *n, const char *property)
{
	const struct value *v = value_getc(n->res->props, property);
	const struct node *to;

	if (!v || v->kind != V_EXPR || (v->fn != FN_REF && v->fn != FN_GETATT))
		return IMPLIED_NONE;
	to = graph_find(g, value_text(value_at(v, 0)));
	return to && node_written(to) ? (uint32_t)(to - g->nodes) : IMPLIED_NONE;
}

void implied_init(struct implied *im, const struct graph *g)
{
	*im = (struct implied){g, arena_array(g->arena, g->n + 1, sizeof *im->by_gateway),
			       arena_array(g->arena, g->n + 1, sizeof *im->by_vpc)};
	for (size_t i = 0; i < g->n; i++)
		im->by_gateway[i] = im->by_vpc[i] = IMPLIED_NONE;
	for (uint32_t i = 0; i < g->n; i++) {
		uint32_t internet, vpn, vpc;

		if (!is_type(&g->nodes[i], "AWS::EC2::VPCGatewayAttachment"))
			continue;
		internet = referred(g, &g->nodes[i], "InternetGatewayId");
		vpn = referred(g, &g->nodes[i], "VpnGatewayId");
		vpc = referred(g, &g->nodes[i], "VpcId");
		if (internet != IMPLIED_NONE)
			im->by_gateway[internet] = i;
		if (vpn != IMPLIED_NONE)
			im->by_gateway[vpn] = i;
		if (internet != IMPLIED_NONE && vpc != IMPLIED_NONE)
			im->by_vpc[vpc] = i;
	}
}

uint32_t implied_need(const struct implied *im, const struct node *n)
{
	const struct graph *g = im->g;
	uint32_t to;

	if (is_type(n, "AWS::EC2::Route")) {
		to = referred(g, n, "GatewayId");
		return to == IMPLIED_NONE ? to : im->by_gateway[to];
	}
	if (!is_type(n, "AWS::EC2::NatGateway") ||
	    str_eqc(value_text(value_getc(n->res->props, "ConnectivityType")), "private"))
		return IMPLIED_NONE;
	to = referred(g, n, "SubnetId");
	if (to == IMPLIED_NONE || !g->nodes[to].res)
		return IMPLIED_NONE;
	to = referred(g, &g->nodes[to], "VpcId");
	return to == IMPLIED_NONE ? to : im->by_vpc[to];
}
