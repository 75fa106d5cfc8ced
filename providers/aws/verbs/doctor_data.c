/* Doctor: what the region offers to databases, and whether the keys that the stack names are of the region. */
#include "providers/aws/verbs/doctor.h"

/* --- engines and classes ------------------------------------------------------------------------------------------ */

static void database_next(struct verb *v);

static void version_known(struct verb *v)
{
	struct report *r = v->own;
	struct str version = subject_attr(&r->at, "EngineVersion"), engine = subject_attr(&r->at, "Engine");

	if (!v->answer)
		report_say(v, r, SAY_NOTE, "engine",
			   "`drplan doctor --iam-policy` prints what the caller should be allowed",
			   "could not be asked: %.*s", STR_ARG(v->code));
	else if (!value_count(value_getc(v->answer, "DBEngineVersions")))
		report_say(
		    v, r, SAY_RED, "engine",
		    "no instance of it can be made here any more: upgrade both sides of the global database to a "
		    "version that both regions offer, `aws rds describe-db-engine-versions` lists them",
		    "%.*s %.*s is not offered in %.*s", STR_ARG(engine), STR_ARG(version),
		    STR_ARG(place_region(v, v->at)));
	else
		report_say(v, r, SAY_OK, "engine", NULL, "%.*s %.*s is offered", STR_ARG(engine), STR_ARG(version));
	database_next(v);
}

static void orderable_known(struct verb *v)
{
	struct report *r = v->own;
	struct str class = subject_attr(&r->at, "DBInstanceClass");

	if (!v->answer)
		report_say(v, r, SAY_NOTE, "class",
			   "`drplan doctor --iam-policy` prints what the caller should be allowed",
			   "could not be asked: %.*s", STR_ARG(v->code));
	else if (!value_count(value_getc(v->answer, "OrderableDBInstanceOptions")))
		report_say(v, r, SAY_RED, "class", "name a class and an engine version that this region has",
			   "%.*s is not offered for this engine in %.*s", STR_ARG(class),
			   STR_ARG(place_region(v, v->at)));
	else
		report_say(v, r, SAY_OK, "class", NULL, "%.*s is offered", STR_ARG(class));
	database_next(v);
}

/* An instance of Aurora has the version of its cluster. */
static struct str version_of(const struct verb *v, const struct subject *instance)
{
	struct str version = subject_attr(instance, "EngineVersion"),
		   id = subject_attr(instance, "DBClusterIdentifier");
	struct subject s;

	for (size_t i = 0; !version.n && id.n && arg_subject(v, "Of", i, &s); i++)
		if (str_eqc(s.type, "AWS::RDS::DBCluster") && str_eq_nocase(s.id, id))
			version = subject_attr(&s, "EngineVersion");
	return version;
}

static void database_next(struct verb *v)
{
	struct report *r = v->own;

	while (report_next(v, r)) {
		struct str engine = subject_attr(&r->at, "Engine"), version = subject_attr(&r->at, "EngineVersion"),
			   class = subject_attr(&r->at, "DBInstanceClass");

		if (!engine.n)
			continue;
		if (str_eqc(r->at.type, "AWS::RDS::DBCluster") && version.n) {
			verb_expect(v, "*");
			verb_ask(v, "rds:DescribeDBEngineVersions",
				 MAP(v, TXT("Engine", engine), TXT("EngineVersion", version)), version_known);
			return;
		}
		if (str_eqc(r->at.type, "AWS::RDS::DBInstance") && class.n) {
			verb_expect(v, "*");
			verb_ask(v, "rds:DescribeOrderableDBInstanceOptions",
				 MAP(v, TXT("Engine", engine), TXT("EngineVersion", version_of(v, &r->at)),
				     TXT("DBInstanceClass", class)),
				 orderable_known);
			return;
		}
	}
	report_done(v, r);
}

void doctor_databases(struct verb *v)
{
	database_next(v);
}

/* --- keys --------------------------------------------------------------------------------------------------------- */

/* What S3 encrypts replicas with is a key of the other side: ReplicaKmsKeyID is not among these. */
static const char *const names[] = {"KmsKeyId", "KMSMasterKeyID", "KmsMasterKeyId", "KmsKeyArn", "KMSKeyId"};

struct keys {
	struct report r; /* at: whose keys are asked */
	struct value *named;
	size_t k;
};

static void key_next(struct verb *v);

static void key_known(struct verb *v)
{
	struct keys *own = v->own;
	struct str key = value_text(value_at(own->named, own->k++)),
		   state = text_at(value_getc(v->answer, "KeyMetadata"), "KeyState");

	if (!v->answer && !str_eqc(v->code, "NotFoundException"))
		report_say(v, &own->r, SAY_NOTE, "key",
			   "`drplan doctor --iam-policy` prints what the caller should be allowed",
			   "%.*s could not be asked for: %.*s", STR_ARG(key), STR_ARG(v->code));
	else if (!v->answer && str_find(key, STR("alias/aws/"), 0) >= 0)
		report_say(v, &own->r, SAY_OK, "key", NULL, "%.*s is made by AWS where it is used first", STR_ARG(key));
	else if (!v->answer)
		report_say(v, &own->r, SAY_RED, "key", "name a key of this region; `drplan plan` shows who changed it",
			   "there is no key %.*s in %.*s", STR_ARG(key), STR_ARG(place_region(v, v->at)));
	else
		report_say(v, &own->r, str_eqc(state, "Enabled") ? SAY_OK : SAY_RED, "key",
			   "what it encrypts cannot be read: `aws kms cancel-key-deletion` and `aws kms enable-key`",
			   "%.*s is %.*s", STR_ARG(key), STR_ARG(state));
	key_next(v);
}

static void key_ask(struct verb *v)
{
	struct keys *own = v->own;
	struct str key = value_text(value_at(own->named, own->k)), region = arn_region(key);

	if (region.n && !str_eq(region, place_region(v, v->at))) {
		report_say(v, &own->r, SAY_RED, "key",
			   "give it a key of this region: an AWS::KMS::ReplicaKey of that one, or one of its own",
			   "is encrypted under a key of %.*s, which has to answer for each read", STR_ARG(region));
		own->k++;
		key_next(v);
		return;
	}
	verb_expect(v, "*");
	verb_ask(v, "kms:DescribeKey", MAP(v, TXT("KeyId", key)), key_known);
}

static void key_next(struct verb *v)
{
	struct keys *own = v->own;

	while (own->k >= value_count(own->named)) {
		if (!report_next(v, &own->r)) {
			report_done(v, &own->r);
			return;
		}
		own->k = 0;
		own->named = value_list(v->arena, (struct pos){0});
		for (size_t i = 0; i < sizeof names / sizeof *names; i++)
			doctor_names(v, own->r.at.props, names[i], own->named);
	}
	key_ask(v);
}

void doctor_keys(struct verb *v)
{
	v->own = NULL;
	verb_own(v, struct keys);
	key_next(v);
}
