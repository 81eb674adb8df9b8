# What `make install` puts in place: the program and its sandbox, their documents, and enough for
# find_package to find the program.
if(NOT TARGET gmail-mcp)
  return()
endif()

include(CMakePackageConfigHelpers)
set(_package "${CMAKE_INSTALL_LIBDIR}/cmake/gmail_mcp")

install(TARGETS gmail-mcp-sandbox RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(TARGETS gmail-mcp EXPORT gmail_mcp_targets RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(EXPORT gmail_mcp_targets NAMESPACE gmail_mcp:: FILE gmail_mcpConfig.cmake
        DESTINATION "${_package}")
write_basic_package_version_file("${CMAKE_BINARY_DIR}/gmail_mcpConfigVersion.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_BINARY_DIR}/gmail_mcpConfigVersion.cmake" DESTINATION "${_package}")

install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(FILES README.md DESTINATION "${CMAKE_INSTALL_DOCDIR}" OPTIONAL)
# The licences of what is compiled or linked into the programs, as its packages have them.
file(GLOB _licensed LIST_DIRECTORIES TRUE
     /usr/share/doc/libboost[0-9.]*-dev /usr/share/doc/libcli11-dev /usr/share/doc/libutf8proc-dev
     /usr/share/doc/libyaml-cpp-dev)
foreach(_package_doc IN LISTS _licensed)
  get_filename_component(_name "${_package_doc}" NAME)
  install(FILES "${_package_doc}/copyright" DESTINATION "${CMAKE_INSTALL_DOCDIR}/licences"
          RENAME "${_name}" OPTIONAL)
endforeach()
install(DIRECTORY docs/ DESTINATION "${CMAKE_INSTALL_DOCDIR}")

# Where systemd looks with a prefix of /usr and of /usr/local; it is not enabled by being there.
install(FILES deploy/gmail-mcp.service DESTINATION lib/systemd/system)
install(FILES deploy/nginx.conf deploy/Caddyfile deploy/prometheus-rules.yml
              deploy/grafana-dashboard.json
        DESTINATION "${CMAKE_INSTALL_DOCDIR}/examples")
install(FILES .env.example DESTINATION "${CMAKE_INSTALL_DOCDIR}/examples" RENAME env.example)

# --- make deb ---------------------------------------------------------------------------------------
# No maintainer scripts and no configuration files: installing it starts nothing, asks nothing, and
# removing it takes away all but what the operator wrote (/etc/gmail-mcp, /var/lib/gmail-mcp).
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME gmail-mcp)
set(CPACK_PACKAGE_CONTACT "The gmail-mcp authors <gmail-mcp@localhost>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION mail)
# Beside the libraries that the programs name: those which they load when they need them.
set(CPACK_DEBIAN_PACKAGE_DEPENDS
    "ca-certificates, libcurl4t64 | libcurl4, libgmime-3.0-0t64 | libgmime-3.0-0, libpq5")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "${PROJECT_DESCRIPTION}
 Users connect their own Gmail with Google or an App Password; agents and applications search, read,
 send and organise it over MCP and REST, each kept to the mailboxes of its user.")
# Where Debian wants the licence.
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}" RENAME copyright)
include(CPack)
