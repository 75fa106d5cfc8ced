/* Launch templates for the time of a drill; launch.h tells how. */
#include "providers/aws/verbs/launch.h"

#include "providers/aws/verbs/drs.h"

#define TAG OWN_TAG "drill"
#define DESCRIPTION "drplan drill"

struct launch {
	const struct value *servers; /* to divert */
	struct value *templates; /* to restore: {Id, Back} */
	size_t i;
	struct str subnet, id, back; /* the template at hand, and its version to go back to */
	verb_step *then;
};

static struct launch *begin(struct verb *v, verb_step *then)
{
	struct launch *l = arena_new(v->arena, struct launch);

	l->then = then;
	v->aside = l;
	return l;
}

static struct value *template_input(struct verb *v, struct str version, const struct value *versions)
{
	const struct launch *l = v->aside;

	return MAP(v, TXT("LaunchTemplateId", l->id), TXT("DefaultVersion", version), VAL("Versions", versions));
}

static struct str lineage(const struct verb *v)
{
	return v->work->owner ? v->work->owner->lineage : STR("none");
}

static const struct value *version_list(const struct verb *v)
{
	return value_getc(v->answer, "LaunchTemplateVersions");
}

/* --- diverting ---------------------------------------------------------------------------------------------------- */

static void divert_next(struct verb *v);

static void diverted(struct verb *v)
{
	((struct launch *)v->aside)->i++;
	divert_next(v);
}

static void version_made(struct verb *v)
{
	struct str number = text_at(value_getc(v->answer, "LaunchTemplateVersion"), "VersionNumber");

	verb_act(v, "ec2:ModifyLaunchTemplate", template_input(v, number, NULL), diverted);
}

/* The network interface is replaced whole: groups of another network would not fit. */
static void marked(struct verb *v)
{
	const struct launch *l = v->aside;
	struct value *eth = MAP(v, TXT("DeviceIndex", STR("0")), TXT("SubnetId", l->subnet));

	verb_act(v, "ec2:CreateLaunchTemplateVersion",
		 MAP(v, TXT("LaunchTemplateId", l->id), TXT("SourceVersion", l->back),
		     TXT("VersionDescription", STR(DESCRIPTION)),
		     VAL("LaunchTemplateData", MAP(v, VAL("NetworkInterfaces", verb_list(v, eth))))),
		 version_made);
}

static void default_known(struct verb *v)
{
	struct launch *l = v->aside;
	const struct value *version = value_at(version_list(v), 0);
	struct value *tag = MAP(v, TXT("Key", STR(TAG)));

	struct str subnet =
	    text_at(value_at(value_path(version, STR("LaunchTemplateData.NetworkInterfaces")), 0), "SubnetId");
	bool ours = is_at(version, "VersionDescription", DESCRIPTION);

	if (ours && str_eq(subnet, l->subnet)) {
		diverted(v); /* by an earlier start of this drill */
		return;
	}
	l->back = str_dup(v->arena, text_at(version, "VersionNumber"));
	if (ours) {
		marked(v); /* the tag says where to go back to already */
		return;
	}
	value_set(&v->round, tag, STR("Value"), (struct pos){0},
		  verb_text(v, str_fmt(&v->round, "%.*s %.*s", STR_ARG(lineage(v)), STR_ARG(l->back))));
	verb_act(v, "ec2:CreateTags",
		 MAP(v, VAL("Resources", verb_list(v, verb_text(v, l->id))), VAL("Tags", verb_list(v, tag))), marked);
}

static void configuration_known(struct verb *v)
{
	struct launch *l = v->aside;

	l->id = str_dup(v->arena, text_at(v->answer, "ec2LaunchTemplateID"));
	verb_ask(v, "ec2:DescribeLaunchTemplateVersions",
		 template_input(v, STR_NONE, verb_list(v, verb_text(v, STR("$Default")))), default_known);
}

static void divert_next(struct verb *v)
{
	struct launch *l = v->aside;

	if (l->i == value_count(l->servers))
		l->then(v);
	else
		verb_ask(v, "drs:GetLaunchConfiguration",
			 MAP(v, TXT("sourceServerID", server_id(value_at(l->servers, l->i)))), configuration_known);
}

void launch_divert(struct verb *v, const struct value *servers, struct str subnet, verb_step *then)
{
	struct launch *l = begin(v, then);

	l->servers = servers;
	l->subnet = subnet;
	divert_next(v);
}

/* --- restoring ---------------------------------------------------------------------------------------------------- */

static void restore_next(struct verb *v);

static void unmarked(struct verb *v)
{
	((struct launch *)v->aside)->i++;
	restore_next(v);
}

static void unmark(struct verb *v)
{
	const struct launch *l = v->aside;

	verb_act(v, "ec2:DeleteTags",
		 MAP(v, VAL("Resources", verb_list(v, verb_text(v, l->id))),
		     VAL("Tags", verb_list(v, MAP(v, TXT("Key", STR(TAG)))))),
		 unmarked);
}

static void versions_known(struct verb *v)
{
	const struct value *list = version_list(v);
	struct value *ours = verb_list(v, NULL);

	for (size_t i = 0; i < value_count(list); i++)
		if (is_at(value_at(list, i), "VersionDescription", DESCRIPTION))
			verb_push(v, ours, text_at(value_at(list, i), "VersionNumber"));
	if (value_count(ours))
		verb_act(v, "ec2:DeleteLaunchTemplateVersions", template_input(v, STR_NONE, ours), unmark);
	else
		unmark(v);
}

static void put_back(struct verb *v)
{
	verb_ask(v, "ec2:DescribeLaunchTemplateVersions", template_input(v, STR_NONE, NULL), versions_known);
}

static void restore_next(struct verb *v)
{
	struct launch *l = v->aside;
	const struct value *t = value_at(l->templates, l->i);

	if (!t) {
		l->then(v);
		return;
	}
	l->id = text_at(t, "Id");
	verb_act(v, "ec2:ModifyLaunchTemplate", template_input(v, text_at(t, "Back"), NULL), put_back);
}

/* "LINEAGE VERSION" of this stack. */
static bool is_marked(const struct verb *v, const struct value *template, struct str *back)
{
	const struct value *tag = item_with(value_getc(template, "Tags"), "Key", STR(TAG));
	struct str rest = text_at(tag, "Value"), owner;
	int64_t n;

	if (!tag || !str_cut(&rest, ' ', &owner) || !str_eq(owner, lineage(v)) || !str_int(rest, 1, INT64_MAX, &n))
		return false;
	*back = rest;
	return true;
}

static void marks_known(struct verb *v)
{
	struct launch *l = v->aside;
	const struct value *list = value_getc(v->answer, "LaunchTemplates");
	struct str back;

	l->templates = value_list(v->arena, (struct pos){0});
	for (size_t i = 0; i < value_count(list); i++)
		if (is_marked(v, value_at(list, i), &back))
			value_append(
			    v->arena, l->templates,
			    value_copy(v->arena, MAP(v, TXT("Id", text_at(value_at(list, i), "LaunchTemplateId")),
						     TXT("Back", back))));
	restore_next(v);
}

void launch_restore(struct verb *v, verb_step *then)
{
	struct value *filter = MAP(v, TXT("Name", STR("tag-key")), VAL("Values", verb_list(v, verb_text(v, STR(TAG)))));

	begin(v, then);
	verb_ask(v, "ec2:DescribeLaunchTemplates", MAP(v, VAL("Filters", verb_list(v, filter))), marks_known);
}
