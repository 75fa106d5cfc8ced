/* The JSON Schema (draft 7) of stack files, for editors: the anatomy, parameters, drplan's own keys, and the properties of
 * every supported type from the model. A property may always be a function, so editors help and never forbid one. */
#include "stacks/shapes.h"
#include "stacks/stackpriv.h"

#include "base/json.h"

#include <string.h>

#define NESTING_MAX 24

static void key(struct buf *out, const char *name)
{
	json_string(out, str_of(name));
	buf_char(out, ':');
}

/* A list of names as a JSON array of strings. */
static void names_list(struct buf *out, const struct str *names, size_t n)
{
	buf_char(out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_char(out, ',');
		json_string(out, names[i]);
	}
	buf_char(out, ']');
}

static void node_types(struct buf *out, unsigned types)
{
	static const struct {
		unsigned bit;
		struct str name;
	} rows[] = {
		{SCHEMA_OBJECT, STR_INIT("object")}, {SCHEMA_ARRAY, STR_INIT("array")}, {SCHEMA_STRING, STR_INIT("string")},
		{SCHEMA_INTEGER, STR_INIT("integer")}, {SCHEMA_NUMBER, STR_INIT("number")},
		{SCHEMA_BOOLEAN, STR_INIT("boolean")},
	};
	struct str names[8];
	size_t n = 0;

	if (types & SCHEMA_JSON)
		types |= SCHEMA_OBJECT | SCHEMA_STRING | SCHEMA_ARRAY;
	if (types & (SCHEMA_INTEGER | SCHEMA_NUMBER | SCHEMA_BOOLEAN))
		types |= SCHEMA_STRING;			/* "80" is as good as 80 */
	else if (types & SCHEMA_STRING)
		types |= SCHEMA_NUMBER | SCHEMA_BOOLEAN;
	types |= SCHEMA_OBJECT;				/* a function in its long form */
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (types & rows[i].bit)
			names[n++] = rows[i].name;
	key(out, "type");
	names_list(out, names, n);
}

static void node_write(struct buf *out, const struct schema *s, unsigned more, unsigned depth);

/* Properties for which drplan takes the path of a local file or directory too. */
static bool takes_path(const struct type *t, struct str prop)
{
	struct type_package package;
	struct type_document document;

	return t && ((type_package(t, &package) && str_eq(package.property, prop)) ||
		     (type_document(t, &document) && str_eq(document.file, prop)));
}

/* t: the type whose own properties they are; NULL further down. */
static void props_write(struct buf *out, const struct schema *s, const struct type *t, unsigned depth)
{
	bool comma = false;

	key(out, "properties");
	buf_char(out, '{');
	for (size_t i = 0; i < schema_prop_count(s); i++) {
		const struct schema *prop = schema_prop_nth(s, i);

		if (schema_flags(prop) & PROP_READ_ONLY)
			continue;
		if (comma)
			buf_char(out, ',');
		comma = true;
		json_string(out, schema_prop_name(s, i));
		buf_char(out, ':');
		node_write(out, prop, takes_path(t, schema_prop_name(s, i)) ? SCHEMA_STRING : 0, depth + 1);
	}
	buf_char(out, '}');
}

/* Functions are maps with one key, so that unknown keys cannot be forbidden below the root; patternProperties lets
 * the names that are known complete, and Fn::, Ref and Condition pass. */
static void closed_write(struct buf *out)
{
	buf_cstr(out, ",\"patternProperties\":{\"^(Fn::.*|Ref|Condition)$\":{}},\"additionalProperties\":false");
}

static void enum_write(struct buf *out, const struct schema *s, size_t n)
{
	struct str value;

	buf_cstr(out, ",\"anyOf\":[{\"enum\":[");
	for (size_t i = 0; i < n; i++) {
		value = schema_enum(s, i);
		if (i)
			buf_char(out, ',');
		json_string(out, value);
	}
	buf_cstr(out, "]},{\"type\":[\"object\",\"number\",\"boolean\"]}]");
}

static void node_write(struct buf *out, const struct schema *s, unsigned more, unsigned depth)
{
	unsigned types = schema_types(s);
	struct schema_rules rules;

	if (!s || !types || depth > NESTING_MAX) {
		buf_cstr(out, "{}");
		return;
	}
	schema_rules(s, &rules);
	buf_char(out, '{');
	node_types(out, types | more);
	if ((types & SCHEMA_OBJECT) && schema_prop_count(s)) {
		buf_char(out, ',');
		props_write(out, s, NULL, depth);
		if (!schema_open(s))
			closed_write(out);
	}
	if ((types & SCHEMA_ARRAY) && schema_items(s)) {
		buf_cstr(out, ",\"items\":");
		node_write(out, schema_items(s), 0, depth + 1);
	}
	if (rules.n_enum && !rules.enum_nocase)
		enum_write(out, s, rules.n_enum);
	buf_char(out, '}');
}

