/*
 * vatic.h - the C interface of vatic, a lossless neural compression library.
 *
 * Generated from capi/src by vatic-codegen; do not edit.
 *
 * Functions are named after what they are about: vatic_encoder_run is about an encoder, its first argument. Almost all of them give
 * back a vatic_status, 0 for success; results go through pointers and are written on success only - but for sizes that
 * VATIC_ERROR_DST_TOO_SMALL tells, and the buffers of streams, which a call moves on. What went wrong in words tell
 * vatic_ctx_error for calls that take a context, and vatic_encoder_error and its kin for calls on other objects.
 *
 * Pointers are checked for NULL. Where a size is 0, a NULL will do for the bytes; vatic_*_free takes NULL. A bug in the library never ends the
 * program: the call gives VATIC_ERROR_PANIC, and so does every later call with that object until it is reset or freed.
 *
 * Each comment ends with a line on threads and a line on ownership. An object that is used by two threads at the same time, or by a
 * callback of the call that is at work, answers VATIC_ERROR_BUSY; freeing it then is an error that nobody can catch. After fork the
 * child may use its copies of objects.
 */

#ifndef VATIC_H
#define VATIC_H

#include <stddef.h>
#include <stdint.h>

/* Version of the library that this header belongs to. */
#define VATIC_VERSION_MAJOR 0
#define VATIC_VERSION_MINOR 1
#define VATIC_VERSION_PATCH 0
/* Number of the binary interface; 0 while it may still change. See vatic_ctx_create. */
#define VATIC_ABI_VERSION 0u
/* "Not known" or "no limit", in values of 64 bits. */
#define VATIC_UNKNOWN UINT64_MAX

#ifndef VATIC_API
#if defined(_WIN32) && !defined(VATIC_STATIC)
#define VATIC_API __declspec(dllimport)
#else
#define VATIC_API
#endif
#endif

/* Values of vatic_status; their meaning never changes. */
enum {
    /* no failure */
    VATIC_OK = 0,
    /* the input is not a vatic file */
    VATIC_ERROR_NOT_VATIC = 10,
    /* the file needs a newer or fuller version of this library */
    VATIC_ERROR_UNSUPPORTED = 12,
    /* the file is of another kind: an archive, a frame or a batch */
    VATIC_ERROR_WRONG_KIND = 14,
    /* the input ends before the data does */
    VATIC_ERROR_TRUNCATED = 20,
    /* the input is damaged */
    VATIC_ERROR_CORRUPT = 22,
    /* the content is not the one that was compressed */
    VATIC_ERROR_HASH_MISMATCH = 24,
    /* the model that the data was coded with was not given */
    VATIC_ERROR_MODEL_MISSING = 26,
    /* decoding would need more than the limits allow */
    VATIC_ERROR_LIMIT = 30,
    /* the system refused memory */
    VATIC_ERROR_OUT_OF_MEMORY = 32,
    /* the destination is too small for the result */
    VATIC_ERROR_DST_TOO_SMALL = 34,
    /* an argument or option is outside its range */
    VATIC_ERROR_INVALID_OPTION = 40,
    /* a pointer is NULL that must not be */
    VATIC_ERROR_NULL_ARGUMENT = 41,
    /* the object cannot do this in its present state */
    VATIC_ERROR_MISUSE = 42,
    /* the object is in use, by another thread or by the caller of this callback */
    VATIC_ERROR_BUSY = 43,
    /* several calls in a row had neither input nor room for output */
    VATIC_ERROR_NO_PROGRESS = 44,
    /* the program was compiled for another version of the library */
    VATIC_ERROR_ABI_MISMATCH = 46,
    /* there is nothing of this name or number */
    VATIC_ERROR_NOT_FOUND = 48,
    /* the progress callback asked to stop */
    VATIC_ERROR_CANCELLED = 50,
    /* reading or writing failed */
    VATIC_ERROR_IO = 60,
    /* something stands in the way, and may not be replaced */
    VATIC_ERROR_EXISTS = 61,
    /* another process is writing to the file */
    VATIC_ERROR_LOCKED = 62,
    /* the path cannot be used here */
    VATIC_ERROR_PATH = 63,
    /* some entries failed; the others are done */
    VATIC_ERROR_PARTIAL = 64,
    /* the file is sealed, and no key was given */
    VATIC_ERROR_KEY_NEEDED = 70,
    /* none of the keys given opens the file */
    VATIC_ERROR_WRONG_KEY = 71,
    /* a key was given, and the data is not sealed */
    VATIC_ERROR_NOT_SEALED = 72,
    /* something sealed is not what its writer wrote */
    VATIC_ERROR_TAMPERED = 73,
    /* a bug in the library, caught before wrong bytes could leave it */
    VATIC_ERROR_INTERNAL = 90,
    /* a bug in the library; the object is unusable until it is reset */
    VATIC_ERROR_PANIC = 91
};

/* Parameters of a context. */
enum {
    /* 1 to 3 are fast, 4 to 6 balanced, 7 to 9 max */
    VATIC_PARAM_LEVEL = 100,
    /* Threads that code groups; 0 takes one for each CPU. Never changes the output */
    VATIC_PARAM_THREADS = 101,
    /* Bytes of input in a group, the unit of threads and of random access; 0 chooses */
    VATIC_PARAM_GROUP_SIZE = 102,
    /* Bytes of memory that encoding may take, about */
    VATIC_PARAM_MEMORY = 103,
    /* Codes every group with this codec, of vatic_codec; 255 chooses */
    VATIC_PARAM_CODEC = 104,
    /* Whether decoders check the content before they release it */
    VATIC_PARAM_CHECKSUM = 105,
    /* Whether each group is decoded again and compared before it is written */
    VATIC_PARAM_VERIFY = 106,
    /* Whether repeated chunks within 64 MiB are stored once */
    VATIC_PARAM_DEDUP = 107,
    /* Bytes that will be given to the encoder; ending it fails where this is wrong */
    VATIC_PARAM_CONTENT_LENGTH = 108,
    /* Whether the parts of models that were used go into the output */
    VATIC_PARAM_EMBED_MODEL = 109,
    /* With codec neural: what the transformer says alone, without the mix, for comparison */
    VATIC_PARAM_PURE = 110,
    /* With a transformer: how many parts of a block are coded side by side; decodes faster and is larger */
    VATIC_PARAM_LANES = 111,
    /* Bytes of memory that trying a password takes, a multiple of 1024 */
    VATIC_PARAM_KDF_MEMORY = 120,
    /* Passes over that memory */
    VATIC_PARAM_KDF_PASSES = 121,
    /* The cipher that seals, of vatic_suite; 0 takes the faster one on this machine */
    VATIC_PARAM_SUITE = 122,
    /* Bytes of output that decoding may yield */
    VATIC_PARAM_LIMIT_OUTPUT = 200,
    /* Bytes of memory that decoding may take, output buffers of a group included */
    VATIC_PARAM_LIMIT_MEMORY = 201,
    /* Bytes of memory that trying a password may take */
    VATIC_PARAM_LIMIT_KDF_MEMORY = 202,
    /* Bytes of a model, from a file or inside of data */
    VATIC_PARAM_LIMIT_MODEL = 203,
    /* Bytes of hash on each record. Without them, another model or damage may give wrong bytes and no error */
    VATIC_PARAM_RECORD_TAG = 300,
    /* Bytes of the longest record that decoding may yield */
    VATIC_PARAM_RECORD_MAX = 301,
    /* Records of a batch that share a code stream and learn from each other */
    VATIC_PARAM_RECORD_BUNDLE = 302,
    /* Bytes of an archive's content that are coded together; 0 chooses */
    VATIC_PARAM_SOLID_SIZE = 400,
    /* Whether archives leave out times, owners and attributes, so that equal trees give equal archives */
    VATIC_PARAM_DETERMINISTIC = 401,
    /* Whether files that are in the way may be replaced */
    VATIC_PARAM_OVERWRITE = 402,
    /* Whether extraction goes on behind a damaged entry */
    VATIC_PARAM_KEEP_GOING = 403,
    /* Whether extraction restores owners, set-id bits and exact modes */
    VATIC_PARAM_OWNERS = 404,
    /* Whether extraction restores attributes outside of the class user */
    VATIC_PARAM_ALL_XATTRS = 405,
    /* Whether extraction makes named pipes and devices */
    VATIC_PARAM_SPECIAL = 406,
    /* Entries of an archive */
    VATIC_PARAM_LIMIT_ENTRIES = 420,
    /* Bytes of content of all entries that are read together */
    VATIC_PARAM_LIMIT_CONTENT = 421
};

