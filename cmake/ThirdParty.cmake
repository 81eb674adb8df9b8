# The libraries we stand on, each found once, and which folder links which.
# By its own configuration: CMake gives up its FindBoost.
find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS json url)
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

# PostgreSQL's client, also loaded when it is needed.
pkg_check_modules(LIBPQ REQUIRED libpq)
add_library(gmail_mcp_libpq INTERFACE)
target_include_directories(gmail_mcp_libpq SYSTEM INTERFACE ${LIBPQ_INCLUDE_DIRS})

# yaml-cpp 0.7 (Debian 12) exports a bare name.
if(NOT TARGET yaml-cpp::yaml-cpp)
  add_library(yaml-cpp::yaml-cpp ALIAS yaml-cpp)
endif()

# Asio's and Beast's own code, compiled once here instead of in every file that includes them.
add_library(gmail_mcp_boost STATIC
  cmake/boost_sources/asio.cpp cmake/boost_sources/asio_ssl.cpp cmake/boost_sources/beast.cpp)
target_compile_definitions(gmail_mcp_boost PUBLIC
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION)
target_link_libraries(gmail_mcp_boost PUBLIC
  gmail_mcp_flags Boost::headers Boost::json Boost::url OpenSSL::SSL OpenSSL::Crypto)

# folder -> libraries. Folders that include it get them too; the linker drops what nobody uses.
set(third_party_base gmail_mcp_boost fmt::fmt prometheus-cpp::core ${CMAKE_DL_LIBS})
set(third_party_crypto OpenSSL::Crypto)
set(third_party_jwt OpenSSL::Crypto)
set(third_party_schema yaml-cpp::yaml-cpp)
set(third_party_net OpenSSL::SSL)
set(third_party_imap ZLIB::ZLIB)
set(third_party_mime gmail_mcp_gmime)
set(third_party_model PkgConfig::UTF8PROC)
set(third_party_sql SQLite::SQLite3 gmail_mcp_libpq OpenSSL::SSL)
set(third_party_backup ZLIB::ZLIB)
set(third_party_transfer gmail_mcp_libcurl)
set(third_party_sandbox ZLIB::ZLIB)
set(third_party_setup yaml-cpp::yaml-cpp)
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
