/* Actions of calls; see permits.h. An action is mostly the operation under the name that requests
 * are signed with; where the Service Authorization Reference says otherwise, the tables here do. */
#include "providers/aws/verbs/permits.h"

#include <stdlib.h>
#include <string.h>

/* --- names -------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *service, *operation, *action;
} others[] = {
    {"lambda", "Invoke", "lambda:InvokeFunction"},
    {"s3", "DeleteBucketCors", "s3:PutBucketCORS"},
    {"s3", "DeleteBucketEncryption", "s3:PutEncryptionConfiguration"},
    {"s3", "DeleteBucketLifecycle", "s3:PutLifecycleConfiguration"},
    {"s3", "DeleteBucketOwnershipControls", "s3:PutBucketOwnershipControls"},
    {"s3", "DeleteBucketReplication", "s3:PutReplicationConfiguration"},
    {"s3", "DeleteBucketTagging", "s3:PutBucketTagging"},
    {"s3", "DeletePublicAccessBlock", "s3:PutBucketPublicAccessBlock"},
    {"s3", "GetBucketAccelerateConfiguration", "s3:GetAccelerateConfiguration"},
    {"s3", "GetBucketCors", "s3:GetBucketCORS"},
    {"s3", "GetBucketEncryption", "s3:GetEncryptionConfiguration"},
    {"s3", "GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration"},
    {"s3", "GetBucketNotificationConfiguration", "s3:GetBucketNotification"},
    {"s3", "GetBucketReplication", "s3:GetReplicationConfiguration"},
    {"s3", "GetObjectLockConfiguration", "s3:GetBucketObjectLockConfiguration"},
    {"s3", "GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock"},
    {"s3", "HeadBucket", "s3:ListBucket"},
    {"s3", "ListBuckets", "s3:ListAllMyBuckets"},
    {"s3", "ListObjectVersions", "s3:ListBucketVersions"},
    {"s3", "ListObjectsV2", "s3:ListBucket"},
    {"s3", "PutBucketAccelerateConfiguration", "s3:PutAccelerateConfiguration"},
    {"s3", "PutBucketCors", "s3:PutBucketCORS"},
    {"s3", "PutBucketEncryption", "s3:PutEncryptionConfiguration"},
    {"s3", "PutBucketLifecycleConfiguration", "s3:PutLifecycleConfiguration"},
    {"s3", "PutBucketNotificationConfiguration", "s3:PutBucketNotification"},
    {"s3", "PutBucketReplication", "s3:PutReplicationConfiguration"},
    {"s3", "PutObjectLockConfiguration", "s3:PutBucketObjectLockConfiguration"},
    {"s3", "PutPublicAccessBlock", "s3:PutBucketPublicAccessBlock"},
};

/* "ListBucketMetricsConfigurations" -> "GetMetricsConfiguration": so for four kinds of
 * configurations of buckets. */
static struct str of_configurations(struct arena *a, struct str op)
{
	static const char *const kinds[] = {"Analytics", "IntelligentTiering", "Inventory", "Metrics"};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (str_find(op, str_fmt(a, "Bucket%sConfiguration", kinds[i]), 0) > 0)
			return str_fmt(a, "s3:%s%sConfiguration",
				       str_starts(op, STR("Put")) || str_starts(op, STR("Delete")) ? "Put" : "Get",
				       kinds[i]);
	return STR_NONE;
}

static struct str prefix_of(struct str service, struct str operation)
{
	const struct op *op = wire_op(service, operation);
	struct str name = op ? op_signing_name(op) : service;

	if (str_eqc(service, "cloudwatch"))
		return STR("cloudwatch");
	return name.n ? name : service;
}

static void action_add(struct permits *p, struct str action)
{
	if (p->n == p->cap) {
		struct str *more = arena_array(p->arena, p->cap ? 2 * p->cap : 128, sizeof *more);

		if (p->n)
			memcpy(more, p->actions, p->n * sizeof *more);
		p->actions = more;
		p->cap = p->cap ? 2 * p->cap : 128;
	}
	p->actions[p->n++] = action;
}

struct str permit_action(struct arena *a, struct str service, struct str operation)
{
	struct str special = str_eqc(service, "s3") ? of_configurations(a, operation) : STR_NONE;

	for (size_t i = 0; !special.n && i < sizeof others / sizeof *others; i++)
		if (str_eqc(service, others[i].service) && str_eqc(operation, others[i].operation))
			special = str_of(others[i].action);
	return special.n ? special
			 : str_fmt(a, "%.*s:%.*s", STR_ARG(prefix_of(service, operation)), STR_ARG(operation));
}