/* vatic_preset: Levels that stand for presets. */
enum {
    /* zstd's speed */
    VATIC_PRESET_FAST = 2,
    /* smaller than BWT compressors; the default */
    VATIC_PRESET_BALANCED = 5,
    /* the smallest files */
    VATIC_PRESET_MAX = 8
};

/* vatic_op: What a call of a stream is to do with its input. */
enum {
    /* take it in; output comes when there is some */
    VATIC_OP_CONTINUE = 0,
    /* take it in, and give out everything so far in a form that can be decoded */
    VATIC_OP_FLUSH = 1,
    /* take it in; it is the last */
    VATIC_OP_END = 2
};

/* vatic_codec: Block codecs. */
enum {
    /* bytes as they are */
    VATIC_CODEC_STORE = 0,
    /* libzstd */
    VATIC_CODEC_ZSTD = 1,
    /* Burrows-Wheeler transform, then a predicted, mixed coding */
    VATIC_CODEC_BWT = 2,
    /* LZ77 parse, then a predictor */
    VATIC_CODEC_LZ = 3,
    /* a light context mix */
    VATIC_CODEC_ORDER = 4,
    /* numeric samples and images */
    VATIC_CODEC_SAMPLE = 5,
    /* the full context mix */
    VATIC_CODEC_MIX = 6,
    /* the full context mix beside a transformer */
    VATIC_CODEC_NEURAL = 7,
    /* the best for each group; the default */
    VATIC_CODEC_AUTO = 255
};

/* vatic_suite: Ciphers that seal. */
enum {
    /* the faster one on this machine */
    VATIC_SUITE_AUTO = 0,
    /* AES-256-GCM */
    VATIC_SUITE_AES256_GCM = 1,
    /* ChaCha20-Poly1305 */
    VATIC_SUITE_CHACHA20_POLY1305 = 2
};

/* vatic_entry_kind: What an entry of an archive is. */
enum {
    /* a regular file */
    VATIC_ENTRY_KIND_FILE = 0,
    /* a directory */
    VATIC_ENTRY_KIND_DIRECTORY = 1,
    /* a symbolic link */
    VATIC_ENTRY_KIND_SYMLINK = 2,
    /* another name of a file of the archive */
    VATIC_ENTRY_KIND_HARD_LINK = 3,
    /* a named pipe */
    VATIC_ENTRY_KIND_FIFO = 4,
    /* a character device */
    VATIC_ENTRY_KIND_CHAR_DEVICE = 5,
    /* a block device */
    VATIC_ENTRY_KIND_BLOCK_DEVICE = 6
};

/* vatic_entry_field: What can be asked about an entry of an archive. */
enum {
    /* of vatic_entry_kind */
    VATIC_ENTRY_KIND = 0,
    /* bytes of content */
    VATIC_ENTRY_SIZE = 1,
    /* bytes of content without holes */
    VATIC_ENTRY_DATA_SIZE = 2,
    /* the low 12 bits of a Unix mode */
    VATIC_ENTRY_MODE = 3,
    /* 1 if a time of the last change is known */
    VATIC_ENTRY_HAS_MTIME = 4,
    /* seconds since 1970 UTC, a signed number in 64 bits */
    VATIC_ENTRY_MTIME_SECONDS = 5,
    /* nanoseconds beyond, below 10^9 */
    VATIC_ENTRY_MTIME_NANOS = 6,
    /* 1 if an owner is known */
    VATIC_ENTRY_HAS_OWNER = 7,
    /* number of the user */
    VATIC_ENTRY_UID = 8,
    /* number of the group */
    VATIC_ENTRY_GID = 9,
    /* the generation that it came with, from 1 */
    VATIC_ENTRY_GENERATION = 10,
    /* of a device */
    VATIC_ENTRY_DEVICE_MAJOR = 11,
    /* of a device */
    VATIC_ENTRY_DEVICE_MINOR = 12
};

/* vatic_info_field: What can be asked about a file; those of 10 and more of a frame, those of 20 and more of a group. */
enum {
    /* number of frames */
    VATIC_INFO_FRAMES = 0,
    /* bytes of output, or VATIC_UNKNOWN */
    VATIC_INFO_CONTENT_LENGTH = 1,
    /* bytes of the file */
    VATIC_INFO_PACKED_LENGTH = 2,
    /* 1 if any frame is sealed */
    VATIC_INFO_SEALED = 3,
    /* bytes of output, or VATIC_UNKNOWN */
    VATIC_INFO_FRAME_CONTENT_LENGTH = 10,
    /* bytes in the file */
    VATIC_INFO_FRAME_PACKED_LENGTH = 11,
    /* 1 if it is sealed */
    VATIC_INFO_FRAME_SEALED = 12,
    /* 1 if decoders check its content */
    VATIC_INFO_FRAME_CHECKSUM = 13,
    /* number of groups */
    VATIC_INFO_FRAME_GROUPS = 14,
    /* number of models that it needs */
    VATIC_INFO_FRAME_MODELS = 15,
    /* offset in the frame's output */
    VATIC_INFO_GROUP_OFFSET = 20,
    /* bytes of output */
    VATIC_INFO_GROUP_LENGTH = 21,
    /* bytes in the file */
    VATIC_INFO_GROUP_PACKED_LENGTH = 22,
    /* of vatic_codec */
    VATIC_INFO_GROUP_CODEC = 23
};


/**
 * An archive that is open for reading. Its entries are numbered from 0 in the order of their names.
 */
typedef struct vatic_archive vatic_archive;

/**
 * A batch of records, each of which can be read without the others.
 */
typedef struct vatic_batch vatic_batch;

/**
 * Bytes that the library allocated.
 */
