/* Floats: a product of two matrices of 256 by 256 f64. */
#include "common.h"

#define N 256
static double ma[N][N], mb[N][N], mc[N][N];

BENCH(matrix) {
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) ma[i][j] = i - j, mb[i][j] = i + j;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            double s = 0;
            for (int k = 0; k < N; k++) s += ma[i][k] * mb[k][j];
            mc[i][j] = s;
        }
    double s = 0;
    for (int i = 0; i < N; i++) s += mc[i][0];
    return (u32)(long long)s;
}