static void type_write(struct buf *out, const struct type *t)
{
	buf_cstr(out, "{\"properties\":{\"Type\":{\"const\":");
	json_string(out, type_name(t));
	buf_cstr(out, "},\"Properties\":{\"type\":\"object\",");
	props_write(out, type_schema(t), t, 0);
	if (!schema_open(type_schema(t)))
		closed_write(out);
	buf_cstr(out, "}}}");
}

/* {"Type": one of them} and, depending on it, the properties. */
static void resource_write(struct buf *out)
{
	buf_cstr(out, "\"resource\":{\"type\":\"object\",\"required\":[\"Type\"],\"properties\":{"
		 "\"Type\":{\"type\":\"string\",\"anyOf\":[{\"enum\":[\"AWS::CloudFormation::Stack\"");
	for (size_t i = 0; i < model_count(); i++) {
		buf_char(out, ',');
		json_string(out, type_name(model_nth(i)));
	}
	buf_cstr(out, "]}]},\"Properties\":{\"type\":\"object\"},"
		 "\"DependsOn\":{\"type\":[\"string\",\"array\"],\"items\":{\"type\":\"string\"}},"
		 "\"Condition\":{\"type\":\"string\"},\"Target\":{},\"Phase\":{},\"Metadata\":{},"
		 "\"DeletionPolicy\":{\"anyOf\":[{\"enum\":[\"Delete\",\"Retain\",\"Snapshot\",\"RetainExceptOnCreate\"]},"
		 "{\"type\":\"object\"}]},"
		 "\"UpdateReplacePolicy\":{\"anyOf\":[{\"enum\":[\"Delete\",\"Retain\",\"Snapshot\"]},{\"type\":\"object\"}]},"
		 "\"Ignore\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
		 "\"CreationPolicy\":{\"type\":\"object\"},\"UpdatePolicy\":{\"type\":\"object\"}},"
		 "\"additionalProperties\":false,\"allOf\":[");
	for (size_t i = 0; i < model_count(); i++) {
		if (i)
			buf_char(out, ',');
		buf_cstr(out, "{\"if\":{\"properties\":{\"Type\":{\"const\":");
		json_string(out, type_name(model_nth(i)));
		buf_cstr(out, "}}},\"then\":");
		type_write(out, model_nth(i));
		buf_char(out, '}');
	}
	buf_cstr(out, "]}");
}

/* One alternative per check or verb: {"Http": {...}}. */
static void shapes_write(struct buf *out, const char *name, const struct shape *shapes, size_t n)
{
	key(out, name);
	buf_cstr(out, "{\"type\":\"object\",\"properties\":{");
	for (size_t i = 0; i < n; i++) {
		struct str rest = str_of(shapes[i].keys), k;
		bool required, first = true;

		if (i)
			buf_char(out, ',');
		json_string(out, shapes[i].name);
		buf_cstr(out, shapes[i].keys[0] ? ":{\"type\":\"object\",\"properties\":{" : ":{");
		while (shape_next(&rest, &k, &required)) {
			buf_cstr(out, first ? "" : ",");
			json_string(out, k);
			buf_cstr(out, ":{}");
			first = false;
		}
		buf_cstr(out, shapes[i].keys[0] ? "},\"additionalProperties\":false}" : "}");
	}
	buf_cstr(out, "}}");
}

static const char parameter_text[] =
	"\"parameter\":{\"type\":\"object\",\"required\":[\"Type\"],\"additionalProperties\":false,\"properties\":{"
	"\"Type\":{\"type\":\"string\",\"examples\":[\"String\",\"Number\",\"CommaDelimitedList\",\"List<Number>\","
	"\"AWS::EC2::VPC::Id\",\"List<AWS::EC2::Subnet::Id>\",\"AWS::SSM::Parameter::Value<String>\"]},"
	"\"Default\":{\"type\":[\"string\",\"number\",\"boolean\",\"array\"]},\"Description\":{\"type\":\"string\"},"
	"\"AllowedValues\":{\"type\":\"array\"},\"AllowedPattern\":{\"type\":\"string\"},"
	"\"MinLength\":{\"type\":[\"integer\",\"string\"]},\"MaxLength\":{\"type\":[\"integer\",\"string\"]},"
	"\"MinValue\":{\"type\":[\"number\",\"string\"]},\"MaxValue\":{\"type\":[\"number\",\"string\"]},"
	"\"NoEcho\":{\"type\":[\"boolean\",\"string\"]},\"ConstraintDescription\":{\"type\":\"string\"}}}";