typedef struct vatic_bytes vatic_bytes;

/**
 * A table of frequencies. It never changes.
 */
typedef struct vatic_cdf vatic_cdf;

/**
 * Settings for everything that is made with it.
 */
typedef struct vatic_ctx vatic_ctx;

/**
 * Restores a stream of any number of frames.
 */
typedef struct vatic_decoder vatic_decoder;

/**
 * Compresses a stream into one frame.
 */
typedef struct vatic_encoder vatic_encoder;

/**
 * A file's description. It never changes.
 */
typedef struct vatic_info vatic_info;

/**
 * One key. Its secret is wiped from memory when nothing uses it any more.
 */
typedef struct vatic_key vatic_key;

/**
 * What experts know beforehand. It never changes.
 */
typedef struct vatic_model vatic_model;

/**
 * Random access to the output of a file.
 */
typedef struct vatic_reader vatic_reader;

/**
 * Codes records one by one under a model.
 */
typedef struct vatic_records vatic_records;

/**
 * Reads symbols back.
 */
typedef struct vatic_symbol_decoder vatic_symbol_decoder;

/**
 * Writes symbols.
 */
typedef struct vatic_symbol_encoder vatic_symbol_encoder;

/**
 * What a call came to: `VATIC_OK`, or one of `VATIC_ERROR_*`.
 */
typedef int32_t vatic_status;

/**
 * Called between groups with the bytes taken in and given out so far, on the thread that made the call that is at work. Anything
 * but 0 ends that call with `VATIC_ERROR_CANCELLED`. It must return: neither `longjmp` nor an exception may leave it. It may use the
 * context, but not the object that is at work, which answers `VATIC_ERROR_BUSY`.
 */
typedef int32_t (*vatic_progress_fn)(void *user, uint64_t input, uint64_t output);

/**
 * Room for output that is filled from the front. An object of this type belongs to the caller, who sets all of it before a call.
 */
typedef struct vatic_out_buffer {
    /**
     * The room; NULL if there is none.
     */
    void *dst;
    /**
     * How many bytes.
     */
    size_t size;
    /**
     * How many have been filled; a call adds to it.
     */
    size_t pos;
} vatic_out_buffer;

/**
 * Bytes of input that are taken from the front. An object of this type belongs to the caller, who sets all of it before a call.
 */
typedef struct vatic_in_buffer {
    /**
     * The bytes; NULL if there are none.
     */
    const void *src;
    /**
     * How many.
     */
    size_t size;
    /**
     * How many have been taken; a call adds to it.
     */
    size_t pos;
} vatic_in_buffer;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The number of the binary interface that the library has. A program that loads the library at run time compares it with
 * `VATIC_ABI_VERSION`; one that links it is told by `vatic_ctx_create`.
 *
 * Threads: any.
 * Owner: nothing is handed over.
 */
VATIC_API
uint32_t vatic_abi_version(void);

/**
 * The library's version as a text such as "1.2.3".
 *
 * Threads: any.
 * Owner: the text is the library's, for ever.
 */
VATIC_API const char *vatic_version_string(void);

/**
 * The library's version as a number: major * 10000 + minor * 100 + patch.
 *
 * Threads: any.
 * Owner: nothing is handed over.
 */
VATIC_API uint32_t vatic_version_number(void);

/**
 * The version of the file format that the library writes, and the newest that it reads.
 *
 * Threads: any.
 * Owner: nothing is handed over.
 */
VATIC_API uint32_t vatic_format_version(void);

/**
 * The name of a status, such as "CORRUPT"; "OK" for 0 and "UNKNOWN" for numbers that are none.
 *
 * Threads: any.
 * Owner: the text is the library's, for ever.
 */
VATIC_API const char *vatic_status_name(vatic_status status);

/**
 * What a status means, in one sentence. What went wrong in one call tell `vatic_ctx_error` and its kin.
 *
 * Threads: any.
 * Owner: the text is the library's, for ever.
 */
VATIC_API const char *vatic_status_text(vatic_status status);

/**
 * Bounds and default of a parameter. Some take 0 too, which leaves the choice to the library; their `min` is 0. `VATIC_PARAM_CODEC`
 * takes the numbers of vatic_codec alone.
 *
 * Threads: any.
 * Owner: nothing is handed over. All three results are written, or none.
 */
VATIC_API
vatic_status vatic_param_bounds(int32_t param,
                                uint64_t *min,
                                uint64_t *max,
                                uint64_t *initial);

/**
 * The most bytes that compressing `size` bytes yields. With keys or embedded models it can be more: use
 * `vatic_compress_alloc` or a stream there.
 *
 * Threads: any.
 * Owner: nothing is handed over.
 */
VATIC_API size_t vatic_compress_bound(size_t size);

/**
 * BLAKE3 of `size` bytes at `src`, to 32 bytes at `hash`: what `vatic_archive_entry_hash` gives for contents.
 *
 * Threads: any.
 * Owner: the caller keeps both buffers.
 */
VATIC_API vatic_status vatic_hash(const void *src, size_t size, uint8_t *hash);

/**
 * Makes a context with defaults. Pass `VATIC_ABI_VERSION`: a program that was compiled for another interface gets
 * `VATIC_ERROR_ABI_MISMATCH`.
 *
 * Threads: any. A context serves one thread at a time; what is made with it is independent of it.
 * Owner: the caller gets the context, for `vatic_ctx_free`.
 */
VATIC_API
vatic_status vatic_ctx_create(uint32_t abi_version,
                              struct vatic_ctx **ctx);

/**
 * Frees a context; nothing for NULL.
 *
 * Threads: none may be using it.
 * Owner: takes the context. What was made with it lives on.
 */
VATIC_API void vatic_ctx_free(struct vatic_ctx *ctx);

/**
 * Puts a context back to defaults: no models, no keys, no callback.
 *
 * Threads: one at a time.
 * Owner: the caller keeps the context.
 */
VATIC_API vatic_status vatic_ctx_reset(struct vatic_ctx *ctx);

/**
 * What went wrong in the last call with this context that failed, for people; empty before. NULL for NULL.
 *
 * Threads: one at a time.
 * Owner: the text is the context's; it stays until the next call with the context that fails, or its end.
 */
VATIC_API const char *vatic_ctx_error(const struct vatic_ctx *ctx);

/**
 * Sets a parameter, one of `VATIC_PARAM_*`. It counts for what is made afterwards.
 *
 * Threads: one at a time.
 * Owner: the caller keeps the context.
 */
VATIC_API vatic_status vatic_ctx_set(struct vatic_ctx *ctx, int32_t param, uint64_t value);

/**
 * The value of a parameter.
 *
 * Threads: one at a time.
 * Owner: the caller keeps the context.
 */
VATIC_API vatic_status vatic_ctx_get(const struct vatic_ctx *ctx, int32_t param, uint64_t *value);

/**
 * Adds a model that encoding may use and decoding may need.
 *
 * Threads: one at a time for the context; the model may be shared by any.
 * Owner: the caller keeps both; the context holds what it needs of the model, which may be freed.
 */
VATIC_API vatic_status vatic_ctx_add_model(struct vatic_ctx *ctx, const struct vatic_model *model);

