/*
 * Runs tests/vectors through libvatic: vectors FOLDER [OUT]. Prints each that fails, then "C: N passed, M failed".
 * With OUT it writes vectors there instead, of what is never the same twice, for the other languages to read.
 */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <vatic.h>

#include "json.h"

typedef struct {
    unsigned char *data;
    size_t size;
} blob;

static void *need(void *memory) {
    if (memory == NULL) {
        fputs("out of memory\n", stderr);
        exit(2);
    }
    return memory;
}

static blob read_file(const char *folder, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    blob out = {need(malloc(1 << 16)), 0};
    size_t room = 1 << 16, got;
    while ((got = fread(out.data + out.size, 1, room - out.size - 1, file)) > 0) {
        out.size += got;
        if (room - out.size < 2) out.data = need(realloc(out.data, room *= 2));
    }
    out.data[out.size] = 0;
    fclose(file);
    return out;
}

static blob beside(const char *folder, const char *json, const char *key) {
    char name[256];
    if (!json_text(json, key, name, sizeof name)) {
        fprintf(stderr, "a vector of %s has no %s\n", folder, key);
        exit(2);
    }
    return read_file(folder, name);
}

static int unhex(const char *text, unsigned char *out, size_t size) {
    for (size_t i = 0; i < size; i++) {
        unsigned value;
        if (sscanf(text + 2 * i, "%2x", &value) != 1) return 0;
        out[i] = (unsigned char)value;
    }
    return text[2 * size] == 0;
}

static void add_key(vatic_ctx *ctx, vatic_status made, vatic_key *key) {
    if (made != VATIC_OK || vatic_ctx_add_key(ctx, key) != VATIC_OK) {
        fputs("a key is refused\n", stderr);
        exit(2);
    }
    vatic_key_free(key);
}

/* A context with the keys, limits and options of a vector. */
static vatic_ctx *context_for(const char *json) {
    static const char *const params[] = {"level", "group_size", "output", "memory"};
    static const int32_t numbers[] = {VATIC_PARAM_LEVEL, VATIC_PARAM_GROUP_SIZE, VATIC_PARAM_LIMIT_OUTPUT,
                                      VATIC_PARAM_LIMIT_MEMORY};
    static const char *const codecs[] = {"store", "zstd", "bwt", "lz", "order", "sample", "mix"};
    vatic_ctx *ctx = NULL;
    vatic_key *key = NULL;
    char text[256], hex[256];
    unsigned char bytes[256];
    uint64_t value;
    if (vatic_ctx_create(VATIC_ABI_VERSION, &ctx) != VATIC_OK) exit(2);
    for (size_t i = 0; i < sizeof params / sizeof *params; i++) {
        if (json_number(json, params[i], &value) && vatic_ctx_set(ctx, numbers[i], value) != VATIC_OK) exit(2);
    }
    if (json_text(json, "codec", text, sizeof text)) {
        for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++) {
            if (strcmp(codecs[i], text) == 0) vatic_ctx_set(ctx, VATIC_PARAM_CODEC, i);
        }
        if (vatic_ctx_get(ctx, VATIC_PARAM_CODEC, &value) != VATIC_OK || value == VATIC_CODEC_AUTO) exit(2);
    }
    if (json_text(json, "raw", text, sizeof text) && unhex(text, bytes, 32)) {
        vatic_status made = vatic_key_raw(bytes, &key);
        add_key(ctx, made, key);
    }
    if (json_text(json, "password", text, sizeof text)) {
        size_t size = strlen(text);
        if (!json_text(json, "password_utf8", hex, sizeof hex) || !unhex(hex, bytes, size) ||
            memcmp(bytes, text, size) != 0) {
            fputs("the password's bytes changed on their way\n", stderr);
            exit(2);
        }
        vatic_status made = vatic_key_password(text, size, &key);
        add_key(ctx, made, key);
    }
    if (json_text(json, "identity", text, sizeof text)) {
        vatic_status made = vatic_key_identity(text, &key);
        add_key(ctx, made, key);
    }
    return ctx;
}

