/*
 * As much JSON as the descriptions of vectors have: one object, values that are texts, numbers, null or objects of those. Values are found by
 * name at any depth, as no two have one name.
 */
#ifndef VECTORS_JSON_H
#define VECTORS_JSON_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Behind `"name":`, or NULL. */
static const char *json_find(const char *json, const char *name) {
    size_t length = strlen(name);
    const char *at = json;
    while ((at = strchr(at, '"')) != NULL) {
        const char *end = ++at;
        while (*end != '"' && *end != 0) end += *end == '\\' && end[1] != 0 ? 2 : 1;
        if (*end == 0) return NULL;
        const char *after = end + 1 + strspn(end + 1, " \n");
        if (*after == ':' && (size_t)(end - at) == length && memcmp(at, name, length) == 0) {
            return after + 1 + strspn(after + 1, " \n");
        }
        at = end + 1;
    }
    return NULL;
}

/* Copies a text; 0 if there is none, it is too long, or it has an escape. */
static int json_text(const char *json, const char *name, char *out, size_t capacity) {
    const char *at = json_find(json, name);
    if (at == NULL || *at != '"') return 0;
    size_t length = strcspn(at + 1, "\"\\");
    if (at[1 + length] != '"' || length >= capacity) return 0;
    memcpy(out, at + 1, length);
    out[length] = 0;
    return 1;
}

/* A number; 0 if there is none. */
static int json_number(const char *json, const char *name, uint64_t *out) {
    const char *at = json_find(json, name);
    if (at == NULL || *at < '0' || *at > '9') return 0;
    *out = strtoull(at, NULL, 10);
    return 1;
}

#endif
