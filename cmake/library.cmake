# libghostvm, static and shared: the core floors and src/api. Only GVM_API symbols leave the shared library, and the
# libraries linked into it stay inside (no clash with a host program's own OpenSSL).
file(GLOB API_SOURCES CONFIGURE_DEPENDS src/api/*.c)
