/* Loads the library at run time, compresses a text and restores it: plugin PATH_OF_LIBRARY. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <vatic.h>

/* ISO C has no way from an object pointer to a function pointer; POSIX wants this one. */
#define LOAD(library, name) (*(void **)(&name) = dlsym(library, "vatic_" #name))

int main(int count, char **arguments) {
    static const char text[] = "Whoever loads a library late looks at its number first.";
    uint32_t (*abi_version)(void);
    size_t (*compress_bound)(size_t);
    vatic_status (*compress)(vatic_ctx *, void *, size_t, size_t *, const void *, size_t);
    vatic_status (*decompress)(vatic_ctx *, void *, size_t, size_t *, const void *, size_t);
    char packed[256], plain[256];
    size_t size = 0, back = 0;

    if (count != 2) return 2;
    void *library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    LOAD(library, abi_version);
    LOAD(library, compress_bound);
    LOAD(library, compress);
    LOAD(library, decompress);
    if (abi_version == NULL || abi_version() != VATIC_ABI_VERSION) {
        fputs("this is another library than the program was written for\n", stderr);
        return 1;
    }
    if (compress_bound(sizeof text) > sizeof packed ||
        compress(NULL, packed, sizeof packed, &size, text, sizeof text) != VATIC_OK ||
        decompress(NULL, plain, sizeof plain, &back, packed, size) != VATIC_OK || strcmp(plain, text) != 0) {
        fputs("the text did not come back\n", stderr);
        return 1;
    }
    printf("%zu bytes as %zu\n", back, size);
    return dlclose(library);
}
