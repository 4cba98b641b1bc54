#include <unistd.h>

#include "harness/cli/cli.h"

int cc_cmd_report(cc_cli *cli)
{
    cc_features      *features = cc_cli_load_features(cli);
    const cc_record **records = orm_arena_calloc(cli->arena, cli->word_count, sizeof *records);
    bool              complete = true;
    orm_error         error;
    bool              written;
    int               lock;

    if (features == NULL)
        return CC_EXIT_CASES;
    if (records == NULL)
        return CC_EXIT_INTERNAL;
    for (size_t i = 0; i < cli->word_count; i++) {
        cc_record *record;

        if (cc_record_read(cli->arena, cli->words[i], &record, &error) != ORM_OK) {
            fprintf(stderr, "crdbcheck: %s\n", error.message);
            return CC_EXIT_USAGE;
        }
        records[i] = record;
        complete = complete && record->complete;
        if (!record->complete)
            fprintf(stderr, "crdbcheck: %s is incomplete: the run did not come to its end\n", cli->words[i]);
    }
    if (cc_out_dir_prepare(cli->out_dir, &lock, &error) != ORM_OK) {
        fprintf(stderr, "crdbcheck: %s\n", error.message);
        return CC_EXIT_USAGE;
    }
    written = cc_write_reports(cli->out_dir, records, cli->word_count, features, cli->colour, cli->verbose, stdout);
    close(lock);
    return written && complete ? CC_EXIT_OK : CC_EXIT_INCOMPLETE;
}
