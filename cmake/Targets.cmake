# Every target of the project. There is no list of files to keep: a folder, a test, a fuzzer or a
# benchmark exists because its file does, and a folder without sources is simply not there yet.

set(GMAIL_MCP_TEST_PROPERTIES TIMEOUT 1200)
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

# --- precompiled headers --------------------------------------------------------------------------
# The headers nearly every file needs anyway and that are slow to parse: one for all targets, and one
# with GoogleTest for the tests. Three are our own: four files of five include them, so that whoever
# changes one compiles everything anyway.
function(gmail_mcp_precompiled name)
  add_library(${name} STATIC cmake/pch.cpp)
  target_link_libraries(${name} PUBLIC gmail_mcp_boost fmt::fmt)
  if(CMAKE_CXX_COMPILER_LAUNCHER)
    set_target_properties(${name} PROPERTIES CXX_COMPILER_LAUNCHER
      "${CMAKE_SOURCE_DIR}/cmake/compile-pch;${CMAKE_CXX_COMPILER_LAUNCHER}")
  endif()
  target_precompile_headers(${name} PRIVATE
    <algorithm> <array> <chrono> <compare> <cstddef> <cstdint> <exception> <functional> <limits>
    <map> <memory> <optional> <set> <span> <stdexcept> <string> <string_view> <tuple> <type_traits>
    <unordered_map> <utility> <variant> <vector>
    <boost/asio/awaitable.hpp> <boost/asio/co_spawn.hpp> <boost/asio/io_context.hpp>
    <boost/asio/steady_timer.hpp> <boost/asio/use_awaitable.hpp> <boost/json.hpp> <fmt/format.h>
    <base/clock.h> <base/error.h> <base/task.h>
    ${ARGN})
endfunction()
gmail_mcp_precompiled(gmail_mcp_pch)

# --- what may be small ----------------------------------------------------------------------------
# In a release, folders whose code runs a few times per call are compiled for size: that takes the
# compiler half the time and makes two thirds of the code. What every call passes, and what runs for
# every byte, field or row, is in the other folders.
set(GMAIL_MCP_SMALL imap smtp mail setup resources prompts sandbox app)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  gmail_mcp_precompiled(gmail_mcp_small_pch)
  target_compile_options(gmail_mcp_small_pch PRIVATE -Oz)
endif()
function(gmail_mcp_compiled target folder)
  if(TARGET gmail_mcp_small_pch AND folder IN_LIST GMAIL_MCP_SMALL)
    target_compile_options(${target} PRIVATE -Oz)
    target_precompile_headers(${target} REUSE_FROM gmail_mcp_small_pch)
  else()
    target_precompile_headers(${target} REUSE_FROM gmail_mcp_pch)
  endif()
endfunction()

# --- several files as one unit --------------------------------------------------------------------
# Sets `out` to what the compiler gets to see of the given sources: with GMAIL_MCP_UNIT_FILES files
# that include so many of them each, so that headers are read and templates made once for all. CMake's
# own UNITY_BUILD writes absolute paths into them, which ccache cannot see through.
function(gmail_mcp_units out name)
  list(LENGTH ARGN count)
  if(GMAIL_MCP_UNIT_FILES LESS 2 OR count LESS 2)
    set(${out} ${ARGN} PARENT_SCOPE)
    return()
  endif()
  # As many units as needed, then as even as they can be.
  math(EXPR units "(${count} + ${GMAIL_MCP_UNIT_FILES} - 1) / ${GMAIL_MCP_UNIT_FILES}")
  set(made "")
  set(taken 0)
  foreach(unit RANGE 1 ${units})
    math(EXPR until "${count} * ${unit} / ${units}")
    math(EXPR length "${until} - ${taken}")
    list(SUBLIST ARGN ${taken} ${length} files)
    set(taken ${until})
    set(text "")
    foreach(file IN LISTS files)
      file(RELATIVE_PATH file "${CMAKE_SOURCE_DIR}" "${file}")
      string(APPEND text "#include \"${file}\"\n")
    endforeach()
    set(path "${CMAKE_BINARY_DIR}/units/${name}_${unit}.cpp")
    file(CONFIGURE OUTPUT "${path}" CONTENT "${text}" @ONLY)
    list(APPEND made "${path}")
  endforeach()
  set_source_files_properties(${made} PROPERTIES INCLUDE_DIRECTORIES "${CMAKE_SOURCE_DIR}")
  set(${out} ${made} PARENT_SCOPE)
endfunction()

