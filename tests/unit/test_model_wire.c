/* The compiled service models: what AWS's API references say of some operations, that every table can be walked, and
 * that a table from a file is checked before it is used. */
#include "tests/unit/check.h"

#include "providers/aws/model/wiremodel.h"
#include "providers/aws/wire.h"

#include <stdlib.h>

static const struct op *op_of(const char *service, const char *operation)
{
	const struct op *op = wire_op(str_of(service), str_of(operation));

	assert_non_null(op);
	return op;
}

static void operations(void **state)
{
	const struct op *op = op_of("ec2", "DescribeVpcs");

	(void)state;
	assert_str(op_name(op), "DescribeVpcs");
	assert_str(op_service(op), "ec2");
	assert_true(op_paginates(op));
	assert_str(page_list(op, op_paginator(op)->in, 0), "NextToken");
	assert_str(page_list(op, op_paginator(op)->result, 0), "Vpcs");
	assert_int_equal(op_token_param(op).n, 0);
	assert_str(op_token_param(op_of("ec2", "CreateNatGateway")), "ClientToken");
	assert_null(wire_op(STR("ec2"), STR("DescribeVpc")));
	assert_null(wire_op(STR("ec3"), STR("DescribeVpcs")));
	assert_false(op_paginates(op_of("sts", "GetCallerIdentity")));
	assert_str(op_str(op_of("iam", "ListUsers"), op_of("iam", "ListUsers")->wrapper), "ListUsersResult");
	assert_true(op_of("sts", "AssumeRoleWithWebIdentity")->flags & OP_NO_AUTH);
	assert_true(op_of("s3", "PutBucketReplication")->flags & OP_CHECKSUM_REQUIRED);
	assert_null(op_output(op_of("ec2", "DeleteVpc")));
}

static void services(void **state)
{
	const struct model *m;

	(void)state;
	m = wire_model(STR("elbv2"));
	assert_str(model_str(m, m->endpoint_prefix), "elasticloadbalancing");
	assert_str(model_str(m, m->env_suffix), "ELASTIC_LOAD_BALANCING_V2");
	assert_int_equal(m->protocol, PROTOCOL_QUERY);
	m = wire_model(STR("cloudwatch"));
	assert_int_equal(m->protocol, PROTOCOL_JSON);
	assert_true(m->flags & MODEL_QUERY_COMPATIBLE);
	m = wire_model(STR("cloudcontrol"));
	assert_str(model_str(m, m->endpoint_prefix), "cloudcontrolapi");
	assert_str(model_str(m, m->target_prefix), "CloudApiService");
	m = wire_model(STR("s3"));
	assert_true(m->flags & MODEL_S3);
	assert_int_equal(m->protocol, PROTOCOL_REST_XML);
	m = wire_model(STR("iam"));
	assert_str(model_str(m, m->global_endpoint), "iam.amazonaws.com");
	m = wire_model(STR("dynamodb"));
	assert_false(m->flags & MODEL_JSON_11);
	assert_true(wire_model(STR("logs"))->flags & MODEL_JSON_11);
	for (size_t i = 1; i < wire_model_count; i++)
		assert_true(str_cmp(model_str(wire_models[i - 1], wire_models[i - 1]->name),
				    model_str(wire_models[i], wire_models[i]->name)) < 0);
}

static void shapes(void **state)
{
	const struct shape *in = op_input(op_of("ec2", "CreateSubnet")), *tags, *item;

	(void)state;
	assert_int_equal(shape_kind(in), SHAPE_STRUCTURE);
	assert_null(shape_member(in, STR("CidrBlok")));
	assert_true(shape_is(shape_member(in, STR("VpcId")), SHAPE_REQUIRED));
	tags = shape_member(in, STR("TagSpecifications"));
	assert_str(shape_wire(tags), "TagSpecification");
	assert_int_equal(shape_kind(tags), SHAPE_LIST);
	item = shape_element(tags);
	assert_str(shape_wire(item), "item");
	assert_int_equal(shape_kind(shape_member(item, STR("Tags"))), SHAPE_LIST);
	assert_null(shape_member(tags, STR("Tags")));
	assert_null(shape_element(in));
	assert_int_equal(shape_member_name(in, 10000).n, 0);
	assert_true(shape_sensitive(shape_member(op_input(op_of("rds", "CreateDBCluster")), STR("MasterUserPassword"))));
	item = shape_member(op_input(op_of("sqs", "CreateQueue")), STR("Attributes"));
	assert_int_equal(shape_kind(item), SHAPE_MAP);
	assert_int_equal(shape_kind(shape_key(item)), SHAPE_STRING);
}