/**
 * Adds a key that seals what is encoded and opens what is decoded. With keys, data that is not sealed is an error.
 *
 * Threads: one at a time for the context; the key may be shared by any.
 * Owner: the caller keeps both; the context holds what it needs of the key, which may be freed.
 */
VATIC_API
vatic_status vatic_ctx_add_key(struct vatic_ctx *ctx,
                               const struct vatic_key *key);

/**
 * Forgets all models and keys.
 *
 * Threads: one at a time.
 * Owner: the caller keeps the context.
 */
VATIC_API vatic_status vatic_ctx_clear(struct vatic_ctx *ctx);

/**
 * Sets the callback for progress and cancelling; NULL for none. `user` is handed to it.
 *
 * Threads: one at a time. The callback runs on the thread whose call is at work.
 * Owner: the caller keeps `user`, and must keep it as long as the context and whatever was made with it are used.
 */
VATIC_API
vatic_status vatic_ctx_set_progress(struct vatic_ctx *ctx,
                                    void *user,
                                    vatic_progress_fn callback);

/**
 * The bytes; NULL for NULL.
 *
 * Threads: any number at the same time.
 * Owner: they belong to the object, and stay until it is freed.
 */
VATIC_API const void *vatic_bytes_data(const struct vatic_bytes *bytes);

/**
 * How many they are; 0 for NULL.
 *
 * Threads: any number at the same time.
 * Owner: nothing is handed over.
 */
VATIC_API size_t vatic_bytes_size(const struct vatic_bytes *bytes);

/**
 * Frees bytes that the library allocated; nothing for NULL.
 *
 * Threads: none may be using them.
 * Owner: takes the bytes.
 */
VATIC_API void vatic_bytes_free(struct vatic_bytes *bytes);

/**
 * Compresses `size` bytes at `src` into one frame at `dst`, and stores its size in `written`; `vatic_compress_bound` tells a `capacity` that
 * is enough. With `VATIC_ERROR_DST_TOO_SMALL`, `written` has the size that would do. `ctx` may be NULL for defaults.
 *
 * Threads: one at a time for the context; any without one.
 * Owner: the caller keeps both buffers, which must not overlap.
 */
VATIC_API
vatic_status vatic_compress(struct vatic_ctx *ctx,
                            void *dst,
                            size_t capacity,
                            size_t *written,
                            const void *src,
                            size_t size);

/**
 * Restores all frames in `size` bytes at `src` to `dst`, and stores how many bytes that are in `written`. With
 * `VATIC_ERROR_DST_TOO_SMALL`, `written` has the size that would do, or 0 if the frames do not tell it. What `dst` holds after a failure means
 * nothing. `ctx` may be NULL for defaults.
 *
 * Threads: one at a time for the context; any without one.
 * Owner: the caller keeps both buffers, which must not overlap.
 */
VATIC_API
vatic_status vatic_decompress(struct vatic_ctx *ctx,
                              void *dst,
                              size_t capacity,
                              size_t *written,
                              const void *src,
                              size_t size);

/**
 * Compresses `size` bytes at `src` into one frame that the library allocates. `ctx` may be NULL for defaults.
 *
 * Threads: one at a time for the context; any without one.
 * Owner: the caller keeps the input, and gets the result, for `vatic_bytes_free`.
 */
VATIC_API
vatic_status vatic_compress_alloc(struct vatic_ctx *ctx,
                                  const void *src,
                                  size_t size,
                                  struct vatic_bytes **result);

/**
 * Restores all frames in `size` bytes at `src`. Of input from strangers, bound the result with
 * `VATIC_PARAM_LIMIT_OUTPUT`. `ctx` may be NULL for defaults.
 *
 * Threads: one at a time for the context; any without one.
 * Owner: the caller keeps the input, and gets the result, for `vatic_bytes_free`.
 */
VATIC_API
vatic_status vatic_decompress_alloc(struct vatic_ctx *ctx,
                                    const void *src,
                                    size_t size,
                                    struct vatic_bytes **result);

/**
 * Stores the length of the first frame's content, or `VATIC_UNKNOWN` where its front does not tell. The first 64 bytes of a file are enough. The
 * number is what the file says: of a stranger's, check it before anything is allocated.
 *
 * Threads: any.
 * Owner: the caller keeps the input.
 */
VATIC_API
vatic_status vatic_content_length(const void *src,
                                  size_t size,
                                  uint64_t *length);

/**
 * Whether the library has a codec, one of `VATIC_CODEC_*`: 1 or 0.
 *
 * Threads: any.
 * Owner: nothing is handed over.
 */
VATIC_API int32_t vatic_has_codec(int32_t codec);

/**
 * A good size for buffers of input.
 *
 * Threads: any.
 * Owner: nothing is handed over.
 */
VATIC_API size_t vatic_in_size(void);

/**
 * A good size for buffers of output.
 *
 * Threads: any.
 * Owner: nothing is handed over.
 */
VATIC_API size_t vatic_out_size(void);

/**
 * Makes an encoder with the context's settings, or defaults for NULL.
 *
 * Threads: one at a time for the context. An encoder serves one thread at a time.
 * Owner: the caller gets the encoder, for `vatic_encoder_free`; it does not need the context any more.
 */
VATIC_API vatic_status vatic_encoder_create(struct vatic_ctx *ctx, struct vatic_encoder **encoder);

/**
 * Frees an encoder; nothing for NULL. A frame that was not ended is lost.
 *
 * Threads: none may be using it.
 * Owner: takes the encoder.
 */
VATIC_API void vatic_encoder_free(struct vatic_encoder *encoder);

/**
 * Makes an encoder ready for a new frame, with the settings that it was made with, whatever state it is in; after a
 * `VATIC_ERROR_PANIC` too, unless that came while it was made.
 *
 * Threads: one at a time.
 * Owner: the caller keeps the encoder.
 */
VATIC_API
vatic_status vatic_encoder_reset(struct vatic_encoder *encoder);

/**
 * What went wrong in the last call that failed, for people; empty before. NULL for NULL.
 *
 * Threads: one at a time.
 * Owner: the text is the encoder's; it stays until the next call that fails.
 */
VATIC_API const char *vatic_encoder_error(const struct vatic_encoder *encoder);

/**
 * Takes from `input`, gives to `output`, and moves their `pos`. It returns when the input is taken, or the output is full.
 *
 * `op` is one of `VATIC_OP_*`. With FLUSH and END call again, with room for output and without new input, until `remaining` is 0:
 * then all is given out. Else `remaining` is how many bytes of input and output are waiting; of input that is not taken, none is
 * lost. After END the frame is complete, and only `vatic_encoder_reset` makes the encoder take input again. `input` may be NULL for
 * none. After a failure other than `VATIC_ERROR_BUSY`, `NULL_ARGUMENT`, `INVALID_OPTION` and `NO_PROGRESS` the frame is lost.
 *
 * Threads: one at a time.
 * Owner: the caller keeps buffers and encoder; both buffers may change or go between calls.
 */
