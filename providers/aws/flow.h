/* A call on its way: what wire.c, flow*.c and page.c share. Nobody else includes this.
 *
 *	wire_start -> starting -> credentials -> queue of its bucket -> request, transfer -> retry timer | next page | done
 *
 * done(call) is called from wire_poll alone, and the flow is gone by then.
 */
#ifndef DRPLAN_AWS_FLOW_H
#define DRPLAN_AWS_FLOW_H

#include "providers/aws/creds.h"
#include "providers/aws/endpoint.h"
#include "providers/aws/http.h"
#include "providers/aws/limits.h"
#include "providers/aws/retry.h"
#include "providers/aws/timers.h"
#include "providers/aws/wire.h"

struct flow;

struct queue {				/* calls of one account, region and service that wait for their turn */
	struct str key;
	struct bucket bucket;
	struct flow *first, **last;
	bool timer;			/* one is set for the next token */
	struct wire *wire;
	struct queue *next;
};

struct wire {
	const struct clock *clock;
	unsigned parallelism;
	struct timers timers;
	struct config config;
	struct str config_failure;	/* reported by the first call */
	struct http *http;		/* NULL until the first call */
	struct creds_store *creds;
	struct queue *queues;
	struct flow *starting, **starting_last;
	struct flow *all;		/* every flow, for closing */
	size_t active;			/* calls not done yet */
	size_t in_flight;
	int64_t skew;			/* AWS's clock minus ours, ms: what signatures are put right by */
	int64_t clock_off;		/* the same, as the last answer showed it */
	bool clock_known;
	bool settling;
	bool interrupt;			/* wire_settle came, and what waits is to be told */
	unsigned max_attempts;
	struct provider_stats stats;
	struct arena arena;
};

struct flow {
	struct wire *w;
	struct call *c;
	struct arena arena;		/* of the request and the answer's bytes */
	struct str region;
	const struct value *input;	/* of this page */
	struct request request;
	struct endpoint endpoint;
	struct transfer transfer;
	struct queue *queue;
	bool internal;			/* a call of the credentials': creds or nothing */
	bool anonymous;
	struct creds given;		/* internal */
	const struct creds *creds;	/* valid from credentials to signature */
	bool late;			/* started after wire_settle */
	bool tokened;			/* a change that AWS knows again by its token */
	bool safe;			/* may be sent twice */
	bool doubt;			/* an attempt may have had its effect */
	bool renewed, corrected, moved;	/* credentials, clock, a bucket's region: put right once each */
	bool made;			/* request and endpoint are */
	unsigned attempts;		/* of this page */
	int64_t started, deadline, sent_at;	/* monotonic ms */
	struct str malformed;		/* why the last answer could not be read, or empty */
	struct str page_token;		/* the last one, to see a service that goes in circles */
	struct flow *next;		/* in starting or a queue */
	struct flow *all_next, **all_link;
};

/* flow.c */
struct flow *flow_new(struct wire *w, struct call *c);
void flow_start(struct flow *f);		/* region, credentials, queue */
void flow_launch(struct flow *f);		/* its turn has come: make the request, sign, send */
void flow_interrupt(struct flow *f);		/* it was not sent, and will not be */
void flow_free(struct flow *f);
void flow_again(struct flow *f);		/* the next page, which f->input asks for */
void flow_fail(struct flow *f, enum err_kind kind, const char *code, const char *fmt, ...) PRINTF_LIKE(4, 5);

/* queue.c */
void queue_add(struct flow *f);
void queues_pump(struct wire *w);		/* let go what may */
void queues_interrupt(struct wire *w);

/* page.c: take a page's output into the call's; true if there is another, and f->input asks for it. */
bool page_add(struct flow *f, struct value *output, bool *failed);

/* trace.c */
void trace_request(const struct flow *f);
void trace_answer(const struct flow *f);
void trace_call(const struct flow *f, struct str outcome);
/* Register every sensitive string of a tree for redaction. */
void trace_secrets(const struct shape *shape, const struct value *v);

#endif
