/*
 * The interface of C as a hostile or careless program uses it: NULLs, wrong numbers, objects in the wrong state, callbacks. Run under valgrind
 * and the sanitizers too. Exits with 0 if everything answers as vatic.h says.
 */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vatic.h>

static int failures = 0;

#define CHECK(condition)                                                     \
    do {                                                                     \
        if (!(condition)) {                                                  \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            failures++;                                                      \
        }                                                                    \
    } while (0)

static const char text[] = "It was the best of times, it was the worst of times, it was the age of wisdom.";

static vatic_ctx *context(void) {
    vatic_ctx *ctx = NULL;
    if (vatic_ctx_create(VATIC_ABI_VERSION, &ctx) != VATIC_OK) abort();
    return ctx;
}

static void versions(void) {
    vatic_ctx *ctx = NULL;
    CHECK(vatic_abi_version() == VATIC_ABI_VERSION);
    CHECK(vatic_version_number() == VATIC_VERSION_MAJOR * 10000 + VATIC_VERSION_MINOR * 100 + VATIC_VERSION_PATCH);
    CHECK(strchr(vatic_version_string(), '.') != NULL);
    CHECK(vatic_ctx_create(VATIC_ABI_VERSION + 1, &ctx) == VATIC_ERROR_ABI_MISMATCH && ctx == NULL);
    CHECK(strcmp(vatic_status_name(0), "OK") == 0 && strcmp(vatic_status_name(22), "CORRUPT") == 0);
    CHECK(strcmp(vatic_status_name(-7), "UNKNOWN") == 0 && strlen(vatic_status_text(20)) > 0);
    CHECK(vatic_has_codec(VATIC_CODEC_BWT) == 1 && vatic_has_codec(99) == 0 && vatic_has_codec(-1) == 0);
}

static void parameters(void) {
    vatic_ctx *ctx = context();
    uint64_t min, max, initial, value;
    CHECK(vatic_param_bounds(VATIC_PARAM_LEVEL, &min, &max, &initial) == VATIC_OK && min == 1 && max == 9);
    CHECK(vatic_ctx_get(ctx, VATIC_PARAM_LEVEL, &value) == VATIC_OK && value == initial);
    CHECK(vatic_ctx_set(ctx, VATIC_PARAM_LEVEL, 9) == VATIC_OK);
    CHECK(vatic_ctx_get(ctx, VATIC_PARAM_LEVEL, &value) == VATIC_OK && value == 9);
    CHECK(vatic_ctx_set(ctx, VATIC_PARAM_LEVEL, 10) == VATIC_ERROR_INVALID_OPTION);
    CHECK(strstr(vatic_ctx_error(ctx), "level") != NULL);
    CHECK(vatic_ctx_set(ctx, VATIC_PARAM_CODEC, 77) == VATIC_ERROR_INVALID_OPTION);
    CHECK(vatic_ctx_set(ctx, 12345, 1) == VATIC_ERROR_NOT_FOUND);
    CHECK(vatic_ctx_get(ctx, VATIC_PARAM_LEVEL, NULL) == VATIC_ERROR_NULL_ARGUMENT);
    CHECK(vatic_param_bounds(VATIC_PARAM_LEVEL, &min, NULL, &initial) == VATIC_ERROR_NULL_ARGUMENT);
    CHECK(vatic_ctx_reset(ctx) == VATIC_OK);
    CHECK(vatic_ctx_get(ctx, VATIC_PARAM_LEVEL, &value) == VATIC_OK && value == 5);
    vatic_ctx_free(ctx);
}