VATIC_API
vatic_status vatic_encoder_run(struct vatic_encoder *encoder,
                               struct vatic_out_buffer *output,
                               struct vatic_in_buffer *input,
                               int32_t op,
                               size_t *remaining);

/**
 * Makes a decoder with the context's settings, or defaults for NULL.
 *
 * Threads: one at a time for the context. A decoder serves one thread at a time.
 * Owner: the caller gets the decoder, for `vatic_decoder_free`; it does not need the context any more.
 */
VATIC_API vatic_status vatic_decoder_create(struct vatic_ctx *ctx, struct vatic_decoder **decoder);

/**
 * Frees a decoder; nothing for NULL.
 *
 * Threads: none may be using it.
 * Owner: takes the decoder.
 */
VATIC_API void vatic_decoder_free(struct vatic_decoder *decoder);

/**
 * Makes a decoder ready for new input, with the settings that it was made with, whatever state it is in.
 *
 * Threads: one at a time.
 * Owner: the caller keeps the decoder.
 */
VATIC_API vatic_status vatic_decoder_reset(struct vatic_decoder *decoder);

/**
 * What went wrong in the last call that failed, for people; empty before. NULL for NULL.
 *
 * Threads: one at a time.
 * Owner: the text is the decoder's; it stays until the next call that fails.
 */
VATIC_API const char *vatic_decoder_error(const struct vatic_decoder *decoder);

/**
 * Takes from `input`, gives to `output`, and moves their `pos`. It returns when the input is taken and nothing more can be
 * given, or the output is full.
 *
 * `VATIC_OP_END` says that no input will come behind `input`; then, and only then, `remaining` becomes 0: when all frames were whole and all
 * output has been given. Input that ends too early is `VATIC_ERROR_TRUNCATED`. With other values of `op` more input is expected.
 * All output is verified before it is given, unless its writer left out checksums. After a failure other than `VATIC_ERROR_BUSY`,
 * `NULL_ARGUMENT`, `INVALID_OPTION` and `NO_PROGRESS` the decoder is of no use until it is reset. `input` may be NULL for none.
 *
 * Threads: one at a time.
 * Owner: the caller keeps buffers and decoder; both buffers may change or go between calls.
 */
VATIC_API
vatic_status vatic_decoder_run(struct vatic_decoder *decoder,
                               struct vatic_out_buffer *output,
                               struct vatic_in_buffer *input,
                               int32_t op,
                               size_t *remaining);

/**
 * Opens a file for random access: finds its groups, from its index if it has one.
 *
 * Threads: one at a time for the context. A reader serves one thread at a time.
 * Owner: the caller gets the reader, for `vatic_reader_free`; it keeps the file open.
 */
VATIC_API
vatic_status vatic_reader_open(struct vatic_ctx *ctx,
                               const char *file,
                               struct vatic_reader **result);

/**
 * As `vatic_reader_open`, of `size` bytes in memory.
 *
 * Threads: one at a time for the context. A reader serves one thread at a time.
 * Owner: the caller gets the reader, for `vatic_reader_free`, and must keep the bytes as they are until then.
 */
VATIC_API
vatic_status vatic_reader_from_memory(struct vatic_ctx *ctx,
                                      const void *src,
                                      size_t size,
                                      struct vatic_reader **result);

/**
 * Frees a reader; nothing for NULL.
 *
 * Threads: none may be using it.
 * Owner: takes the reader.
 */
VATIC_API void vatic_reader_free(struct vatic_reader *reader);

/**
 * What went wrong in the last call that failed, for people; empty before. NULL for NULL.
 *
 * Threads: one at a time.
 * Owner: the text is the reader's; it stays until the next call that fails.
 */
VATIC_API const char *vatic_reader_error(const struct vatic_reader *reader);

/**
 * Stores how many bytes of output there are.
 *
 * Threads: one at a time.
 * Owner: nothing is handed over.
 */
VATIC_API vatic_status vatic_reader_length(const struct vatic_reader *reader, uint64_t *length);

/**
 * Fills `dst` with the output at `offset`, and stores in `written` how many bytes there were: fewer than `size` only at the end.
 *
 * Threads: one at a time.
 * Owner: the caller keeps the buffer.
 */
VATIC_API
vatic_status vatic_reader_read_at(struct vatic_reader *reader,
                                  uint64_t offset,
                                  void *dst,
                                  size_t size,
                                  size_t *written);

/**
 * Describes the file in `size` bytes at `src` without decoding it. With a key in the context sealed frames are described like others.
 *
 * Threads: one at a time for the context.
 * Owner: the caller keeps the input, and gets the description, for `vatic_info_free`.
 */
VATIC_API
vatic_status vatic_info_from_memory(struct vatic_ctx *ctx,
                                    const void *src,
                                    size_t size,
                                    struct vatic_info **result);

/**
 * As `vatic_info_from_memory`, of a file, whose payloads are not read.
 *
 * Threads: one at a time for the context.
 * Owner: the caller gets the description, for `vatic_info_free`.
 */
VATIC_API
vatic_status vatic_info_from_file(struct vatic_ctx *ctx,
                                  const char *file,
                                  struct vatic_info **result);

/**
 * Frees a description; nothing for NULL.
 *
 * Threads: none may be using it.
 * Owner: takes the description.
 */
VATIC_API void vatic_info_free(struct vatic_info *info);

/**
 * Stores what is asked, one of `VATIC_INFO_*`. `frame` counts for those of a frame and a group, `group` for those of a group.
 *
 * Threads: any number at the same time.
 * Owner: nothing is handed over.
 */
VATIC_API
vatic_status vatic_info_get(const struct vatic_info *info,
                            int32_t field,
                            size_t frame,
                            size_t group,
                            uint64_t *value);

/**
 * Stores the eight bytes that a frame cites a model by, and whether the frame carries it, as 1 or 0.
 *
 * Threads: any number at the same time.
 * Owner: nothing is handed over.
 */
VATIC_API
vatic_status vatic_info_model(const struct vatic_info *info,
                              size_t frame,
                              size_t model,
                              uint8_t *id,
                              int32_t *embedded);

/**
 * A password of `size` bytes of UTF-8, which count as they are.
 *
 * Threads: any. A key may be shared by any number of threads.
 * Owner: the caller keeps the text, which should be wiped, and gets the key, for `vatic_key_free`.
 */
VATIC_API vatic_status vatic_key_password(const void *password, size_t size, struct vatic_key **result);

/**
 * 32 secret bytes from a good random generator.
 *
 * Threads: any. A key may be shared by any number of threads.
 * Owner: the caller keeps the bytes, which should be wiped, and gets the key, for `vatic_key_free`.
 */
VATIC_API vatic_status vatic_key_raw(const uint8_t *key, struct vatic_key **result);

/**
 * Whom to seal for: an X25519 recipient of age, "age1...".
 *
 * Threads: any. A key may be shared by any number of threads.
 * Owner: the caller keeps the text, and gets the key, for `vatic_key_free`.
 */
VATIC_API vatic_status vatic_key_recipient(const char *recipient, struct vatic_key **result);

/**
 * The secret half, which opens: "AGE-SECRET-KEY-1...".
 *
 * Threads: any. A key may be shared by any number of threads.
 * Owner: the caller keeps the text, which should be wiped, and gets the key, for `vatic_key_free`.
 */
