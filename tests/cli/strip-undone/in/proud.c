/* A library that looks for its own symbol table when it is loaded, and gives up without one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char content[1 << 20];
static char wanted[] = "?symtab";

static int has_table(const char *path) {
  FILE *file = fopen(path, "rb");
  const size_t size = file == NULL ? 0 : fread(content, 1, sizeof content, file);
  for (size_t i = 0; i + 7 <= size; ++i) {
    if (memcmp(content + i, wanted, 7) == 0) return 1;
  }
  return 0;
}

static void __attribute__((constructor)) look(void) {
  static char line[4096];
  FILE *maps = fopen("/proc/self/maps", "r");
  wanted[0] = '.';
  while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
    char *path = strchr(line, '/');
    if (path == NULL || strstr(path, "proud.so") == NULL) continue;
    path[strcspn(path, "\n")] = '\0';
    if (!has_table(path)) abort();
    return;
  }
}
