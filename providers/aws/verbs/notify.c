/* Notify: a message to an SNS topic, in the topic's own region.
 *
 * A standard topic delivers at least once, and so does this verb: started again after an interruption it publishes
 * again, with the same attribute drplan-op. A FIFO topic drops the second one by that id. */
#include "providers/aws/verbs/export.h"
#include "providers/aws/verbs/looks.h"

#define SUBJECT_MAX 99

/* SNS takes ASCII without control characters, fewer than 100. */
struct str notify_subject(struct verb *v)
{
	struct str s = str_sub(arg_text(v, "Subject"), 0, SUBJECT_MAX);
	char *p = arena_copy(&v->round, s.p, s.n);

	for (size_t i = 0; i < s.n; i++)
		if (p[i] < ' ' || p[i] > '~')
			p[i] = p[i] & 0x80 ? '?' : ' ';
	return (struct str){p, s.n};
}

static void published(struct verb *v)
{
	verb_done(v, "message %.*s", STR_ARG(text_at(v->answer, "MessageId")));
}

void notify_look(struct verb *v)
{
	struct subject topic = arg_one(v, "Topic");
	struct str arn = subject_attr(&topic, "TopicArn"), message = arg_text(v, "Message");
	struct value *op = MAP(v, TXT("DataType", STR("String")), TXT("StringValue", v->work->op));
	bool fifo;

	if (!arn.n)
		arn = topic.id;
	fifo = str_ends(arn, STR(".fifo"));
	verb_at(v, topic.place);
	verb_in(v, arn_region(arn));
	verb_act(v, "sns:Publish",
		 MAP(v, TXT("TopicArn", arn), TXT("Subject", notify_subject(v)),
		     TXT("Message", message.n ? message : arg_text(v, "Subject")),
		     VAL("MessageAttributes", MAP(v, VAL("drplan-op", op))),
		     TXT("MessageGroupId", fifo ? STR("drplan") : STR_NONE),
		     TXT("MessageDeduplicationId", fifo ? v->work->op : STR_NONE)),
		 published);
}