VATIC_API vatic_status vatic_key_identity(const char *identity, struct vatic_key **result);

/**
 * Frees a key; nothing for NULL.
 *
 * Threads: none may be using this handle. Contexts that have the key keep it.
 * Owner: takes the handle.
 */
VATIC_API void vatic_key_free(struct vatic_key *key);

/**
 * Stores 32 new random bytes for `vatic_key_raw`.
 *
 * Threads: any.
 * Owner: the caller keeps the buffer, which should be wiped.
 */
VATIC_API vatic_status vatic_key_generate_raw(uint8_t *key);

/**
 * Stores a new random identity, to be kept, and its recipient, to be given away, as texts with a zero at their ends. 128 bytes are
 * enough for either.
 *
 * Threads: any.
 * Owner: the caller keeps both buffers; the identity's should be wiped.
 */
VATIC_API
vatic_status vatic_key_generate_identity(char *identity,
                                         size_t identity_capacity,
                                         char *recipient,
                                         size_t recipient_capacity);

/**
 * Reads a model from `size` bytes of a `.vatm` file. `ctx` gives limits and keeps the text of a failure; NULL will do.
 *
 * Threads: one at a time for the context. A model may be shared by any number of threads.
 * Owner: the caller keeps the input, and gets the model, for `vatic_model_free`.
 */
VATIC_API
vatic_status vatic_model_from_memory(struct vatic_ctx *ctx,
                                     const void *src,
                                     size_t size,
                                     struct vatic_model **result);

/**
 * Reads a model from a `.vatm` file.
 *
 * Threads: one at a time for the context. A model may be shared by any number of threads.
 * Owner: the caller gets the model, for `vatic_model_free`.
 */
VATIC_API
vatic_status vatic_model_from_file(struct vatic_ctx *ctx,
                                   const char *file,
                                   struct vatic_model **result);

/**
 * Trains a model on `count` samples, each of them a record, a file or a part of one: sample i has `sizes[i]` bytes at `samples[i]`.
 * `size` bounds the bytes of its tables; 0 leaves that to the library. Megabytes take seconds. The progress callback of `ctx` is told how many
 * bytes have been read and how many will be in all, and can end the work.
 *
 * A model holds traces of what it was trained on: do not publish one that was trained on what is not to be published.
 *
 * Threads: one at a time for the context. A model may be shared by any number of threads.
 * Owner: the caller keeps arrays and samples, and gets the model, for `vatic_model_free`.
 */
VATIC_API
vatic_status vatic_model_train(struct vatic_ctx *ctx,
                               const void *const *samples,
                               const size_t *sizes,
                               size_t count,
                               size_t size,
                               struct vatic_model **result);

/**
 * Frees a model; nothing for NULL.
 *
 * Threads: none may be using this handle. What was made with the model, and contexts that have it, live on.
 * Owner: takes the handle.
 */
VATIC_API void vatic_model_free(struct vatic_model *model);

/**
 * Stores the model's id, 32 bytes; the first eight are what data cites.
 *
 * Threads: any number at the same time.
 * Owner: the caller keeps both.
 */
VATIC_API vatic_status vatic_model_id(const struct vatic_model *model, uint8_t *id);

/**
 * What the model says about itself to people under `key`: name, description, licence and whatever else its maker wrote. UTF-8, without a
 * zero at its end; `written` has its size. `VATIC_ERROR_NOT_FOUND` if it says nothing.
 *
 * Threads: any number at the same time.
 * Owner: the caller keeps the buffer.
 */
VATIC_API
vatic_status vatic_model_metadata(const struct vatic_model *model,
                                  const char *key,
                                  void *dst,
                                  size_t capacity,
                                  size_t *written);

/**
 * The model as a `.vatm` file.
 *
 * Threads: any number at the same time.
 * Owner: the caller gets the bytes, for `vatic_bytes_free`.
 */
VATIC_API vatic_status vatic_model_to_bytes(const struct vatic_model *model, struct vatic_bytes **result);

/**
 * The name of the model's part `index`, as in `vatic_model_metadata`: `primer`, `transformer` or `gates`, for three. `VATIC_ERROR_NOT_FOUND` behind the
 * last one; there are eight at most.
 *
 * Threads: any number at the same time.
 * Owner: the caller keeps the buffer.
 */
VATIC_API
vatic_status vatic_model_part(const struct vatic_model *model,
                              size_t index,
                              void *dst,
                              size_t capacity,
                              size_t *written);

/**
 * As `vatic_model_train`, beside the transformer of `base`: what comes of it is `base` with what `VATIC_CODEC_NEURAL` begins with beside that
 * transformer, the part `gates`, in place of one that it had. Each byte of samples takes some ten microseconds, and more where the transformer is large.
 *
 * Threads: one at a time for the context; `base` may be shared.
 * Owner: the caller keeps `base`, arrays and samples, and gets the model, for `vatic_model_free`.
 */
VATIC_API
vatic_status vatic_model_train_beside(struct vatic_ctx *ctx,
                                      const struct vatic_model *base,
                                      const void *const *samples,
                                      const size_t *sizes,
                                      size_t count,
                                      size_t size,
                                      struct vatic_model **result);

/**
 * One model with the parts of `count` models, and what the first says about itself. `VATIC_ERROR_INVALID_OPTION` where two have a part of the
 * same name. What cites one of them is read with the joined one too.
 *
 * Threads: one at a time for the context; the models may be shared.
 * Owner: the caller keeps array and models, and gets the model, for `vatic_model_free`.
 */
VATIC_API
vatic_status vatic_model_join(struct vatic_ctx *ctx,
                              const struct vatic_model *const *models,
                              size_t count,
                              struct vatic_model **result);

/**
 * Reads a model from `size` bytes of a `.czm` file of czip: its only part is a transformer, which computes what czip does.
 * `VATIC_ERROR_UNSUPPORTED` where the library was built without czip.
 *
 * Threads: one at a time for the context. A model may be shared by any number of threads.
 * Owner: the caller keeps the input, and gets the model, for `vatic_model_free`.
 */
VATIC_API
vatic_status vatic_model_from_czm(struct vatic_ctx *ctx,
                                  const void *src,
                                  size_t size,
                                  struct vatic_model **result);

/**
 * Makes a coder for records under `model`. What one record teaches is forgotten before the next. Without `VATIC_PARAM_RECORD_TAG`,
 * another model or damaged bytes may give a wrong record and no error: keep the model's id beside the records.
 *
 * Threads: one at a time for the context; the model may be shared by any. A coder serves one thread at a time.
 * Owner: the caller gets the coder, for `vatic_records_free`; the model may be freed before.
 */
VATIC_API
vatic_status vatic_records_create(struct vatic_ctx *ctx,
                                  const struct vatic_model *model,
                                  struct vatic_records **result);

/**
 * Frees a coder of records; nothing for NULL.
 *
 * Threads: none may be using it.
 * Owner: takes the coder.
 */
VATIC_API void vatic_records_free(struct vatic_records *records);

