/* The tables of checks and verbs (shapes.h). */
#include "stacks/shapes.h"

#include <string.h>

const struct shape check_shapes[] = {
	{STR_INIT("Alarm"), "@Of! Is! Target Within"},
	{STR_INIT("Approval"), "Ask! Within"},
	{STR_INIT("Command"), "Argv! Within"},
	{STR_INIT("Credentials"), "Target! Within"},
	{STR_INIT("Dns"), "Name! Answers! Within"},
	{STR_INIT("EngineMatch"), "@Of! Within"},
	{STR_INIT("Exists"), "@Of! Within"},
	{STR_INIT("Expression"), ""},
	{STR_INIT("HealthCheck"), "@Of! Is! Within"},
	{STR_INIT("Http"), "Url! Host Status Method Body Headers Expect Insecure Latency Within"},
	{STR_INIT("Invoke"), "?Function! Payload Expect Target Within"},
	{STR_INIT("Member"), "@Of! @Cluster! Is Within"},
	{STR_INIT("Metric"), "Namespace! MetricName! Dimensions Stat Period Unit Scale Above Below AtLeast AtMost Target Within"},
	{STR_INIT("Quota"), "Target ?For Instances Within"},
	{STR_INIT("Replication"), "Target Servers! Is LagBelow AtLeast Value Within"},
	{STR_INIT("State"), "@Of Is! Servers Drill Target Within"},
	{STR_INIT("Tcp"), "Host Servers Port! ?From Target Within"},
	{STR_INIT("Writer"), "@Of! @Is! Within"},
};
const size_t n_check_shapes = sizeof check_shapes / sizeof *check_shapes;

const struct shape verb_shapes[] = {
	{STR_INIT("Apply"), "Mode! Only Unreachable"},
	{STR_INIT("Approval"), "Ask! Timeout"},
	{STR_INIT("Call"), "Service! Operation! Parameters Unless Target"},
	{STR_INIT("Capacity"), "@Of! Min Max Desired @Healthy Wait Target"},
	{STR_INIT("Check"), ""},
	{STR_INIT("CleanUp"), "Target RecoveryInstances Disconnect"},
	{STR_INIT("Command"), "Argv!"},
	{STR_INIT("Dns"), "@Switch ?Record To!"},
	{STR_INIT("Fence"), "Target! Servers! Wait"},
	{STR_INIT("Invoke"), "?Function! Payload Expect Target"},
	{STR_INIT("KeepSnapshot"), "@Cluster! Prefix As!"},
	{STR_INIT("Measure"), ""},
	{STR_INIT("Notify"), "?Topic! Subject! Message"},
	{STR_INIT("Parallel"), ""},
	{STR_INIT("PromoteAurora"), "@Global! @To! Planned"},
	{STR_INIT("Recover"), "Target! Servers! Tiers PointInTime Drill ?Subnet"},
	{STR_INIT("ReplicateBacklog"), "@Bucket! Rule Status ?Role"},
	{STR_INIT("Report"), "Formats! To KmsKeyId"},
	{STR_INIT("Restore"), "Runbook! Step!"},
	{STR_INIT("ReverseReplication"), "From! To! Servers!"},
	{STR_INIT("Temporary"), "TemplateURL! StackName Parameters Ttl"},
	{STR_INIT("Wait"), "For!"},
};
const size_t n_verb_shapes = sizeof verb_shapes / sizeof *verb_shapes;

bool s3_place(struct str to, struct str *bucket, struct str *prefix)
{
	*prefix = to;
	if (!str_starts(to, STR("s3://")))
		return false;
	*prefix = str_sub(to, sizeof "s3://" - 1, to.n);
	str_cut(prefix, '/', bucket);
	for (size_t i = 0; i < bucket->n; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789.-", bucket->p[i]))
			return false;
	return bucket->n >= 3 && bucket->n <= 63;
}

bool shape_next(struct str *rest, struct str *key, bool *required)
{
	if (!rest->n || !str_cut(rest, ' ', key) || !key->n)
		return false;
	if (key->p[0] == '@' || key->p[0] == '?')
		*key = str_sub(*key, 1, key->n);
	*required = key->p[key->n - 1] == '!';
	if (*required)
		key->n--;
	return true;
}

const struct shape *shape_find(const struct shape *shapes, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(shapes[i].name, name))
			return &shapes[i];
	return NULL;
}

enum shape_names shape_names(const struct shape *shape, struct str key)
{
	struct str rest = str_of(shape->keys), k;
	bool required;

	while (rest.n) {
		char mark = rest.p[0];

		if (shape_next(&rest, &k, &required) && str_eq(k, key))
			return mark == '@' ? NAMES_RESOURCES : mark == '?' ? MAY_NAME_RESOURCES : NAMES_NOTHING;
	}
	return NAMES_NOTHING;
}
