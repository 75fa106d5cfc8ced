/* AWS's partitions and regions.
 * Made by tools/gen_model.py from botocore 1.44.5. Not to be edited: `make gen`.
 * wiremodel.h describes the layout. */
#include "providers/aws/model/wiremodel.h"

const struct partition partitions[] = {
	{1027,5133,19463,27657,37928,0,37,1,1,0},{526342,533520,550940,580622,595982,37,3,1,1,0},
	{636936,646156,659480,685070,700438,40,1,1,1,0},{723975,732170,743438,758797,773139,41,3,1,1,0},
	{823305,833549,847886,863246,878612,44,3,1,1,0},{932873,943118,958486,982030,997396,47,2,1,1,0},
	{1036297,1046542,1061906,1081359,1097748,49,3,1,1,0},{1152010,5133,19463,1163277,1177619,52,3,1,1,0},
};
const size_t partition_count = 8;

const pstr partition_regions[] = {
	79882,91145,101385,111630,126990,142350,157706,168970,180238,195598,210958,226318,241678,257038,272398,
	287754,299020,312329,322572,335884,349194,360458,371722,382985,393225,403465,413708,427020,440330,451593,
	461836,475145,485385,27657,495625,505865,516105,611341,625674,580622,685070,793614,758797,808973,900112,
	863246,917518,1018896,982030,1119248,1136654,1081359,1198097,1216525,1163277,
};

const char partition_pool[] =
	"\0"
	"aws\0"
	"amazonaws.com\0"
	"api.aws\0"
	"us-east-1\0"
	"^(us|eu|ap|sa|ca|me|af|il|mx)\\-\\w+\\-\\d+$\0"
	"af-south-1\0"
	"ap-east-1\0"
	"ap-east-2\0"
	"ap-northeast-1\0"
	"ap-northeast-2\0"
	"ap-northeast-3\0"
	"ap-south-1\0"
	"ap-south-2\0"
	"ap-southeast-1\0"
	"ap-southeast-2\0"
	"ap-southeast-3\0"
	"ap-southeast-4\0"
	"ap-southeast-5\0"
	"ap-southeast-6\0"
	"ap-southeast-7\0"
	"aws-global\0"
	"ca-central-1\0"
	"ca-west-1\0"
	"eu-central-1\0"
	"eu-central-2\0"
	"eu-north-1\0"
	"eu-south-1\0"
	"eu-south-2\0"
	"eu-west-1\0"
	"eu-west-2\0"
	"eu-west-3\0"
	"il-central-1\0"
	"me-central-1\0"
	"me-south-1\0"
	"me-west-1\0"
	"mx-central-1\0"
	"sa-east-1\0"
	"sa-west-1\0"
	"us-east-2\0"
	"us-west-1\0"
	"us-west-2\0"
	"aws-cn\0"
	"amazonaws.com.cn\0"
	"api.amazonwebservices.com.cn\0"
	"cn-northwest-1\0"
	"^cn\\-\\w+\\-\\d+$\0"
	"aws-cn-global\0"
	"cn-north-1\0"
	"aws-eusc\0"
	"amazonaws.eu\0"
	"api.amazonwebservices.eu\0"
	"eusc-de-east-1\0"
	"^eusc\\-(de)\\-\\w+\\-\\d+$\0"
	"aws-iso\0"
	"c2s.ic.gov\0"
	"api.aws.ic.gov\0"
	"us-iso-east-1\0"
	"^us\\-iso\\-\\w+\\-\\d+$\0"
	"aws-iso-global\0"
	"us-iso-west-1\0"
	"aws-iso-b\0"
	"sc2s.sgov.gov\0"
	"api.aws.scloud\0"
	"us-isob-east-1\0"
	"^us\\-isob\\-\\w+\\-\\d+$\0"
	"aws-iso-b-global\0"
	"us-isob-west-1\0"
	"aws-iso-e\0"
	"cloud.adc-e.uk\0"
	"api.cloud-aws.adc-e.uk\0"
	"eu-isoe-west-1\0"
	"^eu\\-isoe\\-\\w+\\-\\d+$\0"
	"aws-iso-e-global\0"
	"aws-iso-f\0"
	"csp.hci.ic.gov\0"
	"api.aws.hci.ic.gov\0"
	"us-isof-south-1\0"
	"^us\\-isof\\-\\w+\\-\\d+$\0"
	"aws-iso-f-global\0"
	"us-isof-east-1\0"
	"aws-us-gov\0"
	"us-gov-west-1\0"
	"^us\\-gov\\-\\w+\\-\\d+$\0"
	"aws-us-gov-global\0"
	"us-gov-east-1\0"
	"\0"
	"";