static void one_shot(void) {
    vatic_ctx *ctx = context();
    char packed[256], plain[256];
    size_t size = 77, back = 77;
    uint64_t length = 0;
    CHECK(vatic_compress(NULL, packed, sizeof packed, &size, text, sizeof text) == VATIC_OK);
    CHECK(size <= vatic_compress_bound(sizeof text));
    CHECK(vatic_content_length(packed, size, &length) == VATIC_OK && length == sizeof text);
    CHECK(vatic_decompress(ctx, plain, sizeof plain, &back, packed, size) == VATIC_OK);
    CHECK(back == sizeof text && memcmp(plain, text, back) == 0);
    CHECK(vatic_decompress(ctx, plain, 3, &back, packed, size) == VATIC_ERROR_DST_TOO_SMALL && back == sizeof text);
    CHECK(vatic_compress(ctx, packed, 3, &back, text, sizeof text) == VATIC_ERROR_DST_TOO_SMALL && back == size);
    CHECK(vatic_decompress(ctx, plain, sizeof plain, &back, packed, size - 1) == VATIC_ERROR_TRUNCATED && back == 0);
    CHECK(strlen(vatic_ctx_error(ctx)) > 0);
    CHECK(vatic_decompress(ctx, plain, sizeof plain, &back, "nonsense", 8) == VATIC_ERROR_NOT_VATIC);
    packed[size / 2] ^= 1;
    CHECK(vatic_decompress(ctx, plain, sizeof plain, &back, packed, size) != VATIC_OK);
    /* No bytes: NULL will do. */
    CHECK(vatic_compress(ctx, packed, sizeof packed, &size, NULL, 0) == VATIC_OK);
    CHECK(vatic_decompress(ctx, NULL, 0, &back, packed, size) == VATIC_OK && back == 0);
    CHECK(vatic_compress(ctx, packed, sizeof packed, &size, NULL, 5) == VATIC_ERROR_NULL_ARGUMENT);
    CHECK(vatic_compress(ctx, NULL, 5, &size, text, 5) == VATIC_ERROR_NULL_ARGUMENT);
    CHECK(vatic_compress(ctx, packed, sizeof packed, NULL, text, 5) == VATIC_ERROR_NULL_ARGUMENT);
    CHECK(vatic_compress(ctx, packed, sizeof packed, &size, text, SIZE_MAX) == VATIC_ERROR_INVALID_OPTION);
    CHECK(vatic_compress_alloc(ctx, text, 5, NULL) == VATIC_ERROR_NULL_ARGUMENT);
    CHECK(vatic_bytes_data(NULL) == NULL && vatic_bytes_size(NULL) == 0);
    vatic_ctx_free(ctx);
}

static void limits(void) {
    vatic_ctx *ctx = context();
    vatic_bytes *packed = NULL, *plain = NULL;
    char *zeros = calloc(1, 1 << 20);
    CHECK(vatic_compress_alloc(ctx, zeros, 1 << 20, &packed) == VATIC_OK);
    CHECK(vatic_ctx_set(ctx, VATIC_PARAM_LIMIT_OUTPUT, 1000) == VATIC_OK);
    CHECK(vatic_decompress_alloc(ctx, vatic_bytes_data(packed), vatic_bytes_size(packed), &plain) == VATIC_ERROR_LIMIT);
    CHECK(plain == NULL);
    vatic_bytes_free(packed);
    free(zeros);
    vatic_ctx_free(ctx);
}

static void streams(void) {
    vatic_ctx *ctx = context();
    vatic_encoder *encoder = NULL;
    vatic_decoder *decoder = NULL;
    char packed[512], plain[512];
    size_t remaining = 1;
    CHECK(vatic_encoder_create(ctx, &encoder) == VATIC_OK && vatic_decoder_create(ctx, &decoder) == VATIC_OK);
    vatic_ctx_free(ctx); /* They do not need it any more. */
    vatic_out_buffer out = {packed, 1, 0};
    vatic_in_buffer in = {text, sizeof text, 0};
    while (remaining > 0) {
        CHECK(vatic_encoder_run(encoder, &out, &in, VATIC_OP_END, &remaining) == VATIC_OK);
        if (out.size < sizeof packed) out.size++;
    }
    CHECK(in.pos == sizeof text);
    vatic_in_buffer back = {packed, out.pos, 0};
    vatic_out_buffer room = {plain, sizeof plain, 0};
    CHECK(vatic_decoder_run(decoder, &room, &back, VATIC_OP_END, &remaining) == VATIC_OK && remaining == 0);
    CHECK(room.pos == sizeof text && memcmp(plain, text, sizeof text) == 0);
    /* Behind the end. */
    vatic_in_buffer more = {text, 3, 0};
    CHECK(vatic_encoder_run(encoder, &out, &more, VATIC_OP_CONTINUE, &remaining) == VATIC_ERROR_MISUSE);
    CHECK(strlen(vatic_encoder_error(encoder)) > 0 && more.pos == 0);
    CHECK(vatic_encoder_reset(encoder) == VATIC_OK && vatic_decoder_reset(decoder) == VATIC_OK);
    out.pos = 0;
    out.size = sizeof packed;
    CHECK(vatic_encoder_run(encoder, &out, &more, VATIC_OP_FLUSH, &remaining) == VATIC_OK && remaining == 0);
    /* Nonsense. */
    CHECK(vatic_encoder_run(encoder, &out, &more, 9, &remaining) == VATIC_ERROR_INVALID_OPTION);
    CHECK(vatic_encoder_run(encoder, NULL, &more, VATIC_OP_END, &remaining) == VATIC_ERROR_NULL_ARGUMENT);
    CHECK(vatic_encoder_run(encoder, &out, &more, VATIC_OP_END, NULL) == VATIC_ERROR_NULL_ARGUMENT);
    CHECK(vatic_encoder_run(NULL, &out, &more, VATIC_OP_END, &remaining) == VATIC_ERROR_NULL_ARGUMENT);
    more.pos = 4;
    CHECK(vatic_encoder_run(encoder, &out, &more, VATIC_OP_END, &remaining) == VATIC_ERROR_INVALID_OPTION);
    vatic_in_buffer bad = {"nonsense", 8, 0};
    CHECK(vatic_decoder_run(decoder, &room, &bad, VATIC_OP_END, &remaining) == VATIC_ERROR_NOT_VATIC);
    CHECK(strlen(vatic_decoder_error(decoder)) > 0);
    vatic_decoder_reset(decoder);
    vatic_status status = VATIC_OK;
    for (int i = 0; i < 100 && status == VATIC_OK; i++) {
        status = vatic_decoder_run(decoder, &room, NULL, VATIC_OP_CONTINUE, &remaining);
    }
    CHECK(status == VATIC_ERROR_NO_PROGRESS);
    vatic_encoder_free(encoder);
    vatic_decoder_free(decoder);
}

