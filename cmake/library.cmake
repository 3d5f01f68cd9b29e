# libghostvm, static and shared: the core floors and src/api. Only GVM_API symbols leave the shared library, and the
# libraries linked into it stay inside (no clash with a host program's own OpenSSL).
file(GLOB API_SOURCES CONFIGURE_DEPENDS src/api/*.c)
add_library(ghostvm_objects OBJECT ${API_SOURCES})
add_library(ghostvm_shared SHARED $<TARGET_OBJECTS:ghostvm_objects>)
target_link_libraries(ghostvm_shared PRIVATE $<TARGET_FILE:core> ${CORE_SHARED_LIBS})
add_dependencies(ghostvm_shared core)
target_link_options(ghostvm_shared PRIVATE -Wl,--exclude-libs,ALL -Wl,-Bsymbolic -Wl,--gc-sections)
set_target_properties(ghostvm_shared PROPERTIES OUTPUT_NAME ghostvm VERSION ${PROJECT_VERSION} SOVERSION 0)

# The static one holds the objects of the core as well; the libraries beneath are named by the pkg-config file.
add_library(ghostvm_static STATIC $<TARGET_OBJECTS:ghostvm_objects> $<TARGET_OBJECTS:core_objects>)
set_target_properties(ghostvm_static PROPERTIES OUTPUT_NAME ghostvm)

configure_file(cmake/ghostvm.pc.in ${CMAKE_BINARY_DIR}/ghostvm.pc @ONLY)
set(CMAKE_INSTALL_LIBDIR lib)
install(TARGETS ghostvm_shared ghostvm_static LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${CMAKE_BINARY_DIR}/ghostvm.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(DIRECTORY include/ghostvm DESTINATION include FILES_MATCHING PATTERN "*.h")
