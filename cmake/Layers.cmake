# Reads scripts/layers.txt: the folders of src/ in order, and for each what it may include.
#
#   GMAIL_MCP_FOLDERS         all folders, lowest first
#   GMAIL_MCP_LAYER_<folder>  the folders <folder> may include
#   GMAIL_MCP_FLOOR_<folder>  the floor <folder> is on
set(_layers "${CMAKE_SOURCE_DIR}/scripts/layers.txt")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${_layers}")

file(STRINGS "${_layers}" _lines REGEX "^([a-z_]+:|=)")
set(GMAIL_MCP_FOLDERS "")
foreach(_line IN LISTS _lines)
  if(_line MATCHES "^= ([a-z]+)$")
    set(_floor "${CMAKE_MATCH_1}")
    continue()
  endif()
  string(REGEX MATCH "^([a-z_]+):(.*)$" _ "${_line}")
  set(_folder "${CMAKE_MATCH_1}")
  string(REGEX MATCHALL "[^ ]+" _allowed "${CMAKE_MATCH_2}")
  # An entry that is one header (mail/mailbox.h) links its folder.
  list(TRANSFORM _allowed REPLACE "/.*$" "")
  list(APPEND GMAIL_MCP_FOLDERS "${_folder}")
  set(GMAIL_MCP_LAYER_${_folder} "${_allowed}")
  set(GMAIL_MCP_FLOOR_${_folder} "${_floor}")
endforeach()