typedef struct {
    vatic_ctx *ctx;
    vatic_encoder *encoder;
    int calls, busy;
} seen;

static int32_t cancel(void *user, uint64_t input, uint64_t output) {
    seen *state = user;
    (void)input;
    (void)output;
    state->calls++;
    return 1;
}

static int32_t reenter(void *user, uint64_t input, uint64_t output) {
    seen *state = user;
    char room[16];
    size_t remaining;
    uint64_t value;
    vatic_out_buffer out = {room, sizeof room, 0};
    (void)input;
    (void)output;
    state->calls++;
    if (vatic_encoder_run(state->encoder, &out, NULL, VATIC_OP_FLUSH, &remaining) == VATIC_ERROR_BUSY) state->busy++;
    if (vatic_encoder_reset(state->encoder) != VATIC_ERROR_BUSY) state->busy = -1000;
    if (vatic_ctx_get(state->ctx, VATIC_PARAM_LEVEL, &value) != VATIC_OK) state->busy = -1000;
    return 0;
}

static void callbacks(void) {
    seen state = {context(), NULL, 0, 0};
    vatic_bytes *packed = NULL;
    char room[256];
    size_t remaining;
    CHECK(vatic_ctx_set_progress(state.ctx, &state, cancel) == VATIC_OK);
    CHECK(vatic_compress_alloc(state.ctx, text, sizeof text, &packed) == VATIC_ERROR_CANCELLED && packed == NULL);
    CHECK(state.calls > 0);
    CHECK(vatic_ctx_set_progress(state.ctx, &state, reenter) == VATIC_OK);
    CHECK(vatic_encoder_create(state.ctx, &state.encoder) == VATIC_OK);
    vatic_in_buffer in = {text, sizeof text, 0};
    vatic_out_buffer out = {room, sizeof room, 0};
    CHECK(vatic_encoder_run(state.encoder, &out, &in, VATIC_OP_END, &remaining) == VATIC_OK && remaining == 0);
    CHECK(state.busy > 0);
    CHECK(vatic_ctx_set_progress(state.ctx, NULL, NULL) == VATIC_OK);
    CHECK(vatic_compress_alloc(state.ctx, text, sizeof text, &packed) == VATIC_OK);
    vatic_bytes_free(packed);
    vatic_encoder_free(state.encoder);
    vatic_ctx_free(state.ctx);
}

