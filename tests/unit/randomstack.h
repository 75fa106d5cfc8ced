/* Random stacks for tests: graphs of networks, groups, rules, gateways, logs, queues and parameters that refer to each
 * other, and random edits of them. Everything follows from a seed.
 *
 * An item lives in a slot, which is its name for life; version changes what an update changes, anew what cannot be
 * changed without a replacement. Parents are slots too.
 */
#ifndef DRPLAN_TESTS_RANDOMSTACK_H
#define DRPLAN_TESTS_RANDOMSTACK_H

#include "base/str.h"

#define ITEMS_MAX 60
#define NO_ITEM (-1)

enum item_kind {
	ITEM_NONE,
	ITEM_VPC,
	ITEM_SUBNET,
	ITEM_GROUP,
	ITEM_RULE,
	ITEM_TABLE,
	ITEM_ASSOCIATION,
	ITEM_IGW,
	ITEM_ATTACHMENT,
	ITEM_ROUTE,
	ITEM_EIP,
	ITEM_NAT,
	ITEM_LOGS,
	ITEM_QUEUE,
	ITEM_PARAMETER,
	ITEM_KINDS
};

struct item {
	enum item_kind kind;
	int parent[3];
	unsigned version, anew;
};

struct random_stack {
	uint64_t seed;
	int limit; /* slots in use at most */
	struct item items[ITEMS_MAX];
};

