/* The hand-written limit: a chain of dense layers, tanh inside, the last linear, mean squared error, gradient descent.
   Numbers of a unit stand together for all examples, as in the fast executor. Built by speed.py with the machine's own
   instructions and loose arithmetic. */
#include <math.h>

#define LAYERS 16
#define UNITS 64
#define ROWS 64

static inline __attribute__((always_inline)) double quick_tanh(double x) {
    double y = fabs(x) * 2.0;
    y = y > 44.0 ? 44.0 : y;
    long k = (long)(y * 1.4426950408889634 + 0.5);
    double r = (y - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10;
    double p = 1.0 / 6227020800.0, d = 6227020800.0;
    for (int n = 12; n >= 2; n--) {
        d /= n + 1;
        p = p * r + 1.0 / d;
    }
    p = (p * r) * r + r;
    union { long bits; double number; } power = {(k + 1023) << 52};
    double t = power.number * p + (power.number - 1.0);
    return copysign(t / (t + 2.0), x);
}

void train(int layers, const int *units, double *restrict weights, const double *X, const double *Y, int rows,
           int steps, int batches, double rate) {
    static double value[LAYERS][UNITS][ROWS], delta[LAYERS][UNITS][ROWS];
    for (int step = 0; step < steps; step++) {
        int begin = step % batches * rows;
        for (int i = 0; i < units[0]; i++)
            for (int c = 0; c < rows; c++) value[0][i][c] = X[(begin + c) * units[0] + i];
        double *w = weights;
        for (int l = 0; l < layers; l++) {
            int from = units[l], to = units[l + 1];
            for (int j = 0; j < to; j++) {
                double *z = value[l + 1][j], bias = w[j * (from + 1) + from];
                for (int c = 0; c < rows; c++) z[c] = bias;
                for (int i = 0; i < from; i++)
                    for (int c = 0; c < rows; c++) z[c] += w[j * (from + 1) + i] * value[l][i][c];
                if (l < layers - 1)
                    for (int c = 0; c < rows; c++) z[c] = quick_tanh(z[c]);
            }
            w += to * (from + 1);
        }
        int outputs = units[layers];
        for (int j = 0; j < outputs; j++)
            for (int c = 0; c < rows; c++)
                delta[layers][j][c] = 2.0 * (value[layers][j][c] - Y[(begin + c) * outputs + j]) / rows;
        for (int l = layers - 1; l >= 0; l--) {
            int from = units[l], to = units[l + 1];
            w -= to * (from + 1);
            if (l < layers - 1)
                for (int j = 0; j < to; j++)
                    for (int c = 0; c < rows; c++) delta[l + 1][j][c] *= 1.0 - value[l + 1][j][c] * value[l + 1][j][c];
            for (int i = 0; l && i < from; i++) {
                double *d = delta[l][i];
                for (int c = 0; c < rows; c++) d[c] = 0.0;
                for (int j = 0; j < to; j++)
                    for (int c = 0; c < rows; c++) d[c] += w[j * (from + 1) + i] * delta[l + 1][j][c];
            }
            for (int j = 0; j < to; j++)
                for (int i = 0; i <= from; i++) {
                    double g = 0.0;
                    for (int c = 0; c < rows; c++) g += delta[l + 1][j][c] * (i < from ? value[l][i][c] : 1.0);
                    w[j * (from + 1) + i] -= rate * g;
                }
        }
    }
}
