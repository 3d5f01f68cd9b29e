# libghostvm and libghostvm-wasm, static and shared. libghostvm is the core floors and src/api. Only GVM_API symbols leave
# the shared library, and the libraries linked into it stay inside (no clash with a host program's own OpenSSL).
file(GLOB API_SOURCES CONFIGURE_DEPENDS src/api/*.c)
add_library(ghostvm_objects OBJECT ${API_SOURCES})
add_library(ghostvm_shared SHARED $<TARGET_OBJECTS:ghostvm_objects>)
target_link_libraries(ghostvm_shared PRIVATE $<TARGET_FILE:core> ${CORE_SHARED_LIBS})
add_dependencies(ghostvm_shared core)
target_link_options(ghostvm_shared PRIVATE -Wl,--exclude-libs,ALL -Wl,-Bsymbolic -Wl,--gc-sections)
set_target_properties(ghostvm_shared PROPERTIES OUTPUT_NAME ghostvm VERSION ${PROJECT_VERSION} SOVERSION 0)

# The static one holds the objects of the core as well; the libraries beneath are named by the pkg-config file.
add_library(ghostvm_static STATIC $<TARGET_OBJECTS:ghostvm_objects> $<TARGET_OBJECTS:core_objects>
            $<TARGET_OBJECTS:wasm_objects>)
set_target_properties(ghostvm_static PROPERTIES OUTPUT_NAME ghostvm)

# libghostvm-wasm: the wasm core, for programs without a chain. It needs libc alone.
add_library(ghostvm_wasm_shared SHARED $<TARGET_OBJECTS:wasm_objects>)
add_library(ghostvm_wasm_static STATIC $<TARGET_OBJECTS:wasm_objects>)
target_link_options(ghostvm_wasm_shared PRIVATE -Wl,-Bsymbolic -Wl,--gc-sections -Wl,--as-needed)
set_target_properties(ghostvm_wasm_shared PROPERTIES OUTPUT_NAME ghostvm-wasm VERSION ${PROJECT_VERSION} SOVERSION 0)
set_target_properties(ghostvm_wasm_static PROPERTIES OUTPUT_NAME ghostvm-wasm)

configure_file(cmake/ghostvm.pc.in ${CMAKE_BINARY_DIR}/ghostvm.pc @ONLY)
configure_file(cmake/ghostvm-wasm.pc.in ${CMAKE_BINARY_DIR}/ghostvm-wasm.pc @ONLY)
set(CMAKE_INSTALL_LIBDIR lib)
install(TARGETS ghostvm_shared ghostvm_static ghostvm_wasm_shared ghostvm_wasm_static LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${CMAKE_BINARY_DIR}/ghostvm.pc ${CMAKE_BINARY_DIR}/ghostvm-wasm.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(DIRECTORY include/ghostvm DESTINATION include FILES_MATCHING PATTERN "*.h" PATTERN "*.inc")