static void print_hex(FILE *out, const unsigned char *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) fprintf(out, "%02x", bytes[i]);
}

static uint64_t field(vatic_archive *archive, size_t index, int32_t which) {
    uint64_t value = 0;
    if (vatic_archive_entry_get(archive, index, which, &value) != VATIC_OK) exit(2);
    return value;
}

/* The line of an entry: kind, mode, time, size, name, then target, device or hash. */
static vatic_status dump_entry(vatic_archive *archive, size_t index, FILE *out) {
    static const char *const kinds[] = {"file", "directory",        "symlink",     "hard-link",
                                        "fifo", "character-device", "block-device"};
    unsigned char name[4096], target[4096], hash[32], *content = NULL;
    size_t name_size, target_size, size = 0;
    uint64_t kind = field(archive, index, VATIC_ENTRY_KIND);
    vatic_status status = vatic_archive_read(archive, index, NULL, 0, &size);
    if (status == VATIC_ERROR_DST_TOO_SMALL) {
        content = need(malloc(size));
        status = vatic_archive_read(archive, index, content, size, &size);
    }
    if (status != VATIC_OK) {
        free(content);
        return status;
    }
    if (vatic_archive_entry_name(archive, index, name, sizeof name, &name_size) != VATIC_OK) exit(2);
    if (vatic_archive_entry_target(archive, index, target, sizeof target, &target_size) != VATIC_OK) exit(2);
    fprintf(out, "%s %04o ", kinds[kind], (unsigned)field(archive, index, VATIC_ENTRY_MODE));
    if (field(archive, index, VATIC_ENTRY_HAS_MTIME)) {
        int64_t seconds = (int64_t)field(archive, index, VATIC_ENTRY_MTIME_SECONDS);
        fprintf(out, "%" PRId64 ".%09u", seconds, (unsigned)field(archive, index, VATIC_ENTRY_MTIME_NANOS));
    } else {
        fputc('-', out);
    }
    fprintf(out, " %" PRIu64 " ", field(archive, index, VATIC_ENTRY_SIZE));
    print_hex(out, name, name_size);
    fputc(' ', out);
    if (kind == VATIC_ENTRY_KIND_SYMLINK || kind == VATIC_ENTRY_KIND_HARD_LINK) {
        print_hex(out, target, target_size);
    } else if (kind == VATIC_ENTRY_KIND_CHAR_DEVICE || kind == VATIC_ENTRY_KIND_BLOCK_DEVICE) {
        fprintf(out, "%u,%u", (unsigned)field(archive, index, VATIC_ENTRY_DEVICE_MAJOR),
                (unsigned)field(archive, index, VATIC_ENTRY_DEVICE_MINOR));
    } else if (size == 0) {
        fputc('-', out);
    } else {
        if (vatic_hash(content, size, hash) != VATIC_OK) exit(2);
        print_hex(out, hash, sizeof hash);
    }
    fputc('\n', out);
    free(content);
    return VATIC_OK;
}

/* A line for each entry. */
static vatic_status dump(vatic_ctx *ctx, blob packed, blob *lines) {
    vatic_archive *archive = NULL;
    size_t count = 0;
    vatic_status status = vatic_archive_from_memory(ctx, packed.data, packed.size, &archive);
    if (status != VATIC_OK) return status;
    if (vatic_archive_count(archive, &count) != VATIC_OK) exit(2);
    FILE *out = open_memstream((char **)&lines->data, &lines->size);
    for (size_t i = 0; i < count && status == VATIC_OK; i++) status = dump_entry(archive, i, out);
    fclose(out);
    vatic_archive_free(archive);
    return status;
}