static inline uint64_t random_next(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15u;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static inline unsigned random_below(uint64_t *seed, unsigned n)
{
	return (unsigned)(random_next(seed) % n);
}

/* A random item of the kind, or none. */
static inline int item_any(struct random_stack *r, enum item_kind kind)
{
	int found = NO_ITEM;
	unsigned n = 0;
	for (int i = 0; i < r->limit; i++)
		if (r->items[i].kind == kind && random_below(&r->seed, ++n) == 0)
			found = i;
	return found;
}

/* The item of this kind whose nth parent is that slot, or none. */
static inline int item_of(const struct random_stack *r, enum item_kind kind, int nth, int parent)
{
	for (int i = 0; i < r->limit; i++)
		if (r->items[i].kind == kind && r->items[i].parent[nth] == parent)
			return i;
	return NO_ITEM;
}

/* Parents for a new item of this kind; false: there are none. */
static inline bool item_parents(struct random_stack *r, enum item_kind kind, int parent[3])
{
	static const enum item_kind first[ITEM_KINDS] = {
	    [ITEM_SUBNET] = ITEM_VPC,  [ITEM_GROUP] = ITEM_VPC,          [ITEM_RULE] = ITEM_GROUP,
	    [ITEM_TABLE] = ITEM_VPC,   [ITEM_ASSOCIATION] = ITEM_SUBNET, [ITEM_ATTACHMENT] = ITEM_VPC,
	    [ITEM_ROUTE] = ITEM_TABLE, [ITEM_NAT] = ITEM_SUBNET,         [ITEM_PARAMETER] = ITEM_LOGS};
	parent[0] = parent[1] = parent[2] = NO_ITEM;
	if (first[kind] == ITEM_NONE)
		return true;
	if ((parent[0] = item_any(r, first[kind])) == NO_ITEM)
		return false;
	int vpc = r->items[parent[0]].parent[0];
	switch (kind) {
	case ITEM_ASSOCIATION: /* one for each subnet, with a table of its network */
		parent[1] = item_of(r, ITEM_TABLE, 0, vpc);
		return parent[1] != NO_ITEM && item_of(r, ITEM_ASSOCIATION, 0, parent[0]) == NO_ITEM;
	case ITEM_ATTACHMENT: /* one for each network and gateway */
		parent[1] = item_any(r, ITEM_IGW);
		return parent[1] != NO_ITEM && item_of(r, ITEM_ATTACHMENT, 0, parent[0]) == NO_ITEM &&
		       item_of(r, ITEM_ATTACHMENT, 1, parent[1]) == NO_ITEM;
	case ITEM_ROUTE: /* to the gateway that is attached to its network */
		parent[1] = item_of(r, ITEM_ATTACHMENT, 0, vpc);
		parent[2] = parent[1] == NO_ITEM ? NO_ITEM : r->items[parent[1]].parent[1];
		return parent[1] != NO_ITEM;
	case ITEM_NAT: /* an address of its own, in a network that has a gateway */
		parent[1] = item_of(r, ITEM_ATTACHMENT, 0, vpc);
		parent[2] = item_any(r, ITEM_EIP);
		return parent[1] != NO_ITEM && parent[2] != NO_ITEM && item_of(r, ITEM_NAT, 2, parent[2]) == NO_ITEM;
	default:
		return true;
	}
}

static inline void item_add(struct random_stack *r)
{
	int parent[3], slot = 0;
	enum item_kind kind = (enum item_kind)(1 + random_below(&r->seed, ITEM_KINDS - 1));
	while (slot < r->limit && r->items[slot].kind != ITEM_NONE)
		slot++;
	if (slot == r->limit || !item_parents(r, kind, parent))
		return;
	r->items[slot] = (struct item){.kind = kind, .parent = {parent[0], parent[1], parent[2]}};
	r->items[slot].version = random_below(&r->seed, 4);
}

static inline void item_remove(struct random_stack *r, int slot)
{
	if (slot < 0 || r->items[slot].kind == ITEM_NONE)
		return;
	r->items[slot].kind = ITEM_NONE;
	for (int i = 0; i < r->limit; i++)
		for (int k = 0; k < 3; k++)
			if (r->items[i].kind != ITEM_NONE && r->items[i].parent[k] == slot)
				item_remove(r, i);
}

static inline void stack_random(struct random_stack *r, uint64_t seed, int limit)
{
	*r = (struct random_stack){.seed = seed, .limit = limit};
	unsigned tries = 2 + random_below(&r->seed, 3 * ITEMS_MAX);
	r->items[0] = (struct item){.kind = ITEM_VPC, .parent = {NO_ITEM, NO_ITEM, NO_ITEM}};
	for (unsigned i = 0; i < tries; i++)
		item_add(r);
}

/* What changes between two versions of a stack. */
static inline void stack_edit(struct random_stack *r)
{
	unsigned edits = 1 + random_below(&r->seed, 8);
	for (unsigned i = 0; i < edits; i++) {
		int slot = (int)random_below(&r->seed, (unsigned)r->limit);
		switch (random_below(&r->seed, 6)) {
		case 0:
		case 1:
			item_add(r);
			break;
		case 2:
			item_remove(r, slot);
			break;
		case 3:
			r->items[slot].anew++;
			break;
		default:
			r->items[slot].version++;
		}
	}
}

static inline void item_write(struct buf *b, const struct random_stack *r, int i)
{
	const struct item *t = &r->items[i];
	const int *p = t->parent;
	unsigned v = t->version, n = t->anew;
	buf_fmt(b, "  I%d: ", i);
	switch (t->kind) {
	case ITEM_VPC:
		buf_fmt(b, "{Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.%d.0.0/16, Tags: [{Key: V, Value: v%u}]}}",
			i, v);
		break;
	case ITEM_SUBNET:
		buf_fmt(b,
			"{Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref I%d, CidrBlock: 10.%d.%d.0/24, "
			"AvailabilityZone: us-west-2%c, MapPublicIpOnLaunch: %s}}",
			p[0], p[0], i, "ab"[n % 2], v % 2 ? "true" : "false");
		break;
	case ITEM_GROUP:
		buf_fmt(b,
			"{Type: AWS::EC2::SecurityGroup, Properties: {VpcId: !Ref I%d, GroupDescription: g%u, "
			"SecurityGroupIngress: "
			"[{IpProtocol: tcp, FromPort: %u, ToPort: %u, CidrIp: 10.0.0.0/8}]}}",
			p[0], n, 1000 + v, 1000 + v);
		break;
	case ITEM_RULE:
		buf_fmt(b,
			"{Type: AWS::EC2::SecurityGroupIngress, Properties: {GroupId: !GetAtt I%d.GroupId, IpProtocol: "
			"tcp, "
			"FromPort: %u, ToPort: %u, CidrIp: 10.1.0.0/16, Description: d%u}}",
			p[0], 2000 + 60 * n + (unsigned)i, 2000 + 60 * n + (unsigned)i, v);
		break;
	case ITEM_TABLE:
		buf_fmt(b, "{Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref I%d, Tags: [{Key: V, Value: v%u}]}}",
			p[0], v);
		break;
	case ITEM_ASSOCIATION:
		buf_fmt(b,
			"{Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref I%d, RouteTableId: "
			"!Ref I%d}}",
			p[0], p[1]);
		break;
	case ITEM_IGW:
		buf_fmt(b, "{Type: AWS::EC2::InternetGateway, Properties: {Tags: [{Key: V, Value: v%u}]}}", v);
		break;
	case ITEM_ATTACHMENT:
		buf_fmt(b,
			"{Type: AWS::EC2::VPCGatewayAttachment, Properties: {VpcId: !Ref I%d, InternetGatewayId: !Ref "
			"I%d}}",
			p[0], p[1]);
		break;
	case ITEM_ROUTE:
		buf_fmt(b,
			"{Type: AWS::EC2::Route, Properties: {RouteTableId: !Ref I%d, DestinationCidrBlock: "
			"192.168.%d.0/24, "
			"GatewayId: !Ref I%d}}",
			p[0], i, p[2]);
		break;
	case ITEM_EIP:
		buf_fmt(b, "{Type: AWS::EC2::EIP, Properties: {Domain: vpc, Tags: [{Key: V, Value: v%u}]}}", v);
		break;
	case ITEM_NAT:
		buf_fmt(b,
			"{Type: AWS::EC2::NatGateway, Properties: {SubnetId: !Ref I%d, AllocationId: !GetAtt "
			"I%d.AllocationId, "
			"Tags: [{Key: V, Value: v%u}]}}",
			p[0], p[2], v);
		break;
	case ITEM_LOGS:
		buf_fmt(b, "{Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /g/%d-%u, RetentionInDays: %s}}", i,
			n,
			v % 3 == 0   ? "7"
			: v % 3 == 1 ? "14"
				     : "30");
		break;
	case ITEM_QUEUE:
		buf_fmt(b, "{Type: AWS::SQS::Queue, Properties: {QueueName: q-%d-%u, VisibilityTimeout: %u}}", i, n,
			30 + v);
		break;
	case ITEM_PARAMETER:
		buf_fmt(
		    b,
		    "{Type: AWS::SSM::Parameter, Properties: {Type: String, Name: /p/%d-%u, Value: !GetAtt I%d.Arn}}",
		    i, n, p[0]);
		break;
	case ITEM_NONE:
	case ITEM_KINDS:
		break;
	}
	buf_char(b, '\n');
}

/* The stack as YAML; size says how many resources it has. */
static inline const char *stack_text(struct arena *a, const struct random_stack *r, size_t *size)
{
	struct buf b;
	buf_init(&b, 1 << 20);
	buf_cstr(&b, "Stack: t\nResources:\n");
	*size = 0;
	for (int i = 0; i < r->limit; i++) {
		if (r->items[i].kind == ITEM_NONE)
			continue;
		item_write(&b, r, i);
		++*size;
	}
	return buf_take(&b, a).p;
}

#endif
