#include "system/precompile_gas.h"

#include "base/u256.h"

int64_t gvm_precompile_gas_words(size_t len, int64_t base, int64_t per_word) {
    return base + (int64_t)((len + 31) / 32) * per_word;
}

/* ---- modexp */

/* len bytes (at most 32) at `from`, zeros where there is no input. */
static gvm_u256 word_at(gvm_bytes input, uint64_t from, size_t len) {
    uint8_t be[32] = {0};
    for (size_t i = 0; i < len; i++)
        if (from < input.len && i < input.len - from) be[32 - len + i] = input.ptr[from + i];
    return gvm_u256_from_be(be);
}

gvm_modexp_lengths gvm_precompile_modexp_lengths(gvm_bytes input) {
    return (gvm_modexp_lengths){gvm_u256_saturate_u64(word_at(input, 0, 32)),
                                gvm_u256_saturate_u64(word_at(input, 32, 32)),
                                gvm_u256_saturate_u64(word_at(input, 64, 32))};
}

static gvm_u128 complexity_198(gvm_u128 x) {
    if (x <= 64) return x * x;
    if (x <= 1024) return x * x / 4 + 96 * x - 3072;
    return x * x / 16 + 480 * x - 199680;
}
static gvm_u128 complexity_2565(gvm_u128 x) {
    gvm_u128 words = (x + 7) / 8;
    return words * words;
}
static gvm_u128 complexity_7883(gvm_u128 x) {
    return x <= 32 ? 16 : 2 * complexity_2565(x);
}

/* Squarings: the exponent's bits behind its first one, as far as its first 32 bytes tell. */
static gvm_u128 iterations(const gvm_modexp_lengths *len, gvm_bytes input, unsigned per_byte) {
    size_t head = len->exponent < 32 ? (size_t)len->exponent : 32;
    uint64_t from = len->base > UINT64_MAX - 96 ? UINT64_MAX : 96 + len->base;
    unsigned bits = gvm_u256_bits(word_at(input, from, head));
    gvm_u128 n = bits > 0 ? bits - 1 : 0;
    if (len->exponent > 32) n += (gvm_u128)per_byte * (len->exponent - 32);
    return n > 0 ? n : 1;
}

int64_t gvm_precompile_gas_modexp(const gvm_rules *rules, gvm_bytes input) {
    const uint64_t too_long = UINT64_C(1) << 32; /* so that nothing below overflows */
    gvm_modexp_lengths len = gvm_precompile_modexp_lengths(input);
    uint64_t x = len.base > len.modulus ? len.base : len.modulus;
    bool osaka = rules->fork >= GVM_FORK_OSAKA, berlin = rules->fork >= GVM_FORK_BERLIN;
    if (x > too_long) return INT64_MAX;
    gvm_u128 gas = osaka ? complexity_7883(x) : berlin ? complexity_2565(x) : complexity_198(x);
    if (gas > 0) {
        if (len.exponent > UINT64_C(1) << 58) return INT64_MAX;
        gas *= iterations(&len, input, osaka ? 16 : 8);
        gas /= osaka ? 1 : berlin ? 3 : 20;
    }
    gvm_u128 least = osaka ? 500 : berlin ? 200 : 0;
    if (gas < least) gas = least;
    return gas > INT64_MAX ? INT64_MAX : (int64_t)gas;
}

/* ---- multi-scalar multiplication: a thousandth of the price of k multiplications each times
 * discount[k - 1]; more than 128 get the last discount */

static const uint16_t discount_g1[128] = {
    1000, 949, 848, 797, 764, 750, 738, 728, 719, 712, 705, 698, 692, 687, 682, 677, 673, 669, 665,
    661,  658, 654, 651, 648, 645, 642, 640, 637, 635, 632, 630, 627, 625, 623, 621, 619, 617, 615,
    613,  611, 609, 608, 606, 604, 603, 601, 599, 598, 596, 595, 593, 592, 591, 589, 588, 586, 585,
    584,  582, 581, 580, 579, 577, 576, 575, 574, 573, 572, 570, 569, 568, 567, 566, 565, 564, 563,
    562,  561, 560, 559, 558, 557, 556, 555, 554, 553, 552, 551, 550, 549, 548, 547, 547, 546, 545,
    544,  543, 542, 541, 540, 540, 539, 538, 537, 536, 536, 535, 534, 533, 532, 532, 531, 530, 529,
    528,  528, 527, 526, 525, 525, 524, 523, 522, 522, 521, 520, 520, 519};
static const uint16_t discount_g2[128] = {
    1000, 1000, 923, 884, 855, 832, 812, 796, 782, 770, 759, 749, 740, 732, 724, 717, 711, 704, 699,
    693,  688,  683, 679, 674, 670, 666, 663, 659, 655, 652, 649, 646, 643, 640, 637, 634, 632, 629,
    627,  624,  622, 620, 618, 615, 613, 611, 609, 607, 606, 604, 602, 600, 598, 597, 595, 593, 592,
    590,  589,  587, 586, 584, 583, 582, 580, 579, 578, 576, 575, 574, 573, 571, 570, 569, 568, 567,
    566,  565,  563, 562, 561, 560, 559, 558, 557, 556, 555, 554, 553, 552, 552, 551, 550, 549, 548,
    547,  546,  545, 545, 544, 543, 542, 541, 541, 540, 539, 538, 537, 537, 536, 535, 535, 534, 533,
    532,  532,  531, 530, 530, 529, 528, 528, 527, 526, 526, 525, 524, 524};

static int64_t msm(size_t k, const uint16_t discount[128], int64_t price) {
    if (k == 0) return 0;
    return (int64_t)k * price * discount[k > 128 ? 127 : k - 1] / 1000;
}
int64_t gvm_precompile_gas_msm_g1(size_t k) {
    return msm(k, discount_g1, 12000);
}
int64_t gvm_precompile_gas_msm_g2(size_t k) {
    return msm(k, discount_g2, 22500);
}