static void operation_add(struct permits *p, struct str service, struct str operation)
{
	action_add(p, permit_action(p->arena, service, operation));
}

/* --- types -------------------------------------------------------------------------------------------------------- */

static void call_add(struct permits *p, uint32_t index, unsigned depth)
{
	const struct call_def *c = &call_defs[index];

	if (!index || depth > 6)
		return;
	operation_add(p, call_text(c->service), call_text(c->op));
	for (uint32_t i = 0; i < c->first.n; i++)
		call_add(p, call_takes[c->first.first + i].call, depth + 1);
	call_add(p, c->over, depth + 1);
	call_add(p, c->await, depth + 1);
	if (c->keep) {
		call_add(p, keep_defs[c->keep].call, depth + 1);
		call_add(p, keep_defs[c->keep].otherwise, depth + 1);
	}
}

static void calls_add(struct permits *p, struct span s)
{
	for (uint32_t i = 0; i < s.n; i++)
		call_add(p, s.first + i, 0);
}

static void fetches_add(struct permits *p, struct span s)
{
	for (uint32_t i = 0; i < s.n; i++) {
		call_add(p, fetch_defs[s.first + i].call, 0);
		call_add(p, fetch_defs[s.first + i].over, 0);
	}
}

static void facets_add(struct permits *p, struct span s)
{
	for (uint32_t i = 0; i < s.n; i++) {
		const struct facet_def *f = &facet_defs[s.first + i];

		call_add(p, f->put, 0);
		call_add(p, f->remove, 0);
		call_add(p, f->add, 0);
		call_add(p, f->drop, 0);
		call_add(p, f->change, 0);
	}
}

/* Giving a role to a service is an action of its own. */
static bool gives_role(const struct value *v)
{
	for (size_t i = 0; v && v->kind == V_MAP && i < v->map.n; i++) {
		const struct member *m = &v->map.items[i];

		if (str_ends(m->key, STR("Role")) || str_ends(m->key, STR("RoleArn")) ||
		    str_ends(m->key, STR("RoleARN")) || str_eqc(m->key, "IamInstanceProfile") ||
		    str_ends(m->key, STR("PermissionArn")) || gives_role(m->value))
			return true;
	}
	for (size_t i = 0; v && v->kind == V_LIST && i < v->list.n; i++)
		if (gives_role(v->list.items[i]))
			return true;
	return false;
}

void permits_of_type(struct permits *p, struct str type, const struct value *props)
{
	const struct type_def *d = type_def_find(type);

	if (!d)
		return;
	calls_add(p, d->create);
	calls_add(p, d->after);
	calls_add(p, d->update);
	calls_add(p, d->delete);
	fetches_add(p, d->read);
	fetches_add(p, d->also);
	facets_add(p, d->facets);
	call_add(p, d->tag_put, 0);
	call_add(p, d->tag_remove, 0);
	if (d->recover_read)
		fetches_add(p, (struct span){.first = d->recover_read, .n = d->n_recover});
	if (gives_role(props))
		action_add(p, STR("iam:PassRole"));
}

