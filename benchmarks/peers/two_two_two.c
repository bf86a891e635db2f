/* A 2-2-2 sigmoid network without biases, one sample, E = 1/2 sum (t - y)^2, plain descent: every number a variable. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

static double sigmoid(double z) { return 1.0 / (1.0 + exp(-z)); }

static double number(FILE *file) {
    double value;
    if (fscanf(file, "%lf", &value) != 1) {
        fprintf(stderr, "the task ends before its last number\n");
        exit(1);
    }
    return value;
}

int main(int count, char **words) {
    FILE *file = count == 2 ? fopen(words[1], "r") : NULL;
    if (!file) {
        fprintf(stderr, "wanted the path of a task\n");
        return 1;
    }
    for (int i = 0; i < 4; i++) number(file); /* three layers of two */
    const double rate = number(file);
    number(file); /* one sample */
    const double x0 = number(file), x1 = number(file), t0 = number(file), t1 = number(file);
    double first[8];
    number(file); /* eight parameters */
    for (int i = 0; i < 8; i++) first[i] = number(file);
    fclose(file);

    long epochs;
    while (scanf("%ld", &epochs) == 1) {
        double u00 = first[0], u01 = first[1], u10 = first[2], u11 = first[3]; /* input -> hidden */
        double v00 = first[4], v01 = first[5], v10 = first[6], v11 = first[7]; /* hidden -> output */
        double error = 0.0, sum = 0.0;
        const double begin = now(CLOCK_MONOTONIC), busy = now(CLOCK_PROCESS_CPUTIME_ID);
        for (long e = 0; e <= epochs; e++) {
            const double a0 = sigmoid(x0 * u00 + x1 * u10), a1 = sigmoid(x0 * u01 + x1 * u11);
            const double y0 = sigmoid(a0 * v00 + a1 * v10), y1 = sigmoid(a0 * v01 + a1 * v11);
            error = 0.5 * ((t0 - y0) * (t0 - y0) + (t1 - y1) * (t1 - y1));
            if (e == epochs) break; /* the last pass is for the error alone */
            sum += error;
            const double d0 = rate * (y0 - t0) * y0 * (1.0 - y0), d1 = rate * (y1 - t1) * y1 * (1.0 - y1);
            const double h0 = a0 * (1.0 - a0) * (d0 * v00 + d1 * v01), h1 = a1 * (1.0 - a1) * (d0 * v10 + d1 * v11);
            v00 -= a0 * d0, v01 -= a0 * d1, v10 -= a1 * d0, v11 -= a1 * d1;
            u00 -= x0 * h0, u01 -= x0 * h1, u10 -= x1 * h0, u11 -= x1 * h1;
        }
        const double worked = now(CLOCK_PROCESS_CPUTIME_ID) - busy, seconds = now(CLOCK_MONOTONIC) - begin;
        volatile double kept = sum; /* so that the errors are computed, as the others do */
        (void)kept;
        printf("%.9f %.9f %.17g\n", seconds, worked, error);
        fflush(stdout);
    }
    return 0;
}
