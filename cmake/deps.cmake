# The libraries, by pkg-config: first the private prefix (scripts/setup), then the system. One list per wing.
find_package(PkgConfig REQUIRED)
file(GLOB deps_pc ${GVM_DEPS}/lib/pkgconfig ${GVM_DEPS}/usr/lib/*/pkgconfig)
string(REPLACE ";" ":" deps_pc "${deps_pc}")
set(ENV{PKG_CONFIG_PATH} "${deps_pc}:$ENV{PKG_CONFIG_PATH}")
file(GLOB deps_lib ${GVM_DEPS}/lib ${GVM_DEPS}/usr/lib/*-linux-gnu)

# Static where our own binary must not meet another copy (OpenSSL) or the file comes from the prefix.
find_library(CRYPTO_LIB NAMES libcrypto.a PATHS ${GVM_DEPS}/lib NO_DEFAULT_PATH)
set(CRYPTO_INCLUDE ${GVM_DEPS}/include)
if(NOT CRYPTO_LIB)
  # The system's is new enough: use it as it is, shared, with the system's updates.
  pkg_check_modules(CRYPTO REQUIRED libcrypto>=3.5)
  find_library(CRYPTO_SYSTEM_LIB NAMES crypto REQUIRED)
  set(CRYPTO_LIB ${CRYPTO_SYSTEM_LIB})
  set(CRYPTO_INCLUDE ${CRYPTO_INCLUDE_DIRS})
endif()
find_library(YYJSON_LIB NAMES libyyjson.a PATHS ${deps_lib} REQUIRED)
find_library(LLHTTP_LIB NAMES libllhttp.a llhttp PATHS ${deps_lib} REQUIRED)
find_library(LMDB_LIB NAMES liblmdb.a lmdb REQUIRED)
find_library(SECP256K1_LIB NAMES libsecp256k1.a secp256k1 REQUIRED)
find_library(GMP_LIB NAMES libgmp.a gmp REQUIRED)
find_library(ZSTD_LIB NAMES libzstd.a zstd REQUIRED)
find_library(UV_LIB NAMES libuv_a.a libuv.a uv REQUIRED)
find_library(WSLAY_LIB NAMES libwslay.a wslay REQUIRED)

include_directories(SYSTEM ${CRYPTO_INCLUDE} ${GVM_DEPS}/include ${GVM_DEPS}/usr/include)
set(CORE_LIBS ${CRYPTO_LIB} ${SECP256K1_LIB} ${GMP_LIB} ${LMDB_LIB} ${YYJSON_LIB} ${ZSTD_LIB} Threads::Threads dl m)
set(NODE_LIBS ${LLHTTP_LIB} ${WSLAY_LIB} ${UV_LIB})

# The shared library cannot hold Debian's static archives that are not position-independent: it names those libraries.
find_library(LMDB_SHARED NAMES lmdb REQUIRED)
find_library(SECP256K1_SHARED NAMES secp256k1 REQUIRED)
find_library(GMP_SHARED NAMES gmp REQUIRED)
find_library(ZSTD_SHARED NAMES zstd REQUIRED)
set(CORE_SHARED_LIBS ${CRYPTO_LIB} ${YYJSON_LIB} ${SECP256K1_SHARED} ${GMP_SHARED} ${LMDB_SHARED} ${ZSTD_SHARED}
    Threads::Threads dl m)
