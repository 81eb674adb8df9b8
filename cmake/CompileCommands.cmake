# compile_commands.json at the root, where editors look for it: a link to the first clang build that was
# configured and compiles file by file, until that is gone. A file that somebody put there, or a link that leads somewhere, stays.
set(_link "${CMAKE_SOURCE_DIR}/compile_commands.json")
if(CMAKE_EXPORT_COMPILE_COMMANDS AND _clang AND NOT GMAIL_MCP_FUZZ AND GMAIL_MCP_UNIT_FILES LESS 2
   AND NOT EXISTS "${_link}")
  file(RELATIVE_PATH _target "${CMAKE_SOURCE_DIR}" "${CMAKE_BINARY_DIR}/compile_commands.json")
  # Not in a tree that is only for reading.
  file(CREATE_LINK "${_target}" "${_link}" RESULT _ignored SYMBOLIC)
endif()