static void keys(void) {
    vatic_ctx *ctx = context();
    vatic_key *key = NULL, *other = NULL;
    vatic_bytes *packed = NULL, *plain = NULL;
    unsigned char raw[32];
    char identity[128], recipient[128];
    CHECK(vatic_key_generate_raw(raw) == VATIC_OK && vatic_key_raw(raw, &key) == VATIC_OK);
    CHECK(vatic_ctx_add_key(ctx, key) == VATIC_OK);
    vatic_key_free(key);
    CHECK(vatic_compress_alloc(ctx, text, sizeof text, &packed) == VATIC_OK);
    const void *data = vatic_bytes_data(packed);
    size_t size = vatic_bytes_size(packed);
    CHECK(vatic_decompress_alloc(ctx, data, size, &plain) == VATIC_OK && vatic_bytes_size(plain) == sizeof text);
    vatic_bytes_free(plain);
    CHECK(vatic_decompress_alloc(NULL, data, size, &plain) == VATIC_ERROR_KEY_NEEDED);
    CHECK(vatic_ctx_clear(ctx) == VATIC_OK && vatic_key_password("x", 1, &other) == VATIC_OK);
    CHECK(vatic_ctx_add_key(ctx, other) == VATIC_OK);
    CHECK(vatic_decompress_alloc(ctx, data, size, &plain) == VATIC_ERROR_WRONG_KEY);
    vatic_key_free(other);
    CHECK(vatic_key_password(NULL, 0, &other) == VATIC_ERROR_INVALID_OPTION);
    CHECK(vatic_key_password("\xFF", 1, &other) == VATIC_ERROR_INVALID_OPTION);
    CHECK(vatic_key_recipient("age1nonsense", &other) == VATIC_ERROR_INVALID_OPTION);
    CHECK(vatic_key_raw(NULL, &other) == VATIC_ERROR_NULL_ARGUMENT);
    CHECK(vatic_key_generate_identity(identity, sizeof identity, recipient, sizeof recipient) == VATIC_OK);
    CHECK(vatic_key_generate_identity(identity, 8, recipient, sizeof recipient) == VATIC_ERROR_DST_TOO_SMALL);
    CHECK(vatic_key_recipient(recipient, &other) == VATIC_OK);
    vatic_key_free(other);
    vatic_bytes_free(packed);
    vatic_ctx_free(ctx);
}

static void models_and_records(void) {
    vatic_ctx *ctx = context();
    vatic_model *model = NULL;
    vatic_records *records = NULL;
    vatic_batch *batch = NULL;
    CHECK(vatic_model_from_memory(ctx, "nonsense", 8, &model) != VATIC_OK && model == NULL);
    CHECK(vatic_model_from_file(ctx, "/nonexistent", &model) == VATIC_ERROR_IO);
    CHECK(strstr(vatic_ctx_error(ctx), "/nonexistent") != NULL);
    CHECK(vatic_records_create(ctx, NULL, &records) == VATIC_ERROR_NULL_ARGUMENT);
    CHECK(vatic_batch_open(ctx, "nonsense", 8, &batch) != VATIC_OK && batch == NULL);
    vatic_ctx_free(ctx);
}

/* Ends the work when half of it is done. */
static int32_t half(void *user, uint64_t done, uint64_t total) {
    (*(int *)user)++;
    return done > total / 2;
}

static void training(void) {
    enum { COUNT = 300 };
    static char samples[COUNT][40];
    const void *at[COUNT];
    size_t sizes[COUNT];
    vatic_ctx *ctx = context();
    vatic_model *model = NULL;
    vatic_records *records = NULL;
    vatic_bytes *bytes = NULL;
    vatic_batch *batch = NULL;
    char packed[100], plain[100];
    size_t size, back;
    int calls = 0;
    for (int i = 0; i < COUNT; i++) {
        sizes[i] = (size_t)snprintf(samples[i], sizeof samples[i], "user %d logged in from host %d", i, i % 7);
        at[i] = samples[i];
    }
    CHECK(vatic_model_train(ctx, at, sizes, 0, 0, &model) == VATIC_ERROR_INVALID_OPTION);
    CHECK(vatic_model_train(ctx, NULL, sizes, COUNT, 0, &model) == VATIC_ERROR_NULL_ARGUMENT);
    CHECK(vatic_model_train(ctx, at, NULL, COUNT, 0, &model) == VATIC_ERROR_NULL_ARGUMENT);
    CHECK(vatic_model_train(ctx, at, sizes, COUNT, 0, NULL) == VATIC_ERROR_NULL_ARGUMENT);
    CHECK(vatic_model_train(ctx, at, sizes, COUNT, 1, &model) == VATIC_ERROR_INVALID_OPTION);
    CHECK(vatic_ctx_set_progress(ctx, &calls, half) == VATIC_OK);
    CHECK(vatic_model_train(ctx, at, sizes, COUNT, 0, &model) == VATIC_ERROR_CANCELLED && model == NULL && calls > 0);
    CHECK(vatic_ctx_set_progress(ctx, NULL, NULL) == VATIC_OK);
    CHECK(vatic_model_train(ctx, at, sizes, COUNT, 100000, &model) == VATIC_OK);
    CHECK(vatic_records_create(ctx, model, &records) == VATIC_OK);
    CHECK(vatic_records_compress(records, packed, sizeof packed, &size, at[9], sizes[9]) == VATIC_OK);
    CHECK(size < sizes[9] / 2);
    CHECK(vatic_records_decompress(records, plain, sizeof plain, &back, packed, size) == VATIC_OK);
    CHECK(back == sizes[9] && memcmp(plain, at[9], back) == 0);
    CHECK(vatic_compress_many(ctx, model, at, sizes, COUNT, &bytes) == VATIC_OK);
    CHECK(vatic_ctx_add_model(ctx, model) == VATIC_OK);
    CHECK(vatic_batch_open(ctx, vatic_bytes_data(bytes), vatic_bytes_size(bytes), &batch) == VATIC_OK);
    CHECK(vatic_batch_get(batch, 299, plain, sizeof plain, &back) == VATIC_OK);
    CHECK(back == sizes[299] && memcmp(plain, at[299], back) == 0);
    vatic_batch_free(batch);
    vatic_bytes_free(bytes);
    vatic_records_free(records);
    vatic_model_free(model);
    vatic_ctx_free(ctx);
}