static vatic_status decode(vatic_ctx *ctx, const char *json, blob packed, blob *plain) {
    char kind[32];
    if (json_text(json, "kind", kind, sizeof kind) && strcmp(kind, "archive") == 0) return dump(ctx, packed, plain);
    vatic_bytes *bytes = NULL;
    vatic_status status = vatic_decompress_alloc(ctx, packed.data, packed.size, &bytes);
    if (status == VATIC_OK) {
        plain->size = vatic_bytes_size(bytes);
        plain->data = need(malloc(plain->size + 1));
        memcpy(plain->data, vatic_bytes_data(bytes), plain->size);
        vatic_bytes_free(bytes);
    }
    return status;
}

/* The same through small buffers. */
static vatic_status decode_streaming(vatic_ctx *ctx, blob packed, blob *plain) {
    vatic_decoder *decoder = NULL;
    size_t room = 1 << 16, remaining = 1;
    vatic_status status = vatic_decoder_create(ctx, &decoder);
    if (status != VATIC_OK) return status;
    vatic_in_buffer in = {packed.data, 0, 0};
    vatic_out_buffer out = {need(malloc(room)), room, 0};
    while (status == VATIC_OK && remaining > 0) {
        if (in.pos == in.size && in.size < packed.size) in.size += packed.size - in.size < 777 ? packed.size - in.size : 777;
        if (out.pos == out.size) out.dst = need(realloc(out.dst, out.size *= 2));
        int32_t op = in.size == packed.size ? VATIC_OP_END : VATIC_OP_CONTINUE;
        status = vatic_decoder_run(decoder, &out, &in, op, &remaining);
    }
    vatic_decoder_free(decoder);
    *plain = (blob){out.dst, out.pos};
    return status;
}

static int same(blob a, blob b) { return a.size == b.size && memcmp(a.data, b.data, a.size) == 0; }

static const char *check_decode(vatic_ctx *ctx, const char *folder, const char *json) {
    blob packed = beside(folder, json, "packed"), plain = beside(folder, json, "plain"), got = {NULL, 0};
    const char *wrong = decode(ctx, json, packed, &got) != VATIC_OK ? vatic_ctx_error(ctx)
                        : same(got, plain)                          ? NULL
                                                                    : "other content";
    free(got.data);
    if (wrong == NULL && json_find(json, "kind") == NULL) {
        got = (blob){NULL, 0};
        if (decode_streaming(ctx, packed, &got) != VATIC_OK || !same(got, plain)) wrong = "other content as a stream";
        free(got.data);
    }
    free(packed.data);
    free(plain.data);
    return wrong;
}

static const char *check_fail(vatic_ctx *ctx, const char *folder, const char *json) {
    static char text[128];
    blob packed = beside(folder, json, "packed"), got = {NULL, 0};
    uint64_t expected = 0;
    vatic_archive *archive = NULL;
    vatic_status status;
    char kind[32] = "";
    json_number(json, "error", &expected);
    json_text(json, "kind", kind, sizeof kind);
    if (strcmp(kind, "archive") == 0) {
        status = vatic_archive_from_memory(ctx, packed.data, packed.size, &archive);
        if (status == VATIC_OK) status = vatic_archive_verify(archive);
        vatic_archive_free(archive);
    } else {
        status = decode(ctx, json, packed, &got);
        if ((uint64_t)status == expected) {
            free(got.data);
            status = decode_streaming(ctx, packed, &got);
        }
    }
    free(got.data);
    free(packed.data);
    if (expected != 0 && (uint64_t)status == expected) return NULL;
    snprintf(text, sizeof text, "status %d instead of %d", (int)status, (int)expected);
    return text;
}

