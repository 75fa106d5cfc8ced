/* AWS's answers: any bytes, taken for the answer of any of some operations, one per protocol and form, give a tree
 * of the model's members or a reason, and an error document gives a code.
 *
 * Byte 0 chooses the operation, byte 1 the status; headers follow as "name: value" lines up to an empty line. */
#include "providers/aws/parse.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
	const char *service, *operation;
} operations[] = {
    {"ec2", "DescribeInstances"},
    {"ec2", "DescribeVpcs"},
    {"iam", "GetAccountAuthorizationDetails"},
    {"rds", "DescribeDBClusters"},
    {"cloudwatch", "DescribeAlarms"},
    {"route53", "ListResourceRecordSets"},
    {"s3", "GetBucketReplication"},
    {"s3", "GetObject"},
    {"s3", "HeadObject"},
    {"s3", "CopyObject"},
    {"lambda", "GetFunction"},
    {"lambda", "Invoke"},
    {"dynamodb", "DescribeTable"},
    {"sqs", "GetQueueAttributes"},
    {"logs", "DescribeLogGroups"},
    {"secretsmanager", "GetSecretValue"},
    {"drs", "DescribeSourceServers"},
    {"sts", "AssumeRole"},
};

static void read_headers(struct arena *a, struct str *rest, struct answer *ans)
{
	struct str line, name;

	while (rest->n && str_cut(rest, '\n', &line) && line.n)
		if (str_cut(&line, ':', &name) && name.n)
			headers_add(&ans->headers, a, name, str_trim(line));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int statuses[] = {200, 200, 200, 204, 301, 400, 404, 500};
	struct str rest = {(const char *)data, size}, why = STR_NONE;
	struct arena a = {0}, scratch = {0};
	struct answer ans = {0};
	struct remote_error re;
	struct value *v;
	const struct op *op;

	if (size < 2)
		return 0;
	op = wire_op(str_of(operations[data[0] % (sizeof operations / sizeof *operations)].service),
		     str_of(operations[data[0] % (sizeof operations / sizeof *operations)].operation));
	if (!op)
		abort();
	ans.status = statuses[data[1] % 8];
	rest = str_sub(rest, 2, rest.n);
	read_headers(&a, &rest, &ans);
	ans.body = rest;
	if (parse_is_error(op, &ans)) {
		parse_error(op, &ans, &a, &re);
		if (!re.code.n || !re.members)
			abort();
	} else {
		v = parse_output(op, &ans, &a, &scratch, &why);
		arena_free(&scratch);
		if (v ? v->kind != V_MAP : !why.n)
			abort();
		if (v && !value_equal(v, value_copy(&a, v))) /* reads every byte of the result */
			abort();
	}
	arena_free(&scratch);
	arena_free(&a);
	return 0;
}