# --- what is compiled in but is no code -----------------------------------------------------------
file(GLOB seeds CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/sandbox/seeds/*.txt")
gmail_mcp_embed_texts(sandbox_seeds.h gmail_mcp::sandbox seed_files ${seeds})

# --- src/<folder> -> gmail_mcp_<folder> -----------------------------------------------------------
set(GMAIL_MCP_LIBRARIES "")
foreach(folder IN LISTS GMAIL_MCP_FOLDERS)
  set(dir "${CMAKE_SOURCE_DIR}/src/${folder}")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${dir}/*.cpp")
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS "${dir}/*.h")
  list(FILTER sources EXCLUDE REGEX "_(test|fuzz)\\.cpp$|/testing/")
  list(FILTER headers EXCLUDE REGEX "/testing/")
  list(REMOVE_ITEM sources "${dir}/main.cpp")
  if(NOT sources AND NOT headers)
    continue()
  endif()

  if(sources)
    set(kind PUBLIC)
    gmail_mcp_units(units ${folder} ${sources})
    add_library(gmail_mcp_${folder} STATIC ${units})
    gmail_mcp_compiled(gmail_mcp_${folder} ${folder})
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
  gmail_mcp_compiled(gmail-mcp app)
  target_link_libraries(gmail-mcp PRIVATE gmail_mcp_app)
  if(TARGET gmail_mcp_small_pch)
    # Of a template that both kinds of folders made the linker takes the first: the fast one.
    foreach(folder IN LISTS GMAIL_MCP_FOLDERS)
      if(NOT folder IN_LIST GMAIL_MCP_SMALL)
        target_sources(gmail-mcp PRIVATE $<TARGET_OBJECTS:gmail_mcp_${folder}>)
      endif()
    endforeach()
  endif()
  if(CMAKE_BUILD_TYPE STREQUAL "Release" AND _clang AND GMAIL_MCP_LLD)
    # What a start and the calls run lies together, so that the kernel does not map all of the code
    # for a third of it (scripts/order-functions). Names that are no longer there do no harm.
    set(_order "${CMAKE_SOURCE_DIR}/cmake/function_order.txt")
    target_link_options(gmail-mcp PRIVATE
      "LINKER:--symbol-ordering-file=${_order}" LINKER:--no-warn-symbol-ordering)
    set_property(TARGET gmail-mcp APPEND PROPERTY LINK_DEPENDS "${_order}")
  endif()
  if(GMAIL_MCP_CORE_FILES)
    set_property(SOURCE src/app/main.cpp APPEND PROPERTY COMPILE_DEFINITIONS GMAIL_MCP_CORE_FILES)
  endif()
endif()

# The simulated Google, beside it. It shares none of what the program is made of above the protocols.
add_executable(gmail-mcp-sandbox src/sandbox/main.cpp)
gmail_mcp_compiled(gmail-mcp-sandbox sandbox)
target_link_libraries(gmail-mcp-sandbox PRIVATE gmail_mcp_sandbox CLI11::CLI11)
add_dependencies(gmail-mcp gmail-mcp-sandbox)

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
      if(include MATCHES "/testing/" AND folder IN_LIST GMAIL_MCP_TESTING)
        list(APPEND found gmail_mcp_${folder}_testing)
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
# The tests of a folder are compiled once and linked twice: into the program of their floor, which is
# what CTest runs, and, only when asked for, into `<folder>_test`, which needs no other folder's tests.
# One CTest entry for each folder; gtest's own discovery would start every program at build time.
gmail_mcp_precompiled(gmail_mcp_test_pch <gmock/gmock.h> <gtest/gtest.h>)
target_link_libraries(gmail_mcp_test_pch PUBLIC GTest::gmock)
add_library(gmail_mcp_test_main STATIC cmake/test_main.cpp)
target_precompile_headers(gmail_mcp_test_main REUSE_FROM gmail_mcp_test_pch)
target_link_libraries(gmail_mcp_test_main PUBLIC gmail_mcp_boost fmt::fmt GTest::gmock)

# src/<folder>/testing -> gmail_mcp_<folder>_testing: what several folders' tests share, and no program of
# ours has. The names first: they may need each other.
set(GMAIL_MCP_TESTING "")
foreach(folder IN LISTS GMAIL_MCP_FOLDERS)
  if(IS_DIRECTORY "${CMAKE_SOURCE_DIR}/src/${folder}/testing")
    list(APPEND GMAIL_MCP_TESTING ${folder})
  endif()
endforeach()
foreach(folder IN LISTS GMAIL_MCP_TESTING)
  set(dir "${CMAKE_SOURCE_DIR}/src/${folder}/testing")
  file(GLOB sources CONFIGURE_DEPENDS "${dir}/*.cpp")
  file(GLOB headers CONFIGURE_DEPENDS "${dir}/*.h")
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  set(name gmail_mcp_${folder}_testing)
  if(sources)
    set(kind PUBLIC)
    gmail_mcp_units(units ${folder}_testing ${sources})
    add_library(${name} STATIC ${units})
    target_precompile_headers(${name} REUSE_FROM gmail_mcp_pch)
  else()
    set(kind INTERFACE)
    add_library(${name} INTERFACE)
  endif()
  gmail_mcp_targets_included_by(targets ${sources} ${headers})
  list(REMOVE_ITEM targets ${name})
  target_link_libraries(${name} ${kind} gmail_mcp_boost fmt::fmt ${targets})
endforeach()

add_custom_target(unit_tests)
function(gmail_mcp_test_objects name)
  gmail_mcp_units(units ${name} ${ARGN})
  add_library(gmail_mcp_${name} OBJECT ${units})
  target_precompile_headers(gmail_mcp_${name} REUSE_FROM gmail_mcp_test_pch)
  gmail_mcp_targets_included_by(targets ${ARGN})
  target_link_libraries(gmail_mcp_${name} PUBLIC gmail_mcp_test_main ${targets})
endfunction()
function(gmail_mcp_test name)
  add_test(NAME ${name} COMMAND ${ARGN} --gtest_brief=1 WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
  set_tests_properties(${name} PROPERTIES LABELS gtest ${GMAIL_MCP_TEST_PROPERTIES})
endfunction()

foreach(folder IN LISTS GMAIL_MCP_FOLDERS)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/${folder}/*_test.cpp")
  if(NOT sources)
    continue()
  endif()
  gmail_mcp_test_objects(${folder}_tests ${sources})
  if(TARGET gmail_mcp_${folder})
    target_link_libraries(gmail_mcp_${folder}_tests PUBLIC gmail_mcp_${folder})
  endif()
  add_executable(${folder}_test EXCLUDE_FROM_ALL)
  set(floor ${GMAIL_MCP_FLOOR_${folder}}_test)
  if(NOT TARGET ${floor})
    add_executable(${floor})
    add_dependencies(unit_tests ${floor})
  endif()
  foreach(program IN ITEMS ${folder}_test ${floor})
    target_link_libraries(${program} PRIVATE gmail_mcp_${folder}_tests)
  endforeach()
  gmail_mcp_test(${folder}_test ${floor} ${folder})
endforeach()

file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/contract/*.cpp")
if(sources)
  gmail_mcp_test_objects(contract_tests ${sources})
  target_include_directories(gmail_mcp_contract_tests PRIVATE "${CMAKE_SOURCE_DIR}")
  add_executable(contract_test)
  target_link_libraries(contract_test PRIVATE gmail_mcp_contract_tests ${GMAIL_MCP_LIBRARIES})
  add_dependencies(unit_tests contract_test)
  gmail_mcp_test(contract_test contract_test)
endif()

# The tests that promises name must be in the programs.
if(TARGET contract_test)
  add_test(NAME promises COMMAND "${CMAKE_SOURCE_DIR}/scripts/check-promises" $<TARGET_FILE:world_test>
    $<TARGET_FILE:product_test> $<TARGET_FILE:doors_test> $<TARGET_FILE:contract_test>
    WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
  set_tests_properties(promises PROPERTIES LABELS gtest ${GMAIL_MCP_TEST_PROPERTIES})
endif()

# --- fuzzers --------------------------------------------------------------------------------------
file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/fuzz/*_fuzz.cpp")
add_custom_target(fuzzers)
if(NOT GMAIL_MCP_FUZZ)
  # One program replays for all of them: each target gets a name of its own there.
  gmail_mcp_executable(fuzz_replay ${sources})
  target_sources(fuzz_replay PRIVATE cmake/fuzz_replay.cpp)
  add_dependencies(fuzzers fuzz_replay)
endif()
set(targets "")
foreach(source IN LISTS sources)
  get_filename_component(fuzzer "${source}" NAME_WE)
  string(REGEX REPLACE "_fuzz$" "" subject "${fuzzer}")
  if(GMAIL_MCP_FUZZ)
    gmail_mcp_executable(${fuzzer} "${source}")
    target_link_options(${fuzzer} PRIVATE -fsanitize=fuzzer)
    add_dependencies(fuzzers ${fuzzer})
  else()
    set_source_files_properties("${source}" PROPERTIES
      COMPILE_DEFINITIONS LLVMFuzzerTestOneInput=${fuzzer})
    string(APPEND targets "FUZZ_TARGET(${subject}, ${fuzzer})\n")
    add_test(NAME ${fuzzer}
             COMMAND fuzz_replay ${subject} "${CMAKE_SOURCE_DIR}/fuzz/corpus/${subject}")
    set_tests_properties(${fuzzer} PROPERTIES LABELS fuzz ${GMAIL_MCP_TEST_PROPERTIES})
  endif()
endforeach()
file(CONFIGURE OUTPUT generated/fuzz_targets.h CONTENT "${targets}" @ONLY)

# --- programs that other people's programs ask about ours ------------------------------------------
# Mail that scripts/setup fetches; without it there is nothing to test with.
set(corpora "${CMAKE_BINARY_DIR}/../corpora")
file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/interop/*.cpp")
foreach(source IN LISTS sources)
  get_filename_component(stem "${source}" NAME_WE)
  gmail_mcp_executable(${stem} "${source}")
endforeach()
# The server that the conformance suite of MCP asks about.
gmail_mcp_executable(conformance_server "${CMAKE_SOURCE_DIR}/tests/conformance/server.cpp")
# The server of docs/mcp.md.
gmail_mcp_executable(example_dice "${CMAKE_SOURCE_DIR}/examples/cpp/dice.cpp")
if(TARGET read_messages AND IS_DIRECTORY "${corpora}" AND NOT GMAIL_MCP_FUZZ)
  add_test(NAME read_messages COMMAND read_messages "${corpora}")
  add_test(NAME mime_fuzz_corpora COMMAND fuzz_replay mime "${corpora}")
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
