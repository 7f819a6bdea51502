/* sighting.c: where a vehicle was seen, and whether it can have driven from one place to the next.
 * Never uses a floating point number: every machine finds the same. */
#include "daemon/domain/sighting.h"

/* clang-format off */
/* Cosine of whole degrees, in millionths. */
static const int32_t cosines[] = {
    1000000, 999848, 999391, 998630, 997564, 996195, 994522, 992546, 990268, 987688,
    984808, 981627, 978148, 974370, 970296, 965926, 961262, 956305, 951057, 945519,
    939693, 933580, 927184, 920505, 913545, 906308, 898794, 891007, 882948, 874620,
    866025, 857167, 848048, 838671, 829038, 819152, 809017, 798636, 788011, 777146,
    766044, 754710, 743145, 731354, 719340, 707107, 694658, 681998, 669131, 656059,
    642788, 629320, 615661, 601815, 587785, 573576, 559193, 544639, 529919, 515038,
    500000, 484810, 469472, 453990, 438371, 422618, 406737, 390731, 374607, 358368,
    342020, 325568, 309017, 292372, 275637, 258819, 241922, 224951, 207912, 190809,
    173648, 156434, 139173, 121869, 104528, 87156, 69756, 52336, 34899, 17452,
    0,
};
/* clang-format on */

enum { DEGREE_E7 = 10000000, METRES_A_DEGREE = 111195, RIGHT_ANGLE = 90 };

static int64_t absolute(int64_t value)
{
    return value < 0 ? -value : value;
}

/* In millionths, straight between whole degrees: at most 0.00004 off. */
static int64_t cosine_e6(int64_t latitude_e7)
{
    int64_t e7 = absolute(latitude_e7);
    int64_t degree = e7 / DEGREE_E7;
    if (degree >= RIGHT_ANGLE)
        return 0;
    int64_t part = e7 % DEGREE_E7;
    return cosines[degree] + (cosines[degree + 1] - cosines[degree]) * part / DEGREE_E7;
}

static int64_t root(int64_t square)
{
    int64_t low = 0, high = INT64_C(3037000499);
    while (low < high) {
        int64_t middle = (low + high + 1) / 2;
        if (middle <= square / middle)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

int64_t sighting_distance_m(const struct moment *a, const struct moment *b)
{
    int64_t latitude = (int64_t)b->latitude_e7 - a->latitude_e7;
    int64_t longitude = absolute((int64_t)b->longitude_e7 - a->longitude_e7);
    if (longitude > INT64_C(180) * DEGREE_E7)
        longitude = INT64_C(360) * DEGREE_E7 - longitude;
    int64_t middle = ((int64_t)a->latitude_e7 + b->latitude_e7) / 2;
    int64_t north_m = latitude * METRES_A_DEGREE / DEGREE_E7;
    int64_t east_m = longitude * METRES_A_DEGREE / DEGREE_E7 * cosine_e6(middle) / 1000000;
    return root(north_m * north_m + east_m * east_m);
}

/* RULES.md N13; the same plate 400 km apart within two hours. */
static bool
is_too_fast(const struct moment *a, const struct moment *b, const struct profile *profile)
{
    if (!profile_has_rule(profile, RULE_vehicle_too_fast) || profile->plausible_kmh == 0)
        return false;
    int64_t distance_m = sighting_distance_m(a, b);
    distance_m -= distance_m / 50 + (int64_t)a->amount + b->amount;
    int64_t time_us = b->at_us - a->at_us + profile->clock_tolerance_us;
    int64_t hour_ms = CALENDAR_HOUR_US / 1000;
    return distance_m > 0 &&
           distance_m * hour_ms > profile->plausible_kmh * 1000 * (time_us / 1000);
}

void sighting_work(const struct sighting_day *day,
                   const struct sighting_day *before,
                   const uint32_t *profiles,
                   uint32_t vehicle,
                   int32_t civil_day,
                   const struct law *law,
                   struct work_set *set)
{
    const struct moment *last = before == NULL ? NULL : moment_last(&before->seen);
    uint32_t rows = 0;
    for (uint32_t i = 0; i < day->seen.count && rows < SIGHTING_ROWS; i++) {
        const struct moment *seen = &day->seen.all[i];
        if (seen->voids != 0)
            continue;
        if (last != NULL && is_too_fast(last, seen, law->profile(law->context, profiles[i]))) {
            struct work *row = moment_finding(set, RULE_vehicle_too_fast, seen);
            if (row == NULL)
                return;
            row->subject_kind = SUBJECT_VEHICLE_DAY;
            row->subject = tally_number(vehicle, civil_day);
            row->vehicle = vehicle;
            row->since_us = last->at_us;
            row->profile = profiles[i];
            row->hazard = 1;
            moment_show(row, last);
            rows++;
        }
        last = seen;
    }
}

size_t sighting_write(const struct sighting_day *day, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    moment_write(&day->seen, &writer);
    return bytes_written(&writer).len;
}

bool sighting_parse(struct span bytes, struct sighting_day *ret)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    return moment_read(&reader, &ret->seen) && bytes_reader_is_done(&reader);
}