/**
 * What went wrong in the last call that failed, for people; empty before. NULL for NULL.
 *
 * Threads: one at a time.
 * Owner: the text is the coder's; it stays until the next call that fails.
 */
VATIC_API const char *vatic_records_error(const struct vatic_records *records);

/**
 * Codes one record. With `VATIC_ERROR_DST_TOO_SMALL`, `written` has the size that would do.
 *
 * Threads: one at a time.
 * Owner: the caller keeps both buffers, which must not overlap.
 */
VATIC_API
vatic_status vatic_records_compress(struct vatic_records *records,
                                    void *dst,
                                    size_t capacity,
                                    size_t *written,
                                    const void *src,
                                    size_t size);

/**
 * Restores one record. With `VATIC_ERROR_DST_TOO_SMALL`, `written` has the size that would do.
 *
 * Threads: one at a time.
 * Owner: the caller keeps both buffers, which must not overlap.
 */
VATIC_API
vatic_status vatic_records_decompress(struct vatic_records *records,
                                      void *dst,
                                      size_t capacity,
                                      size_t *written,
                                      const void *src,
                                      size_t size);

/**
 * Codes `count` records under `model` into one batch: record i has `sizes[i]` bytes at `records[i]`.
 *
 * Threads: one at a time for the context; the model may be shared by any.
 * Owner: the caller keeps arrays and records, and gets the batch, for `vatic_bytes_free`.
 */
VATIC_API
vatic_status vatic_compress_many(struct vatic_ctx *ctx,
                                 const struct vatic_model *model,
                                 const void *const *records,
                                 const size_t *sizes,
                                 size_t count,
                                 struct vatic_bytes **result);

/**
 * Opens a batch of `size` bytes. Its model is one of the context's, or in the batch.
 *
 * Threads: one at a time for the context. A batch serves one thread at a time.
 * Owner: the caller gets the batch, for `vatic_batch_free`; the bytes are copied.
 */
VATIC_API
vatic_status vatic_batch_open(struct vatic_ctx *ctx,
                              const void *src,
                              size_t size,
                              struct vatic_batch **result);

/**
 * Frees a batch; nothing for NULL.
 *
 * Threads: none may be using it.
 * Owner: takes the batch.
 */
VATIC_API void vatic_batch_free(struct vatic_batch *batch);

/**
 * What went wrong in the last call that failed, for people; empty before. NULL for NULL.
 *
 * Threads: one at a time.
 * Owner: the text is the batch's; it stays until the next call that fails.
 */
VATIC_API const char *vatic_batch_error(const struct vatic_batch *batch);

/**
 * Stores the number of records.
 *
 * Threads: one at a time.
 * Owner: nothing is handed over.
 */
VATIC_API vatic_status vatic_batch_count(const struct vatic_batch *batch, uint64_t *count);

/**
 * Restores record `index`, from 0. With `VATIC_ERROR_DST_TOO_SMALL`, `written` has the size that would do, and asking again costs no decoding.
 *
 * Threads: one at a time.
 * Owner: the caller keeps the buffer.
 */
VATIC_API
vatic_status vatic_batch_get(struct vatic_batch *batch,
                             uint64_t index,
                             void *dst,
                             size_t capacity,
                             size_t *written);

/**
 * Packs `count` files and folders at `inputs` into a new archive at `target`, which appears whole or not at all. Names are taken from the
 * paths as tar takes them. With keys in the context the archive is sealed. `VATIC_ERROR_PARTIAL` if some could not be read; the archive has the others then.
 *
 * Threads: one at a time for the context.
 * Owner: the caller keeps all texts.
 */
VATIC_API
vatic_status vatic_archive_create(struct vatic_ctx *ctx,
                                  const char *target,
                                  const char *const *inputs,
                                  size_t count);

/**
 * Adds `count` files and folders at `inputs` to the archive at `target`, as its next generation. Contents that it has are not stored again.
 * Until the call is done the archive is as it was.
 *
 * Threads: one at a time for the context. Another process that appends gets `VATIC_ERROR_LOCKED`.
 * Owner: the caller keeps all texts.
 */
VATIC_API
vatic_status vatic_archive_append(struct vatic_ctx *ctx,
                                  const char *target,
                                  const char *const *inputs,
                                  size_t count);

/**
 * Opens the archive in `file`.
 *
 * Threads: one at a time for the context. An archive serves one thread at a time.
 * Owner: the caller gets the archive, for `vatic_archive_free`; it keeps the file open.
 */
VATIC_API
vatic_status vatic_archive_open(struct vatic_ctx *ctx,
                                const char *file,
                                struct vatic_archive **result);

/**
 * Opens the archive in `size` bytes of memory.
 *
 * Threads: one at a time for the context. An archive serves one thread at a time.
 * Owner: the caller gets the archive, for `vatic_archive_free`, and must keep the bytes as they are until then.
 */
VATIC_API
vatic_status vatic_archive_from_memory(struct vatic_ctx *ctx,
                                       const void *src,
                                       size_t size,
                                       struct vatic_archive **result);

/**
 * Closes an archive; nothing for NULL.
 *
 * Threads: none may be using it.
 * Owner: takes the archive.
 */
VATIC_API void vatic_archive_free(struct vatic_archive *archive);

/**
 * What went wrong in the last call that failed, for people; empty before. NULL for NULL.
 *
 * Threads: one at a time.
 * Owner: the text is the archive's; it stays until the next call that fails.
 */
VATIC_API const char *vatic_archive_error(const struct vatic_archive *archive);

/**
 * Stores the number of entries.
 *
 * Threads: one at a time.
 * Owner: nothing is handed over.
 */
VATIC_API vatic_status vatic_archive_count(const struct vatic_archive *archive, size_t *count);

/**
 * Stores the number of the entry of this name, of `size` bytes; `VATIC_ERROR_NOT_FOUND` if there is none.
 *
 * Threads: one at a time.
 * Owner: the caller keeps the name.
 */
VATIC_API
vatic_status vatic_archive_find(const struct vatic_archive *archive,
                                const void *name,
                                size_t size,
                                size_t *index);

/**
 * Stores what is asked about an entry, one of `VATIC_ENTRY_*`.
 *
 * Threads: one at a time.
 * Owner: nothing is handed over.
 */
VATIC_API
vatic_status vatic_archive_entry_get(const struct vatic_archive *archive,
                                     size_t index,
                                     int32_t field,
                                     uint64_t *value);

/**
 * Copies an entry's name: components of any bytes but zero, with `/` between them, not always UTF-8, without a zero at its end.
 *
 * Threads: one at a time.
 * Owner: the caller keeps the buffer.
 */
VATIC_API
vatic_status vatic_archive_entry_name(const struct vatic_archive *archive,
                                      size_t index,
                                      void *dst,
                                      size_t capacity,
                                      size_t *written);

/**
 * Copies what a symbolic or hard link points to; nothing for other entries.
 *
 * Threads: one at a time.
 * Owner: the caller keeps the buffer.
 */
VATIC_API
vatic_status vatic_archive_entry_target(const struct vatic_archive *archive,
                                        size_t index,
                                        void *dst,
                                        size_t capacity,
                                        size_t *written);