/* Reads a whole file: `size` bytes at `data`, which holds `capacity`. */
static size_t slurp(const char *folder, const char *name, void *data, size_t capacity) {
    char path[1000];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) abort();
    size_t size = fread(data, 1, capacity, file);
    fclose(file);
    return size;
}

/* What the model is made of, as "primer transformer ", say. */
static const char *parts(const vatic_model *model) {
    static char all[300];
    size_t index = 0, at = 0, size = 0;
    while (vatic_model_part(model, index++, all + at, sizeof all - at - 2, &size) == VATIC_OK) {
        at += size;
        all[at++] = ' ';
    }
    all[at] = 0;
    return all;
}

static void transformers(const char *vectors) {
    enum { COUNT = 20, ROOM = 200000 };
    static char samples[COUNT][40];
    static char file[ROOM];
    const void *at[COUNT];
    size_t sizes[COUNT], size;
    char path[1000], name[4];
    vatic_ctx *ctx = context();
    vatic_model *base = NULL, *primer = NULL, *beside = NULL, *again = NULL, *joined = NULL, *czip = NULL;
    vatic_bytes *packed = NULL, *plain = NULL;
    int calls = 0;
    for (int i = 0; i < COUNT; i++) {
        sizes[i] = (size_t)snprintf(samples[i], sizeof samples[i], "user %d logged in from host %d", i, i % 7);
        at[i] = samples[i];
    }
    snprintf(path, sizeof path, "%s/transformer/random-23.vatm", vectors);
    CHECK(vatic_model_from_file(ctx, path, &base) == VATIC_OK && strcmp(parts(base), "transformer ") == 0);
    CHECK(vatic_model_part(base, 0, name, sizeof name, &size) == VATIC_ERROR_DST_TOO_SMALL && size == 11);
    CHECK(vatic_model_part(base, 1, name, sizeof name, &size) == VATIC_ERROR_NOT_FOUND);
    CHECK(vatic_model_part(NULL, 0, name, sizeof name, &size) == VATIC_ERROR_NULL_ARGUMENT);
    CHECK(vatic_model_train(ctx, at, sizes, COUNT, 100000, &primer) == VATIC_OK && strcmp(parts(primer), "primer ") == 0);

    CHECK(vatic_model_train_beside(ctx, NULL, at, sizes, COUNT, 0, &beside) == VATIC_ERROR_NULL_ARGUMENT);
    CHECK(vatic_model_train_beside(ctx, base, at, sizes, COUNT, 0, NULL) == VATIC_ERROR_NULL_ARGUMENT);
    CHECK(vatic_model_train_beside(ctx, base, at, NULL, COUNT, 0, &beside) == VATIC_ERROR_NULL_ARGUMENT);
    CHECK(vatic_model_train_beside(ctx, base, at, sizes, 0, 0, &beside) == VATIC_ERROR_INVALID_OPTION);
    CHECK(vatic_model_train_beside(ctx, primer, at, sizes, COUNT, 0, &beside) == VATIC_ERROR_INVALID_OPTION);
    CHECK(strstr(vatic_ctx_error(ctx), "transformer") != NULL);
    CHECK(vatic_ctx_set_progress(ctx, &calls, half) == VATIC_OK);
    CHECK(vatic_model_train_beside(ctx, base, at, sizes, COUNT, 0, &beside) == VATIC_ERROR_CANCELLED && calls > 0);
    CHECK(vatic_ctx_set_progress(ctx, NULL, NULL) == VATIC_OK && beside == NULL);
    CHECK(vatic_model_train_beside(ctx, base, at, sizes, COUNT, 0, &beside) == VATIC_OK);
    CHECK(strcmp(parts(beside), "gates transformer ") == 0);
    CHECK(vatic_ctx_add_model(ctx, beside) == VATIC_OK && vatic_ctx_set(ctx, VATIC_PARAM_CODEC, VATIC_CODEC_NEURAL) == VATIC_OK);
    CHECK(vatic_compress_alloc(ctx, text, sizeof text, &packed) == VATIC_OK);
    CHECK(vatic_decompress_alloc(ctx, vatic_bytes_data(packed), vatic_bytes_size(packed), &plain) == VATIC_OK);
    CHECK(vatic_bytes_size(plain) == sizeof text && memcmp(vatic_bytes_data(plain), text, sizeof text) == 0);
    vatic_bytes_free(plain);

    /* The parts of two, and what is in one of them already. */
    const vatic_model *both[3] = {primer, base, NULL};
    CHECK(vatic_model_join(ctx, both, 2, &joined) == VATIC_OK && strcmp(parts(joined), "primer transformer ") == 0);
    CHECK(vatic_model_join(ctx, both, 0, &again) == VATIC_ERROR_INVALID_OPTION);
    CHECK(vatic_model_join(ctx, both, 3, &again) == VATIC_ERROR_NULL_ARGUMENT);
    CHECK(vatic_model_join(ctx, NULL, 2, &again) == VATIC_ERROR_NULL_ARGUMENT);
    CHECK(vatic_model_join(ctx, both, 2, NULL) == VATIC_ERROR_NULL_ARGUMENT);
    both[0] = beside;
    CHECK(vatic_model_join(ctx, both, 2, &again) == VATIC_ERROR_INVALID_OPTION && again == NULL);
    CHECK(strstr(vatic_ctx_error(ctx), "transformer") != NULL);
    vatic_bytes_free(packed);

    /* czip's. */
    size = slurp(vectors, "czip/flat.czm.vat", file, ROOM);
    CHECK(vatic_decompress_alloc(NULL, file, size, &plain) == VATIC_OK);
    const void *czm = vatic_bytes_data(plain);
    size = vatic_bytes_size(plain);
    CHECK(vatic_model_from_czm(ctx, czm, size, NULL) == VATIC_ERROR_NULL_ARGUMENT);
    CHECK(vatic_model_from_czm(ctx, NULL, size, &czip) == VATIC_ERROR_NULL_ARGUMENT);
    CHECK(vatic_model_from_czm(ctx, czm, size / 2, &czip) != VATIC_OK);
    CHECK(vatic_model_from_czm(ctx, "nonsense", 8, &czip) != VATIC_OK && czip == NULL);
    CHECK(vatic_model_from_czm(ctx, czm, size, &czip) == VATIC_OK && strcmp(parts(czip), "transformer ") == 0);
    CHECK(vatic_ctx_set(ctx, VATIC_PARAM_LIMIT_MODEL, size - 1) == VATIC_OK);
    CHECK(vatic_model_from_czm(ctx, czm, size, &again) == VATIC_ERROR_LIMIT && again == NULL);
    vatic_bytes_free(plain);
    vatic_model_free(czip);
    vatic_model_free(joined);
    vatic_model_free(beside);
    vatic_model_free(primer);
    vatic_model_free(base);
    vatic_ctx_free(ctx);
}