static void places_and_payloads(void **state)
{
	const struct op *put = op_of("s3", "PutBucketReplication");
	const struct shape *in = op_input(put), *body;
	size_t n;

	(void)state;
	assert_int_equal(shape_place(shape_member(in, STR("Bucket"))), PLACE_URI);
	assert_str(shape_extra(shape_member(in, STR("Bucket")), EXTRA_CONTEXT_PARAM), "Bucket");
	assert_str(shape_extra(shape_member(in, STR("Bucket")), EXTRA_XMLNS), "");
	assert_int_equal(shape_place(shape_member(in, STR("ContentMD5"))), PLACE_HEADER);
	assert_str(shape_wire(shape_member(in, STR("ContentMD5"))), "Content-MD5");
	body = shape_payload(in);
	assert_str(shape_name(body), "ReplicationConfiguration");
	assert_str(shape_extra(body, EXTRA_XMLNS), "http://s3.amazonaws.com/doc/2006-03-01/");
	assert_true(shape_is(shape_member(body, STR("Rules")), SHAPE_FLATTENED));
	assert_str(op_str(put, put->checksum_member), "ChecksumAlgorithm");
	assert_str(op_str(put, op_pairs(put, &n)->name), "UseS3ExpressControlEndpoint");
	assert_true(n >= 1);
	assert_true(op_of("s3", "GetObject")->flags & OP_STREAM_OUT);
	assert_true(op_of("lambda", "InvokeWithResponseStream")->flags & OP_EVENT_STREAM);
	assert_int_equal(shape_place(shape_member(op_output(op_of("lambda", "Invoke")), STR("StatusCode"))), PLACE_STATUS);
	assert_null(shape_payload(op_input(op_of("ec2", "CreateVpc"))));
}

static void error_shapes(void **state)
{
	const struct model *m = wire_model(STR("rds"));
	const struct error_shape *e = model_error(m, STR("AuthorizationNotFound"));

	(void)state;
	assert_non_null(e);
	assert_str(model_str(m, e->name), "AuthorizationNotFoundFault");
	assert_int_equal(e->status, 404);
	assert_int_equal(shape_kind(error_members(e)), SHAPE_STRUCTURE);
	assert_int_equal(model_error(wire_model(STR("kms")), STR("NotFoundException"))->status, 0);
	assert_int_equal(model_error(wire_model(STR("lambda")), STR("ResourceNotFoundException"))->status, 404);
	assert_null(model_error(m, STR("NoSuchThing")));
}

/* Every member of every shape below an operation, each use once; recursion ends at a use that was seen. */
static size_t visit(const struct model *m, unsigned char *seen, const struct shape *s)
{
	size_t i = s ? (size_t)(s->self - m->shapes.at) / sizeof(*s) : 0, n = 1;

	if (!s || seen[i])
		return 0;
	seen[i] = 1;
	assert_ptr_equal(shape_model(s), m);
	assert_true(shape_kind(s) <= SHAPE_TIMESTAMP);
	for (size_t k = 0; k < shape_member_count(s); k++) {
		assert_ptr_equal(shape_member(s, shape_member_name(s, k)), shape_nth(s, k));
		n += visit(m, seen, shape_nth(s, k));
	}
	n += visit(m, seen, shape_element(s));
	return n + visit(m, seen, shape_key(s));
}

static void everything_is_reachable(void **state)
{
	size_t ops = 0, shapes_seen = 0;

	(void)state;
	for (size_t i = 0; i < wire_model_count; i++) {
		const struct model *m = wire_models[i];
		unsigned char *seen = calloc(m->shapes.n, 1);
		size_t n = 0;

		for (size_t k = 0; k < model_op_count(m); k++) {
			const struct op *op = model_op_nth(m, k);

			assert_ptr_equal(wire_op(op_service(op), op_name(op)), op);
			n += visit(m, seen, op_input(op)) + visit(m, seen, op_output(op));
		}
		for (size_t k = 0; k < m->errors.n; k++)
			n += visit(m, seen, error_members((const struct error_shape *)(const void *)
							  ((const char *)m + m->errors.at) + k));
		assert_int_equal(n, m->shapes.n);
		ops += model_op_count(m);
		shapes_seen += n;
		free(seen);
	}
	assert_true(ops > 2000);
	assert_true(shapes_seen > 30000);
}

