/* All service tables, sorted by name.
 * Made by tools/gen_model.py from botocore 1.44.5. Not to be edited: `make gen`.
 * wiremodel.h describes the layout. */
#include "providers/aws/model/tables_gen.h"

const struct model *const wire_models[] = {
	&wire_application_autoscaling.head,
	&wire_autoscaling.head,
	&wire_backup.head,
	&wire_cloudcontrol.head,
	&wire_cloudformation.head,
	&wire_cloudwatch.head,
	&wire_drs.head,
	&wire_dynamodb.head,
	&wire_ec2.head,
	&wire_elbv2.head,
	&wire_events.head,
	&wire_iam.head,
	&wire_kms.head,
	&wire_lambda.head,
	&wire_logs.head,
	&wire_rds.head,
	&wire_resourcegroupstaggingapi.head,
	&wire_route53.head,
	&wire_route53_recovery_cluster.head,
	&wire_route53_recovery_control_config.head,
	&wire_s3.head,
	&wire_s3control.head,
	&wire_secretsmanager.head,
	&wire_service_quotas.head,
	&wire_sns.head,
	&wire_sqs.head,
	&wire_ssm.head,
	&wire_sso.head,
	&wire_sso_oidc.head,
	&wire_stepfunctions.head,
	&wire_sts.head,
};
const size_t wire_model_count = 31;
