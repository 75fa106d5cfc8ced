/* The types of the service tables, for index_gen.c and the tables themselves.
 * Made by tools/gen_model.py from botocore 1.44.5. Not to be edited: `make gen`.
 * wiremodel.h describes the layout. */
#ifndef DRPLAN_AWS_MODEL_TABLES_GEN_H
#define DRPLAN_AWS_MODEL_TABLES_GEN_H
#include "providers/aws/model/wiremodel.h"

#define WIRE_BLOCK(name, n_ops, n_shapes, n_defs, n_errors, n_pages, n_pairs, n_extras, n_lists, n_params, n_rules, n_conds, n_exprs, n_pool) \
	struct name { \
		struct model head; \
		struct op ops[n_ops]; \
		struct shape shapes[n_shapes]; \
		struct shape_def defs[n_defs]; \
		struct error_shape errors[n_errors]; \
		struct paginator pages[n_pages]; \
		struct pair pairs[n_pairs]; \
		struct extra extras[n_extras]; \
		pstr lists[n_lists]; \
		struct rule_param params[n_params]; \
		struct rule rules[n_rules]; \
		struct rule_cond conds[n_conds]; \
		struct expr exprs[n_exprs]; \
		char pool[n_pool]; \
	}

WIRE_BLOCK(wire_application_autoscaling, 14, 282, 91, 9, 4, 1, 1, 12, 4, 22, 12, 64, 2844);
extern const struct wire_application_autoscaling wire_application_autoscaling;

WIRE_BLOCK(wire_autoscaling, 68, 962, 294, 12, 11, 1, 1, 33, 4, 22, 12, 64, 9928);
extern const struct wire_autoscaling wire_autoscaling;

WIRE_BLOCK(wire_backup, 115, 1556, 358, 10, 25, 1, 1, 75, 4, 21, 11, 55, 12832);
extern const struct wire_backup wire_backup;

WIRE_BLOCK(wire_cloudcontrol, 8, 130, 50, 21, 2, 1, 1, 6, 4, 21, 11, 55, 1828);
extern const struct wire_cloudcontrol wire_cloudcontrol;

WIRE_BLOCK(wire_cloudformation, 92, 1419, 385, 29, 21, 1, 1, 63, 4, 22, 12, 64, 11720);
extern const struct wire_cloudformation wire_cloudformation;

WIRE_BLOCK(wire_cloudwatch, 59, 803, 257, 18, 8, 1, 1, 28, 4, 25, 21, 66, 7264);
extern const struct wire_cloudwatch wire_cloudwatch;

WIRE_BLOCK(wire_drs, 70, 904, 276, 8, 15, 1, 1, 45, 4, 21, 11, 55, 8252);
extern const struct wire_drs wire_drs;

WIRE_BLOCK(wire_dynamodb, 62, 1251, 388, 34, 6, 6, 48, 22, 9, 81, 52, 244, 10536);
extern const struct wire_dynamodb wire_dynamodb;

WIRE_BLOCK(wire_ec2, 830, 12842, 3437, 1, 177, 1, 2, 532, 4, 22, 12, 64, 116520);
extern const struct wire_ec2 wire_ec2;

WIRE_BLOCK(wire_elbv2, 51, 660, 275, 56, 10, 1, 1, 30, 4, 22, 12, 64, 8852);
extern const struct wire_elbv2 wire_elbv2;

WIRE_BLOCK(wire_events, 57, 775, 234, 13, 3, 1, 1, 9, 5, 35, 24, 100, 4676);
extern const struct wire_events wire_events;

WIRE_BLOCK(wire_iam, 180, 1398, 450, 38, 34, 1, 1, 107, 4, 55, 111, 192, 15212);
extern const struct wire_iam wire_iam;

WIRE_BLOCK(wire_kms, 56, 651, 186, 48, 8, 1, 1, 24, 4, 21, 11, 55, 5300);
extern const struct wire_kms wire_kms;

WIRE_BLOCK(wire_lambda, 91, 1375, 405, 58, 16, 1, 1, 48, 4, 21, 11, 55, 13084);
extern const struct wire_lambda wire_lambda;

WIRE_BLOCK(wire_logs, 118, 1426, 456, 21, 20, 1, 1, 61, 4, 23, 13, 63, 9908);
extern const struct wire_logs wire_logs;

WIRE_BLOCK(wire_rds, 168, 3075, 729, 150, 43, 1, 1, 129, 4, 22, 12, 64, 31300);
extern const struct wire_rds wire_rds;

WIRE_BLOCK(wire_resourcegroupstaggingapi, 9, 115, 55, 6, 5, 1, 1, 15, 4, 21, 11, 55, 1588);
extern const struct wire_resourcegroupstaggingapi wire_resourcegroupstaggingapi;

WIRE_BLOCK(wire_route53, 74, 849, 308, 71, 9, 1, 24, 31, 4, 39, 63, 168, 11200);
extern const struct wire_route53 wire_route53;

WIRE_BLOCK(wire_route53_recovery_cluster, 4, 64, 25, 8, 1, 1, 1, 3, 4, 21, 11, 55, 1244);
extern const struct wire_route53_recovery_cluster wire_route53_recovery_cluster;

WIRE_BLOCK(wire_route53_recovery_control_config, 25, 212, 81, 7, 5, 1, 1, 15, 4, 25, 21, 87, 2452);
extern const struct wire_route53_recovery_control_config wire_route53_recovery_control_config;

WIRE_BLOCK(wire_s3, 116, 1981, 433, 20, 8, 78, 173, 33, 17, 390, 444, 981, 20476);
extern const struct wire_s3 wire_s3;

WIRE_BLOCK(wire_s3control, 97, 1097, 377, 12, 3, 100, 160, 9, 12, 142, 118, 546, 13712);
extern const struct wire_s3control wire_s3control;

WIRE_BLOCK(wire_secretsmanager, 26, 338, 103, 12, 2, 1, 1, 6, 4, 26, 14, 78, 2760);
extern const struct wire_secretsmanager wire_secretsmanager;

WIRE_BLOCK(wire_service_quotas, 26, 267, 98, 17, 6, 1, 1, 18, 4, 22, 12, 64, 2744);
extern const struct wire_service_quotas wire_service_quotas;

WIRE_BLOCK(wire_sns, 42, 320, 144, 34, 8, 1, 1, 24, 4, 23, 13, 63, 4588);
extern const struct wire_sns wire_sns;

WIRE_BLOCK(wire_sqs, 23, 252, 105, 28, 2, 1, 1, 6, 4, 22, 12, 64, 2332);
extern const struct wire_sqs wire_sqs;

WIRE_BLOCK(wire_ssm, 154, 2931, 841, 140, 52, 1, 1, 156, 4, 22, 12, 64, 17504);
extern const struct wire_ssm wire_ssm;

WIRE_BLOCK(wire_sso, 4, 42, 20, 4, 2, 1, 1, 6, 4, 22, 12, 64, 1080);
extern const struct wire_sso wire_sso;

WIRE_BLOCK(wire_sso_oidc, 4, 113, 30, 14, 1, 1, 1, 1, 4, 22, 12, 64, 1616);
extern const struct wire_sso_oidc wire_sso_oidc;

WIRE_BLOCK(wire_stepfunctions, 37, 646, 196, 33, 5, 1, 1, 15, 4, 25, 21, 69, 5012);
extern const struct wire_stepfunctions wire_stepfunctions;

WIRE_BLOCK(wire_sts, 11, 161, 49, 12, 1, 1, 1, 1, 5, 41, 34, 143, 2548);
extern const struct wire_sts wire_sts;

#endif
