"""The schemas' propertyTransform expressions (JSONata), mapped onto the closed list of model/normal.h."""
import re

from .layout import GenError

NAMES = ("none lower cidr protocol engine-version arn-or-id json policy dns-name trim port principal any").split()
INDEX = {name: i for i, name in enumerate(NAMES)}

# (whole expression as a pattern, normaliser). X stands for a property path. Order matters.
X = r"[A-Za-z0-9.]+"
ARN = r"(\"|')(\^?arn:|\(\(arn:).*"
RULES = [
    (rf"\$lowercase\({X}\)", "lower"),
    (rf"\$uppercase\({X}\)", "lower"),
    (rf"\$lowercase\({X}\) \$OR \$uppercase\({X}\)", "lower"),
    (r"\$replace\(Name, \"prefix\", \"Prefix\"\) \$OR \$replace\(Name, \"suffix\", \"Suffix\"\)", "lower"),
    (r"(CidrBlock|Ipv6CidrBlock)~>function\(.*", "cidr"),
    (r"\(\$mapVal := \$lookup\(\{.*\}, IpProtocol\);\$mapVal \? \$mapVal : \$lowercase\(IpProtocol\)\)", "protocol"),
    (r"\(\$mapVal := .* \? (From|To)Port : -1\)", "port"),
    (r"\$join\(\[\$string\(EngineVersion\), \"\.\*\"\]\)", "engine-version"),
    (r"\$join\(\[\"\^arn:aws\[a-zA-Z-\]\*:iam::\",Principal,.*\]\) \$OR Principal", "principal"),
    (rf"\$join\(\[\"arn:.*:key(\\)?/\", {X}\]\)( \$OR \$join\(\[\"arn:.*:key(\\)?/\", {X}\]\))?", "arn-or-id"),
    (r"\$split\(FunctionName, \":\"\)\[-1\] \$OR FunctionName.*", "arn-or-id"),
    (r"\$lookup\(\$match\(TargetFunctionArn,.*", "arn-or-id"),
    (r"Name \$OR \$join\(\[Name, \"\.\"\]\).*", "dns-name"),
    (r"\$join\(\[DNSName, \"\.\"\]\)", "dns-name"),
    (r"\$lowercase\(\$replace\(Name, /\(\.\*\)\\\.\$/, \"\$1\"\)\)", "dns-name"),
    (r"\$join\(\[PublicKeyMaterial, \"\n\"\]\)", "trim"),
    (r"\"vpc\"", "any"),
    # The API's value has the property's own name and meaning; nothing to normalise.
    (r"InstanceId\? AutoScalingGroupName : LaunchConfigurationName", "none"),
    # The wire form is a timestamp, which compares as one.
    (r"StartingPositionTimestamp \* 1000", "none"),
    # Engines that cannot do it report false whatever was asked for: the type's text decides.
    (r"\$lowercase\(\$string\(EngineMode\)\) = 'serverless' \? EnableHttpEndpoint : .*", "none"),
]

# JSON documents that are IAM policies: one item equals a list of one, principals have several spellings.
POLICIES = {"PolicyDocument", "AssumeRolePolicyDocument", "KeyPolicy", "ResourcePolicy", "AccessPolicy",
            "ResourcePolicyDocument"}


def of_transform(expression, where):
    for pattern, name in RULES:
        if re.fullmatch(pattern, expression.strip(), re.DOTALL):
            return INDEX[name]
    raise GenError(f"{where}: propertyTransform {expression!r} is on no list")


def of_json(name):
    return INDEX["policy" if name in POLICIES else "json"]
