#include "vm/jit/elf.h"

#include <elf.h>

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#else
#define MACHINE EM_NONE
#endif

enum { NONE, TEXT, SYMBOLS, STRINGS, NAMES, SECTIONS };
enum { NAME_MAX = 200 };

/* Names of the sections, and where each begins in them. */
static const char names[] = "\0.text\0.symtab\0.strtab\0.shstrtab";
static const uint32_t name_at[SECTIONS] = {0, 1, 7, 15, 23};

void gvm_jit_put_name(gvm_buf *out, gvm_bytes name) {
    for (size_t i = 0; i < name.len && i < NAME_MAX; i++) {
        uint8_t c = name.ptr[i];
        gvm_buf_put(out, c > 0x20 && c < 0x7f ? c : '_');
    }
}

static void align(gvm_buf *out, size_t start) {
    while ((out->len - start) % 16 != 0 && !out->failed) gvm_buf_put(out, 0);
}

/* The symbols and the strings that they name. */
static void put_symbols(gvm_buf *symbols, gvm_buf *strings, const gvm_jit_symbol *from,
                        size_t len) {
    Elf64_Sym none = {0};
    gvm_buf_append(symbols, &none, sizeof none);
    gvm_buf_put(strings, 0);
    for (size_t i = 0; i < len; i++) {
        Elf64_Sym s = {.st_name = (Elf64_Word)strings->len,
                       .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
                       .st_shndx = TEXT,
                       .st_value = from[i].offset,
                       .st_size = from[i].size};
        gvm_buf_append(symbols, &s, sizeof s);
        gvm_jit_put_name(strings, from[i].name);
        gvm_buf_put(strings, 0);
    }
}

gvm_status gvm_jit_elf(gvm_buf *out, gvm_bytes code, uint64_t address,
                       const gvm_jit_symbol *symbols, size_t len) {
    gvm_buf tables[2] = {{0}, {0}};
    put_symbols(&tables[0], &tables[1], symbols, len);
    const gvm_bytes parts[SECTIONS] = {[TEXT] = code,
                                       [SYMBOLS] = gvm_buf_bytes(&tables[0]),
                                       [STRINGS] = gvm_buf_bytes(&tables[1]),
                                       [NAMES] = gvm_bytes_make(names, sizeof names)};
    Elf64_Shdr sections[SECTIONS] = {
        [TEXT] = {.sh_type = SHT_PROGBITS, .sh_flags = SHF_ALLOC | SHF_EXECINSTR},
        [SYMBOLS] = {.sh_type = SHT_SYMTAB,
                     .sh_link = STRINGS,
                     .sh_info = 1,
                     .sh_entsize = sizeof(Elf64_Sym)},
        [STRINGS] = {.sh_type = SHT_STRTAB},
        [NAMES] = {.sh_type = SHT_STRTAB},
    };
    sections[TEXT].sh_addr = address;
    size_t start = out->len;
    Elf64_Ehdr head = {.e_type = ET_REL,
                       .e_machine = MACHINE,
                       .e_version = EV_CURRENT,
                       .e_ehsize = sizeof head,
                       .e_shentsize = sizeof(Elf64_Shdr),
                       .e_shnum = SECTIONS,
                       .e_shstrndx = NAMES};
    memcpy(head.e_ident, ELFMAG, SELFMAG);
    head.e_ident[EI_CLASS] = ELFCLASS64;
    head.e_ident[EI_DATA] = ELFDATA2LSB;
    head.e_ident[EI_VERSION] = EV_CURRENT;
    gvm_buf_append(out, &head, sizeof head);
    for (unsigned i = 1; i < SECTIONS; i++) {
        align(out, start);
        sections[i].sh_name = name_at[i];
        sections[i].sh_offset = out->len - start;
        sections[i].sh_size = parts[i].len;
        sections[i].sh_addralign = i == STRINGS || i == NAMES ? 1 : 16;
        gvm_buf_append(out, parts[i].ptr, parts[i].len);
    }
    align(out, start);
    uint64_t table = out->len - start;
    gvm_buf_append(out, sections, sizeof sections);
    if (!out->failed) memcpy(out->ptr + start + offsetof(Elf64_Ehdr, e_shoff), &table, 8);
    if (tables[0].failed || tables[1].failed) out->failed = true;
    gvm_buf_free(&tables[0]);
    gvm_buf_free(&tables[1]);
    return gvm_buf_status(out);
}
