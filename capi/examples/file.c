/* Compresses a file, or restores one with -d, through buffers of fixed size: file [-d] FROM TO. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vatic.h>

static void fail(const char *what, const char *why) {
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static void check(vatic_status status, const char *detail) {
    if (status != VATIC_OK) fail(vatic_status_name(status), detail);
}

int main(int count, char **arguments) {
    int restore = count == 4 && strcmp(arguments[1], "-d") == 0;
    if (count != 3 && !restore) fail("usage", "file [-d] FROM TO");
    FILE *from = fopen(arguments[count - 2], "rb"), *to = fopen(arguments[count - 1], "wb");
    if (from == NULL || to == NULL) fail("cannot open", arguments[count - (from == NULL ? 2 : 1)]);

    vatic_ctx *ctx = NULL;
    vatic_encoder *encoder = NULL;
    vatic_decoder *decoder = NULL;
    check(vatic_ctx_create(VATIC_ABI_VERSION, &ctx), "this program and the library do not fit");
    check(vatic_ctx_set(ctx, VATIC_PARAM_LEVEL, VATIC_PRESET_FAST), vatic_ctx_error(ctx));
    check(restore ? vatic_decoder_create(ctx, &decoder) : vatic_encoder_create(ctx, &encoder), vatic_ctx_error(ctx));

    size_t in_size = vatic_in_size(), out_size = vatic_out_size(), remaining = 1;
    char *in_room = malloc(in_size), *out_room = malloc(out_size);
    if (in_room == NULL || out_room == NULL) fail("memory", "there is too little");
    int32_t op = VATIC_OP_CONTINUE;
    while (op != VATIC_OP_END || remaining > 0) {
        vatic_in_buffer in = {in_room, 0, 0};
        if (op != VATIC_OP_END) in.size = fread(in_room, 1, in_size, from);
        if (in.size < in_size) op = VATIC_OP_END;
        do { /* until this input is taken and its output written */
            vatic_out_buffer out = {out_room, out_size, 0};
            if (restore) {
                check(vatic_decoder_run(decoder, &out, &in, op, &remaining), vatic_decoder_error(decoder));
            } else {
                check(vatic_encoder_run(encoder, &out, &in, op, &remaining), vatic_encoder_error(encoder));
            }
            if (fwrite(out_room, 1, out.pos, to) != out.pos) fail("writing", arguments[count - 1]);
            if (out.pos < out_size && in.pos == in.size) break;
        } while (remaining > 0);
    }
    if (ferror(from) || fclose(to) != 0) fail("reading or writing", "failed");
    vatic_encoder_free(encoder);
    vatic_decoder_free(decoder);
    vatic_ctx_free(ctx);
    fclose(from);
    free(in_room);
    free(out_room);
    return 0;
}