static const char *check_encode(vatic_ctx *ctx, const char *folder, const char *json) {
    blob packed = beside(folder, json, "packed"), plain = beside(folder, json, "plain");
    blob got = {need(malloc(vatic_compress_bound(plain.size))), 0};
    const char *wrong = NULL;
    if (vatic_compress(ctx, got.data, vatic_compress_bound(plain.size), &got.size, plain.data, plain.size) != VATIC_OK) {
        wrong = vatic_ctx_error(ctx);
    } else if (!same(got, packed)) {
        wrong = "other bytes than stored";
    }
    free(got.data);
    free(packed.data);
    free(plain.data);
    return wrong;
}

static const char *check_records(vatic_ctx *ctx, const char *folder, const char *json) {
    blob packed = beside(folder, json, "packed"), plain = beside(folder, json, "plain");
    blob got = {need(malloc(plain.size + 1)), 0};
    const unsigned char *at = plain.data, *end = plain.data + plain.size;
    const char *wrong = NULL;
    vatic_batch *batch = NULL;
    uint64_t count = 0;
    if (vatic_batch_open(ctx, packed.data, packed.size, &batch) != VATIC_OK) wrong = vatic_ctx_error(ctx);
    if (wrong == NULL && vatic_batch_count(batch, &count) != VATIC_OK) wrong = "no count";
    for (uint64_t i = 0; wrong == NULL && i < count; i++) {
        const unsigned char *line = memchr(at, '\n', (size_t)(end - at));
        size_t size = (size_t)((line != NULL ? line : end) - at);
        if (vatic_batch_get(batch, i, got.data, plain.size, &got.size) != VATIC_OK) wrong = "a record does not decode";
        else if (got.size != size || memcmp(got.data, at, size) != 0) wrong = "another record";
        at += size + (line != NULL);
    }
    if (wrong == NULL && at != end) wrong = "fewer records";
    vatic_batch_free(batch);
    free(got.data);
    free(packed.data);
    free(plain.data);
    return wrong;
}

/* Writes one vector; `more` goes into its description. */
static void write_vector(const char *out, const char *kind, const char *name, const void *packed, size_t size, blob plain, const char *more) {
    char path[4096];
    const struct {
        const char *end;
        const void *data;
        size_t size;
    } files[] = {{"vat", packed, size}, {"plain", plain.data, plain.size}};
    snprintf(path, sizeof path, "%s/%s", out, kind);
    mkdir(path, 0777);
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s/c-%s.%s", out, kind, name, i < 2 ? files[i].end : "json");
        FILE *file = need(fopen(path, "wb"));
        if (i < 2) fwrite(files[i].data, 1, files[i].size, file);
        else fprintf(file, "{\"name\": \"c-%s\", \"packed\": \"c-%s.vat\", \"plain\": \"c-%s.plain\"%s}\n", name, name, name, more);
        if (fclose(file) != 0) exit(2);
    }
}

