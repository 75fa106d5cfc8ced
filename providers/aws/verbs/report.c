/* Report: the evidence of a run into a bucket. S3 is told the SHA-256 of what is sent and refuses anything else. The same
 * bytes under the same key: what nobody knows the outcome of is sent again, and nothing is doubled. */
#include "providers/aws/verbs/looks.h"

static void stored(struct verb *v)
{
	struct subject bucket = arg_one(v, "Bucket");

	verb_done(v, "s3://%.*s/%.*s", STR_ARG(bucket.id), STR_ARG(arg_text(v, "Key")));
}

void report_look(struct verb *v)
{
	struct subject bucket = arg_one(v, "Bucket");
	struct str key = arg_text(v, "KmsKeyId");

	verb_at(v, bucket.place);
	verb_act(v, "s3:PutObject",
		 MAP(v, TXT("Bucket", bucket.id), TXT("Key", arg_text(v, "Key")), TXT("Body", arg_text(v, "Body")),
		     TXT("ContentType", arg_text(v, "Type")), TXT("ChecksumAlgorithm", STR("SHA256")),
		     TXT("ServerSideEncryption", key.n ? STR("aws:kms") : STR_NONE), TXT("SSEKMSKeyId", key)),
		 stored);
}
