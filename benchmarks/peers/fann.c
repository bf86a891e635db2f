/* FANN on a task: fann_train for each sample in turn, sigmoid or tanh in all layers, a linear error function. */

#include <doublefann.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

static double number(FILE *file) {
    double value;
    if (fscanf(file, "%lf", &value) != 1) {
        fprintf(stderr, "the task ends before its last number\n");
        exit(1);
    }
    return value;
}

int main(int count, char **words) {
    FILE *file = count == 3 ? fopen(words[1], "r") : NULL;
    if (!file) {
        fprintf(stderr, "wanted the path of a task and sigmoid or tanh\n");
        return 1;
    }
    const unsigned layers = number(file);
    unsigned sizes[layers];
    for (unsigned i = 0; i < layers; i++) sizes[i] = number(file);
    const double rate = number(file);
    const long samples = number(file), width = sizes[0] + sizes[layers - 1];
    double *rows = malloc(samples * width * sizeof *rows);
    for (long i = 0; i < samples * width; i++) rows[i] = number(file);
    fclose(file);

    const int symmetric = !strcmp(words[2], "tanh");
    struct fann *start = fann_create_standard_array(layers, sizes);
    fann_set_activation_function_hidden(start, symmetric ? FANN_SIGMOID_SYMMETRIC : FANN_SIGMOID);
    fann_set_activation_function_output(start, symmetric ? FANN_SIGMOID_SYMMETRIC : FANN_SIGMOID);
    /* its sigmoid is 1 / (1 + exp(-2 s z)), its symmetric one tanh(s z) */
    fann_set_activation_steepness_hidden(start, symmetric ? 1.0 : 0.5);
    fann_set_activation_steepness_output(start, symmetric ? 1.0 : 0.5);
    fann_set_training_algorithm(start, FANN_TRAIN_INCREMENTAL);
    fann_set_train_error_function(start, FANN_ERRORFUNC_LINEAR);
    fann_set_learning_rate(start, rate);
    fann_randomize_weights(start, -0.5, 0.5);

    long epochs;
    while (scanf("%ld", &epochs) == 1) {
        struct fann *net = fann_copy(start);
        const double begin = now(CLOCK_MONOTONIC), busy = now(CLOCK_PROCESS_CPUTIME_ID);
        for (long e = 0; e < epochs; e++) {
            fann_reset_MSE(net);
            for (long i = 0; i < samples; i++) fann_train(net, rows + i * width, rows + i * width + sizes[0]);
        }
        const double worked = now(CLOCK_PROCESS_CPUTIME_ID) - busy, seconds = now(CLOCK_MONOTONIC) - begin;
        printf("%.9f %.9f %.17g\n", seconds, worked, (double)fann_get_MSE(net));
        fflush(stdout);
        fann_destroy(net);
    }
    return 0;
}
