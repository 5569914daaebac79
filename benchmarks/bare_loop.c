/* One function, and nothing else: a heap of completions, a stack of idle environments, exponential draws.
   The least that any simulation of it must do; what the engines are measured against. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

static uint64_t s[4];

static uint64_t rotate(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

/* xoshiro256+ (Blackman and Vigna, 2018, public domain) */
static double uniform(void) {
    uint64_t result = s[0] + s[3], t = s[1] << 17;
    s[2] ^= s[0]; s[3] ^= s[1]; s[1] ^= s[2]; s[0] ^= s[3]; s[2] ^= t; s[3] = rotate(s[3], 45);
    return ((result >> 11) + 0.5) * 0x1.0p-53;
}

static double exponential(double mean) { return -mean * log(uniform()); }

/* Simulate `requests` arrivals at `rate` per second, each served for an exponential time of `mean` seconds.
   Returns the number of environments made. */
int64_t bare_loop(int64_t requests, double rate, double mean, double keep_alive, int64_t room) {
    double *heap = malloc(room * sizeof *heap), *idle = malloc(room * sizeof *idle), now = 0;
    int64_t busy = 0, stacked = 0, bottom = 0, cold = 0;
    for (int k = 0; k < 4; k++) s[k] = 0x9E3779B97F4A7C15ull * (k + 1);
    for (int64_t k = 0; k < requests; k++) {
        now += exponential(1 / rate);
        while (busy > 0 && heap[0] <= now) {
            double done = heap[0], last = heap[--busy];
            int64_t place = 0, child;
            while ((child = 2 * place + 1) < busy) {
                if (child + 1 < busy && heap[child + 1] < heap[child]) child++;
                if (heap[child] >= last) break;
                heap[place] = heap[child];
                place = child;
            }
            heap[place] = last;
            idle[(bottom + stacked++) % room] = done;
        }
        while (stacked > 0 && idle[bottom % room] + keep_alive <= now) { bottom++; stacked--; }
        if (stacked > 0) stacked--; else cold++;
        double end = now + exponential(mean);
        int64_t place = busy++;
        while (place > 0 && heap[(place - 1) / 2] > end) {
            heap[place] = heap[(place - 1) / 2];
            place = (place - 1) / 2;
        }
        heap[place] = end;
    }
    free(heap);
    free(idle);
    return cold;
}