static void infos_and_readers(void) {
    vatic_ctx *ctx = context();
    vatic_bytes *packed = NULL;
    vatic_info *info = NULL;
    vatic_reader *reader = NULL;
    char part[8];
    size_t size;
    uint64_t value;
    CHECK(vatic_compress_alloc(ctx, text, sizeof text, &packed) == VATIC_OK);
    CHECK(vatic_info_from_memory(ctx, vatic_bytes_data(packed), vatic_bytes_size(packed), &info) == VATIC_OK);
    CHECK(vatic_info_get(info, VATIC_INFO_CONTENT_LENGTH, 0, 0, &value) == VATIC_OK && value == sizeof text);
    CHECK(vatic_info_get(info, VATIC_INFO_FRAME_GROUPS, 9, 0, &value) == VATIC_ERROR_NOT_FOUND);
    CHECK(vatic_info_get(NULL, VATIC_INFO_FRAMES, 0, 0, &value) == VATIC_ERROR_NULL_ARGUMENT);
    CHECK(vatic_info_from_file(ctx, "/nonexistent", &info) == VATIC_ERROR_IO);
    CHECK(vatic_reader_from_memory(ctx, vatic_bytes_data(packed), vatic_bytes_size(packed), &reader) == VATIC_OK);
    CHECK(vatic_reader_length(reader, &value) == VATIC_OK && value == sizeof text);
    CHECK(vatic_reader_read_at(reader, 7, part, sizeof part, &size) == VATIC_OK && size == sizeof part);
    CHECK(memcmp(part, text + 7, sizeof part) == 0);
    CHECK(vatic_reader_read_at(reader, UINT64_MAX, part, sizeof part, &size) == VATIC_OK && size == 0);
    vatic_reader_free(reader);
    vatic_info_free(info);
    vatic_bytes_free(packed);
    vatic_ctx_free(ctx);
}

