# What every translation unit is compiled with: the interface target gmail_mcp_flags.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 16)
  message(FATAL_ERROR "clang ${CMAKE_CXX_COMPILER_VERSION} is too old: 16 or newer is needed")
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 12)
  message(FATAL_ERROR "g++ ${CMAKE_CXX_COMPILER_VERSION} is too old: 12 or newer is needed")
endif()

include(CheckCXXCompilerFlag)
set(_clang OFF)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  set(_clang ON)
endif()

add_library(gmail_mcp_flags INTERFACE)
target_include_directories(gmail_mcp_flags INTERFACE
  "${CMAKE_SOURCE_DIR}/src" "${CMAKE_BINARY_DIR}/generated")
configure_file(cmake/gmail_mcp_version.h.in generated/gmail_mcp_version.h @ONLY)

# -fPIE everywhere by hand, not POSITION_INDEPENDENT_CODE: that says -fPIC for libraries and -fPIE
# for programs, and a precompiled header cannot serve both.
target_compile_options(gmail_mcp_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -fPIE -pthread)
if(GMAIL_MCP_WERROR)
  target_compile_options(gmail_mcp_flags INTERFACE -Werror)
endif()
target_link_options(gmail_mcp_flags INTERFACE -pie -pthread LINKER:--as-needed)

if(_clang)
  target_compile_options(gmail_mcp_flags INTERFACE -Wshadow)
  # clang 19 asks for every member even of Options{.only = this}, which is how we write optional ones.
  check_cxx_compiler_flag(-Wmissing-designated-field-initializers GMAIL_MCP_HAS_DESIGNATED_WARNING)
  if(GMAIL_MCP_HAS_DESIGNATED_WARNING)
    target_compile_options(gmail_mcp_flags INTERFACE -Wno-missing-designated-field-initializers)
  endif()
  # No time stamp in the precompiled header, so that ccache finds it again.
  target_compile_options(gmail_mcp_flags INTERFACE "SHELL:-Xclang -fno-pch-timestamp")
  # CMake's own spelling goes through -Xclang and names the header too; ccache does not make that
  # path relative, so every build directory would have a cache of its own.
  set(CMAKE_CXX_COMPILE_OPTIONS_USE_PCH -include-pch <PCH_FILE>)
  string(REGEX MATCH "^[0-9]+" _major "${CMAKE_CXX_COMPILER_VERSION}")
  find_program(GMAIL_MCP_LLD NAMES "ld.lld-${_major}")
  mark_as_advanced(GMAIL_MCP_LLD)
  if(GMAIL_MCP_LLD)
    target_link_options(gmail_mcp_flags INTERFACE "--ld-path=${GMAIL_MCP_LLD}")
  endif()
else()
  # Plain -Wshadow of gcc also objects to a constructor's parameter named like the member it sets.
  target_compile_options(gmail_mcp_flags INTERFACE -Wshadow=local)
  # gcc asks for every member even of Options{.only = this}, which is how we write optional ones.
  target_compile_options(gmail_mcp_flags INTERFACE -Wno-missing-field-initializers)
  # ccache needs it to see through gcc's precompiled headers.
  target_compile_options(gmail_mcp_flags INTERFACE -fpch-preprocess)
  # It only takes a linker that bears the plain name, from a folder it is told.
  find_program(GMAIL_MCP_PLAIN_LLD ld.lld
               PATHS /usr/lib/llvm-16/bin /usr/lib/llvm-18/bin /usr/lib/llvm-19/bin)
  mark_as_advanced(GMAIL_MCP_PLAIN_LLD)
  if(GMAIL_MCP_PLAIN_LLD)
    cmake_path(GET GMAIL_MCP_PLAIN_LLD PARENT_PATH _lld)
    target_link_options(gmail_mcp_flags INTERFACE -fuse-ld=lld "-B${_lld}")
  endif()
endif()

if(GMAIL_MCP_UNIT_FILES GREATER 1)
  # A local may bear the name of what another file of its unit keeps to itself; the builds that see
  # one file at a time ask about shadows.
  target_compile_options(gmail_mcp_flags INTERFACE -Wno-shadow)
  if(NOT _clang)
    # g++ takes a .cpp that a unit includes for a header, whose types others would see as well.
    target_compile_options(gmail_mcp_flags INTERFACE -Wno-subobject-linkage)
  endif()
endif()

if(GMAIL_MCP_HARDEN AND GMAIL_MCP_CORE_FILES)
  message(FATAL_ERROR "GMAIL_MCP_CORE_FILES is for builds that nobody runs with real mail")
endif()
if(GMAIL_MCP_HARDEN)
  target_compile_options(gmail_mcp_flags INTERFACE
    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong)
  target_compile_definitions(gmail_mcp_flags INTERFACE _GLIBCXX_ASSERTIONS)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64|i.86")
    target_compile_options(gmail_mcp_flags INTERFACE -fcf-protection)
  endif()
  target_link_options(gmail_mcp_flags INTERFACE LINKER:-z,relro LINKER:-z,now)
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Release")
  # What nothing calls is left out, and the addresses that the loader must correct are written
  # compactly (DT_RELR: glibc 2.36, Debian 12).
  target_compile_options(gmail_mcp_flags INTERFACE -ffunction-sections -fdata-sections)
  target_link_options(gmail_mcp_flags INTERFACE LINKER:--gc-sections LINKER:-z,pack-relative-relocs)
  if(_clang AND GMAIL_MCP_LLD)
    # Functions of equal code are kept once, where nobody compares their addresses.
    target_link_options(gmail_mcp_flags INTERFACE LINKER:--icf=safe)
  endif()
endif()

if(GMAIL_MCP_SANITIZE)
  set(_sanitizers address)
  if(_clang)
    # With g++ only AddressSanitizer: that build is there to catch double destruction.
    string(APPEND _sanitizers ",undefined")
  endif()
  target_compile_options(gmail_mcp_flags INTERFACE
    -fsanitize=${_sanitizers} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(gmail_mcp_flags INTERFACE -fsanitize=${_sanitizers})
endif()

if(GMAIL_MCP_FUZZ)
  if(NOT _clang)
    message(FATAL_ERROR "GMAIL_MCP_FUZZ needs clang")
  endif()
  target_compile_options(gmail_mcp_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
