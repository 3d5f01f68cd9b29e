# tests/unit/<room>_test.c          cmocka, needs nothing from outside
# tests/conformance/<room>_test.c   cmocka, reads $GHOSTVM_VECTORS (default ../shared/vectors); exit 77 = skipped
# tests/scenario/*                  executables (sh, py): exit 77 = skipped; get the build folder as first argument
# fuzz/<room>_fuzz.c                libFuzzer targets (preset fuzz), corpus in fuzz/corpus/<room>
# bench/<room>_bench.c              programs that print ratios
file(GLOB TEST_SUPPORT CONFIGURE_DEPENDS tests/support/*.c)
if(TEST_SUPPORT)
  add_library(test_support STATIC ${TEST_SUPPORT})
  target_link_libraries(test_support PUBLIC node)
else()
  add_library(test_support INTERFACE)
  target_link_libraries(test_support INTERFACE node)
endif()

if(NOT GVM_FUZZ)
  foreach(kind unit conformance)
    file(GLOB sources CONFIGURE_DEPENDS tests/${kind}/*_test.c)
    foreach(source ${sources})
      get_filename_component(name ${source} NAME_WE)
      set(target ${kind}_${name})
      add_executable(${target} ${source})
      target_include_directories(${target} PRIVATE tests)
      target_link_libraries(${target} PRIVATE test_support cmocka)
      set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
      add_test(NAME ${kind}/${name} COMMAND ${target} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
      set_tests_properties(${kind}/${name} PROPERTIES LABELS ${kind} SKIP_RETURN_CODE 77)
    endforeach()
  endforeach()

  # The generating fuzzer without libFuzzer, to compare what it sees with what it sees on arm64.
  add_executable(wasm_generate fuzz/wasm_generate_fuzz.c fuzz/support/without_libfuzzer.c)
  target_link_libraries(wasm_generate PRIVATE core)
  set_target_properties(wasm_generate PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)

  file(GLOB scenarios CONFIGURE_DEPENDS tests/scenario/*.sh tests/scenario/*.py)
  foreach(script ${scenarios})
    get_filename_component(name ${script} NAME_WE)
    add_test(NAME scenario/${name} COMMAND ${script} ${CMAKE_BINARY_DIR} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(scenario/${name} PROPERTIES LABELS scenario SKIP_RETURN_CODE 77)
  endforeach()

endif()

if(NOT GVM_FUZZ AND NOT GVM_SANITIZE AND NOT GVM_COVERAGE)
  file(GLOB sources CONFIGURE_DEPENDS bench/*_bench.c)
  foreach(source ${sources})
    get_filename_component(name ${source} NAME_WE)
    add_executable(${name} ${source})
    target_include_directories(${name} PRIVATE tests)
    target_link_libraries(${name} PRIVATE test_support)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
  endforeach()
  # The wasm core without metering, to see what that costs; it is in nothing else.
  add_executable(wasm_bench_unmetered bench/wasm_bench.c ${WASM_SOURCES})
  target_compile_definitions(wasm_bench_unmetered PRIVATE GVM_WASM_UNMETERED)
  target_link_libraries(wasm_bench_unmetered PRIVATE core)
  set_target_properties(wasm_bench_unmetered PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
endif()

if(GVM_FUZZ)
  file(GLOB sources CONFIGURE_DEPENDS fuzz/*_fuzz.c)
  foreach(source ${sources})
    get_filename_component(name ${source} NAME_WE)
    add_executable(${name} ${source})
    target_include_directories(${name} PRIVATE tests)
    target_link_libraries(${name} PRIVATE node -fsanitize=fuzzer)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  endforeach()
endif()