static void write_file(const char *path, const char *content) {
    FILE *file = fopen(path, "wb");
    if (file == NULL || fputs(content, file) < 0) abort();
    fclose(file);
}

static void archives(const char *folder) {
    vatic_ctx *ctx = context();
    vatic_archive *archive = NULL;
    char file[512], input[512], target[512], content[64];
    const char *inputs[] = {input}, *patterns[] = {"*.nothing"};
    unsigned char hash[32], expected[32];
    size_t count, size, index;
    uint64_t value;
    snprintf(input, sizeof input, "%s/one.txt", folder);
    snprintf(file, sizeof file, "%s/a.vat", folder);
    snprintf(target, sizeof target, "%s/out", folder);
    write_file(input, "content");
    CHECK(vatic_archive_create(ctx, file, inputs, 1) == VATIC_OK);
    CHECK(vatic_archive_create(ctx, file, inputs, 1) == VATIC_ERROR_EXISTS);
    CHECK(vatic_archive_open(ctx, file, &archive) == VATIC_OK);
    CHECK(vatic_archive_count(archive, &count) == VATIC_OK && count == 1);
    CHECK(vatic_archive_entry_name(archive, 0, content, sizeof content, &size) == VATIC_OK || size > sizeof content);
    CHECK(vatic_archive_entry_get(archive, 0, VATIC_ENTRY_SIZE, &value) == VATIC_OK && value == 7);
    CHECK(vatic_archive_entry_get(archive, 5, VATIC_ENTRY_SIZE, &value) == VATIC_ERROR_NOT_FOUND);
    CHECK(vatic_archive_entry_hash(archive, 0, hash) == VATIC_OK && vatic_hash("content", 7, expected) == VATIC_OK);
    CHECK(memcmp(hash, expected, sizeof hash) == 0);
    CHECK(vatic_archive_read(archive, 0, NULL, 0, &size) == VATIC_ERROR_DST_TOO_SMALL && size == 7);
    CHECK(vatic_archive_read(archive, 0, content, sizeof content, &size) == VATIC_OK && size == 7);
    CHECK(memcmp(content, "content", 7) == 0);
    CHECK(vatic_archive_find(archive, "none", 4, &index) == VATIC_ERROR_NOT_FOUND);
    CHECK(vatic_archive_extract(archive, target, NULL, 0, &value) == VATIC_OK && value == 1);
    CHECK(vatic_archive_extract(archive, target, NULL, 0, &value) == VATIC_ERROR_PARTIAL);
    CHECK(strlen(vatic_archive_error(archive)) > 0);
    CHECK(vatic_archive_extract(archive, target, patterns, 1, &value) == VATIC_ERROR_NOT_FOUND);
    CHECK(vatic_archive_verify(archive) == VATIC_OK);
    vatic_archive_free(archive);
    archive = NULL;
    CHECK(vatic_archive_open(ctx, input, &archive) != VATIC_OK && archive == NULL);
    CHECK(vatic_archive_open(ctx, NULL, &archive) == VATIC_ERROR_NULL_ARGUMENT);
    vatic_ctx_free(ctx);
}

