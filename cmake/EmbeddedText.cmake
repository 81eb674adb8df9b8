# Makes generated/<header>: the texts of the given files (each at most 64 KiB) in their order, as
#
#   inline constexpr std::array<std::string_view, N> <name>
#
# in the namespace `space`. A changed file configures the build again.
function(gmail_mcp_embed_texts header space name)
  list(LENGTH ARGN count)
  set(texts "")
  foreach(path IN LISTS ARGN)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${path}")
    file(READ "${path}" text)
    string(APPEND texts "    std::string_view{R\"~~~(${text})~~~\"},\n")
  endforeach()
  file(CONFIGURE OUTPUT "generated/${header}" @ONLY CONTENT [[
#pragma once

#include <array>
#include <string_view>

namespace @space@ {

inline constexpr std::array<std::string_view, @count@> @name@{
@texts@};

}  // namespace @space@
]])
endfunction()
