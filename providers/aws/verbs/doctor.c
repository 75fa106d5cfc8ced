/* Doctor: the topics; see doctor.h. */
#include "providers/aws/verbs/doctor.h"

#include "providers/aws/verbs/looks.h"

#include <stdarg.h>

static const struct {
	const char *topic;
	verb_step *look;
} topics[] = {
    {"addresses", doctor_addresses},     {"clock", doctor_clock},   {"databases", doctor_databases},
    {"images", doctor_images},           {"keys", doctor_keys},     {"machines", doctor_machines},
    {"permissions", doctor_permissions}, {"quotas", doctor_quotas}, {"quotas of services", doctor_quotas},
    {"region", doctor_region},           {"source", doctor_source},
};

void doctor_say(struct verb *v, struct report *r, const char *name, enum severity how, const char *remedy,
		const char *fmt, ...)
{
	struct str text;
	va_list ap;

	va_start(ap, fmt);
	text = str_vfmt(v->arena, fmt, ap);
	va_end(ap);
	r->at = (struct subject){.address = str_of(name)};
	report_say(v, r, how, "", remedy, "%.*s", STR_ARG(text));
}

void doctor_refused(struct verb *v, struct report *r, const char *name)
{
	doctor_say(v, r, name, SAY_NOTE, "`drplan doctor --iam-policy` prints what the caller should be allowed",
		   "could not be asked: %.*s", STR_ARG(v->code));
}

void doctor_look(struct verb *v)
{
	struct str topic = arg_text(v, "Topic");

	verb_own(v, struct report);
	for (size_t i = 0; i < sizeof topics / sizeof *topics; i++)
		if (str_eqc(topic, topics[i].topic)) {
			topics[i].look(v);
			return;
		}
	verb_fail(v, "there is no topic %.*s", STR_ARG(topic));
}