static void symbols(void) {
    static const uint32_t weights[] = {1, 2, 30}, message[] = {2, 2, 0, 2, 1, 2, 2};
    uint32_t back[7], value;
    vatic_cdf *cdf = NULL;
    vatic_symbol_encoder *encoder = NULL;
    vatic_symbol_decoder *decoder = NULL;
    vatic_bytes *bytes = NULL;
    CHECK(vatic_cdf_from_weights(weights, 3, 4096, 1, &cdf) == VATIC_OK);
    CHECK(vatic_symbol_encoder_create(&encoder) == VATIC_OK);
    CHECK(vatic_symbol_encoder_encode(encoder, cdf, message, 7) == VATIC_OK);
    CHECK(vatic_symbol_encoder_encode_uniform(encoder, 6, 10) == VATIC_OK);
    CHECK(vatic_symbol_encoder_encode_uniform(encoder, 10, 10) == VATIC_ERROR_MISUSE);
    CHECK(vatic_symbol_encoder_finish(encoder, &bytes) == VATIC_OK);
    CHECK(vatic_symbol_decoder_create(vatic_bytes_data(bytes), vatic_bytes_size(bytes), &decoder) == VATIC_OK);
    CHECK(vatic_symbol_decoder_decode(decoder, cdf, back, 7) == VATIC_OK && memcmp(back, message, sizeof back) == 0);
    CHECK(vatic_symbol_decoder_decode_uniform(decoder, 10, &value) == VATIC_OK && value == 6);
    CHECK(vatic_symbol_decoder_finish(decoder) == VATIC_OK);
    CHECK(vatic_cdf_from_frequencies(NULL, 0, &cdf) == VATIC_ERROR_MISUSE);
    vatic_bytes_free(bytes);
    vatic_cdf_free(cdf);
    vatic_symbol_encoder_free(encoder);
    vatic_symbol_decoder_free(decoder);
}

static void *race(void *argument) {
    vatic_encoder *encoder = argument;
    char room[64];
    size_t remaining;
    for (int i = 0; i < 2000; i++) {
        vatic_in_buffer in = {text, sizeof text, 0};
        vatic_out_buffer out = {room, sizeof room, 0};
        vatic_status status = vatic_encoder_run(encoder, &out, &in, VATIC_OP_CONTINUE, &remaining);
        if (status != VATIC_OK && status != VATIC_ERROR_BUSY && status != VATIC_ERROR_NO_PROGRESS) return argument;
    }
    return NULL;
}

/* One object and two threads: a mistake, and no crash. */
static void misused_by_threads(void) {
    vatic_encoder *encoder = NULL;
    pthread_t threads[2];
    void *result;
    CHECK(vatic_encoder_create(NULL, &encoder) == VATIC_OK);
    for (int i = 0; i < 2; i++) CHECK(pthread_create(&threads[i], NULL, race, encoder) == 0);
    for (int i = 0; i < 2; i++) CHECK(pthread_join(threads[i], &result) == 0 && result == NULL);
    vatic_encoder_free(encoder);
}

static void after_fork(void) {
    vatic_ctx *ctx = context();
    vatic_ctx_set(ctx, VATIC_PARAM_THREADS, 2);
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        vatic_bytes *packed = NULL;
        vatic_status result = vatic_compress_alloc(ctx, text, sizeof text, &packed);
        _exit(result == VATIC_OK ? 0 : 1);
    }
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    vatic_ctx_free(ctx);
}

static void nothing_to_free(void) {
    vatic_ctx_free(NULL);
    vatic_bytes_free(NULL);
    vatic_encoder_free(NULL);
    vatic_decoder_free(NULL);
    vatic_reader_free(NULL);
    vatic_info_free(NULL);
    vatic_key_free(NULL);
    vatic_model_free(NULL);
    vatic_records_free(NULL);
    vatic_batch_free(NULL);
    vatic_archive_free(NULL);
    vatic_cdf_free(NULL);
    vatic_symbol_encoder_free(NULL);
    vatic_symbol_decoder_free(NULL);
    CHECK(vatic_ctx_error(NULL) == NULL && vatic_archive_error(NULL) == NULL);
}

int main(int count, char **arguments) {
    if (count != 3) {
        fputs("usage: api EMPTY_FOLDER VECTORS\n", stderr);
        return 2;
    }
    versions();
    parameters();
    one_shot();
    limits();
    streams();
    callbacks();
    keys();
    models_and_records();
    training();
    transformers(arguments[2]);
    infos_and_readers();
    archives(arguments[1]);
    symbols();
    misused_by_threads();
    after_fork();
    nothing_to_free();
    if (failures == 0) puts("api: all checks passed");
    return failures > 0;
}
