# Every target of the project. There is no list of files to keep: a folder, a test, a fuzzer or a
# benchmark exists because its file does, and a folder without sources is simply not there yet.

set(GMAIL_MCP_TEST_PROPERTIES TIMEOUT 600)
if(GMAIL_MCP_SANITIZE)
  # AddressSanitizer only takes a symbolizer that bears the plain name.
  find_program(GMAIL_MCP_SYMBOLIZER llvm-symbolizer
               PATHS /usr/lib/llvm-16/bin /usr/lib/llvm-18/bin /usr/lib/llvm-19/bin)
  mark_as_advanced(GMAIL_MCP_SYMBOLIZER)
  if(GMAIL_MCP_SYMBOLIZER)
    list(APPEND GMAIL_MCP_TEST_PROPERTIES ENVIRONMENT
      "ASAN_SYMBOLIZER_PATH=${GMAIL_MCP_SYMBOLIZER}\\;UBSAN_OPTIONS=print_stacktrace=1")
  endif()
endif()

# --- the precompiled header -----------------------------------------------------------------------
# One for all targets: the headers nearly every file needs anyway and that are slow to parse.
add_library(gmail_mcp_pch STATIC cmake/pch.cpp)
target_link_libraries(gmail_mcp_pch PUBLIC gmail_mcp_boost fmt::fmt)
if(CMAKE_CXX_COMPILER_LAUNCHER)
  set_target_properties(gmail_mcp_pch PROPERTIES CXX_COMPILER_LAUNCHER
    "${CMAKE_SOURCE_DIR}/cmake/compile-pch;${CMAKE_CXX_COMPILER_LAUNCHER}")
endif()
target_precompile_headers(gmail_mcp_pch PRIVATE
  <algorithm> <array> <chrono> <compare> <cstddef> <cstdint> <exception> <functional> <limits>
  <map> <memory> <optional> <set> <span> <stdexcept> <string> <string_view> <tuple> <type_traits>
  <unordered_map> <utility> <variant> <vector>
  <boost/asio/awaitable.hpp> <boost/asio/co_spawn.hpp> <boost/asio/io_context.hpp>
  <boost/asio/steady_timer.hpp> <boost/asio/use_awaitable.hpp> <boost/json.hpp> <fmt/format.h>)

