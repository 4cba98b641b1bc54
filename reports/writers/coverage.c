#include "reports/writers/coverage.h"

cc_coverage cc_coverage_of(const cc_matrix *matrix)
{
    cc_coverage coverage = { .claims = matrix->features->claim_count };

    for (size_t i = 0; i < matrix->column_count; i++)
        coverage.deciding_columns += matrix->columns[i].decides;
    for (size_t i = 0; i < coverage.claims; i++) {
        bool run = false;
        bool decided = false;

        if (matrix->features->claims[i]->says == CC_SAYS_CLIENT) {
            coverage.client++;
            continue;
        }
        for (size_t j = 0; j < matrix->column_count; j++) {
            const cc_cell *cell = &matrix->cells[i][j];

            run = run || cell->worked + cell->failed > 0;
            decided = decided || (matrix->columns[j].decides && cell->verdict != CC_VERDICT_NOT_CHECKED);
        }
        coverage.run += run;
        coverage.decided += decided;
    }
    coverage.decidable = coverage.claims - coverage.client;
    return coverage;
}
