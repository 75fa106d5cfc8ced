/* The command table: what there is, in the order in which it is used. help.c and completion.c print from it, main.c
 * dispatches on it, options.c knows each command by its bit.
 */
#include "cmd/cmd.h"

const struct command commands[] = {
    {"validate", IN_VALIDATE, cmd_validate, "[STACK]", 1, "check a stack without asking AWS anything",
     "STACK is a YAML or JSON file, or a directory that holds a stack.yaml; without it, the working directory.\n"
     "All errors are shown, each with its place and what to do about it."},
    {"plan", IN_PLAN, cmd_plan, "[STACK]", 1, "show what apply would change",
     "Compares the stack with the state and with what is live. Nothing is changed.\n"
     "Parameters come from their defaults, DRPLAN_VAR_name, -var-file and -var; later ones win."},
    {"apply", IN_APPLY, cmd_apply, "[STACK | PLANFILE]", 1, "make the world as the stack says",
     "Plans, shows the plan, asks, and carries it out phase by phase. A file saved by `drplan plan -out=FILE` is\n"
     "carried out exactly as it was shown, once, and refused when stack, state or file changed since."},
    {"destroy", IN_DESTROY, cmd_destroy, "[STACK]", 1, "delete everything that the stack made", NULL},
    {"rollback", IN_ROLLBACK, cmd_rollback, "[STACK]", 1, "undo the last run, or go on with an undo",
     "Undoes from the journal what the last run did in the phase that failed: what it made is deleted, what it "
     "changed\n"
     "gets the values from before. A run that was carried through is not undone: apply the stack as it was instead."},
    {"recover", IN_RECOVER, cmd_recover, "[STACK]", 1, "decide what an interrupted run left open",
     "Every command that changes something does it first; this one does nothing else, and says what was decided and "
     "why."},
    {"drift", IN_DRIFT, cmd_drift, "[STACK]", 1, "show what was changed outside of drplan",
     "Compares what was applied with what is live, and changes nothing: not AWS, not the state, and it needs no lock.\n"
     "Exits with 0 where nothing was changed, with 2 where something was. A resource's Ignore leaves properties out;\n"
     "what moves by itself, such as the capacity of a scaled group, is no drift."},
    {"import", IN_IMPORT, cmd_import, "[STACK] ADDRESS ID | [STACK] -from=FILE | [STACK] --from-tags", 3,
     "take over what exists already",
     "The resource ADDRESS of the stack is what AWS knows as ID from then on. Nothing is changed in AWS: the next plan\n"
     "shows where it differs from what the stack says. FILE maps addresses to ids, all of which are imported, or none.\n"
     "--from-tags makes a lost state again: what the stack's tags, parents and names lead to is imported."},
    {"show", IN_SHOW, cmd_show, "[PLANFILE]", 1, "show the state, or a saved plan",
     "-json prints the plan in the shape of Terraform's plan representation, which policy tools read."},
    {"output", IN_OUTPUT, cmd_output, "[NAME]", 1, "print the stack's outputs, or one of them", NULL},
    {"state", IN_STATE, cmd_state, "list | show ADDRESS | adopt ADDRESS ID | forget ADDRESS | restore [BACKUP]", 3,
     "list what the state holds, show one resource, or answer what an interrupted run left open",
     "adopt: the interrupted creation of ADDRESS made the resource ID. forget: it made nothing; where nothing is "
     "open,\n"
     "the state forgets the resource, which goes on existing. restore: lists the backups of a state that is damaged or "
     "gone,\n"
     "or puts one in its place; what stood there is kept beside it."},
    {"graph", IN_GRAPH, cmd_graph, "[STACK]", 1, "print the order of the resources as a GraphViz graph",
     "drplan graph | dot -Tsvg > graph.svg"},
    {"schema", IN_SCHEMA, cmd_schema, "[TYPE]", 1, "list the resource types, or one type's properties", NULL},
    {"completion", IN_COMPLETION, cmd_completion, "bash | zsh | fish", 1,
     "print a script that completes drplan's commands",
     "bash: source <(drplan completion bash)\n"
     "zsh:  drplan completion zsh > \"${fpath[1]}/_drplan\"\n"
     "fish: drplan completion fish | source"},
    {"version", IN_VERSION, cmd_version, "", 0, "print the version", NULL},
    {"failover", IN_FAILOVER, cmd_failover, "", 0, "make the recovery side the active one",
     "Carries out the runbook failover as it was applied last: nothing is read but the state, and nobody is asked for\n"
     "anything in a region that is dead. --planned loses nothing or does not happen; --unplanned takes what is there.\n"
     "Killed, interrupted or failed, it goes on with --resume."},
    {"failback", IN_FAILBACK, cmd_failback, "", 0, "return to the primary side",
     "Carries out the runbook failback: waits until the primary side has caught up, moves production, and makes the\n"
     "recovery side a pilot light again."},
    {"drill", IN_DRILL, cmd_drill, "", 0, "prove the recovery in isolation, and clean up",
     "Carries out the runbook drill. What it made is removed whatever happens; after a kill --resume does it."},
    {"runbook", IN_RUNBOOK, cmd_runbook, "list | show NAME | validate [NAME] | export NAME | run NAME | abandon RUN", 2,
     "list, show, check, export or carry out runbooks",
     "Runbooks stand in the stack and are carried out as they were applied last. abandon gives up an unfinished run as "
     "it\nstands. export prints a runbook as a state machine of AWS Step Functions, which runs in the recovery region\n"
     "without drplan; with --iam-policy what its role must be allowed."},
    {"rehearse", IN_REHEARSE, cmd_rehearse, "failover | failback | drill | apply [STACK] | destroy", 2,
     "try a runbook, apply or destroy on the simulator",
     "On a copy of the state, in virtual time with typical durations: nothing real is asked or changed, whatever the state\n"
     "was made against. Says how long the RTO is expected to be, and which steps make it; of apply and destroy, how long\n"
     "each phase takes, and the longest chain of resources. --fault makes calls go wrong, as in\n"
     "--fault AWS::RDS::DBCluster:read:throttle or --fault Recover:verb:fail."},
    {"report", IN_REPORT, cmd_report, "[RUN]", 1, "show or write the evidence of runs and drills",
     "All runs of runbooks that the journal holds, or the one with this number: who did what when, RTO and RPO against\n"
     "the objectives, and what is missing. -out=FOLDER writes JSON, JUnit XML and an HTML page for each. The evidence of\n"
     "all runs is one chain of SHA-256 digests; a journal that was changed since fails it."},
    {"doctor", IN_DOCTOR, cmd_doctor, "", 0, "check credentials, quotas and limits before they are needed",
     "Asks each target, only reading: credentials and when they end, clock, region, quotas, instance types, classes and\n"
     "images, address blocks beside the others', the failover's preflight, and what IAM would allow the caller. Exits with\n"
     "1 where something is red."},
    {"check", IN_CHECK, cmd_check, "", 0, "hold the stack against what disaster recovery needs",
     "Looks at the stack as it was applied last, its runbooks and objectives, and asks nobody: steps that a dead region or\n"
     "a control plane elsewhere would stop, headless clusters, one-way replication, drills that are due. Exits with 1 where\n"
     "something is red."},
    {"status", IN_STATUS, cmd_status, "", 0, "show readiness, lag and who is active",
     "Asks every region at once, for five seconds at most, and shows what is wrong first, with what to do about it. "
     "Nothing is\nchanged, and the state is not locked. Exits with 1 where something is red."},
    {NULL, 0, NULL, NULL, 0, NULL, NULL},
};

const struct command *command_find(struct str name)
{
	for (const struct command *c = commands; c->name; c++)
		if (str_eqc(name, c->name))
			return c;
	return NULL;
}
