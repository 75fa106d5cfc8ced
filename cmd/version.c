/* drplan version: the program and nothing else; no library is initialised for it. */
#include "cmd/cmd.h"

#include "base/json.h"

int cmd_version(struct session *s)
{
	struct buf b;

	buf_init(&b, UI_MAX);
	if (s->ui.json) {
		buf_cstr(&b, "{\"format_version\":\"1.0\",\"drplan_version\":");
		json_string(&b, STR(DRPLAN_VERSION));
		buf_fmt(&b, ",\"resource_types\":%zu}\n", model_count());
	} else {
		buf_cstr(&b, "drplan " DRPLAN_VERSION "\n");
	}
	ui_out(&s->ui, &b);
	buf_free(&b);
	return EXIT_DONE;
}
