/* Runs a fuzz target over files, for compilers without libFuzzer and for ctest. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_LIMIT = 1 << 20 };

static int replay(const char *path)
{
    uint8_t *data = malloc(INPUT_LIMIT);
    FILE    *file = fopen(path, "rb");
    size_t   size = 0;

    if (data != NULL && file != NULL)
        size = fread(data, 1, INPUT_LIMIT, file);
    if (data == NULL || file == NULL || ferror(file) != 0) {
        fprintf(stderr, "%s cannot be read\n", path);
        if (file != NULL)
            fclose(file);
        free(data);
        return 1;
    }
    fclose(file);
    /* Every prefix too: what ends in the middle of a message is a case of its own. */
    for (size_t i = size > 512 ? 512 : size; i > 0; i--)
        LLVMFuzzerTestOneInput(data, i - 1);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    return 0;
}

int main(int argc, char **argv)
{
    int failed = argc < 2;

    for (int i = 1; i < argc; i++)
        failed |= replay(argv[i]);
    return failed;
}