/* --- verbs -------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *verb, *operations; /* or a type, for what status asks of it */
} verbs[] = {
    {"AWS::DRS::ReplicationConfigurationTemplate", "drs:DescribeSourceServers"},
    {"AWS::ElasticLoadBalancingV2::TargetGroup", "elbv2:DescribeTargetHealth"},
    {"AWS::Route53::HealthCheck", "route53:GetHealthCheckStatus"},
    {"Alarm", "cloudwatch:DescribeAlarms"},
    {"Capacity", "autoscaling:DescribeAutoScalingGroups autoscaling:UpdateAutoScalingGroup elbv2:DescribeTargetHealth"},
    {"CleanUp",
     "drs:DescribeSourceServers drs:DescribeRecoveryInstances drs:DescribeJobs drs:TerminateRecoveryInstances "
     "drs:DisconnectRecoveryInstance ec2:DescribeInstances ec2:TerminateInstances"},
    {"Dns", "cloudwatch:DescribeAlarms cloudwatch:PutMetricData route53:ListHealthChecks route53:GetHealthCheckStatus "
	    "route53:GetHealthCheck route53:ListResourceRecordSets route53:ChangeResourceRecordSets route53:GetChange"},
    {"EngineMatch", "rds:DescribeGlobalClusters rds:DescribeDBClusters"},
    {"Fence", "ec2:DescribeInstances ec2:StopInstances drs:DescribeSourceServers"},
    {"HealthCheck", "route53:GetHealthCheck route53:GetHealthCheckStatus"},
    {"Invoke", "lambda:Invoke"},
    {"KeepSnapshot", "rds:DescribeDBClusterSnapshots rds:CopyDBClusterSnapshot rds:AddTagsToResource"},
    {"Member", "rds:DescribeGlobalClusters rds:DescribeDBClusters"},
    {"Metric", "cloudwatch:GetMetricData"},
    {"Notify", "sns:Publish"},
    {"PromoteAurora", "rds:DescribeGlobalClusters rds:DescribeDBClusters rds:SwitchoverGlobalCluster "
		      "rds:FailoverGlobalCluster"},
    {"Quota", "service-quotas:GetServiceQuota service-quotas:GetAWSDefaultServiceQuota ec2:DescribeInstances "
	      "ec2:DescribeInstanceTypes autoscaling:DescribeAutoScalingGroups ec2:DescribeLaunchTemplateVersions"},
    {"Recover", "drs:DescribeSourceServers drs:StartRecovery drs:DescribeJobs drs:DescribeRecoveryInstances "
		"drs:DescribeRecoverySnapshots drs:GetLaunchConfiguration drs:TagResource ec2:DescribeInstances "
		"ec2:DescribeLaunchTemplates ec2:DescribeLaunchTemplateVersions ec2:CreateLaunchTemplateVersion "
		"ec2:DeleteLaunchTemplateVersions ec2:ModifyLaunchTemplate ec2:CreateTags ec2:DeleteTags"},
    {"Replication", "drs:DescribeSourceServers"},
    {"ReplicateBacklog", "s3control:CreateJob s3control:DescribeJob s3control:ListJobs"},
    {"Report", "s3:PutObject kms:GenerateDataKey"},
    {"ReverseReplication", "drs:DescribeSourceServers drs:DescribeRecoveryInstances drs:ReverseReplication"},
    {"State", "drs:DescribeSourceServers drs:DescribeRecoveryInstances"},
    {"Tcp", "drs:DescribeSourceServers drs:DescribeRecoveryInstances ec2:DescribeInstances lambda:Invoke"},
    {"Writer", "rds:DescribeGlobalClusters"},
};

static void operations_add(struct permits *p, const char *list)
{
	struct str rest = str_of(list), word, service;

	while (str_cut(&rest, ' ', &word)) {
		struct str operation = word;

		if (str_cut(&operation, ':', &service) && service.n)
			operation_add(p, service, operation);
	}
}

void permits_of_verb(struct permits *p, struct str verb)
{
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (str_eqc(verb, verbs[i].verb))
			operations_add(p, verbs[i].operations);
}

/* What facts, status and doctor ask, whatever the stack has. */
void permits_basic(struct permits *p)
{
	operations_add(
	    p, "sts:GetCallerIdentity ec2:DescribeAvailabilityZones ec2:DescribeRegions ssm:GetParameter "
	       "service-quotas:GetServiceQuota service-quotas:GetAWSDefaultServiceQuota "
	       "iam:SimulatePrincipalPolicy cloudwatch:GetMetricData ec2:DescribeImages "
	       "ec2:DescribeInstanceTypeOfferings rds:DescribeOrderableDBInstanceOptions ec2:DescribeAddresses "
	       "ec2:DescribeVpcs ec2:DescribeInternetGateways rds:DescribeDBEngineVersions rds:DescribeDBClusters "
	       "rds:DescribeDBInstances elbv2:DescribeLoadBalancers kms:DescribeKey");
}

/* ------------------------------------------------------------------------------------------------------------------ */

static int compare(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

void permits_sort(struct permits *p)
{
	size_t kept = 0;

	if (p->n)
		qsort(p->actions, p->n, sizeof *p->actions, compare);
	for (size_t i = 0; i < p->n; i++)
		if (!kept || !str_eq(p->actions[kept - 1], p->actions[i]))
			p->actions[kept++] = p->actions[i];
	p->n = kept;
}

void permits_of_args(struct verb *v, struct permits *p)
{
	const struct value *verbs_used = arg(v, "Verbs");
	struct subject s;

	permits_basic(p);
	for (size_t i = 0; arg_subject(v, "Of", i, &s); i++) {
		permits_of_type(p, s.type, s.props);
		permits_of_verb(p, s.type);
	}
	for (size_t i = 0; verbs_used && i < value_count(verbs_used); i++)
		permits_of_verb(p, value_text(value_at(verbs_used, i)));
	permits_sort(p);
}