static const char top_text[] =
	"\"$schema\":{\"type\":\"string\"},\"AWSTemplateFormatVersion\":{\"const\":\"2010-09-09\"},"
	"\"Description\":{\"type\":\"string\"},\"Metadata\":{\"type\":\"object\"},"
	"\"Transform\":{\"anyOf\":[{\"const\":\"AWS::LanguageExtensions\"},{\"type\":\"array\"}]},"
	"\"Stack\":{},\"Include\":{\"type\":[\"array\",\"string\"],\"items\":{\"type\":\"string\"}},"
	"\"Parameters\":{\"type\":\"object\",\"additionalProperties\":{\"$ref\":\"#/definitions/parameter\"}},"
	"\"Mappings\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"object\"}},"
	"\"Conditions\":{\"type\":\"object\"},"
	"\"Resources\":{\"type\":\"object\",\"patternProperties\":{\"^Fn::ForEach::\":{\"type\":\"array\"}},"
	"\"additionalProperties\":{\"$ref\":\"#/definitions/resource\"}},"
	"\"Outputs\":{\"type\":\"object\",\"patternProperties\":{\"^Fn::ForEach::\":{\"type\":\"array\"}},"
	"\"additionalProperties\":{\"type\":\"object\",\"required\":[\"Value\"],\"additionalProperties\":false,"
	"\"properties\":{\"Value\":{},\"Description\":{\"type\":\"string\"},\"Condition\":{\"type\":\"string\"},"
	"\"Export\":{\"type\":\"object\",\"required\":[\"Name\"],\"properties\":{\"Name\":{}}}}}},"
	"\"Targets\":{\"type\":\"object\",\"additionalProperties\":{\"type\":[\"object\",\"null\"],"
	"\"additionalProperties\":false,\"properties\":{\"Region\":{},\"Profile\":{},\"RoleArn\":{},\"Account\":{},"
	"\"Role\":{\"anyOf\":[{\"enum\":[\"primary\",\"recovery\"]},{\"type\":\"object\"}]},\"Priority\":{}}}},"
	"\"Defaults\":{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"Target\":{},\"Phase\":{},"
	"\"Tags\":{},\"OwnTags\":{}}},"
	"\"Objectives\":{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"RTO\":{},\"RPO\":{}}},"
	"\"Phases\":{\"type\":\"array\",\"items\":{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"object\","
	"\"required\":[\"Name\"],\"additionalProperties\":false,\"properties\":{\"Name\":{},"
	"\"Gate\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/definitions/check\"}},"
	"\"OnFailure\":{\"anyOf\":[{\"enum\":[\"rollback\",\"pause\",\"keep\"]},{\"type\":\"object\"}]}}}]}},"
	"\"Lookups\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"object\",\"required\":[\"Type\",\"Match\"],"
	"\"additionalProperties\":false,\"properties\":{\"Type\":{\"type\":\"string\"},\"Target\":{},"
	"\"Match\":{\"type\":\"object\"}}}},"
	"\"Runbooks\":{\"type\":\"object\",\"additionalProperties\":{\"$ref\":\"#/definitions/runbook\"}}";

static const char runbook_text[] =
	"\"step\":{\"allOf\":[{\"$ref\":\"#/definitions/verb\"},{\"type\":\"object\",\"required\":[\"Name\"],\"properties\":{"
	"\"Name\":{\"type\":\"string\"},\"Timeout\":{},\"Owner\":{},\"StopsClock\":{},\"Export\":{\"type\":\"boolean\"},"
	"\"OnFailure\":{\"enum\":[\"stop\",\"continue\",\"undo\"]},\"When\":{\"enum\":[\"planned\",\"unplanned\"]}}}]},"
	"\"runbook\":{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"Steps\"],\"properties\":{"
	"\"Description\":{},\"From\":{},\"To\":{},\"Schedule\":{},"
	"\"Preflight\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/definitions/check\"}},"
	"\"Steps\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/definitions/step\"}},"
	"\"Always\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/definitions/step\"}}}}";

void stack_json_schema(struct buf *out)
{
	buf_cstr(out, "{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"title\":\"drplan stack\","
		 "\"type\":\"object\",\"additionalProperties\":false,\"properties\":{");
	buf_cstr(out, top_text);
	buf_cstr(out, "},\"definitions\":{");
	buf_cstr(out, parameter_text);
	buf_char(out, ',');
	shapes_write(out, "check", check_shapes, n_check_shapes);
	buf_char(out, ',');
	shapes_write(out, "verb", verb_shapes, n_verb_shapes);
	buf_char(out, ',');
	buf_cstr(out, runbook_text);
	buf_char(out, ',');
	resource_write(out);
	buf_cstr(out, "}}\n");
}
