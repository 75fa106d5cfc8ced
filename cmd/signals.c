/* Signal handling; see signals.h. The handler sets a flag that plans and runs poll; nothing is restarted, so a read
 * that waits for an answer ends too.
 */
#include "cmd/signals.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t caught;

static void on_signal(int number)
{
	static const char note[] = "\ninterrupted: finishing what is in flight; once more to leave at once\n";
	ssize_t ignored;

	if (caught)
		_exit(128 + number);
	caught = number;
	ignored = write(STDERR_FILENO, note, sizeof(note) - 1);
	(void)ignored;
}

void signals_init(void)
{
	static const int stops[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sigemptyset(&sa.sa_mask);
	sa.sa_handler = on_signal;
	for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
		struct sigaction old;

		/* nohup and background jobs of old shells ignore some of them on purpose. */
		if (sigaction(stops[i], NULL, &old) == 0 && old.sa_handler == SIG_IGN)
			continue;
		sigaction(stops[i], &sa, NULL);
	}
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
}

bool signals_interrupted(void)
{
	return caught != 0;
}

int signals_status(void)
{
	return caught ? 128 + caught : 0;
}