# --- src/<folder> -> gmail_mcp_<folder> -----------------------------------------------------------
set(GMAIL_MCP_LIBRARIES "")
foreach(folder IN LISTS GMAIL_MCP_FOLDERS)
  set(dir "${CMAKE_SOURCE_DIR}/src/${folder}")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${dir}/*.cpp")
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS "${dir}/*.h")
  list(FILTER sources EXCLUDE REGEX "_(test|fuzz)\\.cpp$")
  list(REMOVE_ITEM sources "${dir}/main.cpp")
  if(NOT sources AND NOT headers)
    continue()
  endif()

  if(sources)
    set(kind PUBLIC)
    add_library(gmail_mcp_${folder} STATIC ${sources})
    target_precompile_headers(gmail_mcp_${folder} REUSE_FROM gmail_mcp_pch)
  else()
    set(kind INTERFACE)
    add_library(gmail_mcp_${folder} INTERFACE)
  endif()
  target_link_libraries(gmail_mcp_${folder} ${kind} gmail_mcp_boost fmt::fmt
    ${third_party_${folder}})
  # The file lists the lowest folder first, so what may be included is already a target, or absent.
  foreach(lower IN LISTS GMAIL_MCP_LAYER_${folder})
    if(TARGET gmail_mcp_${lower})
      target_link_libraries(gmail_mcp_${folder} ${kind} gmail_mcp_${lower})
    endif()
  endforeach()
  list(APPEND GMAIL_MCP_LIBRARIES gmail_mcp_${folder})
endforeach()

# --- the program ----------------------------------------------------------------------------------
if(EXISTS "${CMAKE_SOURCE_DIR}/src/app/main.cpp")
  add_executable(gmail-mcp src/app/main.cpp)
  target_precompile_headers(gmail-mcp REUSE_FROM gmail_mcp_pch)
  target_link_libraries(gmail-mcp PRIVATE ${GMAIL_MCP_LIBRARIES})
  if(GMAIL_MCP_CORE_FILES)
    set_property(SOURCE src/app/main.cpp APPEND PROPERTY COMPILE_DEFINITIONS GMAIL_MCP_CORE_FILES)
  endif()
endif()

if(NOT GMAIL_MCP_BUILD_TESTS)
  return()
endif()

# Sets `out` to the folder targets that `files` include: a test, fuzzer or benchmark links these
# and no others, so that building it does not build the whole tree.
function(gmail_mcp_targets_included_by out)
  set(found "")
  foreach(file IN LISTS ARGN)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
    file(STRINGS "${file}" includes REGEX "^#include \"[a-z_]+/")
    foreach(include IN LISTS includes)
      string(REGEX REPLACE "^#include \"([a-z_]+)/.*$" "\\1" folder "${include}")
      if(TARGET gmail_mcp_${folder})
        list(APPEND found gmail_mcp_${folder})
      endif()
    endforeach()
  endforeach()
  list(REMOVE_DUPLICATES found)
  set(${out} "${found}" PARENT_SCOPE)
endfunction()

# An executable `name` from the given sources, linked with what they include.
function(gmail_mcp_executable name)
  add_executable(${name} ${ARGN})
  target_precompile_headers(${name} REUSE_FROM gmail_mcp_pch)
  gmail_mcp_targets_included_by(targets ${ARGN})
  target_link_libraries(${name} PRIVATE gmail_mcp_boost fmt::fmt ${targets})
endfunction()

# --- tests ----------------------------------------------------------------------------------------
# One executable and one CTest entry for each folder; gtest's own discovery would start every
# executable at build time.
set(GMAIL_MCP_TESTS "")
function(gmail_mcp_gtest name)
  gmail_mcp_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name} --gtest_brief=1 WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
  set_tests_properties(${name} PROPERTIES LABELS gtest ${GMAIL_MCP_TEST_PROPERTIES})
  set(GMAIL_MCP_TESTS ${GMAIL_MCP_TESTS} ${name} PARENT_SCOPE)
endfunction()

foreach(folder IN LISTS GMAIL_MCP_FOLDERS)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/${folder}/*_test.cpp")
  if(sources)
    gmail_mcp_gtest(${folder}_test ${sources})
    if(TARGET gmail_mcp_${folder})
      target_link_libraries(${folder}_test PRIVATE gmail_mcp_${folder})
    endif()
  endif()
endforeach()

file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/contract/*_test.cpp")
if(sources)
  file(GLOB shared CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/contract/*.cpp")
  list(FILTER shared EXCLUDE REGEX "_test\\.cpp$")
  gmail_mcp_gtest(contract_test ${sources} ${shared})
  target_link_libraries(contract_test PRIVATE ${GMAIL_MCP_LIBRARIES})
  target_include_directories(contract_test PRIVATE "${CMAKE_SOURCE_DIR}")
endif()

add_custom_target(unit_tests)
if(GMAIL_MCP_TESTS)
  add_dependencies(unit_tests ${GMAIL_MCP_TESTS})
endif()

# --- fuzzers --------------------------------------------------------------------------------------
file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/fuzz/*_fuzz.cpp")
add_custom_target(fuzzers)
foreach(source IN LISTS sources)
  get_filename_component(fuzzer "${source}" NAME_WE)
  string(REGEX REPLACE "_fuzz$" "" subject "${fuzzer}")
  set(corpus "${CMAKE_SOURCE_DIR}/fuzz/corpus/${subject}")
  if(GMAIL_MCP_FUZZ)
    gmail_mcp_executable(${fuzzer} "${source}")
    target_link_options(${fuzzer} PRIVATE -fsanitize=fuzzer)
  else()
    gmail_mcp_executable(${fuzzer} "${source}" "${CMAKE_SOURCE_DIR}/cmake/fuzz_replay.cpp")
    add_test(NAME ${fuzzer} COMMAND ${fuzzer} "${corpus}")
    set_tests_properties(${fuzzer} PROPERTIES LABELS fuzz ${GMAIL_MCP_TEST_PROPERTIES})
  endif()
  add_dependencies(fuzzers ${fuzzer})
endforeach()

# --- programs that other people's programs ask about ours ------------------------------------------
# Mail that scripts/setup fetches; without it there is nothing to test with.
set(corpora "${CMAKE_BINARY_DIR}/../corpora")
file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/interop/*.cpp")
foreach(source IN LISTS sources)
  get_filename_component(stem "${source}" NAME_WE)
  gmail_mcp_executable(${stem} "${source}")
endforeach()
if(TARGET read_messages AND IS_DIRECTORY "${corpora}" AND NOT GMAIL_MCP_FUZZ)
  add_test(NAME read_messages COMMAND read_messages "${corpora}")
  add_test(NAME mime_fuzz_corpora COMMAND mime_fuzz "${corpora}")
  set_tests_properties(read_messages mime_fuzz_corpora PROPERTIES LABELS corpora
    ${GMAIL_MCP_TEST_PROPERTIES})
endif()

# --- benchmarks: only when asked for ---------------------------------------------------------------
file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/bench/*.cpp")
if(benchmark_FOUND AND CMAKE_BUILD_TYPE STREQUAL "Release")
  add_custom_target(bench)
  foreach(source IN LISTS sources)
    get_filename_component(stem "${source}" NAME_WE)
    gmail_mcp_executable(bench_${stem} "${source}")
    set_target_properties(bench_${stem} PROPERTIES EXCLUDE_FROM_ALL ON)
    target_link_libraries(bench_${stem} PRIVATE benchmark::benchmark benchmark::benchmark_main)
    add_dependencies(bench bench_${stem})
  endforeach()
endif()

# --- checks of the source itself --------------------------------------------------------------------
if(GMAIL_MCP_LINT_TESTS)
  foreach(check IN ITEMS check-layers check-coroutines check-docs)
    add_test(NAME ${check} COMMAND "${CMAKE_SOURCE_DIR}/scripts/${check}")
    add_test(NAME ${check}-self-test COMMAND "${CMAKE_SOURCE_DIR}/scripts/${check}" --self-test)
  endforeach()
  add_test(NAME test-summary-self-test COMMAND "${CMAKE_SOURCE_DIR}/scripts/test-summary" --self-test)
endif()
