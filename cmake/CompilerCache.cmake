# ccache, when there is one.
#
# Paths are hashed relative to the build directory, so that a second clone or build directory hits
# too. Precompiled headers need the two sloppiness settings (ccache's manual, "Precompiled headers")
# and a checksum of their own: see compile-pch, which they are compiled with. Depend mode: what a file
# includes is taken from the compiler's dependency list, which Ninja has written anyway, instead of
# preprocessing the file first; that is a seventh of a compilation that misses.
find_program(GMAIL_MCP_CCACHE ccache)
find_program(GMAIL_MCP_ENV env)
mark_as_advanced(GMAIL_MCP_CCACHE GMAIL_MCP_ENV)

if(GMAIL_MCP_CCACHE AND GMAIL_MCP_ENV AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  cmake_path(IS_PREFIX CMAKE_SOURCE_DIR "${CMAKE_BINARY_DIR}" _inside)
  if(_inside)
    set(_base "${CMAKE_SOURCE_DIR}")
  else()
    set(_base "/")
  endif()
  set(CMAKE_CXX_COMPILER_LAUNCHER
      "${GMAIL_MCP_ENV}" "CCACHE_BASEDIR=${_base}" CCACHE_NOHASHDIR=1
      CCACHE_PCH_EXTSUM=1 CCACHE_DEPEND=1
      CCACHE_SLOPPINESS=pch_defines,time_macros "${GMAIL_MCP_CCACHE}")
endif()
