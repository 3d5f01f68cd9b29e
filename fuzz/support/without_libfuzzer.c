/* Runs a fuzz target where there is no libFuzzer (arm64 under qemu-user): random inputs from a
 * seed, or one file.
 *
 *   wasm_generate_fuzz SECONDS [SEED]
 *   wasm_generate_fuzz SECONDS SEED INPUTS   whichever ends first
 *   wasm_generate_fuzz FILE
 *
 * The input that stops the program is left in ./crash-input. A target that has a digest of what it
 * saw gets it printed: the same for the same seed and number of inputs, on every machine. */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
__attribute__((weak)) uint64_t fuzz_digest(void);

static uint8_t input[1024];
static size_t input_len;

static void keep(int signal_number) {
    int fd = open("crash-input", O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd >= 0 && write(fd, input, input_len) == (ssize_t)input_len)
        (void)!write(2, "the input is in ./crash-input\n", 30);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

/* splitmix64 */
static uint64_t next(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static int replay(const char *path) {
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        perror(path);
        return 1;
    }
    input_len = fread(input, 1, sizeof input, f);
    (void)fclose(f);
    return LLVMFuzzerTestOneInput(input, input_len);
}

int main(int argc, char **argv) {
    if (argc < 2) {
        (void)fprintf(stderr, "usage: %s SECONDS [SEED [INPUTS]] | FILE\n", argv[0]);
        return 2;
    }
    char *end;
    long seconds = strtol(argv[1], &end, 10);
    if (*end != 0) return replay(argv[1]);
    static const int signals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) signal(signals[i], keep);
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)time(NULL), count = 0;
    uint64_t most = argc > 3 ? strtoull(argv[3], NULL, 10) : UINT64_MAX;
    printf("seed %" PRIu64 "\n", seed);
    time_t stop = time(NULL) + seconds;
    for (uint64_t state = seed; count < most && time(NULL) < stop; count++) {
        input_len = 8 + next(&state) % (sizeof input - 8);
        for (size_t i = 0; i < input_len; i += 8) {
            uint64_t word = next(&state);
            memcpy(input + i, &word, input_len - i < 8 ? input_len - i : 8);
        }
        (void)LLVMFuzzerTestOneInput(input, input_len);
    }
    printf("%" PRIu64 " inputs\n", count);
    if (fuzz_digest != NULL) printf("digest %016" PRIx64 "\n", fuzz_digest());
    return 0;
}