static int write_vectors(const char *folder, const char *out) {
    static const char password[] = "\xe2\x88\x82" "atei-Schl\xc3\xbcssel";
    char path[4096], more[256], *hex = more;
    snprintf(path, sizeof path, "%s/encode", folder);
    blob plain = read_file(path, "bwt-text.plain"), room = {need(malloc(1 << 16)), 0};
    const void *lines[4096];
    size_t sizes[4096], count = 0, remaining = 1;
    vatic_ctx *ctx = NULL;
    vatic_key *key = NULL;
    vatic_bytes *bytes = NULL;
    vatic_encoder *encoder = NULL;
    vatic_model *model = NULL;
    hex += sprintf(hex, ", \"keys\": {\"password\": \"%s\", \"password_utf8\": \"", password);
    for (const char *at = password; *at; at++) hex += sprintf(hex, "%02x", (unsigned)(unsigned char)*at);
    sprintf(hex, "\"}");
    if (vatic_ctx_create(VATIC_ABI_VERSION, &ctx) != VATIC_OK) return 2;
    if (vatic_ctx_set(ctx, VATIC_PARAM_LEVEL, 2) != VATIC_OK || vatic_encoder_create(ctx, &encoder) != VATIC_OK) return 2;
    vatic_out_buffer output = {room.data, 1 << 16, 0};
    vatic_in_buffer halves[2] = {{plain.data, 1000, 0}, {plain.data + 1000, plain.size - 1000, 0}};
    for (int half = 0; half < 2; half++) {
        do {
            if (vatic_encoder_run(encoder, &output, &halves[half], half == 0 ? VATIC_OP_FLUSH : VATIC_OP_END, &remaining) != VATIC_OK) return 2;
        } while (remaining > 0);
    }
    write_vector(out, "decode", "stream", room.data, output.pos, plain, "");
    if (vatic_ctx_set(ctx, VATIC_PARAM_EMBED_MODEL, 1) != VATIC_OK) return 2;
    for (const unsigned char *at = plain.data, *end = plain.data + plain.size; count < 4096; count++) {
        const unsigned char *line = memchr(at, '\n', (size_t)(end - at));
        lines[count] = at;
        sizes[count] = (size_t)((line != NULL ? line : end) - at);
        if (line == NULL) break;
        at = line + 1;
    }
    if (vatic_model_train(ctx, lines, sizes, count + 1, 0, &model) != VATIC_OK) return 2;
    if (vatic_compress_many(ctx, model, lines, sizes, count + 1, &bytes) != VATIC_OK) return 2;
    write_vector(out, "records", "batch", vatic_bytes_data(bytes), vatic_bytes_size(bytes), plain, "");
    vatic_bytes_free(bytes);
    if (vatic_key_password(password, strlen(password), &key) != VATIC_OK || vatic_ctx_add_key(ctx, key) != VATIC_OK) return 2;
    if (vatic_ctx_set(ctx, VATIC_PARAM_KDF_MEMORY, 1 << 20) != VATIC_OK) return 2;
    if (vatic_ctx_set(ctx, VATIC_PARAM_KDF_PASSES, 1) != VATIC_OK) return 2;
    if (vatic_compress_alloc(ctx, plain.data, plain.size, &bytes) != VATIC_OK) return 2;
    write_vector(out, "decode", "sealed", vatic_bytes_data(bytes), vatic_bytes_size(bytes), plain, more);
    vatic_bytes_free(bytes);
    vatic_encoder_free(encoder);
    vatic_model_free(model);
    vatic_key_free(key);
    vatic_ctx_free(ctx);
    free(room.data);
    free(plain.data);
    return 0;
}

int main(int count, char **arguments) {
    typedef const char *(*check)(vatic_ctx *, const char *, const char *);
    static const struct {
        const char *name;
        check run;
    } kinds[] = {{"decode", check_decode}, {"must-fail", check_fail}, {"encode", check_encode}, {"records", check_records}};
    int passed = 0, failed = 0;
    if (count == 3) return write_vectors(arguments[1], arguments[2]);
    if (count != 2) {
        fputs("usage: vectors FOLDER [OUT]\n", stderr);
        return 2;
    }
    for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++) {
        char folder[4096];
        snprintf(folder, sizeof folder, "%s/%s", arguments[1], kinds[kind].name);
        DIR *list = opendir(folder);
        struct dirent *entry;
        if (list == NULL) continue;
        while ((entry = readdir(list)) != NULL) {
            const char *end = strrchr(entry->d_name, '.');
            if (end == NULL || strcmp(end, ".json") != 0) continue;
            blob json = read_file(folder, entry->d_name);
            vatic_ctx *ctx = context_for((char *)json.data);
            const char *wrong = kinds[kind].run(ctx, folder, (char *)json.data);
            if (wrong == NULL) {
                passed++;
            } else {
                failed++;
                printf("%s/%s: %s\n", kinds[kind].name, entry->d_name, wrong);
            }
            vatic_ctx_free(ctx);
            free(json.data);
        }
        closedir(list);
    }
    printf("C: %d passed, %d failed\n", passed, failed);
    return failed > 0 || passed == 0;
}
