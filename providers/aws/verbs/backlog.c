/* ReplicateBacklog: objects that live replication skipped or failed are replicated by a job of S3 Batch Operations,
 * which generates its own list. The work's UUID is the job's token, so that a job started twice is one job. */
#include "providers/aws/verbs/looks.h"

struct backlog {
	struct subject bucket, role;
	struct str account, job, prefix;
};

static void job_ask(struct verb *v);

#define NOTHING "no keys matching the filter" /* S3 calls an empty list a failure */

/* --- following ---------------------------------------------------------------------------------------------------- */

static struct str failure(const struct value *job)
{
	struct str why = text_at(value_at(value_getc(job, "FailureReasons"), 0), "FailureReason");

	return why.n ? why : text_at(job, "StatusUpdateReason");
}

static void job_known(struct verb *v)
{
	struct backlog *own = v->own;
	const struct value *job = value_getc(v->answer, "Job"), *sum = value_getc(job, "ProgressSummary");
	struct str status = text_at(job, "Status"), failed = text_at(sum, "NumberOfTasksFailed");

	if (str_eqc(status, "Complete")) {
		verb_value(v, sum ? sum : MAP(v, TXT("JobId", own->job)));
		if (failed.n && !str_eqc(failed, "0"))
			verb_fail(v, "job %.*s: %.*s of %.*s objects were not replicated", STR_ARG(own->job),
				  STR_ARG(failed), STR_ARG(text_at(sum, "TotalNumberOfTasks")));
		else
			verb_done(v, "%.*s objects were replicated", STR_ARG(text_at(sum, "NumberOfTasksSucceeded")));
	} else if (str_eqc(status, "Failed") && str_find(failure(job), STR(NOTHING), 0) >= 0) {
		verb_done(v, "no object was left behind");
	} else if (str_eqc(status, "Failed") || str_eqc(status, "Cancelled") || str_eqc(status, "Suspended")) {
		verb_fail(v, "job %.*s is %.*s: %.*s", STR_ARG(own->job), STR_ARG(status), STR_ARG(failure(job)));
	} else {
		verb_wait(v, job_ask, "job %.*s is %.*s (%.*s of %.*s)", STR_ARG(own->job), STR_ARG(status),
			  STR_ARG(text_at(sum, "NumberOfTasksSucceeded")), STR_ARG(text_at(sum, "TotalNumberOfTasks")));
	}
}

static void job_ask(struct verb *v)
{
	struct backlog *own = v->own;

	verb_ask(v, "s3control:DescribeJob", MAP(v, TXT("AccountId", own->account), TXT("JobId", own->job)), job_known);
}

/* --- starting ----------------------------------------------------------------------------------------------------- */

static void created(struct verb *v)
{
	struct backlog *own = v->own;

	own->job = str_dup(v->arena, text_at(v->answer, "JobId"));
	v->look = job_ask;
	job_ask(v);
}

static struct value *statuses(struct verb *v)
{
	const struct value *x = arg(v, "Status");
	struct value *list = verb_list(v, NULL);

	if (x && x->kind == V_LIST)
		return (struct value *)x;
	if (x)
		verb_push(v, list, value_text(x));
	else {
		verb_push(v, list, STR("NONE"));
		verb_push(v, list, STR("FAILED"));
	}
	return list;
}

static struct value *manifest(struct verb *v)
{
	struct backlog *own = v->own;
	struct str partition = place_facts(v->job->e, own->bucket.place)->partition;
	struct value *names =
	    own->prefix.n ? MAP(v, VAL("MatchAnyPrefix", verb_list(v, verb_text(v, own->prefix)))) : NULL;
	struct value *filter = MAP(v, TXT("EligibleForReplication", STR("true")),
				   VAL("ObjectReplicationStatuses", statuses(v)), VAL("KeyNameConstraint", names));

	return MAP(v, VAL("S3JobManifestGenerator",
			  MAP(v,
			      TXT("SourceBucket", str_fmt(&v->round, "arn:%.*s:s3:::%.*s", STR_ARG(partition),
							  STR_ARG(own->bucket.id))),
			      TXT("EnableManifestOutput", STR("false")), TXT("ExpectedBucketOwner", own->account),
			      VAL("Filter", filter))));
}

static void create(struct verb *v)
{
	struct backlog *own = v->own;
	struct value *none = value_map(&v->round, (struct pos){0});
	struct str role = subject_attr(&own->role, "Arn");

	v->once = true;
	verb_act(v, "s3control:CreateJob",
		 MAP(v, TXT("AccountId", own->account), TXT("ConfirmationRequired", STR("false")),
		     TXT("Priority", STR("10")), VAL("Operation", MAP(v, VAL("S3ReplicateObject", none))),
		     VAL("ManifestGenerator", manifest(v)), VAL("Report", MAP(v, TXT("Enabled", STR("false")))),
		     TXT("RoleArn", role.n ? role : own->role.id),
		     TXT("Description", str_fmt(&v->round, "drplan: backlog of %.*s", STR_ARG(own->bucket.id)))),
		 created);
}

/* The rule has to be there, and its prefix bounds the list. */
static void rules_known(struct verb *v)
{
	struct backlog *own = v->own;
	const struct value *rules = value_path(v->answer, STR("ReplicationConfiguration.Rules")), *rule = NULL;

	for (size_t i = 0; i < value_count(rules); i++)
		if (str_eq(text_at(value_at(rules, i), "ID"), arg_text(v, "Rule")))
			rule = value_at(rules, i);
	if (!rule || !is_at(rule, "Status", "Enabled")) {
		verb_fail(v, "bucket %.*s has no replication rule %.*s that is enabled", STR_ARG(own->bucket.id),
			  STR_ARG(arg_text(v, "Rule")));
		return;
	}
	own->prefix = str_dup(v->arena, text_at(value_getc(rule, "Filter"), "Prefix"));
	if (!own->prefix.n)
		own->prefix = str_dup(v->arena, text_at(rule, "Prefix"));
	v->look = create;
	create(v);
}

static void account_known(struct verb *v)
{
	struct backlog *own = v->own;

	own->account = str_dup(v->arena, text_at(v->answer, "Account"));
	if (!arg(v, "Rule")) {
		v->look = create;
		create(v);
		return;
	}
	verb_expect(v, "ReplicationConfigurationNotFoundError");
	verb_ask(v, "s3:GetBucketReplication", MAP(v, TXT("Bucket", own->bucket.id)), rules_known);
}

void backlog_look(struct verb *v)
{
	struct backlog *own = verb_own(v, struct backlog);

	own->bucket = arg_one(v, "Bucket");
	own->role = arg_one(v, "Role");
	verb_at(v, own->bucket.place);
	verb_ask(v, "sts:GetCallerIdentity", NULL, account_known);
}