/**
 * Stores the 32 bytes of BLAKE3 of an entry's content without its holes; `VATIC_ERROR_NOT_FOUND` if it has none.
 *
 * Threads: one at a time.
 * Owner: the caller keeps the buffer.
 */
VATIC_API
vatic_status vatic_archive_entry_hash(const struct vatic_archive *archive,
                                      size_t index,
                                      uint8_t *hash);

/**
 * Copies an entry's content, holes as zeros; a hard link gives its target's. `VATIC_ENTRY_SIZE` tells the size. With
 * `VATIC_ERROR_DST_TOO_SMALL`, `written` has the size that would do, and asking again costs no decoding.
 *
 * Threads: one at a time.
 * Owner: the caller keeps the buffer.
 */
VATIC_API
vatic_status vatic_archive_read(struct vatic_archive *archive,
                                size_t index,
                                void *dst,
                                size_t capacity,
                                size_t *written);

/**
 * Extracts what `count` patterns of the shell match to the folder `target`, which is made if it is not there; everything without
 * patterns. Nothing is written outside of it, and what is there stays unless `VATIC_PARAM_OVERWRITE` was set. `extracted` gets the number of
 * entries. `VATIC_ERROR_PARTIAL` if some failed; the others are there then.
 *
 * Threads: one at a time.
 * Owner: the caller keeps all texts.
 */
VATIC_API
vatic_status vatic_archive_extract(struct vatic_archive *archive,
                                   const char *target,
                                   const char *const *patterns,
                                   size_t count,
                                   uint64_t *extracted);

/**
 * Extracts one entry to the folder `target`, under its whole name; of a directory, all that is in it.
 *
 * Threads: one at a time.
 * Owner: the caller keeps the text.
 */
VATIC_API
vatic_status vatic_archive_extract_entry(struct vatic_archive *archive,
                                         size_t index,
                                         const char *target);

/**
 * Decodes everything and compares it with what the index says.
 *
 * Threads: one at a time.
 * Owner: nothing is handed over.
 */
VATIC_API vatic_status vatic_archive_verify(struct vatic_archive *archive);

/**
 * Makes a table of the frequencies of `count` symbols, which add up to 1 to 2^24. Symbols of frequency 0 cannot be coded.
 *
 * Threads: any. A table may be shared by any number of threads.
 * Owner: the caller keeps the array, and gets the table, for `vatic_cdf_free`.
 */
VATIC_API
vatic_status vatic_cdf_from_frequencies(const uint32_t *frequencies,
                                        size_t count,
                                        struct vatic_cdf **result);

/**
 * Makes a table of frequencies that add up to `total` (1 to 2^24), none below `floor`, in proportion to weights. The same on every
 * machine.
 *
 * Threads: any. A table may be shared by any number of threads.
 * Owner: the caller keeps the array, and gets the table, for `vatic_cdf_free`.
 */
VATIC_API
vatic_status vatic_cdf_from_weights(const uint32_t *weights,
                                    size_t count,
                                    uint32_t total,
                                    uint32_t floor,
                                    struct vatic_cdf **result);

/**
 * As `vatic_cdf_from_weights`, in proportion to the exponential of logits, which are in 1/65536.
 *
 * Threads: any. A table may be shared by any number of threads.
 * Owner: the caller keeps the array, and gets the table, for `vatic_cdf_free`.
 */
VATIC_API
vatic_status vatic_cdf_from_logits(const int32_t *logits,
                                   size_t count,
                                   uint32_t total,
                                   uint32_t floor,
                                   struct vatic_cdf **result);

/**
 * Frees a table; nothing for NULL.
 *
 * Threads: none may be using it.
 * Owner: takes the table.
 */
VATIC_API void vatic_cdf_free(struct vatic_cdf *cdf);

/**
 * Makes an encoder of symbols.
 *
 * Threads: any. An encoder serves one thread at a time.
 * Owner: the caller gets the encoder, for `vatic_symbol_encoder_free`.
 */
VATIC_API vatic_status vatic_symbol_encoder_create(struct vatic_symbol_encoder **result);

/**
 * Frees an encoder; nothing for NULL.
 *
 * Threads: none may be using it.
 * Owner: takes the encoder.
 */
VATIC_API void vatic_symbol_encoder_free(struct vatic_symbol_encoder *encoder);

/**
 * Codes `count` symbols with one table. `VATIC_ERROR_MISUSE` for a symbol without frequency; those in front of it are coded.
 *
 * Threads: one at a time for the encoder; the table may be shared by any.
 * Owner: the caller keeps everything.
 */
VATIC_API
vatic_status vatic_symbol_encoder_encode(struct vatic_symbol_encoder *encoder,
                                         const struct vatic_cdf *cdf,
                                         const uint32_t *symbols,
                                         size_t count);

/**
 * Codes a number below `total` (at most 2^24), each as likely as the next.
 *
 * Threads: one at a time.
 * Owner: nothing is handed over.
 */
VATIC_API
vatic_status vatic_symbol_encoder_encode_uniform(struct vatic_symbol_encoder *encoder,
                                                 uint32_t value,
                                                 uint32_t total);

/**
 * Ends the stream. The encoder begins a new one.
 *
 * Threads: one at a time.
 * Owner: the caller gets the bytes, for `vatic_bytes_free`.
 */
VATIC_API
vatic_status vatic_symbol_encoder_finish(struct vatic_symbol_encoder *encoder,
                                         struct vatic_bytes **result);

/**
 * Makes a decoder of `size` bytes that an encoder's finish gave.
 *
 * Threads: any. A decoder serves one thread at a time.
 * Owner: the caller gets the decoder, for `vatic_symbol_decoder_free`; the bytes are copied.
 */
VATIC_API
vatic_status vatic_symbol_decoder_create(const void *src,
                                         size_t size,
                                         struct vatic_symbol_decoder **result);

/**
 * Frees a decoder; nothing for NULL.
 *
 * Threads: none may be using it.
 * Owner: takes the decoder.
 */
VATIC_API void vatic_symbol_decoder_free(struct vatic_symbol_decoder *decoder);

/**
 * Fills `symbols` with `count` symbols of one table; `VATIC_ERROR_TRUNCATED` where the input has run out.
 *
 * Threads: one at a time for the decoder; the table may be shared by any.
 * Owner: the caller keeps everything.
 */
VATIC_API
vatic_status vatic_symbol_decoder_decode(struct vatic_symbol_decoder *decoder,
                                         const struct vatic_cdf *cdf,
                                         uint32_t *symbols,
                                         size_t count);

/**
 * Stores a number below `total`, as the encoder was given it.
 *
 * Threads: one at a time.
 * Owner: nothing is handed over.
 */
VATIC_API
vatic_status vatic_symbol_decoder_decode_uniform(struct vatic_symbol_decoder *decoder,
                                                 uint32_t total,
                                                 uint32_t *value);

/**
 * Checks that the stream was as long as what was read from it.
 *
 * Threads: one at a time.
 * Owner: nothing is handed over.
 */
VATIC_API vatic_status vatic_symbol_decoder_finish(struct vatic_symbol_decoder *decoder);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* VATIC_H */