static void endpoint_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < wire_model_count; i++) {
		const struct model *m = wire_models[i];
		size_t n_params, n_rules;
		const struct rule_param *params = model_params(m, &n_params);
		const struct rule *rules = model_rules(m, &n_rules);

		assert_true(n_params >= 4 && n_params <= m->slots);
		assert_true(model_str(m, params[0].name).n > 0);
		assert_true(n_rules > 1);
		assert_int_equal(rules[0].kind, RULE_TREE);
		for (size_t k = 0; k < n_rules; k++) {
			if (rules[k].kind == RULE_TREE)
				assert_true((size_t)rules[k].first + rules[k].n <= n_rules);
			else
				assert_int_not_equal(model_expr(m, rules[k].value)->kind, EXPR_NONE);
			for (size_t c = 0; c < rules[k].n_conds; c++)
				assert_int_equal(model_expr(m, model_cond(m, rules[k].conds + c)->expr)->kind, EXPR_CALL);
		}
	}
	assert_true(partition_count >= 4);
	assert_int_equal(str_of(partition_pool + (partitions[0].name >> 10)).n, 3);
}

/* --- tables from files --- */

/* A product's table without its endpoint rules, which a file may not bring. */
static struct model *table_copy(const char *service)
{
	const struct model *m = wire_model(str_of(service));
	struct model *copy = malloc(m->size);

	assert_non_null(copy);
	memcpy(copy, m, m->size);
	copy->params.n = copy->rules.n = copy->conds.n = copy->exprs.n = 0;
	return copy;
}

static void tables_from_files(void **state)
{
	struct model *m = table_copy("sts");

	(void)state;
	assert_ptr_equal(model_open(m, m->size), m);
	assert_str(op_name(model_op(m, STR("AssumeRole"))), "AssumeRole");
	assert_null(model_open(m, m->size - 4));
	assert_null(model_open(m, 3));
	m->rules.n = 1;
	assert_null(model_open(m, m->size));
	m->rules.n = 0;
	m->magic++;
	assert_null(model_open(m, m->size));
	free(m);
}

/* As visit, for tables that need not make sense. */
static void wander(const struct model *m, unsigned char *seen, const struct shape *s)
{
	size_t i = s ? (size_t)(s->self - m->shapes.at) / sizeof(*s) : 0;

	if (!s || seen[i])
		return;
	seen[i] = 1;
	shape_member(s, STR("message"));
	shape_extra(s, EXTRA_XMLNS);
	shape_payload(s);
	for (size_t k = 0; k < shape_member_count(s); k++) {
		struct str name = shape_member_name(s, k), wire = shape_wire(shape_nth(s, k));

		assert_int_equal(name.p[name.n] | wire.p[wire.n], 0);
		wander(m, seen, shape_nth(s, k));
	}
	wander(m, seen, shape_element(s));
	wander(m, seen, shape_key(s));
}

/* Whatever one wrong word a file holds, it is refused or every accessor still stays within the block. */
static void damaged_tables(void **state)
{
	static const uint32_t wrong[] = {0, 1, 0x7fffffff, 0xffffffff, 0x10000};
	struct model *m = table_copy("sso");
	uint32_t *words = (uint32_t *)(void *)m, refused = 0;
	unsigned char *seen = malloc(m->size);

	(void)state;
	for (size_t i = 0; i < m->pool.at / 4; i++) {
		for (size_t k = 0; k < COUNT(wrong); k++) {
			uint32_t was = words[i];
			size_t size = m->size;

			words[i] = wrong[k];
			if (!model_open(m, size)) {
				refused++;
			} else {
				memset(seen, 0, size);
				for (size_t o = 0; o < model_op_count(m); o++) {
					wander(m, seen, op_input(model_op_nth(m, o)));
					wander(m, seen, op_output(model_op_nth(m, o)));
				}
			}
			words[i] = was;
		}
	}
	assert_true(refused > 100);
	free(seen);
	free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operations),	  cmocka_unit_test(services),
		cmocka_unit_test(shapes),	  cmocka_unit_test(places_and_payloads),
		cmocka_unit_test(error_shapes),	  cmocka_unit_test(everything_is_reachable),
		cmocka_unit_test(endpoint_rules), cmocka_unit_test(tables_from_files),
		cmocka_unit_test(damaged_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
