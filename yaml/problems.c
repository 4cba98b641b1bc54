#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "yaml/yaml.h"

/* A message is a line to read; a value of megabytes in it would bury what is wrong. */
#define LONGEST_MESSAGE ((size_t)600)

void cc_problems_init(cc_problems *problems, orm_arena *arena)
{
    *problems = (cc_problems){ .arena = arena };
}

/* Texts of a file may hold line breaks and terminal codes: they become spaces and question marks. */
static void make_one_line(char *text)
{
    size_t length = strlen(text);

    if (length > LONGEST_MESSAGE) {
        length = orm_utf8_valid_prefix(text, LONGEST_MESSAGE - 3);
        memcpy(text + length, "...", 4);
    }
    for (char *c = text; *c != '\0'; c++) {
        if (*c == '\n' || *c == '\r' || *c == '\t')
            *c = ' ';
        else if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    }
}

void cc_problem_add(cc_problems *problems, cc_place place, const char *format, ...)
{
    char   *message;
    va_list args;

    va_start(args, format);
    message = orm_arena_vprintf(problems->arena, format, args);
    va_end(args);
    if (message == NULL || !orm_arena_grow(problems->arena, &problems->items, problems->count, &problems->capacity,
                                           sizeof *problems->items)) {
        problems->out_of_memory = true;
        return;
    }
    make_one_line(message);
    problems->items[problems->count++] = (cc_problem){ .place = place, .message = message };
}

static int compare_numbers(unsigned a, unsigned b)
{
    return (a > b) - (a < b);
}

static int compare_problems(const void *left, const void *right)
{
    const cc_problem *a = left;
    const cc_problem *b = right;
    int               order = 0;

    if (a->place.file != NULL && b->place.file != NULL)
        order = strcmp(a->place.file, b->place.file);
    else
        order = (a->place.file != NULL) - (b->place.file != NULL);
    if (order == 0)
        order = compare_numbers(a->place.line, b->place.line);
    if (order == 0)
        order = compare_numbers(a->place.column, b->place.column);
    return order != 0 ? order : strcmp(a->message, b->message);
}

void cc_problems_sort(cc_problems *problems)
{
    size_t kept = 0;

    if (problems->count < 2)
        return;
    qsort(problems->items, problems->count, sizeof *problems->items, compare_problems);
    /* What stands behind an alias is checked wherever it is used, and its problems are found each time. */
    for (size_t i = 1; i < problems->count; i++) {
        if (compare_problems(&problems->items[kept], &problems->items[i]) != 0)
            problems->items[++kept] = problems->items[i];
    }
    problems->count = kept + 1;
}
