# The libraries we stand on, each found once, and which folder links which.

# What is linked into a release, not loaded at its start (docs/decisions/028-some-libraries-are-linked-in.md).
set(GMAIL_MCP_LINK_IN OFF)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  set(GMAIL_MCP_LINK_IN ON)
endif()
# Sets `target` to one that links the archive lib<name>.a instead of the shared library of `shared`, or to `shared`
# where there is none.
function(gmail_mcp_linked_in target shared name)
  set(${target} ${shared} PARENT_SCOPE)
  if(NOT GMAIL_MCP_LINK_IN)
    return()
  endif()
  find_library(GMAIL_MCP_ARCHIVE_${name} "lib${name}.a")
  mark_as_advanced(GMAIL_MCP_ARCHIVE_${name})
  if(GMAIL_MCP_ARCHIVE_${name})
    add_library(gmail_mcp_archive_${name} INTERFACE)
    # Compiled as for the shared library: on ELF the difference means nothing to an archive.
    target_include_directories(gmail_mcp_archive_${name} SYSTEM INTERFACE
      $<TARGET_PROPERTY:${shared},INTERFACE_INCLUDE_DIRECTORIES>)
    target_compile_definitions(gmail_mcp_archive_${name} INTERFACE
      $<TARGET_PROPERTY:${shared},INTERFACE_COMPILE_DEFINITIONS>)
    target_compile_options(gmail_mcp_archive_${name} INTERFACE
      $<TARGET_PROPERTY:${shared},INTERFACE_COMPILE_OPTIONS>)
    target_link_libraries(gmail_mcp_archive_${name} INTERFACE "${GMAIL_MCP_ARCHIVE_${name}}")
    set(${target} gmail_mcp_archive_${name} PARENT_SCOPE)
  endif()
endfunction()

# By its own configuration: CMake gives up its FindBoost.
find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS json url)
gmail_mcp_linked_in(boost_json Boost::json boost_json)
gmail_mcp_linked_in(boost_url Boost::url boost_url)
find_package(CURL 7.88 REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(SQLite3 3.40 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(fmt REQUIRED)
# Numbers for /metrics; its server and pusher are not used.
find_package(prometheus-cpp REQUIRED CONFIG)
find_package(PkgConfig REQUIRED)
pkg_check_modules(GMIME REQUIRED gmime-3.0)

# libcurl, GMime and libpq are loaded when they are first used (base/late_library.h): a folder that
# uses them needs their headers, and no program is linked with them.
add_library(gmail_mcp_libcurl INTERFACE)
target_include_directories(gmail_mcp_libcurl SYSTEM INTERFACE ${CURL_INCLUDE_DIRS})
add_library(gmail_mcp_gmime INTERFACE)
target_include_directories(gmail_mcp_gmime SYSTEM INTERFACE ${GMIME_INCLUDE_DIRS})

# Unicode's normal forms.
pkg_check_modules(UTF8PROC REQUIRED IMPORTED_TARGET libutf8proc)
gmail_mcp_linked_in(utf8proc PkgConfig::UTF8PROC utf8proc)

# PostgreSQL's client, also loaded when it is needed.
pkg_check_modules(LIBPQ REQUIRED libpq)
add_library(gmail_mcp_libpq INTERFACE)
target_include_directories(gmail_mcp_libpq SYSTEM INTERFACE ${LIBPQ_INCLUDE_DIRS})

# yaml-cpp 0.7 (Debian 12) exports a bare name.
if(NOT TARGET yaml-cpp::yaml-cpp)
  add_library(yaml-cpp::yaml-cpp ALIAS yaml-cpp)
endif()
gmail_mcp_linked_in(yaml_cpp yaml-cpp::yaml-cpp yaml-cpp)

# Asio's and Beast's own code, compiled once here instead of in every file that includes them.
add_library(gmail_mcp_boost STATIC
  cmake/boost_sources/asio.cpp cmake/boost_sources/asio_ssl.cpp cmake/boost_sources/beast.cpp)
target_compile_definitions(gmail_mcp_boost PUBLIC
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION)
target_link_libraries(gmail_mcp_boost PUBLIC
  gmail_mcp_flags Boost::headers ${boost_json} ${boost_url} OpenSSL::SSL OpenSSL::Crypto)

# folder -> libraries. Folders that include it get them too; the linker drops what nobody uses.
set(third_party_base gmail_mcp_boost fmt::fmt prometheus-cpp::core ${CMAKE_DL_LIBS})
set(third_party_crypto OpenSSL::Crypto)
set(third_party_jwt OpenSSL::Crypto)
set(third_party_schema ${yaml_cpp})
set(third_party_net OpenSSL::SSL)
set(third_party_imap ZLIB::ZLIB)
set(third_party_mime gmail_mcp_gmime)
set(third_party_model ${utf8proc})
set(third_party_sql SQLite::SQLite3 gmail_mcp_libpq OpenSSL::SSL)
set(third_party_backup ZLIB::ZLIB)
set(third_party_transfer gmail_mcp_libcurl)
set(third_party_sandbox ZLIB::ZLIB)
set(third_party_setup ${yaml_cpp})
set(third_party_app CLI11::CLI11)

if(GMAIL_MCP_BUILD_TESTS STREQUAL "AUTO")
  find_package(GTest QUIET)
  if(NOT TARGET GTest::gmock)
    message(NOTICE "gmail-mcp: GoogleTest is not here, so no tests are built (scripts/setup installs it)")
    set(GMAIL_MCP_BUILD_TESTS OFF)
  endif()
elseif(GMAIL_MCP_BUILD_TESTS)
  find_package(GTest REQUIRED)
endif()
if(GMAIL_MCP_BUILD_TESTS)
  find_package(benchmark QUIET)
endif()
