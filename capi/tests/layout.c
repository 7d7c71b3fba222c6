/* What programs rely on beside functions: sizes and offsets of the two public structs. It only has to compile. */
#include <stddef.h>
#include <vatic.h>

#define SAME(name, condition) typedef char name[(condition) ? 1 : -1]

SAME(in_size, sizeof(vatic_in_buffer) == 3 * sizeof(void *));
SAME(in_src, offsetof(vatic_in_buffer, src) == 0);
SAME(in_length, offsetof(vatic_in_buffer, size) == sizeof(void *));
SAME(in_pos, offsetof(vatic_in_buffer, pos) == 2 * sizeof(void *));
SAME(out_size, sizeof(vatic_out_buffer) == 3 * sizeof(void *));
SAME(out_dst, offsetof(vatic_out_buffer, dst) == 0);
SAME(out_length, offsetof(vatic_out_buffer, size) == sizeof(void *));
SAME(out_pos, offsetof(vatic_out_buffer, pos) == 2 * sizeof(void *));
SAME(status_size, sizeof(vatic_status) == 4);

int vatic_layout(void) { return 0; }
